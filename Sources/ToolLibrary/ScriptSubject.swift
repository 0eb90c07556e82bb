internal import SystemText
package import TraceModel

extension ToolSubject {
  /// What a script that nobody has compiled says it is about, in its `config` block.
  package init?(ofScript text: [UInt8]) {
    let words = ScriptWords(text).words
    guard
      let block = words.indices.first(where: { words[$0...].starts(with: ["config", "=", "{"]) })
    else { return nil }
    let entries = words[block...].prefix { $0 != "}" }
    guard
      let entry = entries.indices.first(where: { entries[$0...].starts(with: ["subject", "="]) }),
      entries.indices.contains(entry + 2), let subject = ToolSubject.named(entries[entry + 2])
    else { return nil }
    self = subject
  }
}

/// The words and signs of a script without its comments. What stands in quotation marks is a word.
private struct ScriptWords {
  private(set) var words: [String] = []

  init(_ text: [UInt8]) {
    var rest = text[...]
    while let byte = rest.first {
      if rest.starts(with: "//".utf8) {
        rest = rest.drop { $0 != UInt8(ascii: "\n") }
      } else if rest.starts(with: "/*".utf8) {
        rest = rest.dropFirst(2)
        while !rest.isEmpty, !rest.starts(with: "*/".utf8) { rest.removeFirst() }
        rest = rest.dropFirst(2)
      } else if byte == UInt8(ascii: "\"") {
        rest.removeFirst()
        take(&rest) { $0 != UInt8(ascii: "\"") }
        rest = rest.dropFirst()
      } else if byte.isIdentifierPart {
        take(&rest) { $0.isIdentifierPart }
      } else {
        rest.removeFirst()
        if byte > UInt8(ascii: " ") { words.append(String(decoding: [byte], as: UTF8.self)) }
      }
    }
  }

  private mutating func take(_ rest: inout ArraySlice<UInt8>, while belongs: (UInt8) -> Bool) {
    let word = rest.prefix(while: belongs)
    words.append(String(decoding: word, as: UTF8.self))
    rest = rest[word.endIndex...]
  }
}
