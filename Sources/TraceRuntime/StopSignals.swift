internal import LinuxSystem

/// Tells the signal that ends a run from the one that cuts its end short.
///
/// Programs such as timeout(1) send the same signal twice at once, to the process and to its group:
/// what comes within half a second of the first is taken as the same wish.
struct StopSignals {
  private static let grace: UInt64 = 500_000_000

  private var first: UInt64?

  /// Notes that the run is asked to stop.
  ///
  /// - Parameter now: Monotonic clock, in nanoseconds.
  /// - Returns: Whether this is a repetition, and nobody wants to wait any longer.
  mutating func note(at now: UInt64) -> Bool {
    guard let first else {
      first = now
      return false
    }
    return now - min(now, first) > Self.grace
  }
}
