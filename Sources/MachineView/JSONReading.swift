/// A value of JSON, as far as state files of programs are read: numbers stay texts.
enum JSONReading: Hashable, Sendable {
  case null
  case boolean(Bool)
  case number(String)
  case string(String)
  case array([JSONReading])
  case object([String: JSONReading])

  /// Reads a whole text; nil if it is no JSON.
  init?(_ text: [UInt8]) {
    var reader = Reader(text: text[...])
    guard let value = reader.value(depth: 0), reader.isAtEnd else { return nil }
    self = value
  }

  /// A member of an object.
  subscript(_ name: String) -> JSONReading? {
    if case .object(let members) = self { members[name] } else { nil }
  }

  var string: String? { if case .string(let text) = self { text } else { nil } }

  var elements: [JSONReading] { if case .array(let elements) = self { elements } else { [] } }
}

/// Takes JSON apart from its start.
private struct Reader {
  var text: ArraySlice<UInt8>

  /// How deep values may lie within each other.
  private static let greatestDepth = 64

  var isAtEnd: Bool {
    mutating get {
      skipSpace()
      return text.isEmpty
    }
  }

  private mutating func skipSpace() {
    text = text.drop { $0 == 0x20 || $0 == 0x0a || $0 == 0x0d || $0 == 0x09 }
  }

  private mutating func take(_ letter: Character) -> Bool {
    skipSpace()
    guard let byte = letter.asciiValue, text.first == byte else { return false }
    text.removeFirst()
    return true
  }

  private mutating func take(word: String) -> Bool {
    guard text.starts(with: word.utf8) else { return false }
    text.removeFirst(word.utf8.count)
    return true
  }

  mutating func value(depth: Int) -> JSONReading? {
    guard depth < Self.greatestDepth else { return nil }
    skipSpace()
    switch text.first {
    case UInt8(ascii: "{"): return object(depth)
    case UInt8(ascii: "["): return array(depth)
    case UInt8(ascii: "\""): return string().map { .string($0) }
    case UInt8(ascii: "t"): return take(word: "true") ? .boolean(true) : nil
    case UInt8(ascii: "f"): return take(word: "false") ? .boolean(false) : nil
    case UInt8(ascii: "n"): return take(word: "null") ? .null : nil
    default:
      let digits = text.prefix { "+-.eE0123456789".utf8.contains($0) }
      guard !digits.isEmpty else { return nil }
      text.removeFirst(digits.count)
      return .number(String(decoding: digits, as: UTF8.self))
    }
  }

  private mutating func object(_ depth: Int) -> JSONReading? {
    var members: [String: JSONReading] = [:]
    guard take("{") else { return nil }
    if take("}") { return .object(members) }
    repeat {
      skipSpace()
      guard let name = string(), take(":"), let value = value(depth: depth + 1) else { return nil }
      members[name] = value
    } while take(",")
    return take("}") ? .object(members) : nil
  }

  private mutating func array(_ depth: Int) -> JSONReading? {
    var elements: [JSONReading] = []
    guard take("[") else { return nil }
    if take("]") { return .array(elements) }
    repeat {
      guard let value = value(depth: depth + 1) else { return nil }
      elements.append(value)
    } while take(",")
    return take("]") ? .array(elements) : nil
  }

  private mutating func string() -> String? {
    guard take("\"") else { return nil }
    var bytes: [UInt8] = []
    while let byte = text.popFirst() {
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: bytes, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard let scalar = escape() else { return nil }
        bytes += String(Character(scalar)).utf8
      default: bytes.append(byte)
      }
    }
    return nil
  }

  /// What stands behind a backslash.
  private mutating func escape() -> Unicode.Scalar? {
    switch text.popFirst() {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "u"):
      guard let unit = unit() else { return nil }
      guard UTF16.isLeadSurrogate(unit) else {
        return Unicode.Scalar(unit) ?? Unicode.Scalar(0xfffd)
      }
      guard take(word: "\\u"), let low = self.unit(), UTF16.isTrailSurrogate(low) else {
        return nil
      }
      let (high, rest) = (UInt32(unit) - 0xd800, UInt32(low) - 0xdc00)
      return Unicode.Scalar(0x10000 + high << 10 + rest)
    case let byte?: return Unicode.Scalar(byte)
    case nil: return nil
    }
  }

  private mutating func unit() -> UInt16? {
    let digits = text.prefix(4)
    guard digits.count == 4 else { return nil }
    text.removeFirst(4)
    return UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
  }
}
