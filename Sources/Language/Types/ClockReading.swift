package import TraceModel

/// Which clock the numbers in a value were read from, as far as the script tells.
///
/// Types do not say: the time of every clock is a `uint64`.
package indirect enum ClockReading: Hashable, Sendable {
  /// From no clock, or nothing tells from which.
  case unknown
  case clock(ScriptClock)
  /// From one clock now and from another then.
  case several
  /// The elements of a tuple or record, each from its own.
  case elements([ClockReading])

  /// What is known of a slot that has held both.
  package func joined(_ other: ClockReading) -> ClockReading {
    switch (self, other) {
    case (_, .unknown): self
    case (.unknown, _): other
    case (.elements(let a), .elements(let b)) where a.count == b.count:
      .elements(zip(a, b).map { $0.joined($1) })
    default: self == other ? self : .several
    }
  }

  /// Takes in what is known of one more value; tells whether that changes anything.
  package mutating func join(_ other: ClockReading) -> Bool {
    let joined = joined(other)
    if joined == self { return false }
    self = joined
    return true
  }

  /// What is known of an element of a tuple or record.
  package func element(_ index: Int) -> ClockReading {
    guard case .elements(let all) = self, all.indices.contains(index) else { return .unknown }
    return all[index]
  }

  /// What is known of a sum or difference: a time plus or minus a number is a time of that clock, the
  /// difference of two times is not a time, and a script that calculates with a monotonic time may well
  /// be turning it into the time of another clock.
  package func calculated(with other: ClockReading) -> ClockReading {
    switch (self, other) {
    case (.clock(.monotonic), _), (_, .clock(.monotonic)): .unknown
    case (.clock, .unknown): self
    case (.unknown, .clock): other
    default: .unknown
    }
  }
}

/// The clocks whose time scripts can read.
package enum ScriptClock: Hashable, Sendable {
  case boot
  case monotonic
  case tai

  /// The clock of a timestamp that is shown as a calendar's time; nil where there is no telling.
  package var timestamp: TimestampClock? {
    switch self {
    case .boot: .boot
    case .tai: .tai
    case .monotonic: nil
    }
  }
}
