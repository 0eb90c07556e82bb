package import Diagnostics

/// What parsing a script gave.
package struct ParsedScript: Sendable {
  package var file: SourceFile
  /// What could be parsed; complete when there are no errors.
  package var tree: ScriptTree
  package var diagnostics: DiagnosticList
  /// Every comment, in order, with its marks.
  package var comments: [SourceRange]

  package init(
    file: SourceFile, tree: ScriptTree, diagnostics: DiagnosticList, comments: [SourceRange]
  ) {
    self.file = file
    self.tree = tree
    self.diagnostics = diagnostics
    self.comments = comments
  }
}
