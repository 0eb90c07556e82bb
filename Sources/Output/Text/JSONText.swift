/// Writes values as JSON.
struct JSONText {
  /// Whether there are no control characters in texts at all, those included that JSON does not mind.
  var escapesControls = false

  func append(_ value: Value, to text: inout [UInt8]) {
    switch value {
    case .none: text.append("null")
    case .integer(let number):
      appendExact(Double(exactly: number) != nil, to: &text) { $0.append(decimal: number) }
    case .unsigned(let number), .pointer(let number):
      appendExact(Double(exactly: number) != nil, to: &text) { $0.append(decimal: number) }
    case .boolean(let flag): text.append(flag ? "true" : "false")
    case .enumeration(_, let number, let signed):
      append(Value(bitPattern: number, signed: signed), to: &text)
    case .string(let bytes, _): append(string: bytes, to: &text)
    case .buffer(let bytes):
      append(bytes, brackets: ("[", "]"), separator: ",", to: &text) { $0.append(String($1)) }
    case .array(let elements), .tuple(let elements):
      append(elements, brackets: ("[", "]"), separator: ",", to: &text) { append($1, to: &$0) }
    case .record(let members): append(members, to: &text)
    case .stats, .histogram, .series: value.result?.append(toJSON: &text)
    case .symbol, .stack, .text: append(string: value.text, to: &text)
    case .words(let list):
      let words = list.isCut ? list.words + [Array("...".utf8)] : list.words
      append(words, brackets: ("[", "]"), separator: ", ", to: &text) {
        append(string: $1, to: &$0)
      }
    }
  }

  /// Appends `bytes` between quotation marks, as UTF-8, which JSON has to be: what is not UTF-8, such
  /// as a letter that was cut in two, becomes U+FFFD.
  func append(string bytes: [UInt8], to text: inout [UInt8]) {
    text.append(UInt8(ascii: "\""))
    if bytes.allSatisfy({ $0 < 0x80 }) {
      for byte in bytes { append(Unicode.Scalar(byte), to: &text) }
    } else {
      for character in String(decoding: bytes, as: UTF8.self).unicodeScalars {
        append(character, to: &text)
      }
    }
    text.append(UInt8(ascii: "\""))
  }

  private func append(_ character: Unicode.Scalar, to text: inout [UInt8]) {
    switch character {
    case "\"": text.append("\\\"")
    case "\\": text.append("\\\\")
    case "\n": text.append("\\n")
    case "\r": text.append("\\r")
    case "\t": text.append("\\t")
    case "\0"..<" ": appendEscape(character, to: &text)
    case _ where escapesControls && character.isTerminalControl: appendEscape(character, to: &text)
    case _ where character.isASCII: text.append(UInt8(character.value))
    default: text.append(contentsOf: UTF8.encode(character) ?? UTF8.encodedReplacementCharacter)
    }
  }

  private func appendEscape(_ character: Unicode.Scalar, to text: inout [UInt8]) {
    text.append("\\u")
    text.appendHexDigits(UInt8(character.value >> 8))
    text.appendHexDigits(UInt8(character.value & 0xff))
  }

  private func append(_ members: [Value.Member], to text: inout [UInt8]) {
    append(members, brackets: ("{", "}"), separator: ", ", to: &text) { text, member in
      append(string: Array(member.name.utf8), to: &text)
      text.append(": ")
      append(member.value, to: &text)
    }
  }

  private func append<Element>(
    _ elements: [Element], brackets: (String, String), separator: String,
    to text: inout [UInt8], element: (inout [UInt8], Element) -> Void
  ) {
    text.append(brackets.0)
    for (index, value) in elements.enumerated() {
      if index > 0 { text.append(separator) }
      element(&text, value)
    }
    text.append(brackets.1)
  }

  /// Numbers that a double cannot hold exactly are strings, lest a reader rounds them.
  private func appendExact(
    _ isExact: Bool, to text: inout [UInt8], _ append: (inout [UInt8]) -> Void
  ) {
    if !isExact { text.append(UInt8(ascii: "\"")) }
    append(&text)
    if !isExact { text.append(UInt8(ascii: "\"")) }
  }
}
