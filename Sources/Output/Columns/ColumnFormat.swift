package import TraceModel

/// How the values of a column are written, put together once.
package struct ColumnFormat: Sendable {
  /// The conversion, for what is no number.
  package let conversion: FormatString.Conversion
  /// How numbers are written, if the conversion is one for numbers.
  package let number: NumberFormat?

  /// - Parameter isLast: Whether nothing follows, for which left-aligned text would be padded.
  package init(_ column: ShownColumn, isLast: Bool = false) {
    var conversion =
      FormatString(column.format).conversions.first ?? .text
    if isLast, conversion.leftAligned { conversion.width = nil }
    // No column shows a part of a number.
    if conversion.length == .int { conversion.length = .long }
    self.conversion = conversion
    number = NumberFormat(conversion, dividedBy: column.divisor)
  }

  /// Appends a value.
  package func append(_ value: Value, to text: inout [UInt8]) {
    guard let format = number, let number = value.wholeNumber else {
      return Printf.append(value, as: conversion, to: &text)
    }
    format.append(bits: number.bits, isSigned: number.isSigned, to: &text)
  }

  /// Appends the heading, aligned as values are.
  package func append(heading: String, to text: inout [UInt8]) {
    let start = text.count
    text.append(heading)
    text.pad(from: start, to: conversion.width ?? 0, leftAligned: conversion.leftAligned)
  }
}

/// How numbers of a column are written, in the column's unit.
///
/// They are shown whole, whatever their width: `%d` is a decimal number with its sign, if its type has
/// one.
package struct NumberFormat: Sendable {
  private enum Form {
    case signed(IntegerFormat, unsigned: IntegerFormat)
    case unsigned(IntegerFormat)
    case decimal(DecimalFormat)
  }

  private let form: Form
  private let divisor: UInt64

  /// - Returns: Nil for a conversion that is not for numbers.
  init?(_ conversion: FormatString.Conversion, dividedBy divisor: UInt64) {
    self.divisor = divisor
    switch conversion.letter {
    case "d", "i":
      var unsigned = conversion
      unsigned.letter = "u"
      form = .signed(IntegerFormat(conversion), unsigned: IntegerFormat(unsigned))
    case "u", "o", "x", "X": form = .unsigned(IntegerFormat(conversion))
    case "f", "F": form = .decimal(DecimalFormat(conversion))
    default: return nil
    }
  }

  /// Appends a number that is given by its bits, of which the sign is extended.
  package func append(bits: Int64, isSigned: Bool, to text: inout [UInt8]) {
    let isNegative = isSigned && bits < 0
    switch form {
    case .signed(let format, let unsigned):
      (isSigned ? format : unsigned).append(quotient(bits, isNegative), to: &text)
    case .unsigned(let format): format.append(quotient(bits, isNegative), to: &text)
    case .decimal(let format):
      format.append(
        magnitude: isNegative ? bits.magnitude : UInt64(bitPattern: bits), isNegative: isNegative,
        dividedBy: divisor, to: &text)
    }
  }

  private func quotient(_ bits: Int64, _ isNegative: Bool) -> Int64 {
    if divisor == 1 { return bits }
    if isNegative { return 0 &- Int64(bitPattern: bits.magnitude / divisor) }
    return Int64(bitPattern: UInt64(bitPattern: bits) / divisor)
  }
}

extension Value {
  /// The value as a number, if it is one that columns divide and align.
  var wholeNumber: (bits: Int64, isSigned: Bool)? {
    switch self {
    case .integer(let number): (number, true)
    case .unsigned(let number), .pointer(let number): (Int64(bitPattern: number), false)
    case .boolean(let flag): (flag ? 1 : 0, false)
    case .enumeration(_, let number, let signed): (number, signed)
    default: nil
    }
  }

  /// Appends the value as JSON has it, in the unit of its column.
  func append(json column: ShownColumn, to text: inout [UInt8]) {
    guard column.divisor != 1, let number = wholeNumber else {
      return JSONText().append(self, to: &text)
    }
    appendExact(number, column.divisor, to: &text)
  }

  /// Appends a number without an end to its decimals, as far as it has them.
  func appendExact(
    _ number: (bits: Int64, isSigned: Bool), _ divisor: UInt64, to text: inout [UInt8]
  ) {
    let isNegative = number.isSigned && number.bits < 0
    text.append(
      exact: isNegative ? number.bits.magnitude : UInt64(bitPattern: number.bits),
      isNegative: isNegative, dividedBy: divisor)
  }
}
