internal import LinuxSystem
package import Output
package import TraceModel

extension Presenter {
  /// A moment as its format says.
  package func timestamp(
    _ bytes: Span<UInt8>, _ offset: Int, _ clock: TimestampClock
  ) throws(DecodingError) -> Value {
    let nanoseconds = Int64(bitPattern: try bytes.integer(at: offset, bytes: 8))
    let format = try string(try bytes.integer(at: offset + 8, bytes: 8))
    let distance = clock == .boot ? clocks.bootToRealtime : clocks.taiToRealtime
    return .text(Self.time(nanoseconds &+ distance, format: format))
  }

  /// Formats nanoseconds since 1970 in local time.
  ///
  /// Beside what strftime(3) knows: `%f` microseconds, `%l` milliseconds, `%k` nanoseconds of the
  /// second.
  ///
  /// - Parameter own: Which of these are ours, and not strftime's.
  static func time(
    _ nanoseconds: Int64, format: String, own: String = "flk", inUTC: Bool = false
  ) -> String {
    let (quotient, remainder) = nanoseconds.quotientAndRemainder(dividingBy: 1_000_000_000)
    let seconds = remainder < 0 ? quotient - 1 : quotient
    let fraction = remainder < 0 ? remainder + 1_000_000_000 : remainder
    var expanded = ""
    var rest = format[...]
    while let letter = rest.popFirst() {
      expanded.append(letter)
      guard letter == "%", let conversion = rest.popFirst() else { continue }
      if own.contains(conversion), let digits = digits(conversion, of: fraction) {
        expanded.removeLast()
        expanded += digits
      } else {
        expanded.append(conversion)
      }
    }
    return CalendarTime.format(expanded, seconds: seconds, inUTC: inUTC) ?? ""
  }

  /// The fraction of a second as our own conversions show it.
  private static func digits(_ conversion: Character, of nanoseconds: Int64) -> String? {
    let (count, divisor): (Int, Int64)
    switch conversion {
    case "l": (count, divisor) = (3, 1_000_000)
    case "f": (count, divisor) = (6, 1000)
    case "k": (count, divisor) = (9, 1)
    default: return nil
    }
    let text = String(nanoseconds / divisor)
    return String(repeating: "0", count: count - text.utf8.count) + text
  }
}
