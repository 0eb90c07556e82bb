import MachineView
import TraceIR
import TraceModel

/// Raw tracepoints in the place of tracepoints.
///
/// For a tracepoint the kernel fills in a record and hands it to the program. A raw tracepoint hands over
/// the arguments from which the record would be made, and no record is made (docs/decisions/0019).
extension ProbeType {
  /// Returns the programs that carry a tracepoint as the raw tracepoint of its event, the one first that
  /// reads structures without a helper; none if the kernel has none of that name.
  ///
  /// - Parameter arguments: The fields of the tracepoint. Those that the arguments of the prototype give
  ///   too are in the programs' contexts.
  static func rawTracepoints(
    insteadOf name: TracepointName, _ arguments: [ContextField], _ resolution: ProbeResolution
  ) throws(MachineError) -> [ProbeProgram] {
    // Tracepoints of single system calls have no raw ones of their own.
    guard name.category != "syscalls",
      try !resolution.kernel.rawTracepoints(
        module: NamePattern("vmlinux"), event: NamePattern(name.event)
      ).isEmpty
    else { return [] }
    let prototype = PrototypeField.of("\(name.category):\(name.event)")
    func program(_ kind: ProgramKind, isTyped: Bool) throws(MachineError) -> ProbeProgram {
      var fields: [ContextField] = []
      for argument in arguments {
        guard let place = prototype[argument.name],
          let access = try place.access(to: argument.type, isTyped: isTyped, resolution)
        else { continue }
        fields.append(
          ContextField(
            name: argument.name, type: argument.type, access: access,
            declaration: argument.declaration))
      }
      var program = ProbeProgram(
        kind, label: programLabel(isTyped ? "tp_btf" : "raw_tp", name.event),
        context: ContextShape(arguments: fields, hasUsualStack: false), targetFilter: .predicate,
        points: [.rawTracepoint(event: name.event)])
      program.isForTypedPointers = isTyped
      return program
    }
    return [
      try program(.typedRawTracepoint(name.event, module: nil), isTyped: true),
      try program(.rawTracepoint, isTyped: false),
    ]
  }
}
