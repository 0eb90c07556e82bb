internal import SystemText

extension [UInt8] {
  /// Appends the bytes that `text` stands for (`SystemText`).
  mutating func append(_ text: String) { append(systemBytesOf: text) }

  /// Appends the decimal digits of a number.
  mutating func append(decimal number: UInt64) {
    var digits = InlineArray<20, UInt8>(repeating: 0)
    var (rest, first) = (number, 20)
    repeat {
      first -= 1
      digits[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    } while rest != 0
    for index in first..<20 { append(digits[index]) }
  }

  /// Appends a number with its sign, if that is minus.
  mutating func append(decimal number: Int64) {
    if number < 0 { append(UInt8(ascii: "-")) }
    append(decimal: number.magnitude)
  }

  /// Appends `0x` and the lower-case hexadecimal digits of `value`.
  mutating func appendAddress(_ value: UInt64) {
    append("0x")
    append(String(value, radix: 16))
  }

  /// Appends printable ASCII as it is and other bytes as `\xNN`.
  mutating func appendEscaped(_ bytes: [UInt8]) {
    for byte in bytes {
      if (0x20..<0x7f).contains(byte) { append(byte) } else { appendHexEscape(byte) }
    }
  }

  /// Appends `\xNN`.
  mutating func appendHexEscape(_ byte: UInt8) {
    append(UInt8(ascii: "\\"))
    append(UInt8(ascii: "x"))
    appendHexDigits(byte)
  }

  /// Appends the two lower-case digits of a byte.
  mutating func appendHexDigits(_ byte: UInt8) {
    append(Self.hexDigit(byte >> 4))
    append(Self.hexDigit(byte & 15))
  }

  private static func hexDigit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
  }

  /// Pads with spaces what was appended since `start` to `width` bytes.
  package mutating func pad(from start: Int, to width: Int, leftAligned: Bool) {
    let missing = width - (count - start)
    guard missing > 0 else { return }
    let spaces = repeatElement(UInt8(ascii: " "), count: missing)
    insert(contentsOf: spaces, at: leftAligned ? count : start)
  }
}
