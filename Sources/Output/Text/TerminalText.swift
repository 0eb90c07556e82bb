internal import SystemText

/// Text that traced processes chose, as it can be sent to a terminal: it does nothing there but stand.
///
/// Control characters, those of C1 (U+0080 to U+009F) and those that turn the direction of text round
/// included, and bytes that are no UTF-8 are shown as `\n`, `\t`, `\r` or `\xNN`; everything else stays
/// as it is.
extension [UInt8] {
  /// Escapes the text that was appended since `start`.
  package mutating func escapeForTerminal(from start: Int) {
    var index = start
    while index < count {
      let length = plainLength(at: index)
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
      let length = text.plainLength(at: index)
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

  /// The number of bytes of the character at `index`; 0 if it is a control character, or none.
  private func plainLength(at index: Int) -> Int {
    switch self[index] {
    case 0x20...0x7e: 1
    case ..<0x80: 0
    case 0xc2 where index + 1 < count && self[index + 1] < 0xa0: 0
    default: characterLengthUnlessControl(at: index)
    }
  }

  /// The same for characters of several bytes above U+009F.
  private func characterLengthUnlessControl(at index: Int) -> Int {
    let length = characterLength(at: index)
    guard length == 2 || length == 3 else { return length }
    let lead = UInt32(self[index]) & (length == 2 ? 0x1f : 0xf)
    let value = self[index + 1..<index + length].reduce(lead) { $0 << 6 | UInt32($1) & 0x3f }
    return Unicode.Scalar(value)?.turnsText == true ? 0 : length
  }
}

extension Unicode.Scalar {
  /// Whether a terminal may do something about it other than show it.
  var isTerminalControl: Bool {
    value < 0x20 || (0x7f..<0xa0).contains(value) || turnsText
  }

  /// Whether it turns the direction of the text around it, so that a line reads as another: Unicode's
  /// property `Bidi_Control`.
  fileprivate var turnsText: Bool {
    switch value {
    case 0x061c, 0x200e...0x200f, 0x202a...0x202e, 0x2066...0x2069: true
    default: false
    }
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
    // Quotation marks come first, so that one backslash stands before what is escaped.
    case .words: return .text(String(systemBytes: text).escapedForTerminal)
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
