internal import SystemText
internal import TraceModel

/// Writes warnings and errors of a running session.
struct MessageText {
  var usesColor = false

  /// Appends `FILE:LINE:COLUMNS: LEVEL: text`, or only the level and the text without a position, and where
  /// the place was expanded from.
  func append(
    _ severity: Record.Severity, text: [UInt8], at position: ScriptPosition?,
    to page: inout [UInt8]
  ) {
    appendLine(severity, text: text, at: position, to: &page)
    if let position { appendUses(of: position, severity, to: &page) }
  }

  private func appendLine(
    _ severity: Record.Severity, text: [UInt8], at position: ScriptPosition?,
    to page: inout [UInt8]
  ) {
    if usesColor { page.append(severity == .error ? "\u{1b}[31m" : "\u{1b}[33m") }
    if let position {
      let columns = position.columns
      page.append(
        "\(position.file):\(position.line):\(columns.lowerBound)-\(columns.upperBound): ")
    }
    page.append(severity == .error ? "ERROR: " : "WARNING: ")
    page.append(contentsOf: text)
    if usesColor { page.append("\u{1b}[0m") }
    page.append("\n")
  }

  /// Appends a failure of a program with the text of the line it happened on.
  func append(_ failure: Record.Failure, to page: inout [UInt8]) {
    appendLine(.warning, text: failure.text.systemBytes, at: failure.position, to: &page)
    if let helper = failure.helper {
      page.append("Additional Info - helper: \(helper.name), retcode: \(helper.code)\n")
    }
    guard let position = failure.position else { return }
    appendExcerpt(position.text, position.columns, to: &page)
    appendUses(of: position, .warning, to: &page)
  }

  /// Appends the sum of all lost events.
  func appendTotalLost(_ count: UInt64, to page: inout [UInt8]) {
    append(.warning, text: Array("Total lost event count: \(count)".utf8), at: nil, to: &page)
  }

  /// Appends the calls of macros that a place comes from, with their lines.
  private func appendUses(
    of position: ScriptPosition, _ severity: Record.Severity, to page: inout [UInt8]
  ) {
    for use in position.expandedFrom {
      let place = ScriptPosition(
        file: use.file, line: use.line, columns: use.columns, text: use.text)
      appendLine(severity, text: Array("expanded from".utf8), at: place, to: &page)
      appendExcerpt(use.text, use.columns, to: &page)
    }
  }

  /// Appends the line of the script and, below, marks under the columns in question.
  ///
  /// Tabs are shown as four spaces.
  private func appendExcerpt(_ text: String, _ columns: Range<Int>, to page: inout [UInt8]) {
    var marks: [UInt8] = []
    for (index, byte) in text.utf8.enumerated() {
      let isTab = byte == UInt8(ascii: "\t")
      if isTab { page.append("    ") } else { page.append(byte) }
      // One mark for each character, not for each byte of it.
      if byte & 0xc0 == 0x80 || index + 1 >= columns.upperBound { continue }
      let mark = UInt8(ascii: columns.contains(index + 1) ? "~" : " ")
      marks.append(contentsOf: repeatElement(mark, count: isTab ? 4 : 1))
    }
    page.append("\n")
    page.append(contentsOf: marks)
    page.append("\n")
  }
}
