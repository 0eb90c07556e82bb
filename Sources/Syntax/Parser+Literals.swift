import Diagnostics

extension Parser {
  /// Consumes an integer token and decodes it; a bad one is reported and counts as 0.
  mutating func takeInteger() -> IntegerLiteral {
    let token = advance()
    let text = text(token)
    do throws(IntegerLiteralError) {
      return try IntegerLiteral(parsing: text)
    } catch {
      // The smallest text that is wrong: what follows the digits.
      let wrong =
        switch error {
        case .suffix(let suffix): suffix.utf8.count
        case .trailingUnderscore: 1
        default: token.end - token.start
        }
      report(.invalidInteger(error, at: range(token.end - wrong, token.end)))
      return IntegerLiteral(value: 0, text: text)
    }
  }

  /// Consumes a `$N` token and returns N; one out of range is reported and counts as 1.
  mutating func takePositional() -> Int {
    let token = advance()
    let number = Int(lexer.text(token.start + 1..<token.end)) ?? 0
    if number < 1 {
      report(.positionalOutOfRange(text(token), at: range(token)))
      return 1
    }
    return number
  }

  /// Consumes a string token and returns its bytes, with escapes decoded.
  mutating func takeString() -> [UInt8] {
    let token = advance()
    let bytes = file.bytes
    // An unterminated string, reported already, has no second quote.
    let isClosed = token.end > token.start + 1 && bytes[token.end - 1] == UInt8(ascii: "\"")
    let end = isClosed ? token.end - 1 : token.end
    var decoded: [UInt8] = []
    decoded.reserveCapacity(end - token.start)
    var isASCII = true
    var offset = token.start + 1
    while offset < end {
      let byte = bytes[offset]
      if byte == UInt8(ascii: "\\") {
        offset = takeEscape(at: offset, end: end, into: &decoded)
        continue
      }
      if byte == 0 { report(.nulInString(at: range(offset, offset + 1))) }
      isASCII = isASCII && byte < 0x80
      decoded.append(byte)
      offset += 1
    }
    if !isASCII, String(validating: bytes[token.start..<token.end], as: UTF8.self) == nil {
      report(.invalidUTF8InString(at: range(token)))
    }
    return decoded
  }

  /// Consumes a character token and returns the number of the character.
  mutating func takeCharacter() -> IntegerLiteral {
    let token = advance()
    let (start, end) = (token.start + 1, token.end - 1)
    var decoded: [UInt8] = []
    if lexer.has("\\'", at: start) {
      decoded = [UInt8(ascii: "'")]
    } else if file.bytes[start] == UInt8(ascii: "\\") {
      let next = takeEscape(at: start, end: end, into: &decoded)
      if next < end { report(.invalidEscape(file.bytes[next..<end], at: range(start, end))) }
    } else {
      decoded = [file.bytes[start]]
    }
    return IntegerLiteral(value: UInt64(decoded.first ?? 0), text: text(token))
  }

  /// Decodes the escape at `start` and returns the offset after it.
  private mutating func takeEscape(at start: Int, end: Int, into decoded: inout [UInt8]) -> Int {
    let bytes = file.bytes
    guard start + 1 < end else { return end }
    switch bytes[start + 1] {
    case UInt8(ascii: "n"): decoded.append(UInt8(ascii: "\n"))
    case UInt8(ascii: "t"): decoded.append(UInt8(ascii: "\t"))
    case UInt8(ascii: "r"): decoded.append(UInt8(ascii: "\r"))
    case UInt8(ascii: "\""): decoded.append(UInt8(ascii: "\""))
    case UInt8(ascii: "\\"): decoded.append(UInt8(ascii: "\\"))
    case UInt8(ascii: "0")...UInt8(ascii: "7"):
      let (value, next) = digits(base: 8, from: start + 1, to: min(end, start + 4))
      if value > 255 {
        report(.octalEscapeOutOfRange(bytes[start..<next], at: range(start, next)))
      }
      decoded.append(UInt8(truncatingIfNeeded: value))
      return next
    case UInt8(ascii: "x"), UInt8(ascii: "X"):
      let (value, next) = digits(base: 16, from: start + 2, to: min(end, start + 4))
      if next == start + 2 {
        report(.invalidEscape(bytes[start..<next], at: range(start, next)))
      }
      decoded.append(UInt8(truncatingIfNeeded: value))
      return next
    default:
      let next = min(end, start + 1 + lexer.characterLength(at: start + 1))
      report(.invalidEscape(bytes[start..<next], at: range(start + 1, min(end, next + 1))))
      return next
    }
    return start + 2
  }

  /// Returns the number that the digits from `start` on make, and the offset after them.
  private func digits(base: UInt64, from start: Int, to end: Int) -> (value: UInt64, next: Int) {
    var value: UInt64 = 0
    var next = start
    while next < end, let digit = file.bytes[next].digitValue, digit < base {
      value = value * base + digit
      next += 1
    }
    return (value, next)
  }
}
