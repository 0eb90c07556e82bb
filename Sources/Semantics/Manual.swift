import Diagnostics
import Syntax

/// The comment with which a script begins.
enum Manual {
  /// Returns the text of the comments before anything else and before the first empty line, without comment
  /// signs and the shebang.
  static func text(_ parsed: ParsedScript) -> String {
    let starts =
      [parsed.tree.config?.range.start, parsed.tree.cDefinitions.first?.range.start]
      .compactMap { $0 } + parsed.tree.probes.map(\.range.start)
      + parsed.tree.mapDeclarations.map(\.range.start)
    let end = starts.min() ?? .max
    var lines: [String] = []
    var previousEnd: Int?
    for comment in parsed.comments where comment.end <= end {
      // What follows an empty line is about the code.
      if let previousEnd, parsed.file.hasEmptyLine(in: previousEnd..<comment.start) { break }
      previousEnd = comment.end
      var text = parsed.file.text(in: comment)
      let isBlock = text.hasPrefix("/*")
      if !isBlock {
        text.removeFirst(2)
      } else {
        text = String(text.dropFirst(2).dropLast(2))
      }
      for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        var line = line[...]
        if isBlock {
          // The stars at the left of a block belong to the comment, what is behind them does not.
          let rest = line.drop { $0 == " " }
          if rest.first == "*" { line = rest.dropFirst() }
        }
        if line.first == " " { line.removeFirst() }
        while line.last == " " { line.removeLast() }
        lines.append(String(line))
      }
    }
    while lines.first?.isEmpty == true { lines.removeFirst() }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines.joined(separator: "\n")
  }
}

extension SourceFile {
  /// Whether a line without anything but white space is among the bytes.
  fileprivate func hasEmptyLine(in range: Range<Int>) -> Bool {
    bytes[range].count { $0 == UInt8(ascii: "\n") } > 1
  }
}
