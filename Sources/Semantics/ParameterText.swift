package import Language

/// Words of the command line as values.
package enum ParameterText {
  /// The number a word is, in any form that integer literals have, with a sign; else nil.
  package static func integer(_ text: String) -> Constant? {
    var digits = Array(text.utf8)[...]
    let isNegative = digits.first == UInt8(ascii: "-")
    if isNegative || digits.first == UInt8(ascii: "+") { digits.removeFirst() }
    guard let value = magnitude(digits) else { return nil }
    if !isNegative { return .unsigned(value, isFlexible: true) }
    guard value <= UInt64(Int64.max) + 1 else { return nil }
    return .signed(Int64(truncatingIfNeeded: 0 &- value))
  }

  private static func magnitude(_ text: ArraySlice<UInt8>) -> UInt64? {
    var digits = text
    var radix: UInt64 = 10
    if digits.first == UInt8(ascii: "0"), digits.count > 1 {
      let second = digits[digits.startIndex + 1] | 0x20
      if second == UInt8(ascii: "x") {
        radix = 16
        digits = digits.dropFirst(2)
      } else if second == UInt8(ascii: "b") {
        radix = 2
        digits = digits.dropFirst(2)
      } else if (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(digits[digits.startIndex + 1]) {
        radix = 8
        digits = digits.dropFirst()
      }
    }
    guard !digits.isEmpty else { return nil }
    var value: UInt64 = 0
    var hasDigits = false
    while let byte = digits.first {
      if byte == UInt8(ascii: "_"), hasDigits {
        digits.removeFirst()
        continue
      }
      guard let digit = digit(byte), digit < radix else { break }
      digits.removeFirst()
      let product = value.multipliedReportingOverflow(by: radix)
      let sum = product.partialValue.addingReportingOverflow(digit)
      if product.overflow || sum.overflow { return nil }
      value = sum.partialValue
      hasDigits = true
    }
    guard hasDigits else { return nil }
    return scaled(value, by: String(decoding: digits, as: UTF8.self))
  }

  private static func scaled(_ value: UInt64, by suffix: String) -> UInt64? {
    let factor: UInt64? =
      switch suffix.lowercased() {
      case "", "u", "l", "ll", "ul", "ull": 1
      case "ns": 1
      case "us": 1_000
      case "ms": 1_000_000
      case "s": 1_000_000_000
      case "m": 60_000_000_000
      case "h": 3_600_000_000_000
      case "d": 86_400_000_000_000
      default: nil
      }
    guard let factor else { return nil }
    let product = value.multipliedReportingOverflow(by: factor)
    return product.overflow ? nil : product.partialValue
  }

  private static func digit(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a")) + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A")) + 10
    default: nil
    }
  }
}
