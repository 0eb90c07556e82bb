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
  parser.tree.contents = parser.contents
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

/// Parses a script that another one imports.
///
/// Its nodes come into the tree of that one. So does what it says of itself as a tool, which may be said
/// once in all of a script's files.
///
/// - Returns: What stands at the top of the file, and the errors.
package func parseImport(
  _ file: SourceFile, into tree: inout ScriptTree
) -> (contents: ScriptContents, diagnostics: DiagnosticList) {
  var parser = Parser(file, parameters: [], tree: tree)
  parser.contents.tool = tree.contents.tool
  parser.parseScript()
  tree = parser.tree
  tree.contents.tool = parser.contents.tool
  return (parser.contents, parser.diagnostics)
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
