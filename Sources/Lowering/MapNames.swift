import Diagnostics
import Semantics
import Syntax

/// What a script calls the keys and the values of its maps, for those who show them.
struct MapNames {
  /// The expressions in the brackets where the map is first mentioned, by its name.
  private(set) var keys: [String: [String]] = [:]
  /// The expression that the map is first given, by its name.
  private(set) var values: [String: String] = [:]

  init(in script: TypedScript) {
    func text(_ id: ExprID) -> String? {
      let range = script.tree[id].range
      return script.sources[range.file]?.text(in: range)
    }
    for expression in script.tree.expressions {
      guard case .mapElement(let name, let elements) = expression.kind, keys[name] == nil else {
        continue
      }
      keys[name] = elements.map { text($0) ?? "" }
    }
    for statement in script.tree.statements {
      guard case .assign(let assignment) = statement.kind else { continue }
      switch script.tree[assignment.target].kind {
      case .map(let name), .mapElement(let name, _):
        if values[name] == nil { values[name] = text(assignment.value) }
      default: break
      }
    }
  }
}
