import Diagnostics
import Syntax

/// Parses a script called `stdin`.
func parsed(_ script: String, parameters: [String] = []) -> ParsedScript {
  parse(SourceFile(name: "stdin", text: script), parameters: parameters)
}

/// Returns the dump of a script, after its diagnostics if it has any.
func dump(_ script: String, parameters: [String] = []) -> String {
  let script = parsed(script, parameters: parameters)
  return messages(script).map { $0 + "\n" }.joined() + script.tree.dump()
}

/// Returns the first line of each diagnostic, as the command prints it.
func messages(_ script: ParsedScript) -> [String] {
  let renderer = DiagnosticRenderer(SourceMap(script.file))
  return script.diagnostics.inOrderOfReport.map { diagnostic in
    String(renderer.text(diagnostic).prefix { $0 != "\n" })
  }
}

/// Returns the first line of each diagnostic of a script.
func messages(_ script: String, parameters: [String] = []) -> [String] {
  messages(parsed(script, parameters: parameters))
}

/// Returns the dump of the expressions of `begin { <text> }`, without what is around them.
func expressionDump(_ text: String) -> String {
  let lines = dump("begin { _ = \(text); }").split(separator: "\n").map(String.init)
  let frame = ["probe", "  attach point \"begin\"", "  block", "    discard"]
  guard Array(lines.prefix(4)) == frame else { return lines.joined(separator: "\n") }
  return lines.dropFirst(4).map { String($0.dropFirst(6)) }.joined(separator: "\n")
}

/// Returns the expression of `begin { _ = <text>; }` and its tree.
func expression(_ text: String) -> (tree: ScriptTree, id: ExprID)? {
  let tree = parsed("begin { _ = \(text); }").tree
  guard let body = tree.probes.first?.body, let statement = tree[body].statements.first,
    case .discard(let id) = tree[statement].kind
  else { return nil }
  return (tree, id)
}
