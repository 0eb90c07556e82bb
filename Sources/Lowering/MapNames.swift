import Diagnostics
import Language
import Semantics
import Syntax

/// What a script calls the keys and the values of its maps, for those who show them.
struct MapNames {
  /// The expressions in the brackets where the map is first mentioned, by its name.
  private(set) var keys: [String: [String]] = [:]
  /// The expression that the map is first given, by its name.
  private(set) var values: [String: String] = [:]
  /// The unit of that, by the map's name, where it is known.
  private(set) var units: [String: String] = [:]

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
        if values[name] == nil {
          values[name] = text(assignment.value)
          units[name] = Self.unit(of: assignment.value, in: script)
        }
      default: break
      }
    }
  }

  /// The unit of a value, or of what an aggregation takes in: nanoseconds for what clocks tell, and for the
  /// difference of two such times.
  private static func unit(of id: ExprID, in script: TypedScript) -> String? {
    let bodies = script.probes.map(\.body) + script.functions.map(\.body)
    func isTime(_ id: ExprID) -> Bool {
      bodies.contains { body in
        guard let facts = body.facts[id] else { return false }
        return facts.clock != .unknown && facts.type.readable.isInteger
      }
    }
    var id = id
    if case .call(let call) = script.tree[id].kind, let argument = call.arguments.first,
      Catalog.aggregations[call.name] != nil
    {
      id = argument
    }
    if case .binary(.subtract, let left, let right) = script.tree[id].kind {
      return isTime(left) && isTime(right) ? "ns" : nil
    }
    return isTime(id) ? "ns" : nil
  }
}
