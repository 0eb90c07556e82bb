internal import SystemText

/// Text that traced processes chose, as it can be sent to a terminal: it does nothing there but stand.
///
/// Control characters, those of C1 (U+0080 to U+009F) included, and bytes that are no UTF-8 are shown as
/// `\n`, `\t`, `\r` or `\xNN`; everything else stays as it is.
extension [UInt8] {
  /// Escapes the text that was appended since `start`.
  package mutating func escapeForTerminal(from start: Int) {
    var index = start
    while index < count {
      let length = Self.plainLength(at: index, of: self)
      if length == 0 { break }
      index += length
    }
    if index >= count { return }
    let rest = Array(self[index...])
    removeLast(rest.count)
    appendForTerminal(rest)
  }

  /// Appends a text, escaped.
  fileprivate mutating func appendForTerminal(_ text: [UInt8]) {
    var index = 0
    while index < text.count {
      let length = Self.plainLength(at: index, of: text)
      if length > 0 {
        append(contentsOf: text[index..<(index + length)])
      } else {
        appendControl(text[index])
      }
      index += Swift.max(length, 1)
    }
  }

  private mutating func appendControl(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\n"): append(contentsOf: "\\n".utf8)
    case UInt8(ascii: "\t"): append(contentsOf: "\\t".utf8)
    case UInt8(ascii: "\r"): append(contentsOf: "\\r".utf8)
    default: appendHexEscape(byte)
    }
  }

  /// The bytes of the character at an index, or zero if it is none or a control character.
  ///
  /// | First byte | Second byte | Bytes |
  /// | --- | --- | --- |
  /// | `20`...`7E` | | 1 |
  /// | `C2` | `A0`...`BF`: below are controls | 2 |
  /// | `C3`...`DF` | any that continues | 2 |
  /// | `E0` | `A0`...`BF` | 3 |
  /// | `ED` | `80`...`9F`: above are surrogates | 3 |
  /// | `E1`...`EF` | any that continues | 3 |
  /// | `F0` | `90`...`BF` | 4 |
  /// | `F1`...`F3` | any that continues | 4 |
  /// | `F4` | `80`...`8F` | 4 |
  private static func plainLength(at index: Int, of text: [UInt8]) -> Int {
    let (length, second): (Int, ClosedRange<UInt8>) =
      switch text[index] {
      case 0x20...0x7e: (1, 0x80...0xbf)
      case 0xc2: (2, 0xa0...0xbf)
      case 0xc3...0xdf: (2, 0x80...0xbf)
      case 0xe0: (3, 0xa0...0xbf)
      case 0xed: (3, 0x80...0x9f)
      case 0xe1...0xef: (3, 0x80...0xbf)
      case 0xf0: (4, 0x90...0xbf)
      case 0xf1...0xf3: (4, 0x80...0xbf)
      case 0xf4: (4, 0x80...0x8f)
      default: (0, 0x80...0xbf)
      }
    if length < 2 { return length }
    guard index + length <= text.count, second.contains(text[index + 1]) else { return 0 }
    let rest = text[(index + 2)..<(index + length)]
    return rest.allSatisfy { (0x80...0xbf).contains($0) } ? length : 0
  }
}

extension String {
  /// The text, escaped.
  fileprivate var escapedForTerminal: String {
    if utf8.allSatisfy({ (0x20..<0x7f).contains($0) }) { return self }
    var bytes = systemBytes
    bytes.escapeForTerminal(from: 0)
    return String(systemBytes: bytes)
  }
}

extension Value {
  /// The value with its texts escaped.
  package var escapedForTerminal: Value {
    switch self {
    case .string(var bytes, let truncated):
      bytes.escapeForTerminal(from: 0)
      return .string(bytes, truncated: truncated)
    case .symbol(let name?, let address):
      return .symbol(name: name.escapedForTerminal, address: address)
    case .stack(var stack):
      for index in stack.frames.indices { stack.frames[index].escapeForTerminal() }
      return .stack(stack)
    case .text(let text): return .text(text.escapedForTerminal)
    case .array(let elements): return .array(elements.map(\.escapedForTerminal))
    case .tuple(let elements): return .tuple(elements.map(\.escapedForTerminal))
    case .record(let members):
      return .record(members.map { Member($0.name, $0.value.escapedForTerminal) })
    default: return self
    }
  }
}

extension Record {
  /// The record with its texts escaped. What a script formatted is one text by then, its own parts included;
  /// only the ends of lines and tabs stay.
  package var escapedForTerminal: Record {
    switch self {
    case .text(let source, let bytes):
      switch source {
      case .printf, .join: return .text(source, bytes.linesEscapedForTerminal)
      case .time, .cat, .system: return self
      }
    case .value(let value): return .value(value.escapedForTerminal)
    case .row(let cells): return .row(cells.map(\.escapedForTerminal))
    case .table(var snapshot):
      snapshot.rows = snapshot.rows.map { $0.map(\.escapedForTerminal) }
      return .table(snapshot)
    case .map(var snapshot):
      snapshot.entries = MapEntryList(
        snapshot.entries.map { entry in
          MapSnapshot.Entry(
            key: entry.key.escapedForTerminal, value: entry.value.escapedForTerminal)
        })
      return .map(snapshot)
    case .scriptMessage(let severity, let bytes, let position):
      return .scriptMessage(severity, bytes.linesEscapedForTerminal, position)
    default: return self
    }
  }
}

extension [UInt8] {
  /// The text, escaped but for ends of lines and tabs.
  fileprivate var linesEscapedForTerminal: [UInt8] {
    var text: [UInt8] = []
    var start = startIndex
    func isSpace(_ byte: UInt8) -> Bool {
      byte == UInt8(ascii: "\n") || byte == UInt8(ascii: "\t")
    }
    while start < endIndex {
      let end = self[start...].firstIndex(where: isSpace) ?? endIndex
      text.appendForTerminal(Array(self[start..<end]))
      if end < endIndex { text.append(self[end]) }
      start = end + 1
    }
    return text
  }
}

extension Stack.Frame {
  fileprivate mutating func escapeForTerminal() {
    symbol = symbol?.escapedForTerminal
    object = object?.escapedForTerminal
    source = source?.escapedForTerminal
    for index in inlined.indices {
      inlined[index].symbol = inlined[index].symbol.escapedForTerminal
      inlined[index].source = inlined[index].source?.escapedForTerminal
    }
  }
}
