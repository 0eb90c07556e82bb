/// The text of `--help`: ways to call, options by section, and the command's appendices.
///
/// Lines are at most `width` characters long where words allow it. Ends with a line's end.
package func usageText(of command: CommandSpec, width: Int = 80) -> String {
  var text = "USAGE:\n"
  for synopsis in command.synopses {
    text += "    \(command.name)\(synopsis.isEmpty ? "" : " ")\(synopsis)\n"
  }
  if !command.summary.isEmpty {
    text += "\n" + wrapped(command.summary, indent: 0, width: width)
  }
  for section in command.visibleSections {
    text += "\n\(section.title.uppercased()):\n"
    text += columns(
      section.options.map { (optionHeading($0), $0.summary) }, width: width)
  }
  for appendix in command.appendices {
    text += "\n\(appendix.title.uppercased()):\n"
    text += columns(
      appendix.entries.map { ($0.name, $0.explanation) }, width: width)
  }
  return text
}

/// A text with its paragraphs broken anew into lines of at most `width` characters; lines that begin with a
/// blank stay as they are.
package func refilled(_ text: String, width: Int = 80) -> String {
  var result = ""
  var paragraph: [Substring] = []
  func endParagraph() {
    if !paragraph.isEmpty {
      result += wrapped(paragraph.joined(separator: " "), indent: 0, width: width)
    }
    paragraph = []
  }
  for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
    if !line.isEmpty, line.first != " " {
      paragraph.append(line)
    } else {
      endParagraph()
      result += line + "\n"
    }
  }
  endParagraph()
  return result
}

/// The names and the value of an option as the usage shows them: `-p, --pid PID`.
package func optionHeading(_ option: OptionSpec) -> String {
  var names: [String] = []
  if let short = option.short { names.append("-\(short)") }
  if let long = option.long { names.append("--\(long)") }
  let heading = names.joined(separator: ", ")
  switch option.argument {
  case .none: return heading
  case .required(let value): return "\(heading) \(value)"
  case .optional(let value):
    return option.long == nil ? "\(heading)[\(value)]" : "\(heading)[=\(value)]"
  }
}

/// Two columns, the left one as wide as its entries up to a limit; longer ones get their own line.
private func columns(_ rows: [(String, String)], width: Int) -> String {
  let limit = 28
  let left = rows.map(\.0.count).filter { $0 <= limit }.max() ?? limit
  let indent = 4 + left + 2
  var text = ""
  for (heading, explanation) in rows {
    var lines = wrapped(explanation, indent: indent, width: width)
    let start = "    " + heading
    if explanation.isEmpty {
      text += start + "\n"
    } else if heading.count <= left {
      lines.removeFirst(indent)
      text += start + String(repeating: " ", count: indent - start.count) + lines
    } else {
      text += start + "\n" + lines
    }
  }
  return text
}

/// `text` broken at spaces into lines that begin with `indent` spaces, each ended.
private func wrapped(_ text: String, indent: Int, width: Int) -> String {
  let margin = String(repeating: " ", count: indent)
  var result = ""
  for paragraph in text.split(separator: "\n", omittingEmptySubsequences: false) {
    var line = ""
    for word in paragraph.split(separator: " ") {
      if !line.isEmpty, indent + line.count + 1 + word.count > width {
        result += margin + line + "\n"
        line = ""
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    result += margin + line + "\n"
  }
  return result
}
