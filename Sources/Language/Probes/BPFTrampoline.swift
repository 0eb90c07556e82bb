import BTF
import Diagnostics
import MachineView
import Syntax
import TraceIR
import TraceModel

/// `fentry:bpf:[ID:]FUNCTION`: a function of a BPF program that is loaded in the kernel.
struct BPFTrampoline {
  /// The word that stands for all modules' place.
  static let word = "bpf"

  let type: String
  let isReturn: Bool
  /// Nil for any.
  private let program: UInt64?
  private let name: NamePattern
  private let text: String

  /// - Parameter targets: What stands behind the probe type, the word first.
  private init(type: String, isReturn: Bool, program: UInt64?, name: String, text: String) {
    self.type = type
    self.isReturn = isReturn
    self.program = program
    self.name = NamePattern(name)
    self.text = text
  }

  static func resolve(
    _ syntax: AttachPointSyntax, _ resolution: ProbeResolution, type: String, isReturn: Bool
  ) throws(MachineError) -> ResolvedProbes {
    let targets = syntax.targets
    guard targets.count > 1 else {
      return .error(
        "attach-point-parts",
        "the 'bpf' variant of this probe requires a bpf program name and optional bpf program id",
        syntax)
    }
    if targets.count > 3 {
      return .error(
        "attach-point-parts",
        "\(type) probe type requires 1, 2 or 3 arguments, found \(targets.count)", syntax)
    }
    var program: UInt64?
    if targets.count == 3, targets[1] != "*" {
      guard let number = FunctionTarget.number(targets[1]) else {
        return .error("attach-point-parts", "bpf program id must be a number or '*'", syntax)
      }
      program = number
    }
    let wanted = BPFTrampoline(
      type: type, isReturn: isReturn, program: program, name: targets[targets.count - 1],
      text: targets.joined(separator: ":"))
    return try wanted.resolve(resolution)
  }

  private func resolve(_ resolution: ProbeResolution) throws(MachineError) -> ResolvedProbes {
    let found = try resolution.kernel.programFunctions(program: program, name: name)
    if found.isEmpty, name.isExact {
      let all = try resolution.kernel.programFunctions(program: program, name: .any)
      let nearest = NearestName.of(name.text, among: Set(all.map(\.function.name)).sorted())
      return ResolvedProbes(
        missing: "\(type) \(text)",
        suggestion: nearest.map { name in
          ([type, Self.word] + (program.map { ["\($0)"] } ?? []) + [name]).joined(separator: ":")
        })
    }
    var probes: [ResolvedAttachPoint] = []
    for function in found { probes.append(try attachPoint(function, resolution)) }
    return ResolvedProbes(
      probes: probes, binding: "\(type):\(text) is a program as it is loaded on this machine")
  }

  private func attachPoint(
    _ found: ProgramFunction, _ resolution: ProbeResolution
  ) throws(MachineError) -> ResolvedAttachPoint {
    let name = found.function.name
    let arguments = try TypedArguments(of: found, resolution)
    let (fields, end) = try arguments.fields(found.function.parameters)
    // In the context its place depends on what the verifier took the function to be, which nobody tells.
    var result = isReturn ? try arguments.result(found.function.returns, at: end) : nil
    result?.access = .functionResult
    let context = ContextShape(
      arguments: fields, returnValue: result, function: .helper(isUser: false))
    return ResolvedAttachPoint(
      probeType: type, name: Self.name(of: found, type),
      points: [
        .programTrampoline(program: found.program, function: name, isReturn: isReturn)
      ],
      programs: [
        ProbeProgram(
          ProgramKind(
            .tracing, attachType: isReturn ? .functionExit : .functionEntry,
            target: ProgramTarget(.function, name, program: found.program)),
          label: programLabel(type, name), context: context, targetFilter: .predicate)
      ], requires: [.btf, .fentry])
  }

  private static func name(of found: ProgramFunction, _ type: String) -> String {
    "\(type):\(word):\(found.program):\(found.function.name)"
  }

  /// - Parameter parts: What stands behind the word.
  static func list(
    _ parts: [String], _ query: ListingQuery, type: String, isReturn: Bool
  ) throws(MachineError) -> ProbeListing {
    let program = parts.count > 1 ? UInt64(parts[0]) : nil
    if parts.count > 1, program == nil, parts[0] != "*" { return .probes([]) }
    let found = try query.kernel.programFunctions(
      program: program, name: NamePattern(parts.last ?? "*"))
    return .probes(
      found.map { found in
        var arguments: [String] = []
        if query.wantsArguments {
          arguments = found.function.parameters.map {
            (try? found.types.declaration(of: $0.type, named: $0.name)) ?? $0.name
          }
          let returned = found.function.returns
          if isReturn, returned != .void,
            let declared = try? found.types.declaration(of: returned, named: "retval")
          {
            arguments.append(declared)
          }
        }
        return ListedProbe(name: name(of: found, type), arguments: arguments)
      })
  }
}
