/// Why a word is not the value that an option wants.
package enum ArgumentValueError: Error, Hashable, Sendable {
  /// The text does not begin with a number.
  case invalidInteger(String)
  /// A number, followed by something that cannot be part of it.
  case trailingBytes(String)
  /// A number beyond 64 bits.
  case overflow(String)
  /// A number with an unknown suffix.
  case invalidSuffix(String, in: String)
  /// Neither of the words for true and false.
  case invalidBoolean(String)
  /// No length of time.
  case invalidDuration(String)

  /// What is wrong, without saying which option it was for: `invalid integer: abc`.
  package var message: String {
    switch self {
    case .invalidInteger(let text): "invalid integer: \(text)"
    case .trailingBytes(let text): "invalid trailing bytes: \(text)"
    case .overflow(let text):
      "overflow error, maximum value is \(UInt64.max): \(text)"
    case .invalidSuffix(let suffix, _): "invalid integer suffix '\(suffix)'"
    case .invalidBoolean(let text): "expects a boolean (e.g. 'true') (value: \(text))"
    case .invalidDuration(let text):
      "expects a length of time such as 10, 10s or 500ms (value: \(text))"
    }
  }
}

/// An integer of the command line, before anybody has decided on its type.
package struct IntegerArgument: Hashable, Sendable {
  /// The value without its sign.
  package let magnitude: UInt64
  /// Whether a minus stood before it.
  package let isNegative: Bool

  /// The value as 64 signed bits; nil when it does not fit.
  package var signed: Int64? {
    if !isNegative { return Int64(exactly: magnitude) }
    if magnitude == UInt64(Int64.max) + 1 { return .min }
    return Int64(exactly: magnitude).map { -$0 }
  }

  /// The value as 64 unsigned bits; nil when it is negative.
  package var unsigned: UInt64? { isNegative && magnitude != 0 ? nil : magnitude }

  /// The 64 bits that stand for the value in two's complement; wraps below `Int64.min`.
  package var bits: UInt64 { isNegative ? 0 &- magnitude : magnitude }

  /// Reads any form of integer that scripts have, and `0b` besides: decimal and hexadecimal with
  /// `_` between digits, octal after a leading 0, `5e3`, C's suffixes and units of time; a sign may
  /// stand before it.
  ///
  /// - Throws: `invalidInteger`, `trailingBytes`, `invalidSuffix` or `overflow`.
  package init(_ text: String) throws(ArgumentValueError) {
    var rest = Substring(text)
    isNegative = rest.first == "-"
    if isNegative || rest.first == "+" { rest.removeFirst() }
    guard let first = rest.first, first.isASCIIDigit else { throw .invalidInteger(text) }

    let radix = Self.removeRadixPrefix(from: &rest)
    let digits = rest.prefix { $0 == "_" || $0.isDigit(radix: radix) }
    rest = rest[digits.endIndex...]
    guard let head = digits.first, head != "_", digits.last != "_" else {
      throw .invalidInteger(text)
    }
    guard var value = UInt64(digits.filter { $0 != "_" }, radix: radix) else {
      throw .overflow(text)
    }
    if radix == 10, let exponent = Self.exponent(of: rest, after: digits) {
      value = try Self.scale(value, byPowerOfTen: exponent, in: text)
      rest = ""
    }
    if !rest.isEmpty {
      guard let factor = Self.factor(ofSuffix: rest, limit: &value) else {
        throw rest.first?.isASCIILetter == true && rest.allSatisfy(\.isASCIIWord)
          ? .invalidSuffix(String(rest), in: text) : .trailingBytes(text)
      }
      let (product, overflow) = value.multipliedReportingOverflow(by: factor)
      guard !overflow else { throw .overflow(text) }
      value = product
    }
    magnitude = value
  }

  private static func removeRadixPrefix(from rest: inout Substring) -> Int {
    let prefix = rest.prefix(2).lowercased()
    switch prefix {
    case "0x":
      rest.removeFirst(2)
      return 16
    case "0b":
      rest.removeFirst(2)
      return 2
    case _ where prefix.count == 2 && prefix.first == "0" && prefix.last?.isDigit(radix: 8) == true:
      rest.removeFirst()
      return 8
    default:
      return 10
    }
  }

  /// The exponent of `5e3`; the mantissa is one digit, neither begins with 0.
  private static func exponent(of rest: Substring, after digits: Substring) -> UInt64? {
    guard rest.first == "e" || rest.first == "E", digits.count == 1, digits != "0" else {
      return nil
    }
    let exponent = rest.dropFirst()
    guard exponent.first != "0", exponent.allSatisfy(\.isASCIIDigit) else { return nil }
    return UInt64(exponent)
  }

  private static func scale(
    _ value: UInt64, byPowerOfTen exponent: UInt64, in text: String
  ) throws(ArgumentValueError) -> UInt64 {
    guard exponent <= 19 else { throw .overflow(text) }
    var scaled = value
    for _ in 0..<exponent {
      let (product, overflow) = scaled.multipliedReportingOverflow(by: 10)
      guard !overflow else { throw .overflow(text) }
      scaled = product
    }
    return scaled
  }

  /// What a suffix multiplies by; C's type suffixes by one, where `value` fits their type.
  private static func factor(ofSuffix suffix: Substring, limit value: inout UInt64) -> UInt64? {
    switch suffix {
    case "ns": return 1
    case "us": return 1_000
    case "ms": return 1_000_000
    case "s": return 1_000_000_000
    case "m": return 60_000_000_000
    case "h": return 3_600_000_000_000
    case "d": return 86_400_000_000_000
    default: break
    }
    switch suffix.lowercased() {
    case "u": return value <= UInt64(UInt32.max) ? 1 : nil
    case "l", "ll": return value <= UInt64(Int64.max) ? 1 : nil
    case "ul", "ull": return 1
    default: return nil
    }
  }
}

/// Reads a whole number in any form that `IntegerArgument` has but a unit of time or a sign, as
/// process ids and counts are given.
///
/// - Throws: `invalidInteger` when no number begins the text, `trailingBytes` when more follows it.
package func parseCount(_ text: String) throws(ArgumentValueError) -> UInt64 {
  guard let first = text.first, first.isASCIIDigit else { throw .invalidInteger(text) }
  let isHexadecimal = text.prefix(2).lowercased() == "0x"
  guard let last = text.last, isHexadecimal || last.isASCIIDigit else { throw .trailingBytes(text) }
  do {
    return try IntegerArgument(text).magnitude
  } catch {
    if case .invalidSuffix = error { throw .trailingBytes(text) }
    throw error
  }
}

/// Reads `true`, `1`, `on`, `yes` and `false`, `0`, `off`, `no`.
///
/// - Throws: `invalidBoolean`.
package func parseBoolean(_ text: String) throws(ArgumentValueError) -> Bool {
  switch text.lowercased() {
  case "true", "1", "on", "yes": true
  case "false", "0", "off", "no": false
  default: throw .invalidBoolean(text)
  }
}

/// Reads a length of time: a number with one of the units ns, us, ms, s, m, h and d, of seconds
/// when it has none. A fraction may follow the number: `1.5` is one and a half seconds.
///
/// - Throws: `invalidDuration`, also for a length beyond 292 years.
package func parseDuration(_ text: String) throws(ArgumentValueError) -> Duration {
  let whole = text.prefix(while: \.isASCIIDigit)
  var rest = text[whole.endIndex...]
  var fraction: Substring = ""
  if rest.first == "." {
    fraction = rest.dropFirst().prefix(while: \.isASCIIDigit)
    rest = rest[fraction.endIndex...]
    guard !fraction.isEmpty else { throw .invalidDuration(text) }
  }
  let unit: UInt64
  switch rest {
  case "ns": unit = 1
  case "us": unit = 1_000
  case "ms": unit = 1_000_000
  case "s", "": unit = 1_000_000_000
  case "m": unit = 60_000_000_000
  case "h": unit = 3_600_000_000_000
  case "d": unit = 86_400_000_000_000
  default: throw .invalidDuration(text)
  }
  guard let count = whole.isEmpty && !fraction.isEmpty ? 0 : UInt64(whole),
    count <= UInt64(Int64.max) / unit
  else {
    throw .invalidDuration(text)
  }
  var nanoseconds = count * unit
  var place = unit
  for digit in fraction {
    place /= 10
    nanoseconds += place * UInt64(digit.wholeNumberValue ?? 0)
  }
  guard let signed = Int64(exactly: nanoseconds) else { throw .invalidDuration(text) }
  return .nanoseconds(signed)
}

extension Character {
  fileprivate var isASCIIDigit: Bool { ("0"..."9").contains(self) }

  fileprivate var isASCIILetter: Bool { ("a"..."z").contains(self) || ("A"..."Z").contains(self) }

  fileprivate var isASCIIWord: Bool { isASCIIDigit || isASCIILetter || self == "_" }

  fileprivate func isDigit(radix: Int) -> Bool {
    guard isASCII, let value = hexDigitValue else { return false }
    return value < radix
  }
}
