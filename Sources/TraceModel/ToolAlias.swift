/// Another name of a tool, and the options that it presets.
package struct ToolAlias: Hashable, Sendable {
  package var name: String
  /// Words that stand before those that people type.
  package var words: [String]

  package init(name: String, words: [String] = []) {
    self.name = name
    self.words = words
  }

  /// As a script writes it.
  package var text: String { ([name] + words).joined(separator: " ") }
}

extension ToolAlias {
  /// The names that there are already and those in a text such as `xfsdist -t xfs; nfsdist -t nfs`; nil
  /// where one is there twice, or no name of a command.
  package static func all(in text: String, after others: [ToolAlias] = []) -> [ToolAlias]? {
    var aliases = others
    for part in text.split(separator: ";") {
      let words = part.split(separator: " ").map(String.init)
      guard let name = words.first else { continue }
      guard isName(name), !aliases.contains(where: { $0.name == name }) else { return nil }
      aliases.append(ToolAlias(name: name, words: Array(words.dropFirst())))
    }
    return aliases
  }

  private static func isName(_ word: String) -> Bool {
    !word.hasPrefix("-")
      && word.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
          true
        default: false
        }
      }
  }
}

extension ToolAlias: WireStruct {
  package static let wireName = "another name of a tool"

  package static let blank = ToolAlias(name: "")

  package static let wireFields: [WireField<ToolAlias>] = [
    WireField(1, "name", \.name),
    WireField(2, "words", \.words),
  ]
}
