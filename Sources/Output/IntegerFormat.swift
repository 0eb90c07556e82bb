package import TraceModel

/// A conversion for integers, as C has it; formatting allocates nothing.
package struct IntegerFormat: Hashable, Sendable {
  private enum Kind: Hashable {
    case character, signed, unsigned, octal, hexadecimal, pointer
  }

  private let kind: Kind
  private let isUpper: Bool
  private let length: FormatString.Length
  private let width: Int
  private let precision: Int?
  private let leftAligned: Bool
  private let zeroPadded: Bool
  private let alternate: Bool
  /// What stands before numbers that are not negative.
  private let positiveSign: UInt8?

  /// - Parameter conversion: A letter without a meaning of its own counts as `u`.
  package init(_ conversion: FormatString.Conversion) {
    kind =
      switch conversion.letter {
      case "c": .character
      case "d", "i": .signed
      case "o": .octal
      case "x", "X": .hexadecimal
      case "p": .pointer
      default: .unsigned
      }
    isUpper = conversion.letter == "X"
    length = conversion.length
    width = conversion.width ?? 0
    precision = conversion.precision
    leftAligned = conversion.leftAligned
    zeroPadded = conversion.zeroPadded
    alternate = conversion.alternate
    positiveSign =
      conversion.plus ? UInt8(ascii: "+") : conversion.space ? UInt8(ascii: " ") : nil
  }

  /// Appends the number with sign or radix, zeros and padding.
  package func append(_ number: Int64, to text: inout [UInt8]) {
    switch kind {
    case .character:
      let start = text.count
      text.append(UInt8(truncatingIfNeeded: number))
      text.pad(from: start, to: width, leftAligned: leftAligned)
    case .signed:
      let value = signed(number)
      append(
        value.magnitude, .decimal, sign: value < 0 ? UInt8(ascii: "-") : positiveSign, to: &text)
    case .unsigned: append(unsigned(number), .decimal, to: &text)
    case .octal: append(unsigned(number), .octal, to: &text)
    case .hexadecimal:
      let value = unsigned(number)
      append(value, .hexadecimal, showsRadix: alternate && value != 0, to: &text)
    case .pointer:
      append(UInt64(bitPattern: number), .hexadecimal, showsRadix: true, to: &text)
    }
  }

  private func signed(_ number: Int64) -> Int64 {
    switch length {
    case .char: Int64(Int8(truncatingIfNeeded: number))
    case .short: Int64(Int16(truncatingIfNeeded: number))
    case .int: Int64(Int32(truncatingIfNeeded: number))
    case .long: number
    }
  }

  private func unsigned(_ number: Int64) -> UInt64 {
    switch length {
    case .char: UInt64(UInt8(truncatingIfNeeded: number))
    case .short: UInt64(UInt16(truncatingIfNeeded: number))
    case .int: UInt64(UInt32(truncatingIfNeeded: number))
    case .long: UInt64(bitPattern: number)
    }
  }

  private func append(
    _ value: UInt64, _ radix: Radix, sign: UInt8? = nil, showsRadix: Bool = false,
    to text: inout [UInt8]
  ) {
    let start = text.count
    var digits = radix.digitCount(value)
    // C: no digits at all for zero with a precision of zero.
    if value == 0, precision == 0, kind != .pointer, !(kind == .octal && alternate) { digits = 0 }
    var zeros = max(0, (precision ?? 0) - digits)
    if kind == .octal, alternate, value != 0, zeros == 0 { zeros = 1 }
    if zeroPadded, !leftAligned, precision == nil {
      let prefix = (sign == nil ? 0 : 1) + (showsRadix ? 2 : 0)
      zeros = max(zeros, width - prefix - digits)
    }
    if let sign { text.append(sign) }
    if showsRadix {
      text.append(UInt8(ascii: "0"))
      text.append(UInt8(ascii: isUpper ? "X" : "x"))
    }
    for _ in 0..<zeros { text.append(UInt8(ascii: "0")) }
    text.appendDigits(of: value, count: digits, radix, isUpper: isUpper)
    if text.count - start < width { text.pad(from: start, to: width, leftAligned: leftAligned) }
  }
}

/// How the digits of a number are found: constant divisors and shifts, which divide no number by
/// another.
private enum Radix {
  case octal, decimal, hexadecimal

  /// How many digits the number has; one for zero.
  func digitCount(_ value: UInt64) -> Int {
    switch self {
    case .octal: return max(1, (64 - value.leadingZeroBitCount + 2) / 3)
    case .hexadecimal: return max(1, (64 - value.leadingZeroBitCount + 3) / 4)
    case .decimal:
      var count = 1
      var rest = value
      while rest >= 10 {
        rest /= 10
        count += 1
      }
      return count
    }
  }

  /// Takes the lowest digit off a number.
  func removeLast(of value: inout UInt64) -> UInt8 {
    switch self {
    case .octal:
      defer { value >>= 3 }
      return UInt8(truncatingIfNeeded: value & 7)
    case .hexadecimal:
      defer { value >>= 4 }
      return UInt8(truncatingIfNeeded: value & 15)
    case .decimal:
      let rest = value / 10
      defer { value = rest }
      return UInt8(truncatingIfNeeded: value &- rest &* 10)
    }
  }
}

extension [UInt8] {
  /// Appends the `count` lowest digits of a number.
  fileprivate mutating func appendDigits(
    of value: UInt64, count digits: Int, _ radix: Radix, isUpper: Bool
  ) {
    let start = count
    for _ in 0..<digits { append(UInt8(ascii: "0")) }
    let letters = UInt8(ascii: isUpper ? "A" : "a") - 10
    var rest = value
    var index = start + digits
    while index > start {
      index -= 1
      let digit = radix.removeLast(of: &rest)
      self[index] = digit < 10 ? UInt8(ascii: "0") + digit : letters + digit
    }
  }
}
