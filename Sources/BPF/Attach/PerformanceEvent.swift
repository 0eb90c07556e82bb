internal import Glibc
internal import LinuxSystem
internal import TraceModel

/// Samples of an event of a performance monitoring unit, whose numbers the machine knows.
struct PerformanceEventMechanism: AttachMechanism {
  let name: String
  let period: UInt64

  func exists(_ resolver: some AttachResolver) throws(AttachError) -> Bool {
    do {
      _ = try resolver.performanceEvent(name)
      return true
    } catch {
      if case .noSuchEvent = error { return false }
      throw error
    }
  }

  func targets(
    process: Int32?, _ resolver: some AttachResolver
  ) throws(AttachError) -> [AttachTarget] {
    var target = AttachTarget(.performanceEvent(name, period: period), process: process)
    target.event = try resolver.performanceEvent(name)
    return [target]
  }

  func attach(
    _ program: Program, to target: AttachTarget, probe: String
  ) throws(AttachError) -> [any Attachment] {
    guard let event = target.event else { preconditionFailure("\(name) was not looked up") }
    let attributes = PerfEventAttributes(
      type: event.type, config: event.settings[0], config1: event.settings[1],
      config2: event.settings[2], sampling: .period(period))
    do throws(SystemError) {
      let attachments = try program.attach(
        attributes, to: target, of: event.cpus, probe: probe)
      if !attachments.isEmpty { return attachments }
    } catch {
      switch error.errno {
      case ENOENT, EOPNOTSUPP, ENODEV:
        throw .noSuchEvent("this processor does not count '\(name)'")
      // Whether it would count without samples tells the one from the other.
      case EINVAL where isCounted(attributes, event, probe: probe): throw .countsOnly(name)
      default: throw .because(error)
      }
    }
    throw .noSuchProcess(target.process ?? -1)
  }

  private func isCounted(
    _ attributes: PerfEventAttributes, _ event: PerformanceEventNumbers, probe: String
  ) -> Bool {
    var attributes = attributes
    attributes.sampling = nil
    do throws(SystemError) {
      _ = try attributes.open(pid: -1, cpu: Int32(event.cpus?.first ?? 0), subject: probe)
      return true
    } catch { return false }
  }
}
