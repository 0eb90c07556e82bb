import Diagnostics
import Language
import Syntax
import TraceModel

extension AnalysisPass {
  /// Finds out what attach points mean on the machine, and which of them one program may carry.
  static let expandAttachPoints = AnalysisPass(name: "expand-attach-points") { state in
    let expansion = ProbeExpansion(
      target: state.target, types: state.types, configuration: state.script.configuration,
      options: state.script.tool.options)
    let expanded = expansion.expand(state.script.tree)
    state.probes = expanded.probes
    state.script.bindings += expanded.bindings
    state.report(contentsOf: expanded.diagnostics)
  }
}

/// From attach points as written to groups of those that one program may carry.
private struct ProbeExpansion {
  let target: AnalysisTarget
  let types: TypeTable
  let configuration: ScriptConfiguration
  let options: [ScriptOption]

  /// Resolves every attach point of every probe, in order.
  func expand(_ tree: ScriptTree) -> (
    probes: [ProbeGroup], bindings: [Binding], diagnostics: [Diagnostic]
  ) {
    var result: [ProbeGroup] = []
    var bindings: [Binding] = []
    var diagnostics: [Diagnostic] = []
    var resolution = ProbeResolution(
      kernel: target.kernel, user: target.user, types: types, architecture: target.architecture,
      targetPID: target.targetPID, allowsUnsafe: target.allowsUnsafe,
      isForThisMachine: target.parametersAreFinal,
      missingProbes: configuration.runtime.missingProbes,
      maxStringLength: configuration.maxStringLength)
    resolution.options = options
    resolution.isVerbose = target.isVerbose
    /// Where the names of tests and benchmarks were met first.
    var names: [AttachPoint: SourceRange] = [:]
    for probe in tree.probes {
      resolution.readsArguments = tree.readsArguments(probe)
      resolution.followsReturnValue = tree.followsReturnValue(probe)
      var found: [(probes: ResolvedProbes, isWildcard: Bool)] = []
      var isReported = false
      var choice = ProbeChoice()
      let alternatives = probe.attachPoints.flatMap { meanings(of: $0, resolution) }
      for (attachPoint, meaning) in alternatives {
        var (resolved, isFiltered) = filtered(meaning)
        if attachPoint.choice != nil {
          diagnostics += choice.restrict(&resolved, attachPoint)
        }
        diagnostics.append(contentsOf: resolved.diagnostics)
        if resolved.diagnostics.contains(where: { $0.severity == .error }) { isReported = true }
        if let reason = resolved.binding { bindings.append(Binding(reason, at: attachPoint.range)) }
        if let missing = resolved.missing {
          bindings.append(
            Binding(
              "a probe is left out, for this machine has no \(missing)", at: attachPoint.range))
          if let diagnostic = missingMatch(missing, resolved, at: attachPoint.range) {
            diagnostics.append(diagnostic)
          }
          if configuration.runtime.missingProbes == .error { isReported = true }
        }
        for point in resolved.probes.flatMap(\.points) {
          guard let name = point.examinationName else { continue }
          if let first = names.updateValue(attachPoint.range, forKey: point) {
            diagnostics.append(
              .repeatedName(
                name, type: attachPoint.probeType,
                at: attachPoint.range, first: first))
          }
        }
        if isFiltered { isReported = true }
        found.append((resolved, attachPoint.isWildcard))
      }
      let groups = ProbeGroup.groups(of: probe, found)
      result += groups
      if groups.isEmpty, !isReported, let diagnostic = emptyProbe(at: probe.range) {
        diagnostics.append(diagnostic)
      }
    }
    return (result, bindings, diagnostics)
  }

  /// What an attach point means, or what those mean for which the pattern of its probe type stands. Of
  /// several those count that make sense, and that there are.
  private func meanings(
    of attachPoint: AttachPointSyntax, _ resolution: ProbeResolution
  ) -> [(AttachPointSyntax, ResolvedProbes)] {
    guard attachPoint.probeType.contains("*") else {
      return [translated(attachPoint, resolution)]
    }
    let types = ProbeType.matching(
      attachPoint.probeType, attachPoint.targets, targetPID: resolution.targetPID)
    if types.isEmpty {
      let error = Diagnostic.error(
        "probe-type", "No probe type matched for \(attachPoint.probeType)", at: attachPoint.range)
      return [(attachPoint, ResolvedProbes(diagnostics: [error]))]
    }
    let all = types.map { type in
      let exact = attachPoint.of(type)
      return (exact, resolve(exact, resolution))
    }
    if all.count == 1 { return all }
    let found = all.filter { !$0.1.probes.isEmpty }
    return found.isEmpty ? [(attachPoint, ResolvedProbes())] : found
  }

  /// What an attach point means, or one that is written as other tracers do: what means the same here is
  /// taken, with a warning.
  private func translated(
    _ attachPoint: AttachPointSyntax, _ resolution: ProbeResolution
  ) -> (AttachPointSyntax, ResolvedProbes) {
    let resolved = resolve(attachPoint, resolution)
    let isWrong = resolved.diagnostics.contains { $0.severity == .error }
    guard isWrong || resolved.missing != nil else { return (attachPoint, resolved) }
    let meaning: ForeignSpelling.Meaning?
    do {
      meaning = try ForeignSpelling.meaning(
        of: attachPoint.text, on: resolution.kernel, resolution.user)
    } catch _ {
      // What the machine cannot say has been said.
      meaning = nil
    }
    guard let meaning else { return (attachPoint, resolved) }
    guard meaning.rest == nil else {
      let error = Diagnostic.error("foreign-spelling", meaning.sentence, at: attachPoint.range)
      return (attachPoint, ResolvedProbes(diagnostics: [error]))
    }
    let text = AttachPointText(meaning.ours)
    var ours = attachPoint
    (ours.text, ours.parts) = (text.text, text.parts)
    var result = resolve(ours, resolution)
    result.diagnostics.insert(
      .warning("foreign-spelling", meaning.sentence, at: attachPoint.range), at: 0)
    return (ours, result)
  }

  private func resolve(_ attachPoint: AttachPointSyntax, _ resolution: ProbeResolution)
    -> ResolvedProbes
  {
    guard let type = Catalog.probeType(attachPoint.probeType) else {
      let known = ProbeType.all.map(\.name)
      var diagnostic = Diagnostic.error(
        "probe-type", "Invalid probe type: \(attachPoint.probeType)", at: attachPoint.range)
      if let similar = NearestName.of(attachPoint.probeType, among: known) {
        diagnostic.hints = ["Did you mean '\(similar)'?"]
      }
      return ResolvedProbes(diagnostics: [diagnostic])
    }
    do { return try type.resolve(attachPoint, resolution) } catch {
      return ResolvedProbes(diagnostics: [.machine(error, at: attachPoint.range)])
    }
  }

  /// What a filter of names leaves, and whether it took something away. A pattern is found again when the
  /// script is run, so it must not bring back what is left out.
  private func filtered(_ resolved: ResolvedProbes) -> (probes: ResolvedProbes, isFiltered: Bool) {
    guard let keepsProbe = target.keepsProbe else { return (resolved, false) }
    var kept = resolved
    kept.probes.removeAll { probe in
      let isAlwaysKept = probe.points.allSatisfy { $0.isRun && !$0.isExamination }
      return !isAlwaysKept && !keepsProbe(probe.name)
    }
    guard kept.probes.count < resolved.probes.count else { return (resolved, false) }
    kept.pattern = nil
    return (kept, true)
  }

  private func missingMatch(
    _ what: String, _ resolved: ResolvedProbes, at range: SourceRange
  ) -> Diagnostic? {
    let hints =
      resolved.explanation.map { [$0] } ?? resolved.suggestion.map { ["Did you mean '\($0)'?"] }
      ?? []
    return switch configuration.runtime.missingProbes {
    case .error: .error("missing-probe", "No matches for \(what).", at: range, hints: hints)
    case .warn:
      .warning("missing-probe", "No matches for \(what). Skipping.", at: range, hints: hints)
    case .ignore: nil
    }
  }

  private func emptyProbe(at range: SourceRange) -> Diagnostic? {
    switch configuration.runtime.missingProbes {
    case .error:
      .error(
        "empty-probe",
        "Probe has no valid attach points. If this is expected, set the 'missing_probes' config "
          + "variable to 'warn'.", at: range)
    case .warn:
      .warning(
        "empty-probe",
        "Probe has no valid attach points. It is being removed which may cause issues with program "
          + "behavior.", at: range)
    case .ignore: nil
    }
  }
}

extension ScriptTree {
  /// Whether a probe uses the fields of its attach point.
  fileprivate func readsArguments(_ probe: ProbeSyntax) -> Bool {
    contains(probe) { builtin($0)?.isArguments == true }
  }

  /// Whether a probe asks for a field of what its function returns.
  fileprivate func followsReturnValue(_ probe: ProbeSyntax) -> Bool {
    contains(probe) { id in
      guard case .field(let base, _) = self[id].kind else { return false }
      if case .unary(.dereference, let pointer) = self[base].kind {
        return builtin(pointer)?.isReturnValue == true
      }
      return builtin(base)?.isReturnValue == true
    }
  }

  private func builtin(_ id: ExprID) -> Function? {
    guard case .identifier(let name) = self[id].kind else { return nil }
    return Catalog.builtin(name)
  }

  /// Whether an expression in a probe is one that is looked for.
  private func contains(_ probe: ProbeSyntax, where isWanted: (ExprID) -> Bool) -> Bool {
    var isFound = false
    func look(from root: SyntaxNode) {
      walk(from: root) { node in
        if case .expression(let id) = node, isWanted(id) { isFound = true }
        return !isFound
      }
    }
    look(from: .block(probe.body))
    if let predicate = probe.predicate { look(from: .expression(predicate.condition)) }
    return isFound
  }
}

extension AttachPointSyntax {
  /// What stands behind the probe type, without the quotes.
  fileprivate var targets: [String] {
    parts.dropFirst().compactMap { if case .text(let text, _) = $0 { text } else { nil } }
  }

  /// The same of a probe type that its pattern matches.
  fileprivate func of(_ type: ProbeType) -> AttachPointSyntax {
    var exact = self
    exact.parts[0] = .text(type.name, isQuoted: false)
    exact.text = type.name + text.dropFirst(probeType.count)
    return exact
  }

  /// Whether it may stand for several places.
  fileprivate var isWildcard: Bool {
    parts.dropFirst().contains { part in
      if case .text(let text, _) = part { text.contains("*") } else { false }
    }
  }
}

/// The attach points of which the first is used that a machine has, while they are looked at in order.
private struct ProbeChoice {
  /// Those that come before, in the same choice.
  private var earlier: [AttachPoint] = []

  /// Has a probe used only where the machine has it and none that comes before; one that
  /// this machine lacks is written for others.
  mutating func restrict(
    _ resolved: inout ResolvedProbes, _ syntax: AttachPointSyntax
  ) -> [Diagnostic] {
    guard let choice = syntax.choice else { return [] }
    if choice.isFirst { earlier = [] }
    guard let point = Catalog.probeType(syntax.probeType)?.point?(syntax.targets),
      resolved.pattern == nil, resolved.probes.count <= 1
    else {
      return resolved.diagnostics.isEmpty
        ? [
          .error(
            "attach-point-choice",
            "only single places in the kernel can be chosen from, as functions and tracepoints",
            at: syntax.range)
        ] : []
    }
    // Another kernel may have it, under a name that this one no longer or not yet knows.
    if resolved.missing != nil, let unseen = ResolvedAttachPoint.unseen(point) {
      resolved.probes = [unseen]
      resolved.missing = nil
    } else if !choice.isLast, resolved.missing != nil {
      resolved.missing = nil
    }
    var conditions = earlier.map { ProbeSpec.Condition.attachPoint($0, exists: false) }
    if !choice.isLast { conditions.append(.attachPoint(point, exists: true)) }
    for index in resolved.probes.indices { resolved.probes[index].restrict(to: conditions) }
    earlier.append(point)
    return []
  }
}

extension ResolvedAttachPoint {
  fileprivate mutating func restrict(to conditions: [ProbeSpec.Condition]) {
    for index in programs.indices { programs[index].conditions += conditions }
    for index in substitutes.indices { substitutes[index].conditions += conditions }
    // One of several has its way round already, and none is known for those that this kernel lacks.
    fallbacks = []
  }
}
