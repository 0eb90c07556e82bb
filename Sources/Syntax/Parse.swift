package import Diagnostics

/// Parses a whole script.
///
/// Parsing goes on after an error, and reports several; it never fails otherwise. Positional
/// parameters are needed because attach points may be made of them.
///
/// - Parameters:
///   - file: The text; any bytes.
///   - parameters: The texts of `$1`, `$2`, ... for use in attach points.
package func parse(_ file: SourceFile, parameters: [String] = []) -> ParsedScript {
  var parser = Parser(file, parameters: parameters)
  parser.parseScript()
  return ParsedScript(
    file: file, tree: parser.tree, diagnostics: parser.diagnostics,
    comments: parser.comments.map { SourceRange(file: file.id, $0) })
}

/// Parses a text that must be one expression, into an existing tree.
///
/// This is how the replacement of a C macro becomes an expression of the script.
///
/// - Returns: The expression; nil if the text is not one, and then there are errors.
package func parseExpression(
  _ file: SourceFile, into tree: inout ScriptTree
) -> (expression: ExprID?, diagnostics: DiagnosticList) {
  var parser = Parser(file, parameters: [], tree: tree)
  let expression = parser.parseLoneExpression()
  tree = parser.tree
  return (expression, parser.diagnostics)
}

/// Parses a script that another one imports, into the tree of that one.
///
/// - Returns: What the script has, its nodes in `tree`; the errors; the comments.
package func parse(_ file: SourceFile, into tree: inout ScriptTree) -> DiagnosticList {
  var parser = Parser(file, parameters: [], tree: tree)
  parser.parseScript()
  tree = parser.tree
  return parser.diagnostics
}

/// Parses the macro whose `macro` stands at an offset of a file, into an existing tree.
///
/// - Returns: The macro, which is not among the tree's items; nil if it has mistakes.
package func parseMacro(
  _ file: SourceFile, at offset: Int, into tree: inout ScriptTree
) -> MacroSyntax? {
  var parser = Parser(file, parameters: [], tree: tree)
  guard let macro = parser.parseLoneMacro(at: offset), !parser.diagnostics.hasErrors else {
    return nil
  }
  tree = parser.tree
  return macro
}
