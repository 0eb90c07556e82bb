import BTF
import MachineView
import Syntax
import TraceIR
import TraceModel

extension ProbeType {
  static let rawTracepoint = ProbeType(
    name: "rawtracepoint", shortNames: ["rt"],
    summary: "A tracepoint of the kernel, with the arguments of its prototype.",
    details:
      "Written `rawtracepoint:[MODULE:]EVENT`. `args` are typed from the kernel's type information.",
    isListedByDefault: true, requires: [.btf],
    point: { targets in
      (1...2).contains(targets.count) ? .rawTracepoint(event: targets[targets.count - 1]) : nil
    },
    resolve: { syntax, resolution in
      if let wrong = ResolvedProbes.wrongCount(syntax, of: "rawtracepoint", allowed: 1...2) {
        return wrong
      }
      let (module, event) = patterns(syntax.targets)
      do throws(MachineError) {
        guard try resolution.kernel.btf(nil) != nil else {
          return .error(
            "needs-btf", "rawtracepoints require kernel BTF. Try using a 'tracepoint' instead.",
            syntax)
        }
        let found = try resolution.kernel.rawTracepoints(module: module, event: event)
        if found.isEmpty, module.isExact || syntax.targets.count == 1, event.isExact {
          return ResolvedProbes(missing: "rawtracepoint \(syntax.targets.joined(separator: ":"))")
        }
        return ResolvedProbes(
          probes: try found.map { raw throws(MachineError) in try attachPoint(raw, resolution) },
          binding: event.isExact ? nil : syntax.expanded)
      } catch {
        return .error("machine", "\(error)", syntax)
      }
    },
    list: { query throws(MachineError) in
      let (module, event) = patterns(query.parts)
      var result: [ListedProbe] = []
      for raw in try query.kernel.rawTracepoints(module: module, event: event) {
        var arguments: [String] = []
        if query.wantsArguments, let btf = try query.kernel.btf(raw.module) {
          arguments = try readTypes(of: raw.module) { () throws(BTFError) in
            try (btf.rawTracepointArguments(raw.event) ?? []).map { parameter throws(BTFError) in
              try btf.declaration(of: parameter.type, named: parameter.name)
            }
          }
        }
        result.append(
          ListedProbe(name: "rawtracepoint:\(raw.module):\(raw.event)", arguments: arguments))
      }
      return .probes(result)
    })

  private static func patterns(_ parts: [String]) -> (NamePattern, NamePattern) {
    let parts = parts.map { $0.isEmpty ? "*" : $0 }
    return switch parts.count {
    case 0: (.any, .any)
    case 1: (.any, NamePattern(parts[0]))
    default: (NamePattern(parts[0]), NamePattern(parts[1]))
    }
  }

  private static func attachPoint(
    _ raw: RawTracepoint, _ resolution: ProbeResolution
  ) throws(MachineError) -> ResolvedAttachPoint {
    func program(_ kind: ProgramKind, isTyped: Bool) throws(MachineError) -> ProbeProgram {
      var fields: [ContextField] = []
      if let arguments = try TypedArguments(of: raw.module, resolution, isTyped: isTyped),
        let btf = try resolution.kernel.btf(arguments.module),
        let parameters = try readTypes(
          of: raw.module, { () throws(BTFError) in try btf.rawTracepointArguments(raw.event) })
      {
        fields = try arguments.fields(parameters).fields
        let threads = ThreadField.of(raw.event)
        for index in fields.indices {
          fields[index].thread = threads[fields[index].name]
          fields[index].provenance = .checked(
            RawArgument(
              event: raw.event, module: arguments.module, name: fields[index].name, index: index))
        }
      }
      var program = ProbeProgram(
        kind, label: programLabel(isTyped ? "tp_btf" : "raw_tp", raw.event),
        context: ContextShape(arguments: fields, registers: .words(count: fields.count)),
        targetFilter: .predicate)
      program.isForTypedPointers = isTyped
      return program
    }
    let module = raw.module == "vmlinux" ? nil : raw.module
    return ResolvedAttachPoint(
      probeType: "rawtracepoint", name: "rawtracepoint:\(raw.module):\(raw.event)",
      points: [.rawTracepoint(event: raw.event)],
      programs: [
        try program(.typedRawTracepoint(raw.event, module: module), isTyped: true),
        try program(.rawTracepoint, isTyped: false),
      ], requires: [.btf])
  }
}

extension ProgramKind {
  /// A program at a raw tracepoint whose arguments the verifier knows the types of.
  ///
  /// - Parameter module: Nil for the kernel itself.
  static func typedRawTracepoint(_ event: String, module: String?) -> ProgramKind {
    ProgramKind(
      .tracing, attachType: .rawTracepoint,
      target: ProgramTarget(.typedef, "btf_trace_\(event)", module: module))
  }
}
