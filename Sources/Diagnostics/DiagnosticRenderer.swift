internal import SystemText

/// Renders diagnostics as the command prints them.
///
/// A located message is `FILE:LINE:COL1-COL2: LEVEL: text`, then the source line with tabs as four
/// spaces, then a marker line with `~` under the range. Columns count bytes from 1 and `COL2` is
/// one past the end. A range over several lines is `FILE:L1-L2: LEVEL: text` and these lines,
/// without markers.
package struct DiagnosticRenderer: Sendable {
  /// The files that the ranges refer to.
  package let sources: SourceMap
  /// Whether the first line of an error is red and that of a warning yellow.
  package var usesColor: Bool

  /// How much of a source line is shown; longer ones (generated scripts) are cut.
  private static let longestExcerpt = 4096

  package init(_ sources: SourceMap, usesColor: Bool = false) {
    self.sources = sources
    self.usesColor = usesColor
  }

  /// Returns all errors and then all warnings, each with its lines, as bytes to print.
  ///
  /// Source lines appear with exactly the bytes of the file, which need not be UTF-8.
  package func render(_ diagnostics: DiagnosticList) -> [UInt8] {
    diagnostics.inOrderOfReport.flatMap(render)
  }

  /// Returns one diagnostic with its excerpt, notes, expansions and hints, as bytes to print.
  package func render(_ diagnostic: Diagnostic) -> [UInt8] {
    var lines = RenderedLines(sources: sources, limit: Self.longestExcerpt)
    let color = usesColor ? diagnostic.severity.color : nil
    lines.add(diagnostic.message, at: diagnostic.range, diagnostic.severity, color: color)
    for note in diagnostic.notes {
      lines.add(note.message, at: note.range, diagnostic.severity)
    }
    for range in diagnostic.expandedFrom {
      lines.add("expanded from", at: range, diagnostic.severity)
    }
    for hint in diagnostic.hints {
      lines.add(line: "HINT: \(hint)")
    }
    return lines.bytes
  }

  /// Returns one diagnostic as text; bytes that are not UTF-8 become U+FFFD.
  package func text(_ diagnostic: Diagnostic) -> String {
    String(decoding: render(diagnostic), as: UTF8.self)
  }

  /// Returns all diagnostics as text, errors first; bytes that are not UTF-8 become U+FFFD.
  package func text(_ diagnostics: DiagnosticList) -> String {
    String(decoding: render(diagnostics), as: UTF8.self)
  }

  /// Returns `FILE:LINE:COL1-COL2`, or `FILE:L1-L2` for several lines; nil for an unknown file.
  package func place(of range: SourceRange) -> String? {
    guard let file = sources[range.file] else { return nil }
    return Place(range, in: file).text
  }
}

extension Diagnostic.Severity {
  /// What messages call it.
  package var label: String {
    switch self {
    case .error: "ERROR"
    case .warning: "WARNING"
    }
  }

  fileprivate var color: String {
    switch self {
    case .error: "\u{1b}[31m"
    case .warning: "\u{1b}[33m"
    }
  }
}

/// The lines and columns of a range.
private struct Place {
  let file: SourceFile
  let first: SourcePosition
  let lastLine: Int
  let endColumn: Int

  init(_ range: SourceRange, in file: SourceFile) {
    self.file = file
    first = file.position(of: range.start)
    // A range that ends with a line end does not reach into the next line.
    let last = file.position(of: max(range.start, range.end - 1))
    lastLine = last.line
    endColumn = range.isEmpty ? first.column : last.column + 1
  }

  var text: String {
    let origin = file.origin(ofLine: first.line)
    return lastLine == first.line
      ? "\(origin.name):\(origin.line):\(first.column)-\(endColumn)"
      : "\(origin.name):\(origin.line)-\(origin.line + lastLine - first.line)"
  }
}

/// The output while it is put together.
private struct RenderedLines {
  let sources: SourceMap
  let limit: Int
  var bytes: [UInt8] = []

  mutating func add(line: String) {
    bytes += line.systemBytes
    bytes.append(UInt8(ascii: "\n"))
  }

  mutating func add(
    _ message: String, at range: SourceRange?, _ severity: Diagnostic.Severity,
    color: String? = nil
  ) {
    let place = range.flatMap { range in sources[range.file].map { Place(range, in: $0) } }
    let head = (place.map { "\($0.text): " } ?? "") + "\(severity.label): \(message)"
    add(line: color.map { "\($0)\(head)\u{1b}[0m" } ?? head)
    if let place { addExcerpt(place) }
  }

  private mutating func addExcerpt(_ place: Place) {
    for number in place.first.line...place.lastLine {
      for byte in place.file.line(number).prefix(limit) {
        if byte == UInt8(ascii: "\t") {
          bytes += Array(repeating: UInt8(ascii: " "), count: 4)
        } else {
          bytes.append(byte)
        }
      }
      bytes.append(UInt8(ascii: "\n"))
    }
    if place.lastLine == place.first.line { addMarkers(place) }
  }

  private mutating func addMarkers(_ place: Place) {
    let line = place.file.line(place.first.line).prefix(limit)
    for (index, byte) in line.enumerated() where index + 1 < place.endColumn {
      let mark = index + 1 < place.first.column ? UInt8(ascii: " ") : UInt8(ascii: "~")
      // The second and later bytes of a UTF-8 character take no room on the screen.
      if byte & 0xc0 == 0x80 { continue }
      bytes += Array(repeating: mark, count: byte == UInt8(ascii: "\t") ? 4 : 1)
    }
    bytes.append(UInt8(ascii: "\n"))
  }
}
