internal import CLinux

/// The kernel's clocks, in nanoseconds.
package enum Clock: Sendable {
  /// Since 1970, and set by people.
  case realtime
  /// Since boot, time asleep excluded.
  case monotonic
  /// Since boot, time asleep included.
  case boot
  /// Atomic time: `realtime` without leap seconds, as far as the machine knows them.
  case tai

  var number: CInt {
    switch self {
    case .realtime: clinux_clock_realtime()
    case .monotonic: clinux_clock_monotonic()
    case .boot: clinux_clock_boot()
    case .tai: clinux_clock_tai()
    }
  }

  /// What the clock shows.
  package var now: UInt64 { clinux_clock(number) }

  /// What to add to a time of this clock to get the time of `other`, at this moment.
  ///
  /// The two clocks cannot be read at once: of several readings the closest pair counts.
  package func offset(to other: Clock) -> Int64 {
    var best = (window: UInt64.max, offset: Int64(0))
    for _ in 0..<5 {
      let before = now
      let there = other.now
      let after = now
      guard after >= before else { continue }
      let window = after - before
      if window < best.window {
        best = (window, Int64(bitPattern: there) - Int64(bitPattern: before + window / 2))
      }
    }
    return best.offset
  }
}

/// Calendar time as text.
package enum CalendarTime {
  /// Formats `seconds` since 1970 as strftime(3) does, in the local time zone or in UTC.
  ///
  /// - Returns: nil when the result has more than 4 KiB or the time is beyond the calendar.
  package static func format(
    _ format: String, seconds: Int64, inUTC: Bool = false
  ) -> String? {
    // An empty result and a full buffer look alike to strftime: a last letter tells them apart.
    var text = [CChar](repeating: 0, count: 4096)
    let length = unsafe clinux_strftime(seconds, inUTC ? 1 : 0, format + "|", &text, text.count)
    guard length > 0 else { return nil }
    return String(decoding: text[..<(length - 1)].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Seconds that local time is ahead of UTC at `seconds` since 1970.
  package static func secondsAheadOfUTC(at seconds: Int64) -> Int {
    clinux_utc_offset(seconds)
  }
}
