import Diagnostics

/// A token of C, as the preprocessor sees it.
struct CToken: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    case identifier
    case number
    /// `'x'`, with its quotes.
    case character
    /// `"x"`, with its quotes.
    case string
    case punctuator
    /// From here on members are aligned to so many bytes at most; nil for as the ABI says.
    case packing(Int?)
  }

  var kind: Kind
  var text: String
  var range: SourceRange
  /// Whether it is the first of a line.
  var startsLine = false
  /// Whether white space stands before it.
  var isSpaced = false
  /// Whether it is the name of a macro that is being expanded already, and so stays what it is.
  var isFinal = false

  func `is`(_ punctuator: String) -> Bool { kind == .punctuator && text == punctuator }
  func isWord(_ word: String) -> Bool { kind == .identifier && text == word }
}

/// Splits C into tokens.
struct CScanner {
  private let bytes: [UInt8]
  private let file: FileID
  /// Where `bytes` start in the file.
  private let start: Int
  private var offset = 0
  private var tokens: [CToken] = []

  private init(_ bytes: [UInt8], _ file: FileID, _ start: Int) {
    self.bytes = bytes
    self.file = file
    self.start = start
  }

  /// Returns the tokens of `bytes`, which are found at `start` of `file`; the first one starts a line.
  ///
  /// What is no token of C becomes a punctuator of one byte.
  static func tokens(of bytes: [UInt8], in file: FileID, at start: Int) -> [CToken] {
    var scanner = CScanner(bytes, file, start)
    scanner.scan()
    return scanner.tokens
  }

  private func byte(_ index: Int) -> UInt8? { index < bytes.count ? bytes[index] : nil }

  private mutating func scan() {
    var startsLine = true
    var isSpaced = false
    while let byte = byte(offset) {
      if let length = continuation(at: offset) {
        offset += length
        isSpaced = true
      } else if byte == UInt8(ascii: "\n") {
        offset += 1
        startsLine = true
      } else if byte == 0x20 || (9...13).contains(byte) {
        offset += 1
        isSpaced = true
      } else if skipComment() {
        isSpaced = true
      } else {
        let first = offset
        let kind = scanToken(byte)
        tokens.append(
          CToken(
            kind: kind, text: String(decoding: bytes[first..<offset], as: UTF8.self),
            range: SourceRange(file: file, start + first..<start + offset),
            startsLine: startsLine, isSpaced: isSpaced))
        startsLine = false
        isSpaced = false
      }
    }
  }

  /// The length of a line end that does not count.
  private func continuation(at index: Int) -> Int? {
    guard byte(index) == UInt8(ascii: "\\") else { return nil }
    if byte(index + 1) == UInt8(ascii: "\n") { return 2 }
    if byte(index + 1) == UInt8(ascii: "\r"), byte(index + 2) == UInt8(ascii: "\n") { return 3 }
    return nil
  }

  private mutating func skipComment() -> Bool {
    guard byte(offset) == UInt8(ascii: "/") else { return false }
    if byte(offset + 1) == UInt8(ascii: "/") {
      while let byte = byte(offset), byte != UInt8(ascii: "\n") {
        offset += continuation(at: offset) ?? 1
      }
      return true
    }
    guard byte(offset + 1) == UInt8(ascii: "*") else { return false }
    offset += 2
    while offset < bytes.count {
      if byte(offset) == UInt8(ascii: "*"), byte(offset + 1) == UInt8(ascii: "/") {
        offset += 2
        return true
      }
      offset += 1
    }
    return true
  }

  private mutating func scanToken(_ first: UInt8) -> CToken.Kind {
    switch first {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "_"), UInt8(ascii: "$"):
      while let byte = byte(offset), byte.isCWord { offset += 1 }
      return .identifier
    case UInt8(ascii: "0")...UInt8(ascii: "9"):
      scanNumber()
      return .number
    case UInt8(ascii: "."):
      if let next = byte(offset + 1), (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(next) {
        scanNumber()
        return .number
      }
    case UInt8(ascii: "\""), UInt8(ascii: "'"):
      scanLiteral(first)
      return first == UInt8(ascii: "'") ? .character : .string
    default: break
    }
    scanPunctuator()
    return .punctuator
  }

  /// A number as the preprocessor takes it, which may be no number in the end.
  private mutating func scanNumber() {
    var last: UInt8 = 0
    while let byte = byte(offset) {
      let isExponent = [0x45, 0x50, 0x65, 0x70].contains(last)
      let isSign = byte == UInt8(ascii: "+") || byte == UInt8(ascii: "-")
      guard byte.isCWord || byte == UInt8(ascii: ".") || (isExponent && isSign) else { return }
      last = byte
      offset += 1
    }
  }

  private mutating func scanLiteral(_ quote: UInt8) {
    offset += 1
    while let byte = byte(offset), byte != UInt8(ascii: "\n") {
      if byte == UInt8(ascii: "\\"), self.byte(offset + 1) != nil {
        offset += 2
      } else {
        offset += 1
        if byte == quote { return }
      }
    }
  }

  private static let punctuators = [
    "...", "<<=", ">>=", "->", "++", "--", "<<", ">>", "<=", ">=", "==", "!=", "&&", "||", "##",
  ].map { Array($0.utf8) }

  private mutating func scanPunctuator() {
    for candidate in Self.punctuators where bytes[offset...].starts(with: candidate) {
      offset += candidate.count
      return
    }
    offset += 1
  }
}

extension UInt8 {
  /// Whether it may stand in a word of C; bytes above 127 count, as letters of other languages do.
  fileprivate var isCWord: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "$"), 0x80...:
      true
    default: false
    }
  }
}

extension [CToken] {
  /// The text that they stand for, with a space wherever there was some.
  var text: String {
    enumerated().reduce(into: "") { result, next in
      if next.offset > 0, next.element.isSpaced { result += " " }
      result += next.element.text
    }
  }
}
