internal import CLibBPF
internal import LinuxSystem

extension Program {
  /// Attaches to a tracepoint by its own name, `sched_switch`, which gets the raw arguments.
  func attachRawTracepoint(event: String, probe: String) throws(AttachError) -> any Attachment {
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
