package import Diagnostics
import Language
package import Syntax
import TraceModel

/// From syntax tree to typed script.
package enum Analysis {
  /// Finds out what everything in a script means on `target`.
  ///
  /// - Returns: The typed script, or nil if there is an error among the diagnostics.
  package static func analyze(_ parsed: ParsedScript, for target: AnalysisTarget) -> (
    script: TypedScript?, diagnostics: DiagnosticList
  ) {
    var diagnostics = parsed.diagnostics
    guard !diagnostics.hasErrors else { return (nil, diagnostics) }

    let (configuration, configurationDiagnostics) = ScriptConfiguration.read(
      parsed.tree.config, environment: target.environment)
    diagnostics.append(contentsOf: configurationDiagnostics)
    diagnostics.append(contentsOf: UnsupportedSyntax.diagnostics(parsed.tree))
    guard !diagnostics.hasErrors else { return (nil, diagnostics) }

    let tree = LegacyForms.rewrite(parsed.tree)
    let types = KernelTypes(target.kernel)
    let expansion = ProbeExpansion(target: target, types: types, configuration: configuration)
    let expanded = expansion.expand(tree.probes)
    diagnostics.append(contentsOf: expanded.diagnostics)
    guard !diagnostics.hasErrors else { return (nil, diagnostics) }
    guard let first = expanded.probes.first else {
      return (
        TypedScript(
          tree: tree, sources: SourceMap(parsed.file), probes: [], maps: [], options: [],
          configuration: configuration, manual: Manual.text(parsed)), diagnostics
      )
    }

    let checker = TypeChecker(
      tree: tree, target: target, kernelTypes: types, configuration: configuration,
      firstProbe: first.attachPoint)
    let probes = checker.check(expanded.probes)
    diagnostics.append(contentsOf: checker.diagnostics)
    let (maps, mapDiagnostics) = MapPlan.plan(
      checker.maps, configuration: configuration, reportsUndefined: !checker.diagnostics.hasErrors)
    diagnostics.append(contentsOf: mapDiagnostics)
    guard !diagnostics.hasErrors else { return (nil, diagnostics) }
    return (
      TypedScript(
        tree: tree, sources: SourceMap(parsed.file), probes: probes, maps: maps,
        options: checker.options, configuration: configuration, manual: Manual.text(parsed)),
      diagnostics
    )
  }
}

/// Syntax that has no meaning yet: an error each, so that nothing is ignored.
enum UnsupportedSyntax {
  static func diagnostics(_ tree: ScriptTree) -> [Diagnostic] {
    var result: [Diagnostic] = []
    for definition in tree.cDefinitions {
      result.append(
        .notSupported(
          definition.kind == .preprocessor ? "The C preprocessor" : "A C definition",
          at: definition.range))
    }
    for path in tree.imports { result.append(.notSupported("import", at: path.range)) }
    for item in tree.items {
      switch item {
      case .macro(let macro): result.append(.notSupported("A macro", at: macro.range))
      case .function(let function): result.append(.notSupported("fn", at: function.range))
      case .probe, .map: break
      }
    }
    return result
  }
}

/// Older spellings, as the newer ones they stand for.
enum LegacyForms {
  /// Returns the tree with `delete(@m[k])` made `delete(@m, k)`.
  static func rewrite(_ tree: ScriptTree) -> ScriptTree {
    var tree = tree
    for index in tree.expressions.indices {
      let id = ExprID(index: index)
      guard case .call(var call) = tree[id].kind, call.arguments.count == 1,
        let function = Catalog.functions[call.name],
        function.signature.parameters.first?.kind == .map,
        case .mapElement(let name, let keys) = tree[call.arguments[0]].kind
      else { continue }
      let range = tree[call.arguments[0]].range
      let map = tree.add(.map(name), range: range)
      let key = keys.count == 1 ? keys[0] : tree.add(.tuple(keys), range: range)
      call.arguments = [map, key]
      tree[id].kind = .call(call)
    }
    return tree
  }
}

/// The comment with which a script begins.
enum Manual {
  /// Returns the text of the comments before anything else, without comment signs and the shebang.
  static func text(_ parsed: ParsedScript) -> String {
    let starts =
      [parsed.tree.config?.range.start, parsed.tree.cDefinitions.first?.range.start]
      .compactMap { $0 } + parsed.tree.probes.map(\.range.start)
      + parsed.tree.mapDeclarations.map(\.range.start)
    let end = starts.min() ?? .max
    var lines: [String] = []
    for comment in parsed.comments where comment.end <= end {
      var text = parsed.file.text(in: comment)
      let isBlock = text.hasPrefix("/*")
      if !isBlock {
        text.removeFirst(2)
      } else {
        text = String(text.dropFirst(2).dropLast(2))
      }
      for line in text.split(separator: "\n", omittingEmptySubsequences: false) {
        var line = line[...]
        if isBlock {
          // The stars at the left of a block belong to the comment, what is behind them does not.
          let rest = line.drop { $0 == " " }
          if rest.first == "*" { line = rest.dropFirst() }
        }
        if line.first == " " { line.removeFirst() }
        while line.last == " " { line.removeLast() }
        lines.append(String(line))
      }
    }
    while lines.first?.isEmpty == true { lines.removeFirst() }
    while lines.last?.isEmpty == true { lines.removeLast() }
    return lines.joined(separator: "\n")
  }
}

/// The maps as the kernel will have them.
enum MapPlan {
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
    _ maps: [TypeChecker.MapState], configuration: ScriptConfiguration, reportsUndefined: Bool
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
          maxEntries: entries))
    }
    return (result, diagnostics)
  }
}
