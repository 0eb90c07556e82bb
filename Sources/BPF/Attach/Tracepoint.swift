internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import TraceModel

/// An event of tracefs, by the number that it has there.
struct TracepointMechanism: AttachMechanism {
  let category: String
  let event: String

  func exists(_ resolver: some AttachResolver) throws(AttachError) -> Bool {
    do {
      _ = try resolver.tracepointID(category: category, event: event)
      return true
    } catch {
      if case .noSuchTracepoint = error { return false }
      throw error
    }
  }

  func targets(
    process: Int32?, _ resolver: some AttachResolver
  ) throws(AttachError) -> [AttachTarget] {
    let id = try resolver.tracepointID(category: category, event: event)
    return [AttachTarget(.tracepoint(category: category, event: event), at: id)]
  }

  func attach(
    _ program: Program, to target: AttachTarget, probe: String
  ) throws(AttachError) -> [any Attachment] {
    try target.places.map { place throws(AttachError) in
      try program.attachTracepoint(place, probe: probe)
    }
  }
}

extension Program {
  /// Attaches to the event that tracefs gives the place's number, on all CPUs.
  fileprivate func attachTracepoint(
    _ place: AttachTarget.Place, probe: String
  ) throws(AttachError) -> any Attachment {
    do {
      let attributes = PerfEventAttributes(
        type: PERF_TYPE_TRACEPOINT.rawValue, config: place.number)
      // The CPU is a formality: programs on tracepoints run on all.
      let event = try attributes.open(pid: -1, cpu: 0, subject: probe)
      return try PerfAttachment(event, self, cookie: place.cookie)
    } catch {
      // EINVAL: no event has that id.
      if error.isAbsence || (error.operation == "perf_event_open" && error.errno == EINVAL) {
        throw .noSuchTracepoint(probe)
      }
      throw .because(error)
    }
  }
}
