/// One thing to tell the author of a script.
package struct Diagnostic: Hashable, Sendable {
  /// How bad it is: an error stops before anything is loaded, a warning does not.
  package enum Severity: Hashable, Sendable { case error, warning }

  /// A second place in the source that explains the first.
  package struct Note: Hashable, Sendable {
    package let message: String
    package let range: SourceRange

    package init(_ message: String, at range: SourceRange) {
      self.message = message
      self.range = range
    }
  }

  /// A change of the source that would help.
  package struct FixIt: Hashable, Sendable {
    /// What the change does, as an imperative: `use $count`.
    package let title: String
    package let range: SourceRange
    /// The text to put in place of `range`.
    package let replacement: String

    package init(title: String, range: SourceRange, replacement: String) {
      self.title = title
      self.range = range
      self.replacement = replacement
    }
  }

  /// The stable name: `--explain`, tests and editors refer to it, never to the wording.
  package let id: String
  package let severity: Severity
  /// The sentence, without level and place; may have several lines.
  package let message: String
  /// The smallest text that is wrong; nil for what has no place in a source.
  package let range: SourceRange?
  /// Other places involved, in the order to show them.
  package var notes: [Note]
  /// What to do about it, one sentence each.
  package var hints: [String]
  package var fixIts: [FixIt]
  /// Where the text at `range` was expanded from (macro calls, attach points), innermost first.
  package var expandedFrom: [SourceRange]

  /// A diagnostic about `range`, or without a place.
  package init(
    id: String, severity: Severity, message: String, range: SourceRange?, notes: [Note] = [],
    hints: [String] = [], fixIts: [FixIt] = [], expandedFrom: [SourceRange] = []
  ) {
    self.id = id
    self.severity = severity
    self.message = message
    self.range = range
    self.notes = notes
    self.hints = hints
    self.fixIts = fixIts
    self.expandedFrom = expandedFrom
  }

  /// The same about what people wrote: what is wrong in a text that is part of the program is wrong where
  /// that is used.
  package func written(in sources: SourceMap) -> Diagnostic {
    guard let range else { return self }
    let place = sources.written(range, expandedFrom: expandedFrom)
    if place.range == range { return self }
    return Diagnostic(
      id: id, severity: severity, message: message, range: place.range, notes: notes, hints: hints,
      fixIts: fixIts, expandedFrom: place.uses)
  }

  /// An error about `range`, or without a place.
  package static func error(
    _ id: String, _ message: String, at range: SourceRange?, notes: [Note] = [],
    hints: [String] = [], expandedFrom: [SourceRange] = []
  ) -> Diagnostic {
    Diagnostic(
      id: id, severity: .error, message: message, range: range, notes: notes, hints: hints,
      expandedFrom: expandedFrom)
  }

  /// A warning about `range`, or without a place.
  package static func warning(
    _ id: String, _ message: String, at range: SourceRange?, notes: [Note] = [],
    hints: [String] = [], expandedFrom: [SourceRange] = []
  ) -> Diagnostic {
    Diagnostic(
      id: id, severity: .warning, message: message, range: range, notes: notes, hints: hints,
      expandedFrom: expandedFrom)
  }
}

/// Diagnostics in the order in which they were found.
package struct DiagnosticList: Hashable, Sendable {
  /// Errors and warnings as collected.
  package private(set) var all: [Diagnostic] = []
  /// How many of them are errors.
  package private(set) var errorCount = 0

  package init() {}

  /// A list of these, in this order.
  package init(_ diagnostics: some Sequence<Diagnostic>) {
    append(contentsOf: diagnostics)
  }

  /// Whether one of them is an error; costs nothing.
  package var hasErrors: Bool { errorCount > 0 }
  package var errors: [Diagnostic] { all.filter { $0.severity == .error } }
  package var warnings: [Diagnostic] { all.filter { $0.severity == .warning } }

  /// The order in which they are shown: all errors, then all warnings, each as collected.
  package var inOrderOfReport: [Diagnostic] { errors + warnings }

  package mutating func append(_ diagnostic: Diagnostic) {
    all.append(diagnostic)
    if diagnostic.severity == .error { errorCount += 1 }
  }

  package mutating func append(contentsOf diagnostics: some Sequence<Diagnostic>) {
    for diagnostic in diagnostics { append(diagnostic) }
  }

  package mutating func append(contentsOf list: DiagnosticList) {
    append(contentsOf: list.all)
  }
}

/// The diagnostics as collected.
extension DiagnosticList: RandomAccessCollection {
  package var startIndex: Int { 0 }
  package var endIndex: Int { all.count }
  package subscript(index: Int) -> Diagnostic { all[index] }
}
