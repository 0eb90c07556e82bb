internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import TraceModel

/// Samples of a perf event: on every CPU, on one, or of one process.
struct PerfEventMechanism: AttachMechanism {
  enum Kind: UInt32, Hashable, Sendable {
    case hardware = 0
    case software = 1
  }

  enum Sampling: Hashable, Sendable {
    /// One sample for every so many events (for clocks: nanoseconds).
    case period(UInt64)
    /// So many samples a second.
    case frequency(UInt64)
  }

  private let point: AttachPoint
  let kind: Kind
  let config: UInt64
  let sampling: Sampling
  /// Whatever the target process is.
  let isOnOneCPU: Bool

  /// The software event that counts nanoseconds of each CPU.
  private static let cpuClock: UInt64 = 0

  init(
    _ point: AttachPoint, kind: Kind, config: UInt64, sampling: Sampling, isOnOneCPU: Bool = false
  ) {
    self.point = point
    self.isOnOneCPU = isOnOneCPU
    self.kind = kind
    self.config = config
    self.sampling = sampling
  }

  /// Samples of the clock of each CPU.
  init(_ point: AttachPoint, clock rate: AttachPoint.Rate, isOnOneCPU: Bool = false) {
    let sampling: Sampling =
      switch rate {
      case .hertz(let count): .frequency(count)
      case .nanoseconds(let count): .period(count)
      case .option: preconditionFailure("the rate of \(point) is looked up before it is attached")
      }
    self.init(
      point, kind: .software, config: Self.cpuClock, sampling: sampling, isOnOneCPU: isOnOneCPU)
  }

  func exists(_ resolver: some AttachResolver) -> Bool { true }

  func targets(process: Int32?, _ resolver: some AttachResolver) -> [AttachTarget] {
    [AttachTarget(point, process: isOnOneCPU ? nil : process)]
  }

  /// Attaches: one attachment for each CPU or thread.
  func attach(
    _ program: Program, to target: AttachTarget, probe: String
  ) throws(AttachError) -> [any Attachment] {
    let attributes = PerfEventAttributes(
      type: kind == .hardware ? PERF_TYPE_HARDWARE.rawValue : PERF_TYPE_SOFTWARE.rawValue,
      config: config, sampling: sampling)
    do throws(SystemError) {
      if isOnOneCPU {
        return try program.attach(
          attributes, to: Array(try Machine.onlineCPUs.prefix(1)), probe: probe)
      }
      let attachments = try program.attach(attributes, to: target, probe: probe)
      if !attachments.isEmpty { return attachments }
    } catch {
      switch error.errno {
      case ENOENT, EOPNOTSUPP, ENODEV:
        if kind == .hardware { throw .unsupported(.hardwareEvents) }
        throw .because(error)
      default: throw .because(error)
      }
    }
    throw .noSuchProcess(target.process ?? -1)
  }
}

extension Program {
  /// Attaches to events of a process, of a command, or of every CPU, as `target` says.
  ///
  /// - Parameter cpus: Those on which the event is counted; nil for all.
  /// - Returns: One attachment for each CPU or thread; none if the process has no threads any more.
  func attach(
    _ attributes: PerfEventAttributes, to target: AttachTarget, of cpus: [Int]? = nil, probe: String
  ) throws(SystemError) -> [any Attachment] {
    guard let pid = target.process else {
      let online = try Machine.onlineCPUs
      return try attach(attributes, to: cpus ?? online, probe: probe)
    }
    if target.isCommand { return [try attach(attributes, toCommand: pid, probe: probe)] }
    return try attach(attributes, toThreadsOf: pid, probe: probe)
  }

  fileprivate func attach(
    _ attributes: PerfEventAttributes, to cpus: [Int], probe: String
  ) throws(SystemError) -> [any Attachment] {
    var attachments: [any Attachment] = []
    for cpu in cpus {
      let event = try attributes.open(pid: -1, cpu: Int32(cpu), subject: probe)
      attachments.append(try PerfAttachment(event, self))
    }
    return attachments
  }

  /// Samples what a process becomes by exec, and all that starts.
  private func attach(
    _ attributes: PerfEventAttributes, toCommand pid: Int32, probe: String
  ) throws(SystemError) -> any Attachment {
    var attributes = attributes
    attributes.inheritance = .processes
    attributes.startsAtExec = true
    return try PerfAttachment(
      try attributes.open(pid: pid, cpu: -1, subject: probe), self, isEnabled: true,
      isCopied: true)
  }

  /// Samples the threads there are and, where the kernel can (5.13), those they start.
  private func attach(
    _ attributes: PerfEventAttributes, toThreadsOf pid: Int32, probe: String
  ) throws(SystemError) -> [any Attachment] {
    var attributes = attributes
    attributes.inheritance = .threads
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
        attachments.append(try attach(attributes, toThread: thread, probe: probe))
      } catch {
        // A thread may end under our hands.
        if error.errno == ESRCH { continue }
        guard error.errno == EINVAL, attributes.inheritance != nil else { throw error }
        attributes.inheritance = nil
        attachments.append(try attach(attributes, toThread: thread, probe: probe))
      }
    }
    return attachments
  }
  private func attach(
    _ attributes: PerfEventAttributes, toThread thread: Int32, probe: String
  ) throws(SystemError) -> any Attachment {
    try PerfAttachment(
      try attributes.open(pid: thread, cpu: -1, subject: probe), self,
      isCopied: attributes.inheritance != nil)
  }
}
