/// What the comments at the top of a tool's script say.
package struct ToolManual: Hashable, Sendable {
  /// The first line, without a full stop.
  package let summary: String
  /// The rest, without empty lines around it.
  package let text: String

  /// Takes apart the manual that an artifact's manifest carries.
  package init(_ manual: String) {
    let lines = manual.split(separator: "\n", omittingEmptySubsequences: false)
    var summary = lines.first ?? ""
    while summary.last == "." { summary.removeLast() }
    self.summary = String(summary)
    text = lines.dropFirst().drop { $0.isEmpty }.joined(separator: "\n")
  }

  /// Takes the manual from a script's own text: the comments before anything else and before the first empty
  /// line.
  package init(script: [UInt8]) {
    var lines: [Substring] = []
    var isInBlock = false
    for line in String(decoding: script, as: UTF8.self).split(
      separator: "\n", omittingEmptySubsequences: false)
    {
      var line = line.drop { $0 == " " || $0 == "\t" }
      if line.hasPrefix("#!"), lines.isEmpty { continue }
      if !isInBlock, line.hasPrefix("/*") {
        isInBlock = true
        line = line.dropFirst(2)
      } else if !isInBlock, line.hasPrefix("//") {
        line = line.dropFirst(2)
      } else if !isInBlock {
        if line.isEmpty, lines.isEmpty { continue }
        break
      }
      let isBlock = isInBlock
      if isInBlock, let end = Self.end(of: line) {
        isInBlock = false
        line = line[..<end]
      }
      let rest = line.drop { $0 == " " }
      if isBlock, rest.first == "*" { line = rest.dropFirst() }
      lines.append(line.first == " " ? line.dropFirst() : line)
    }
    let text = lines.drop { $0.isEmpty }
    self.init(text.joined(separator: "\n"))
  }

  /// Where `*/` stands in a line.
  private static func end(of line: Substring) -> Substring.Index? {
    line.indices.first { line[$0...].hasPrefix("*/") }
  }
}
