internal import CLinux
internal import Glibc
internal import LinuxSystem

extension Program {
  /// Attaches to the event that tracefs gives `id`, on all CPUs.
  func attachTracepoint(id: UInt64, probe: String) throws(AttachError) -> any Attachment {
    do {
      let attributes = PerfEventAttributes(type: PERF_TYPE_TRACEPOINT.rawValue, config: id)
      // The CPU is a formality: programs on tracepoints run on all.
      return try PerfAttachment(try attributes.open(pid: -1, cpu: 0, subject: probe), self)
    } catch {
      // EINVAL: no event has that id.
      if error.isAbsence || (error.operation == "perf_event_open" && error.errno == EINVAL) {
        throw .noSuchTracepoint(probe)
      }
      throw .because(error)
    }
  }
}
