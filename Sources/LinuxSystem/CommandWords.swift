/// Cuts a command line into words without a shell.
package enum CommandWords {
  /// The line ends inside a quotation or after a backslash.
  package enum SplitError: Error, Equatable, Sendable {
    case unterminatedQuote(Character)
    case danglingBackslash
  }

  /// The words of `line`: separated by blanks; kept together by '...' (everything literal) and
  /// "..." (a backslash escapes `"` and `\`); elsewhere a backslash makes the next letter literal.
  ///
  /// Nothing is expanded.
  package static func split(_ line: String) throws(SplitError) -> [String] {
    var words: [String] = []
    var word: String?
    var rest = line[...]
    while let letter = rest.popFirst() {
      switch letter {
      case "'", "\"":
        word = try (word ?? "") + quotation(closing: letter, &rest)
      case "\\":
        guard let next = rest.popFirst() else { throw .danglingBackslash }
        word = (word ?? "") + String(next)
      case _ where letter.isWhitespace:
        if let complete = word { words.append(complete) }
        word = nil
      default:
        word = (word ?? "") + String(letter)
      }
    }
    if let word { words.append(word) }
    return words
  }

  private static func quotation(
    closing quote: Character, _ rest: inout Substring
  ) throws(SplitError) -> String {
    var text = ""
    while let letter = rest.popFirst() {
      if letter == quote { return text }
      if letter == "\\", quote == "\"", let next = rest.first, next == "\"" || next == "\\" {
        text.append(next)
        rest.removeFirst()
      } else {
        text.append(letter)
      }
    }
    throw .unterminatedQuote(quote)
  }
}
