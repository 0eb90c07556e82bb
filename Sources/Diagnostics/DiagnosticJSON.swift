internal import SystemText

/// Writes diagnostics for programs.
package struct DiagnosticJSON {
  /// The files that the ranges refer to.
  package let sources: SourceMap

  package init(_ sources: SourceMap) { self.sources = sources }

  // MARK: Lines

  /// Returns a JSON object on each line, errors first.
  ///
  /// Lines and columns count from 1, columns and offsets in bytes; an end is one past the last.
  package func lines(_ diagnostics: DiagnosticList) -> [UInt8] {
    diagnostics.inOrderOfReport.flatMap { object($0).bytes + [UInt8(ascii: "\n")] }
  }

  private func object(_ diagnostic: Diagnostic) -> JSONValue {
    var members: [(String, JSONValue)] = [
      ("id", .string(diagnostic.id)), ("severity", .string(diagnostic.severity.word)),
      ("message", text(diagnostic.message)),
    ]
    if let place = diagnostic.range.flatMap(place) { members.append(("place", place)) }
    let notes = diagnostic.notes.map { note in
      JSONValue.object(
        [("message", text(note.message))] + (place(note.range).map { [("place", $0)] } ?? []))
    }
    let fixes = diagnostic.fixIts.map { fix in
      JSONValue.object(
        [("title", text(fix.title)), ("replacement", text(fix.replacement))]
          + (place(fix.range).map { [("place", $0)] } ?? []))
    }
    members += [
      ("notes", .array(notes)), ("hints", .array(diagnostic.hints.map(text))),
      ("fixes", .array(fixes)),
      ("expandedFrom", .array(diagnostic.expandedFrom.compactMap(place))),
    ]
    return .object(members)
  }

  private func place(_ range: SourceRange) -> JSONValue? {
    guard let file = sources[range.file] else { return nil }
    func position(_ offset: Int) -> JSONValue {
      let place = file.position(of: offset)
      return .object([
        ("line", .integer(place.line)), ("column", .integer(place.column)),
        ("offset", .integer(offset)),
      ])
    }
    return .object([
      ("file", text(file.name)), ("start", position(range.start)), ("end", position(range.end)),
    ])
  }

  /// A text that may have bytes of the system in it, which JSON cannot.
  private func text(_ text: String) -> JSONValue {
    .string(String(decoding: text.systemBytes, as: UTF8.self))
  }

  // MARK: SARIF

  /// Returns a SARIF 2.1.0 log of one run, also if nothing was found.
  ///
  /// - Parameter version: That of the command.
  package func sarif(_ diagnostics: DiagnosticList, version: String) -> [UInt8] {
    let shown = diagnostics.inOrderOfReport
    let ids = Set(shown.map(\.id)).sorted()
    let rules = ids.map { id in
      var members: [(String, JSONValue)] = [("id", .string(id))]
      if let explanation = DiagnosticRegistry.explanation(of: id) {
        members += [
          ("shortDescription", message(explanation.meaning)),
          ("help", message(explanation.remedy)),
        ]
      }
      return JSONValue.object(members)
    }
    let driver = JSONValue.object([
      ("name", "bpftrace"), ("version", .string(version)), ("rules", .array(rules)),
    ])
    let results = shown.map { result($0, rule: ids.firstIndex(of: $0.id) ?? 0) }
    let run = JSONValue.object([
      ("tool", .object([("driver", driver)])), ("columnKind", "unicodeCodePoints"),
      ("results", .array(results)),
    ])
    let log = JSONValue.object([
      ("$schema", "https://json.schemastore.org/sarif-2.1.0.json"), ("version", "2.1.0"),
      ("runs", .array([run])),
    ])
    return log.bytes + [UInt8(ascii: "\n")]
  }

  private func result(_ diagnostic: Diagnostic, rule: Int) -> JSONValue {
    let sentences = [diagnostic.message] + diagnostic.hints
    var members: [(String, JSONValue)] = [
      ("ruleId", .string(diagnostic.id)), ("ruleIndex", .integer(rule)),
      ("level", .string(diagnostic.severity.word)),
      ("message", message(sentences.joined(separator: "\n"))),
    ]
    if let place = diagnostic.range.flatMap({ location($0) }) {
      members.append(("locations", .array([.object(place)])))
    }
    let others =
      diagnostic.notes.map { ($0.message, $0.range) }
      + diagnostic.expandedFrom.map { ("expanded from", $0) }
    let related = others.compactMap { other in
      location(other.1).map { JSONValue.object($0 + [("message", message(other.0))]) }
    }
    if !related.isEmpty { members.append(("relatedLocations", .array(related))) }
    let fixes = diagnostic.fixIts.compactMap { fix(for: $0) }
    if !fixes.isEmpty { members.append(("fixes", .array(fixes))) }
    return .object(members)
  }

  private func message(_ sentence: String) -> JSONValue { .object([("text", text(sentence))]) }

  private func location(_ range: SourceRange) -> [(String, JSONValue)]? {
    guard let file = sources[range.file] else { return nil }
    let physical = JSONValue.object([
      ("artifactLocation", artifact(file)), ("region", region(range, in: file)),
    ])
    return [("physicalLocation", physical)]
  }

  private func fix(for fixIt: Diagnostic.FixIt) -> JSONValue? {
    guard let file = sources[fixIt.range.file] else { return nil }
    let replacement = JSONValue.object([
      ("deletedRegion", region(fixIt.range, in: file)),
      ("insertedContent", message(fixIt.replacement)),
    ])
    let change = JSONValue.object([
      ("artifactLocation", artifact(file)), ("replacements", .array([replacement])),
    ])
    return .object([
      ("description", message(fixIt.title)), ("artifactChanges", .array([change])),
    ])
  }

  private func artifact(_ file: SourceFile) -> JSONValue {
    .object([("uri", .string(uri(file.name)))])
  }

  /// A path as a relative or absolute reference: what may not stand in one is escaped.
  private func uri(_ path: String) -> String {
    let digits = Array("0123456789ABCDEF")
    return path.systemBytes.map { byte in
      let isPlain = byte.isIdentifierPart || "-.~/".utf8.contains(byte)
      return isPlain
        ? String(UnicodeScalar(byte)) : "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
    }.joined()
  }

  private func region(_ range: SourceRange, in file: SourceFile) -> JSONValue {
    let start = file.position(of: range.start)
    let end = file.position(of: range.end)
    return .object([
      ("startLine", .integer(start.line)), ("startColumn", .integer(character(start, in: file))),
      ("endLine", .integer(end.line)), ("endColumn", .integer(character(end, in: file))),
      ("byteOffset", .integer(range.start)), ("byteLength", .integer(range.end - range.start)),
    ])
  }

  /// The column in characters rather than bytes.
  private func character(_ position: SourcePosition, in file: SourceFile) -> Int {
    let before = file.line(position.line).prefix(position.column - 1)
    return 1 + String(decoding: before, as: UTF8.self).unicodeScalars.count
  }
}

extension Diagnostic.Severity {
  /// What programs call it.
  fileprivate var word: String {
    switch self {
    case .error: "error"
    case .warning: "warning"
    }
  }
}
