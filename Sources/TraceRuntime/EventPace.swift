internal import BPF
internal import LinuxSystem

/// When to look for events: at once where they are rare, in batches where they are many.
///
/// The first event wakes the runtime up. If another comes within `rest`, waking up for each would cost
/// programs and runtime more than the events themselves, so from then on the runtime looks by itself
/// after each `rest`, until once there is nothing. Urgent events wake it up all the same, and so does
/// a buffer that gets half full.
struct EventPace {
  /// How long an event may wait.
  static let rest = Duration.milliseconds(10)

  private(set) var isResting = false
  private var lastEvent: UInt64?
  private var hasMore = false

  /// How long to wait for a wakeup; nil means for ever.
  var pause: Duration? { hasMore ? .zero : isResting ? Self.rest : nil }

  /// Which records are to wake the runtime up once those that are there have been taken.
  ///
  /// - Parameter now: The monotonic clock.
  mutating func next(at now: UInt64) -> NextWakeup {
    if let lastEvent, now &- lastEvent < UInt64(Self.rest.nanosecondCount) { isResting = true }
    return isResting ? .urgentRecord : .anyRecord
  }

  /// Takes note of what was found.
  ///
  /// - Parameters:
  ///   - count: The number of records.
  ///   - hasMore: Whether there may be more than were to be taken at once.
  ///   - wakesForNext: Whether the next record wakes the runtime up, whatever it is.
  mutating func took(_ count: Int, hasMore: Bool, wakesForNext: Bool, at now: UInt64) {
    self.hasMore = hasMore
    if wakesForNext { isResting = false }
    if count > 0 { lastEvent = now }
  }
}
