/// A line that must come out, where what nobody can know beforehand is described.
///
/// A run of blanks matches any run of blanks, whatever the columns' widths. A word in angle brackets stands
/// for:
///
/// | Word | Matches |
/// | --- | --- |
/// | `<number>` | a number, with or without sign and decimals |
/// | `<50..90>`, `<50..>` | a number in the range |
/// | `<time>` | a time of day, 09:41:00 |
/// | `<word>` | anything without blanks |
/// | `<any>` | anything, also nothing |
/// | `<name>` | the value that the case noted under this name |
package struct RowPattern: Sendable, CustomStringConvertible {
  package let text: String

  package var description: String { text }

  package init(_ text: String) {
    self.text = text
  }

  /// The words in angle brackets that are neither a kind nor a range nor among `notes`.
  package func unknownWords(_ notes: [String: String]) -> [String] {
    parts.compactMap { part in
      guard case .word(let word) = part, Self.pattern(of: word, notes) == nil else { return nil }
      return word
    }
  }

  /// The places in `lines` of those that are such rows; none if a word is unknown.
  package func places(in lines: [String], _ notes: [String: String]) -> [Int] {
    guard unknownWords(notes).isEmpty else { return [] }
    // Right-aligned first columns begin with blanks.
    var pattern = " *"
    var ranges: [ClosedRange<Double>] = []
    for part in parts {
      switch part {
      case .blanks: pattern += " +"
      case .text(let text): pattern += Self.literal(text)
      case .word(let word):
        pattern += Self.pattern(of: word, notes) ?? ""
        if let range = Self.range(word) { ranges.append(range) }
      }
    }
    let regex: Regex<AnyRegexOutput>
    do { regex = try Regex(pattern) } catch {
      preconditionFailure("the pattern \(pattern) of a row is no regular expression: \(error)")
    }
    return lines.indices.filter { index in
      guard let match = lines[index].wholeMatch(of: regex) else { return false }
      return zip(ranges, match.output.dropFirst()).allSatisfy { range, found in
        found.substring.flatMap { Double($0) }.map(range.contains) ?? false
      }
    }
  }

  /// Those of `rows` for which `lines` has no line of their own.
  package static func missing(
    _ rows: [RowPattern], in lines: [String], _ notes: [String: String]
  ) -> [RowPattern] {
    var taken: Set<Int> = []
    return rows.filter { row in
      guard let place = row.places(in: lines, notes).first(where: { !taken.contains($0) }) else {
        return true
      }
      taken.insert(place)
      return false
    }
  }

  private enum Part {
    case blanks
    case text(String)
    case word(String)
  }

  private var parts: [Part] {
    var parts: [Part] = []
    var rest = text[...]
    while let character = rest.first {
      if character == " " {
        rest = rest.drop { $0 == " " }
        parts.append(.blanks)
      } else if character == "<", let end = rest.firstIndex(of: ">") {
        parts.append(.word(String(rest[rest.index(after: rest.startIndex)..<end])))
        rest = rest[rest.index(after: end)...]
      } else {
        let text = rest.prefix(1) + rest.dropFirst().prefix { $0 != " " && $0 != "<" }
        parts.append(.text(String(text)))
        rest = rest.dropFirst(text.count)
      }
    }
    return parts
  }

  private static let kinds = [
    "number": #"-?[0-9]+(?:\.[0-9]+)?"#, "time": "[0-9]{2}:[0-9]{2}:[0-9]{2}", "word": "[^ ]+",
    "any": ".*",
  ]

  private static func pattern(of word: String, _ notes: [String: String]) -> String? {
    if let kind = kinds[word] { return kind }
    if range(word) != nil { return #"(-?[0-9]+(?:\.[0-9]+)?)"# }
    return notes[word].map(literal)
  }

  private static func literal(_ text: String) -> String {
    text.map { $0.isLetter || $0.isNumber || $0 == "_" || $0 == " " ? "\($0)" : "\\\($0)" }.joined()
  }

  private static func range(_ word: String) -> ClosedRange<Double>? {
    guard let dots = word.firstRange(of: ".."), let low = Double(word[..<dots.lowerBound]) else {
      return nil
    }
    let high = word[dots.upperBound...]
    return high.isEmpty ? low ... .infinity : Double(high).map { low...$0 }
  }
}
