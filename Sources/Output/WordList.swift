package import TraceModel

/// Texts that a process has one after the other, as the words of a command line.
package struct WordList: Hashable, Sendable {
  package var words: [[UInt8]]
  /// Whether there were more.
  package var isCut: Bool
  /// Whether people see each in quotation marks.
  package var isQuoted: Bool

  package init(_ words: [[UInt8]], isCut: Bool = false, isQuoted: Bool = false) {
    self.words = words
    self.isCut = isCut
    self.isQuoted = isQuoted
  }

  /// Appends them as people see them: on one line, with a space between, and dots where some are left out.
  func append(to text: inout [UInt8]) {
    for (index, word) in words.enumerated() {
      if index > 0 { text.append(" ") }
      if isQuoted { text.append("\"") }
      for byte in word {
        switch byte {
        case UInt8(ascii: "\n"): text.append("\\n")
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
          if isQuoted { text.append("\\") }
          text.append(byte)
        default: text.append(byte)
        }
      }
      if isQuoted { text.append("\"") }
    }
    if isCut { text.append(" ...") }
  }
}

extension WordList: WireStruct {
  package static let wireName = "words"

  package static let blank = WordList([])

  package static let wireFields: [WireField<WordList>] = [
    WireField(1, "words", \.wireWords), WireField(2, "isCut", \.isCut),
    WireField(3, "isQuoted", \.isQuoted),
  ]

  private var wireWords: [WireBytes] {
    get { words.map { WireBytes($0) } }
    set { words = newValue.map(\.bytes) }
  }
}
