import Diagnostics
import Syntax

/// Returns which rule a parsed script breaks, nil if none: what must hold for any bytes.
func brokenRules(by script: ParsedScript) -> String? {
  let size = script.file.bytes.count
  func isInside(_ range: SourceRange) -> Bool {
    range.file == script.file.id && range.start <= range.end && range.end <= size
  }
  for diagnostic in script.diagnostics {
    guard let range = diagnostic.range else { return "unlocated: \(diagnostic.message)" }
    if !isInside(range) { return "range \(range) outside: \(diagnostic.message)" }
  }
  let tree = script.tree
  for node in tree.expressions where !isInside(node.range) { return "expression range" }
  for node in tree.statements where !isInside(node.range) { return "statement range" }
  for node in tree.blocks where !isInside(node.range) { return "block range" }
  for node in tree.types where !isInside(node.range) { return "type range" }
  var end = 0
  for comment in script.comments {
    if comment.start < end || !isInside(comment) { return "comments overlap" }
    end = comment.end
  }
  for probe in tree.probes where probe.attachPoints.contains(where: { $0.parts.isEmpty }) {
    return "attach point without parts"
  }
  // These recurse, so a tree that is too deep shows here.
  _ = tree.dump()
  var copy = ScriptTree()
  for probe in tree.probes { _ = copy.copy(probe.body, from: tree) }
  if copy.expressions.count > tree.expressions.count { return "a copy has more nodes" }
  let text = DiagnosticRenderer(SourceMap(script.file)).render(script.diagnostics)
  if script.diagnostics.isEmpty != text.isEmpty { return "diagnostics are not rendered" }
  return nil
}

/// Returns which rule the formatted text of a script breaks, nil if none: it means the same, has the same
/// comments, and is its own formatted text.
func brokenLayout(of script: ParsedScript, parameters: [String]) -> String? {
  func words(of script: ParsedScript) -> [[UInt8]] {
    script.comments.map { comment in
      script.file.bytes(in: comment).filter { !" \t\r\n".utf8.contains($0) }
    }
  }
  let once = format(script)
  let again = parse(SourceFile(name: "fuzz", bytes: once), parameters: parameters)
  if let error = again.diagnostics.errors.first { return "does not parse: \(error.message)" }
  if again.tree.dump() != script.tree.dump() { return "another tree" }
  if words(of: again) != words(of: script) { return "other comments" }
  return format(again) == once ? nil : "changes when it is formatted again"
}
