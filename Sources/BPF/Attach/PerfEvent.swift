internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import TraceModel

extension Program {
  /// Attaches to samples of a perf event: on every CPU, on one, or of one process.
  ///
  /// - Returns: One attachment for each CPU or thread.
  func attachPerfEvent(
    _ event: AttachTarget.PerfEvent, probe: String
  ) throws(AttachError) -> [any Attachment] {
    let attributes = PerfEventAttributes(
      type: event.kind == .hardware ? PERF_TYPE_HARDWARE.rawValue : PERF_TYPE_SOFTWARE.rawValue,
      config: event.config, sampling: event.sampling)
    do {
      switch event.scope {
      case .everyCPU:
        return try attach(attributes, to: try Machine.onlineCPUs, probe: probe)
      case .oneCPU:
        return try attach(attributes, to: Array(try Machine.onlineCPUs.prefix(1)), probe: probe)
      case .process(let pid):
        let attachments = try attach(attributes, toThreadsOf: pid, probe: probe)
        if attachments.isEmpty { throw AttachError.noSuchProcess(pid) }
        return attachments
      }
    } catch let error as SystemError {
      switch error.errno {
      case ENOENT, EOPNOTSUPP, ENODEV:
        if event.kind == .hardware { throw .unsupported(.hardwareEvents) }
        throw .because(error)
      default: throw .because(error)
      }
    } catch let error as AttachError {
      throw error
    } catch {
      preconditionFailure("attaching throws only these two kinds of errors")
    }
  }

  private func attach(
    _ attributes: PerfEventAttributes, to cpus: [Int], probe: String
  ) throws(SystemError) -> [any Attachment] {
    var attachments: [any Attachment] = []
    for cpu in cpus {
      let event = try attributes.open(pid: -1, cpu: Int32(cpu), subject: probe)
      attachments.append(try PerfAttachment(event, self))
    }
    return attachments
  }

  /// Samples the threads there are and, where the kernel can (5.13), those they start.
  private func attach(
    _ attributes: PerfEventAttributes, toThreadsOf pid: Int32, probe: String
  ) throws(SystemError) -> [any Attachment] {
    var attributes = attributes
    attributes.isInherited = true
    var attachments: [any Attachment] = []
    let threads: [String]
    do {
      threads = try FileSystem.list("/proc/\(pid)/task")
    } catch {
      if error.isAbsence { return [] }
      throw error
    }
    for thread in threads.compactMap({ Int32($0) }) {
      do throws(SystemError) {
        attachments.append(
          try PerfAttachment(try attributes.open(pid: thread, cpu: -1, subject: probe), self))
      } catch {
        // A thread may end under our hands.
        if error.errno == ESRCH { continue }
        guard error.errno == EINVAL, attributes.isInherited else { throw error }
        attributes.isInherited = false
        attachments.append(
          try PerfAttachment(try attributes.open(pid: thread, cpu: -1, subject: probe), self))
      }
    }
    return attachments
  }
}
