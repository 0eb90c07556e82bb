import Diagnostics
import Language
import Syntax
import TraceModel

extension AnalysisPass {
  /// Decides kind and size of each map.
  static let planMaps = AnalysisPass(name: "plan-maps") { state in
    let (maps, diagnostics) = MapPlan.plan(
      state.maps, configuration: state.script.configuration,
      reportsUndefined: !state.diagnostics.hasErrors)
    state.script.maps = maps
    state.report(contentsOf: diagnostics)
  }
}

/// The maps as the kernel will have them.
private enum MapPlan {
  /// Every kind that a declaration may name.
  private static let kinds: [(name: String, kind: MapKind)] = [
    ("percpulruhash", .lruPerCPUHash), ("percpuhash", .perCPUHash), ("lruhash", .lruHash),
    ("hash", .hash),
  ]

  /// Decides kind and size of each map.
  ///
  /// - Parameter reportsUndefined: Whether a map without a value is an error of its own; after other
  ///   errors it is likely a consequence.
  static func plan(
    _ maps: [MapTable.Entry], configuration: ScriptConfiguration, reportsUndefined: Bool
  ) -> ([TypedMap], [Diagnostic]) {
    var result: [TypedMap] = []
    var diagnostics: [Diagnostic] = []
    for map in maps {
      guard let value = map.value else {
        if let declaration = map.declaration {
          diagnostics.append(
            .warning("unused-map", "Unused map: \(map.name)", at: declaration.range))
        } else if reportsUndefined {
          diagnostics.append(.undefinedMap(map.name, at: map.firstUse))
        }
        // The index of a map is its place in this list.
        result.append(
          TypedMap(name: map.name, kind: .hash, key: nil, value: .int64, maxEntries: 1))
        continue
      }
      let isAggregation = if case .aggregation = value { true } else { false }
      var kind: MapKind = isAggregation ? .perCPUHash : .hash
      var entries = map.isScalar == true || map.key == nil ? 1 : configuration.maxMapKeys
      if let declaration = map.declaration {
        if let declared = kinds.first(where: { $0.name == declaration.kind })?.kind {
          if declared.isPerCPU != isAggregation {
            diagnostics.append(
              .error(
                "map-kind",
                "Incompatible map types. Type from declaration: \(declaration.kind). Type from "
                  + "value/key type: \(isAggregation ? "percpuhash" : "hash")",
                at: map.firstUse))
          }
          kind = declared
          entries = Int(clamping: declaration.maximumEntries.value)
        } else {
          diagnostics.append(
            .error(
              "map-kind", "Invalid bpf map type: \(declaration.kind)", at: declaration.range,
              hints: ["Valid map types: \(kinds.map(\.name).joined(separator: ", "))"]))
        }
      }
      result.append(
        TypedMap(
          name: map.name, kind: kind, key: map.isScalar == true ? nil : map.key, value: value,
          maxEntries: entries, isDeclared: map.declaration != nil))
    }
    return (result, diagnostics)
  }
}
