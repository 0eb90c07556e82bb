package import TraceModel

extension ResolvedAttachPoint {
  /// A probe at a point that this kernel lacks and another one may have, under another name of the same thing;
  /// nil for kinds of points that cannot be written without looking at them. Nothing is known of its
  /// arguments, so that there are none.
  package static func unseen(_ point: AttachPoint) -> ResolvedAttachPoint? {
    switch point {
    case .tracepoint(let category, let event):
      ResolvedAttachPoint(
        probeType: ProbeType.tracepoint.name, name: "tracepoint:\(category):\(event)",
        points: [point],
        programs: [
          ProbeProgram(
            .tracepoint, label: programLabel("tracepoint", "\(category)/\(event)"),
            context: ContextShape(arguments: []), targetFilter: .predicate, defaultResult: 1)
        ])
    case .trampoline(let module, let function, let isReturn):
      ResolvedAttachPoint(
        probeType: isReturn ? ProbeType.fexit.name : ProbeType.fentry.name,
        name: "\(isReturn ? "fexit" : "fentry"):\(module ?? "vmlinux"):\(function)",
        points: [point],
        programs: [
          ProbeProgram(
            ProgramKind(
              .tracing, attachType: isReturn ? .functionExit : .functionEntry,
              target: ProgramTarget(.function, function, module: module)),
            label: programLabel(isReturn ? "fexit" : "fentry", function),
            context: ContextShape(arguments: [], function: .helper(isUser: false)),
            targetFilter: .predicate)
        ], requires: [.btf, .fentry])
    default: nil
    }
  }
}
