/// An integer literal: its value and how it was written.
package struct IntegerLiteral: Hashable, Sendable {
  /// The C suffixes, which bound the value but do not choose a type.
  package enum CSuffix: String, Hashable, Sendable, CaseIterable {
    case u, l, ll, ul, ull

    /// The largest value that the suffix admits.
    package var maximum: UInt64 {
      switch self {
      case .u: UInt64(UInt32.max)
      case .l, .ll: UInt64(Int64.max)
      case .ul, .ull: .max
      }
    }
  }

  /// The units of durations.
  package enum DurationUnit: String, Hashable, Sendable, CaseIterable {
    case ns, us, ms, s, m, h, d

    package var nanoseconds: UInt64 {
      switch self {
      case .ns: 1
      case .us: 1_000
      case .ms: 1_000_000
      case .s: 1_000_000_000
      case .m: 60_000_000_000
      case .h: 3_600_000_000_000
      case .d: 86_400_000_000_000
      }
    }
  }

  /// What follows the digits.
  package enum Suffix: Hashable, Sendable {
    case c(CSuffix)
    case duration(DurationUnit)
  }

  /// The value, with a duration multiplied out to nanoseconds.
  package var value: UInt64
  /// The literal as written; empty for one that was not written.
  package var text: String
  package var suffix: Suffix?

  package init(value: UInt64, text: String = "", suffix: Suffix? = nil) {
    self.value = value
    self.text = text
    self.suffix = suffix
  }

  /// Whether it was written with a unit of time.
  package var isDuration: Bool {
    if case .duration = suffix { true } else { false }
  }
}
