internal import CLibBPF
internal import LinuxSystem
internal import TraceModel

/// A tracepoint by its own name, `sched_switch`, which gets the raw arguments.
struct RawTracepointMechanism: AttachMechanism {
  let event: String

  func exists(_ resolver: some AttachResolver) throws(AttachError) -> Bool {
    try resolver.hasRawTracepoint(event)
  }

  func targets(process: Int32?, _ resolver: some AttachResolver) -> [AttachTarget] {
    [AttachTarget(.rawTracepoint(event: event))]
  }

  func attach(
    _ program: Program, to target: AttachTarget, probe: String
  ) throws(AttachError) -> [any Attachment] {
    if program.type == .tracing { return [try program.attachToOwnTarget(probe: probe)] }
    return [try program.attachRawTracepoint(event: event, probe: probe)]
  }
}

extension Program {
  fileprivate func attachRawTracepoint(
    event: String, probe: String
  ) throws(AttachError) -> any Attachment {
    let answer = unsafe bpf_raw_tracepoint_open(event, descriptor)
    guard answer >= 0 else {
      let error = SystemError(
        operation: "BPF_RAW_TRACEPOINT_OPEN", subject: probe, errno: -answer)
      if error.isAbsence { throw .noSuchTracepoint(event) }
      throw .because(error)
    }
    return LinkAttachment(FileDescriptor(owning: answer))
  }
}
