import Diagnostics
import Language
import Semantics
import Syntax
import TraceModel

/// The text of a typed script, for `-d types`.
///
/// A script with mistakes has a text too: what is not known is a `?`.
enum TypeDump {
  /// Maps first, then each probe with its variables and the expressions whose type is known, by place.
  static func text(of script: TypedScript) -> String {
    var lines: [String] = []
    for map in script.maps {
      let key = map.key.map { "[\(text(of: $0))]" } ?? ""
      lines.append("map \(map.name)\(key): \(text(of: map.value)), \(map.maxEntries) entries")
    }
    for binding in script.bindings { lines.append("bound \(place(of: binding, script))") }
    for option in script.options { lines.append("option \(option.name)") }
    for function in script.functions {
      let parameters = function.body.parameters.map { text(of: $0) }.joined(separator: ", ")
      let result = function.body.result
      lines.append(
        "function \(function.syntax.name)(\(parameters)): "
          + (result == .none ? ScriptType.void.text : text(of: result)))
      lines += Self.lines(of: function.body, script)
    }
    for probe in script.probes {
      lines += probe.group.members.map { "probe \($0.name)" }
      lines += Self.lines(of: probe.body, script)
    }
    return lines.map { $0 + "\n" }.joined()
  }

  /// The variables and expressions of a body, indented.
  private static func lines(of body: TypedBody, _ script: TypedScript) -> [String] {
    let variables = body.variables.map { "  variable \($0.name): \(text(of: $0.type))" }
    let ids = body.facts.keys.sorted {
      (script.tree[$0].range.start, $0) < (script.tree[$1].range.start, $1)
    }
    return variables + ids.map { "  \(line($0, body, script))" }
  }

  private static func line(_ id: ExprID, _ body: TypedBody, _ script: TypedScript) -> String {
    let range = script.tree[id].range
    guard let facts = body.facts[id], let file = script.sources[range.file] else { return "" }
    let place = file.position(of: range.start)
    var known = facts.constant.map { " = \(text(of: $0))" } ?? ""
    if case .typeNumber(let number, _) = facts.meaning {
      known += " from \(text(of: number.provenance))"
    }
    return "\(place.line):\(place.column) \(file.text(in: range)): \(text(of: facts.type))\(known)"
  }

  private static func text(of type: ScriptType) -> String { type.isKnown ? type.text : "?" }

  private static func place(of binding: Binding, _ script: TypedScript) -> String {
    guard let range = binding.range, let file = script.sources[range.file] else {
      return binding.reason
    }
    let place = file.position(of: range.start)
    return "\(place.line):\(place.column) \(binding.reason)"
  }

  private static func text(of provenance: Provenance) -> String {
    switch provenance {
    case .everywhere: "the script"
    case .relocation(_, let path): "the kernel's \(path.text)"
    case .loadTime, .checked: "the kernel"
    case .machine(let reason): "here: \(reason)"
    }
  }

  private static func text(of constant: Constant) -> String {
    switch constant {
    case .unsigned(let value, _): "\(value)"
    case .signed(let value): "\(value)"
    case .boolean(let value): "\(value)"
    case .string(let bytes): "\"\(String(decoding: bytes, as: UTF8.self))\""
    case .record(let fields):
      "{ \(fields.map { ".\($0.name) = \(text(of: $0.value))" }.joined(separator: ", ")) }"
    }
  }
}
