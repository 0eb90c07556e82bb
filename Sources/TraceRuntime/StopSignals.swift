/// Tells the signal that ends a run from the one that cuts its end short.
///
/// Programs such as timeout(1) send the same signal twice at once, to the process and to its group:
/// what is sent within half a second of the first is taken as the same wish. The kernel does not say
/// when a signal was sent, only that it was after the last look for one; and between two looks much
/// time may pass while probes are detached.
struct StopSignals {
  private static let grace: UInt64 = 500_000_000

  /// When the first one was taken up.
  private var first: UInt64?
  /// When there was last seen to be none.
  private var lastLook: UInt64 = 0

  /// Notes that the run is asked to stop.
  ///
  /// - Parameter now: Monotonic clock, in nanoseconds.
  /// - Returns: Whether this is a repetition, sent by somebody who no longer wants to wait.
  mutating func note(at now: UInt64) -> Bool {
    guard let first else {
      first = now
      lastLook = now
      return false
    }
    return lastLook - min(lastLook, first) > Self.grace
  }

  /// Notes that at `now` no signal was waiting.
  mutating func noteNone(at now: UInt64) { lastLook = now }
}
