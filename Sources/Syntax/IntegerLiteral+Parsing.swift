/// Why a text is no integer literal.
package enum IntegerLiteralError: Error, Hashable, Sendable {
  /// `1_`
  case trailingUnderscore
  /// `12e3`
  case coefficient(String)
  /// What follows the digits is no suffix.
  case suffix(String)
  /// Digits that octal numbers do not have, or an exponent that is none: the literal as written.
  case trailing(String)
  /// The literal as written, and the largest value it may have.
  case overflow(text: String, maximum: UInt64)
  /// There is no digit where the literal should begin.
  case notANumber(String)

  /// The sentence for the user.
  package var message: String {
    switch self {
    case .trailingUnderscore: "trailing underscore in integer literal"
    case .coefficient(let text): "coefficient part of scientific literal must be 1-9: \(text)"
    case .suffix(let suffix): "invalid integer suffix '\(suffix)'"
    case .trailing(let text): "invalid trailing bytes: \(text)"
    case .overflow(let text, let maximum): "overflow error, maximum value is \(maximum): \(text)"
    case .notANumber(let text): "invalid integer '\(text)'"
    }
  }
}

extension IntegerLiteral {
  /// Parses a literal as scripts have it, without a sign.
  ///
  /// - Parameters:
  ///   - text: The whole literal, which begins with a digit.
  ///   - acceptsBinary: Whether `0b101` is a number, as in values from the command line.
  package init(
    parsing text: String, acceptsBinary: Bool = false
  ) throws(IntegerLiteralError) {
    var scanner = DigitScanner(text: text)
    let digits = try scanner.scanNumber(acceptsBinary: acceptsBinary)
    self.init(value: digits, text: text)
    let rest = scanner.rest
    guard !rest.isEmpty else { return }
    if let suffix = CSuffix(rawValue: rest.lowercased()) {
      guard value <= suffix.maximum else {
        throw .overflow(text: text, maximum: suffix.maximum)
      }
      self.suffix = .c(suffix)
    } else if let unit = DurationUnit(rawValue: rest) {
      let (product, overflow) = value.multipliedReportingOverflow(by: unit.nanoseconds)
      guard !overflow else { throw .overflow(text: text, maximum: .max) }
      value = product
      self.suffix = .duration(unit)
    } else if rest.utf8.first?.isDigit == true || rest.lowercased() == "e0" {
      throw .trailing(text)
    } else {
      throw .suffix(rest)
    }
  }

  /// Parses a value from the command line: any literal, also binary, also with a minus.
  ///
  /// - Returns: The value's bits, negative ones in two's complement, and whether it is negative.
  /// - Throws: The error of a text that is no such number or does not fit.
  package static func commandLineValue(
    _ text: String
  ) throws(IntegerLiteralError) -> (bits: UInt64, isNegative: Bool) {
    let isNegative = text.hasPrefix("-")
    let digits = isNegative ? String(text.dropFirst()) : text
    let literal = try IntegerLiteral(parsing: digits, acceptsBinary: true)
    guard isNegative else { return (literal.value, false) }
    guard literal.value <= UInt64(Int64.max) + 1 else {
      throw .overflow(text: text, maximum: UInt64(Int64.max) + 1)
    }
    return (0 &- literal.value, true)
  }
}

/// Reads the digits of a literal, with underscores between them.
private struct DigitScanner {
  let text: String
  let bytes: [UInt8]
  var position = 0

  init(text: String) {
    self.text = text
    bytes = Array(text.utf8)
  }

  /// What has not been read.
  var rest: String { String(decoding: bytes[position...], as: UTF8.self) }

  mutating func scanNumber(acceptsBinary: Bool) throws(IntegerLiteralError) -> UInt64 {
    guard let first = bytes.first, first.isDigit else { throw .notANumber(text) }
    if first == UInt8(ascii: "0"), bytes.count > 2 {
      let prefix = bytes[1] | 0x20
      let third = bytes[2]
      if prefix == UInt8(ascii: "x"), third.digitValue != nil {
        position = 2
        return try scanDigits(base: 16)
      }
      if prefix == UInt8(ascii: "b"), acceptsBinary, third.digitValue ?? 2 < 2 {
        position = 2
        return try scanDigits(base: 2)
      }
    }
    if first == UInt8(ascii: "0") {
      let value = try scanDigits(base: 8)
      if isExponent { throw .coefficient(text) }
      return value
    }
    let coefficient = try scanDigits(base: 10)
    return isExponent ? try scaled(coefficient) : coefficient
  }

  /// Whether `e` and a digit from 1 to 9 follow.
  private var isExponent: Bool {
    position + 1 < bytes.count && bytes[position] | 0x20 == UInt8(ascii: "e")
      && bytes[position + 1].isDigit && bytes[position + 1] != UInt8(ascii: "0")
  }

  private mutating func scaled(_ coefficient: UInt64) throws(IntegerLiteralError) -> UInt64 {
    guard position == 1 else { throw .coefficient(text) }
    position += 1
    let exponent = try scanDigits(base: 10)
    var value = coefficient
    for _ in 0..<min(exponent, 20) {
      let (product, overflow) = value.multipliedReportingOverflow(by: 10)
      guard !overflow else { throw .overflow(text: text, maximum: .max) }
      value = product
    }
    return value
  }

  private mutating func scanDigits(base: UInt64) throws(IntegerLiteralError) -> UInt64 {
    var value: UInt64 = 0
    var overflows = false
    while position < bytes.count {
      let byte = bytes[position]
      let isUnderscore = byte == UInt8(ascii: "_")
      if !isUnderscore {
        guard let digit = byte.digitValue, digit < base else { break }
        let (product, first) = value.multipliedReportingOverflow(by: base)
        let (sum, second) = product.addingReportingOverflow(digit)
        overflows = overflows || first || second
        value = sum
      }
      position += 1
    }
    if position > 0, bytes[position - 1] == UInt8(ascii: "_") { throw .trailingUnderscore }
    guard !overflows else { throw .overflow(text: text, maximum: .max) }
    return value
  }
}
