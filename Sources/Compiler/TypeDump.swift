import Diagnostics
import Language
import Semantics
import Syntax
import TraceModel

/// The text of a typed script, for `-d types`.
enum TypeDump {
  /// Maps first, then each probe with its variables and the expressions whose type is known, by place.
  static func text(of script: TypedScript) -> String {
    var lines: [String] = []
    for map in script.maps {
      let key = map.key.map { "[\($0.text)]" } ?? ""
      lines.append("map \(map.name)\(key): \(map.value.text), \(map.maxEntries) entries")
    }
    for option in script.options { lines.append("option \(option.name)") }
    for probe in script.probes {
      lines.append("probe \(probe.attachPoint.name)")
      for variable in probe.variables {
        lines.append("  variable \(variable.name): \(variable.type.text)")
      }
      let ids = probe.facts.keys.sorted {
        (script.tree[$0].range.start, $0) < (script.tree[$1].range.start, $1)
      }
      for id in ids { lines.append("  \(line(id, probe, script))") }
    }
    return lines.map { $0 + "\n" }.joined()
  }

  private static func line(_ id: ExprID, _ probe: TypedProbe, _ script: TypedScript) -> String {
    let range = script.tree[id].range
    guard let facts = probe.facts[id], let file = script.sources[range.file] else { return "" }
    let place = file.position(of: range.start)
    let known = facts.constant.map { " = \(text(of: $0))" } ?? ""
    return "\(place.line):\(place.column) \(file.text(in: range)): \(facts.type.text)\(known)"
  }

  private static func text(of constant: Constant) -> String {
    switch constant {
    case .unsigned(let value, _): "\(value)"
    case .signed(let value): "\(value)"
    case .boolean(let value): "\(value)"
    case .string(let bytes): "\"\(String(decoding: bytes, as: UTF8.self))\""
    }
  }
}
