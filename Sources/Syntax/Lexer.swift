internal import SystemText

/// Cuts a text into tokens, one at a time and from any offset.
///
/// It holds no position and reports nothing: what is wrong with a text is a kind of token. So the
/// parser can look ahead as it likes, and skip what is not made of tokens (attach points, C).
struct Lexer: Sendable {
  let bytes: [UInt8]

  /// Returns the byte at `offset`, nil outside the text.
  func byte(at offset: Int) -> UInt8? {
    offset < bytes.count ? bytes[offset] : nil
  }

  /// Whether `text` stands at `offset`.
  func has(_ text: StaticString, at offset: Int) -> Bool {
    let wanted = text.description.utf8
    return offset + wanted.count <= bytes.count
      && bytes[offset..<offset + wanted.count].elementsEqual(wanted)
  }

  /// Returns the offset after an identifier that begins at `offset`, nil if none does.
  func identifierEnd(at offset: Int) -> Int? {
    guard let first = byte(at: offset), first.isIdentifierStart else { return nil }
    var end = offset + 1
    while let next = byte(at: end), next.isIdentifierPart { end += 1 }
    return end
  }

  func text(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self) }

  /// The offset after a byte order mark, and `#!` with the rest of its line, if they come first.
  var headEnd: Int {
    let start = has("\u{feff}", at: 0) ? 3 : 0
    var offset = start
    while let byte = byte(at: offset), byte.isWhiteSpace { offset += 1 }
    guard has("#!", at: offset) else { return start }
    while let byte = byte(at: offset), byte != UInt8(ascii: "\n") { offset += 1 }
    return offset
  }

  // MARK: White space and comments

  /// Returns the offset of the first byte from `offset` on that is not white space or comment.
  ///
  /// - Parameter comments: Gets the ranges of the comments on the way.
  /// - Returns: The offset; `isUnterminated` says that a comment swallowed the rest.
  func skipTrivia(
    from offset: Int, comments: inout [Range<Int>]
  ) -> (offset: Int, isUnterminated: Bool) {
    var offset = offset
    while let byte = byte(at: offset) {
      if byte.isWhiteSpace {
        offset += 1
      } else if has("//", at: offset) {
        let start = offset
        while let next = self.byte(at: offset), next != UInt8(ascii: "\n") { offset += 1 }
        comments.append(start..<offset)
      } else if has("/*", at: offset) {
        guard let end = blockCommentEnd(at: offset) else { return (bytes.count, true) }
        comments.append(offset..<end)
        offset = end
      } else {
        break
      }
    }
    return (offset, false)
  }

  /// Returns the offset after the `*/` of the comment that begins at `offset`, nil without one.
  func blockCommentEnd(at offset: Int) -> Int? {
    var end = offset + 2
    while end + 1 < bytes.count {
      if bytes[end] == UInt8(ascii: "*"), bytes[end + 1] == UInt8(ascii: "/") { return end + 2 }
      end += 1
    }
    return nil
  }

  // MARK: Tokens

  /// Returns the first token from `offset` on; at the end of the text, an empty `.endOfFile`.
  func token(from offset: Int) -> Token {
    var comments: [Range<Int>] = []
    return token(from: offset, comments: &comments)
  }

  /// Returns the first token from `offset` on, and adds the comments before it.
  func token(from offset: Int, comments: inout [Range<Int>]) -> Token {
    let (start, isUnterminated) = skipTrivia(from: offset, comments: &comments)
    if isUnterminated { return Token(kind: .unterminatedComment, start: start, end: start) }
    guard let first = byte(at: start) else {
      return Token(kind: .endOfFile, start: start, end: start)
    }
    if let end = identifierEnd(at: start) {
      return Token(kind: .identifier, start: start, end: end)
    }
    if first.isDigit {
      var end = start + 1
      while let next = byte(at: end), next.isIdentifierPart { end += 1 }
      return Token(kind: .integer, start: start, end: end)
    }
    switch first {
    case UInt8(ascii: "\""): return string(at: start)
    case UInt8(ascii: "'"): return character(at: start) ?? punctuation(first, at: start)
    case UInt8(ascii: "@"):
      return Token(kind: .map, start: start, end: identifierEnd(at: start + 1) ?? start + 1)
    case UInt8(ascii: "$"): return dollar(at: start)
    default: return punctuation(first, at: start)
    }
  }

  private func string(at start: Int) -> Token {
    var end = start + 1
    while let byte = byte(at: end) {
      switch byte {
      case UInt8(ascii: "\""): return Token(kind: .string, start: start, end: end + 1)
      case UInt8(ascii: "\n"): return Token(kind: .unterminatedString, start: start, end: end)
      case UInt8(ascii: "\\"):
        // An escaped line end does not continue the string.
        end += self.byte(at: end + 1) == UInt8(ascii: "\n") ? 1 : 2
      default: end += 1
      }
    }
    return Token(kind: .unterminatedString, start: start, end: bytes.count)
  }

  /// `'c'` or `'\n'`; nil if that is not what begins here.
  private func character(at start: Int) -> Token? {
    let quote = UInt8(ascii: "'")
    var end = start + 1
    guard let first = byte(at: end), first >= 0x20, first < 0x7f, first != quote else { return nil }
    end += 1
    if first == UInt8(ascii: "\\") {
      // The escaped letter may be a quote; octal and hexadecimal digits follow.
      end += 1
      while let next = byte(at: end), next.isIdentifierPart { end += 1 }
    }
    guard byte(at: end) == quote else { return nil }
    return Token(kind: .character, start: start, end: end + 1)
  }

  private func dollar(at start: Int) -> Token {
    if let end = identifierEnd(at: start + 1) {
      return Token(kind: .variable, start: start, end: end)
    }
    var end = start + 1
    while let next = byte(at: end), next.isDigit { end += 1 }
    if end > start + 1 { return Token(kind: .positional, start: start, end: end) }
    if byte(at: end) == UInt8(ascii: "#") {
      return Token(kind: .positionalCount, start: start, end: end + 1)
    }
    return Token(kind: .invalidCharacter, start: start, end: end)
  }

  private func punctuation(_ first: UInt8, at start: Int) -> Token {
    let second = byte(at: start + 1) ?? 0
    let third = byte(at: start + 2) ?? 0
    func token(_ kind: Token.Kind, _ length: Int) -> Token {
      Token(kind: kind, start: start, end: start + length)
    }
    let equals = UInt8(ascii: "=")
    /// `x`, or `x=`.
    func assignable(_ plain: Token.Kind, _ assigning: Token.Kind) -> Token {
      second == equals ? token(assigning, 2) : token(plain, 1)
    }
    switch first {
    case UInt8(ascii: "("): return token(.leftParenthesis, 1)
    case UInt8(ascii: ")"): return token(.rightParenthesis, 1)
    case UInt8(ascii: "["): return token(.leftBracket, 1)
    case UInt8(ascii: "]"): return token(.rightBracket, 1)
    case UInt8(ascii: "{"): return token(.leftBrace, 1)
    case UInt8(ascii: "}"): return token(.rightBrace, 1)
    case UInt8(ascii: ","): return token(.comma, 1)
    case UInt8(ascii: ";"): return token(.semicolon, 1)
    case UInt8(ascii: ":"): return token(.colon, 1)
    case UInt8(ascii: "?"): return token(.question, 1)
    case UInt8(ascii: "~"): return token(.tilde, 1)
    case UInt8(ascii: "."):
      return second == first ? token(.dotDot, 2) : token(.dot, 1)
    case UInt8(ascii: "+"):
      return second == first ? token(.plusPlus, 2) : assignable(.plus, .plusAssign)
    case UInt8(ascii: "-"):
      if second == UInt8(ascii: ">") { return token(.arrow, 2) }
      return second == first ? token(.minusMinus, 2) : assignable(.minus, .minusAssign)
    case UInt8(ascii: "*"): return assignable(.star, .starAssign)
    case UInt8(ascii: "/"): return assignable(.slash, .slashAssign)
    case UInt8(ascii: "%"): return assignable(.percent, .percentAssign)
    case UInt8(ascii: "^"): return assignable(.caret, .caretAssign)
    case UInt8(ascii: "!"): return assignable(.bang, .bangEqual)
    case UInt8(ascii: "="): return assignable(.assign, .equalEqual)
    case UInt8(ascii: "&"):
      return second == first ? token(.andAnd, 2) : assignable(.ampersand, .ampersandAssign)
    case UInt8(ascii: "|"):
      return second == first ? token(.orOr, 2) : assignable(.bar, .barAssign)
    case UInt8(ascii: "<"):
      if second == first {
        return third == equals ? token(.shiftLeftAssign, 3) : token(.shiftLeft, 2)
      }
      return assignable(.less, .lessEqual)
    case UInt8(ascii: ">"):
      if second == first {
        return third == equals ? token(.shiftRightAssign, 3) : token(.shiftRight, 2)
      }
      return assignable(.greater, .greaterEqual)
    default: return token(.invalidCharacter, characterLength(at: start))
    }
  }

  /// Returns how many bytes the UTF-8 character at `offset` has, 1 for a byte that begins none.
  func characterLength(at offset: Int) -> Int {
    let length =
      switch bytes[offset] {
      case 0xc2...0xdf: 2
      case 0xe0...0xef: 3
      case 0xf0...0xf4: 4
      default: 1
      }
    let character = bytes[offset..<min(offset + length, bytes.count)]
    return String(validating: character, as: UTF8.self) == nil ? 1 : length
  }
}

extension UInt8 {
  var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }
  var isIdentifierStart: Bool { isIdentifierPart && !isDigit }
  var isWhiteSpace: Bool {
    self == UInt8(ascii: " ") || self == UInt8(ascii: "\t") || self == UInt8(ascii: "\n")
      || self == UInt8(ascii: "\r")
  }

  /// The value of a digit of base 16 and below, nil for anything else.
  var digitValue: UInt64? {
    switch self {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(self - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(self - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(self - UInt8(ascii: "A") + 10)
    default: nil
    }
  }
}
