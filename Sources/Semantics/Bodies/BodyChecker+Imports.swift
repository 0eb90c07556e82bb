import Diagnostics
import Language
import MachineView
import Syntax
import TraceIR
import TraceModel

/// Calls of functions of imported objects.
extension BodyChecker {
  /// Checks a call of the function of that index.
  func checkCall(
    ofImported function: ImportedFunction, _ index: Int, _ call: CallSyntax, at range: SourceRange
  ) -> ExpressionFacts {
    let arguments = call.arguments.map { check($0) }
    if Catalog.functions[call.name] != nil || Catalog.aggregations[call.name] != nil
      || Library.macros[call.name] != nil
    {
      report(.hiddenFunction(call.name, at: range))
    }
    guard let declaration = function.declaration else {
      report(.uncallableFunction(call.name, at: range))
      return ExpressionFacts(type: .poison)
    }
    let count = declaration.parameters.count
    guard arguments.count == count else {
      report(
        .argumentCount(call.name, least: count, most: count, given: arguments.count, at: range))
      return ExpressionFacts(type: .poison)
    }
    for (position, found) in arguments.enumerated() {
      checkArgument(
        found, declaration.parameters[position], of: call.name,
        at: tree[call.arguments[position]].range)
    }
    let result = scriptType(of: declaration.result, at: range)
    return ExpressionFacts(
      type: result == .void ? .none : result, meaning: .importedFunction(index))
  }

  private func checkArgument(
    _ found: ExpressionFacts, _ parameter: IRExternalFunction.Parameter, of name: String,
    at range: SourceRange
  ) {
    var found = found
    found.type = found.type.readable
    if found.type == .none {
      report(.noValue(at: range))
      return
    }
    guard found.type.isKnown else { return }
    let type = scriptType(of: parameter.type, at: range)
    guard type.isKnown else { return }
    if case .pointer = type, found.type.isPointer || found.type.isInteger { return }
    switch FixedSlot.fit(found, type) {
    case .fits: break
    case .loses: report(.losesUnsigned(found.type, to: type, at: range))
    case .mismatches:
      report(.argumentType(name, parameter.name, type, given: found.type, at: range))
    }
  }

  /// The type of the language that is closest to one of C: a structure that nobody knows is nothing that can
  /// be looked at.
  private func scriptType(of type: IRForeignType, at range: SourceRange) -> ScriptType {
    switch type {
    case .void: return .void
    case .integer(let bytes, let signed): return .integer(bytes: bytes, signed: signed)
    case .boolean: return .boolean
    case .enumeration(_, let bytes): return .integer(bytes: bytes, signed: false)
    case .pointer(let target): return .pointer(to: scriptType(of: target, at: range), .kernel)
    case .structure(let name, let isUnion):
      do throws(MachineError) {
        return try types.named(name, keyword: isUnion ? "union" : "struct", space: .kernel)
          ?? .void
      } catch {
        report(.machine(error, at: range))
        return .void
      }
    }
  }
}
