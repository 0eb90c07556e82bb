internal import BPF
internal import LinuxSystem

/// Everything that a run waits for.
final class SessionWatch {
  /// What woke the run up.
  enum Wakeup: UInt64, Sendable {
    case events
    case signals
    case reportIsDue
    case timeIsUp
    case targetEnded
    /// It is time to look again at what the target has mapped.
    case targetChanges
    /// Processes have started, ended or mapped something.
    case processesChange
  }

  private let poll: EventPoll
  /// Nil if the programs send nothing.
  private let events: FileDescriptor?
  /// Nil if the programs send no packets.
  private let packets: FileDescriptor?
  private let signals: SignalDescriptor
  private let timer: TimerDescriptor
  private let changes: TimerDescriptor
  private let reports: TimerDescriptor
  /// How long until the target is looked at again.
  private var pause = Duration.milliseconds(5)

  private static let signalNames: [String: Signal] = ["SIGUSR1": .user1]
  /// The signals that ask a run to end.
  private static let stopping: [Signal] = [.interrupt, .terminate, .hangup]

  /// Reports from now on what happens to processes.
  func follow(_ records: any ProcessRecordSource) throws(SystemError) {
    try poll.add(
      rawValue: records.descriptor, token: Wakeup.processesChange.rawValue, for: .changes)
  }

  /// From here on signals interrupt nothing but are waited for.
  init(_ object: any HostedObject, target: SessionTarget?) throws(SystemError) {
    // nohup(1) has us ignore the end of the terminal; the kernel would tell us of it all the same.
    let stopping = Self.stopping.filter { $0 != .hangup || !CurrentProcess.isIgnoring($0) }
    signals = try SignalDescriptor(stopping + Self.signalNames.values)
    poll = try EventPoll()
    timer = try TimerDescriptor()
    changes = try TimerDescriptor()
    reports = try TimerDescriptor()
    if let events = try object.eventsDescriptor() {
      try poll.add(events, token: Wakeup.events.rawValue, for: .changes)
      self.events = consume events
    } else {
      events = nil
    }
    if let packets = try object.packetsDescriptor() {
      // They are taken with the events.
      try poll.add(packets, token: Wakeup.events.rawValue)
      self.packets = consume packets
    } else {
      packets = nil
    }
    try poll.add(signals.descriptor, token: Wakeup.signals.rawValue)
    try poll.add(timer.descriptor, token: Wakeup.timeIsUp.rawValue)
    try poll.add(reports.descriptor, token: Wakeup.reportIsDue.rawValue)
    try poll.add(changes.descriptor, token: Wakeup.targetChanges.rawValue)
    try target?.watch(in: poll, token: Wakeup.targetEnded.rawValue)
  }

  /// The signal of a `self` probe.
  static func signal(named name: String) -> Signal? { signalNames[name] }

  /// Whether the signal asks the run to end.
  static func stops(_ signal: Signal) -> Bool { stopping.contains(signal) }

  /// Whether the signal has all maps shown, in releases in which scripts had no probes for it.
  static func showsMaps(_ signal: Signal) -> Bool { signal == .user1 }

  /// Has `timeIsUp` come after `duration`.
  func start(_ duration: Duration) throws(SessionError) {
    try attempt { () throws(SystemError) in try timer.arm(after: duration) }
  }

  /// Has `reportIsDue` come after each `interval`.
  func startReports(_ interval: Duration) throws(SessionError) {
    try attempt { () throws(SystemError) in try reports.arm(after: interval, every: interval) }
  }

  /// Whether a report is due; it is once, however often it has been since the last call.
  func takeReport() throws(SessionError) -> Bool {
    try attempt { () throws(SystemError) in try reports.expirations() } > 0
  }

  /// Has `targetChanges` come after a while, and later each time: programs load most of what they
  /// run soon after they start.
  func startPause() throws(SessionError) {
    try attempt { () throws(SystemError) in try changes.arm(after: pause) }
    pause = min(pause * 2, .seconds(2))
  }

  /// Waits until something happens; events come first, so that an end does not overtake them.
  ///
  /// - Parameter pause: After this it is time to look for events even if nothing has happened.
  func wait(_ pause: Duration?) throws(SessionError) -> [Wakeup] {
    let ready = try attempt { () throws(SystemError) in try poll.wait(timeout: pause) }
    if ready.isEmpty { return [.events] }
    return ready.compactMap { Wakeup(rawValue: $0.token) }.sorted { $0.rawValue < $1.rawValue }
  }

  /// A signal that has come; nil if there is none.
  func nextSignal() throws(SessionError) -> Signal? {
    try attempt { () throws(SystemError) in try signals.next()?.signal }
  }
}
