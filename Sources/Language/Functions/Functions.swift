import TraceIR
import TraceModel

extension Function {
  /// Every function and builtin, family by family, in the order of the manual.
  package static let all: [Function] =
    output + assertions + text + textSearch + textParts + textLists + absolutePaths
    + names + process + taskChoice + signals + watchpoints + context + clocks + stacks + maps
    + parameters + addresses + network
    + kernelFunctions + kernelObjects + containers + cgroups + machine + types + configuration
    + interference + failures

  /// A builtin without arguments whose value is one 64-bit word, narrowed to `type`.
  static func word(
    _ name: String, family: String, type: ScriptType = .uint64, summary: String,
    details: String = "", examples: [CatalogExample] = [], requires: [KernelFeature] = [],
    _ lower: @escaping @Sendable (any CallLowering) -> IRWord
  ) -> Function {
    Function(
      name: name, family: family, isBuiltin: true, summary: summary, details: details,
      examples: examples, requires: requires, check: { _ in type },
      lower: { call in
        .scalar(
          call.builder.resize(
            lower(call), to: .integer(bytes: type.scalarBytes), signed: type.isSigned))
      })
  }
}
