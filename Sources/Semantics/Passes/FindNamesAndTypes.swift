import Diagnostics
import Language
import MachineView
import Syntax
import TraceModel

extension AnalysisPass {
  /// Finds out the type and meaning of every expression, variable and map.
  ///
  /// Types flow backwards: a variable or map has the type that holds everything ever assigned to it. So
  /// all bodies are visited again until no type changes, and once more to report what is wrong.
  static let findNamesAndTypes = AnalysisPass(name: "find-names-and-types") { state in
    var search = TypeSearch(state)
    search.settle()
    while let finer = search.split() {
      state.probes = finer
      search = TypeSearch(state)
      search.settle()
    }
    search.report()
    state.script.probes = search.typedProbes
    state.script.functions = search.typedFunctions
    state.script.options = search.script.options
    state.script.bindings += search.script.bindings
    state.maps = search.script.maps.entries
    state.report(contentsOf: search.script.diagnostics)
  }
}

/// The visits to all bodies of a script.
private struct TypeSearch {
  let script: ScriptKnowledge
  private let probes: [ProbeGroup]
  /// By function and then probe, as the last visit left them.
  private var variables: [VariableTable]
  private(set) var typedProbes: [TypedProbe] = []
  private(set) var typedFunctions: [TypedFunction] = []

  init(_ state: AnalysisState) {
    script = ScriptKnowledge(
      tree: state.script.tree, target: state.target, types: state.types,
      configuration: state.script.configuration, imported: state.script.importedFunctions,
      tool: state.script.tool)
    probes = state.probes
    let bodyCount = script.functions.entries.count + probes.count
    variables = Array(repeating: VariableTable(), count: bodyCount)
    for declaration in script.tree.mapDeclarations { script.maps.declare(declaration) }
  }

  /// Visits all bodies until no type changes any more.
  mutating func settle() {
    repeat {
      var round = 0
      repeat {
        visitAll()
        round += 1
      } while hasChanged && round < roundLimit
      // A map that is looked at and never written has zeros.
    } while !hasChanged && script.maps.fillUnwritten()
  }

  /// Visits all bodies once more, and reports what is wrong with them.
  mutating func report() {
    let unsettled = hasChanged ? changedSlots : []
    script.isReporting = true
    for slot in unsettled { script.report(.unsettledType(slot.name, at: slot.range)) }
    visitAll()
  }

  /// The most rounds before types are taken for growing without end: each round changes a type at
  /// least, and each type can be widened a few times only, from the smallest number to the largest.
  private var roundLimit: Int {
    8 * (4 + script.maps.entries.count + variables.map { 1 + $0.entries.count }.reduce(0, +))
  }

  private var hasChanged: Bool {
    !script.maps.changed.isEmpty || !script.functions.changed.isEmpty
      || variables.contains { !$0.changed.isEmpty }
  }

  /// The maps and variables that the last round has changed.
  private var changedSlots: [(name: String, range: SourceRange)] {
    script.maps.changed.sorted().map { (script.maps[$0].name, script.maps[$0].firstUse) }
      + script.functions.changed.sorted().map {
        (script.functions[$0].syntax.name, script.functions[$0].syntax.nameRange)
      }
      + variables.flatMap { table in
        table.changed.sorted().map { (table[$0].name, table[$0].declaration) }
      }
  }

  /// The groups of probes, made smaller where the body turned out to mean different things, or where one
  /// program could not tell what it asks; nil if they are right.
  func split() -> [ProbeGroup]? {
    var result: [ProbeGroup] = []
    var isSplit = false
    for probe in typedProbes {
      // What is made for any machine may ask for what this one lacks.
      let parts = probe.group.split(by: probe.body) {
        !script.target.parametersAreFinal || script.target.kernel.supports(.perfLink).isYes
      }
      if parts.count > 1 || parts[0].hasManyPlaces != probe.group.hasManyPlaces { isSplit = true }
      result += parts
    }
    return isSplit ? result : nil
  }

  private mutating func visitAll() {
    script.maps.beginRound()
    script.functions.beginRound()
    typedFunctions = []
    typedProbes = []
    let functions = script.functions.entries
    for (index, function) in functions.enumerated() {
      let checker = BodyChecker(
        script, .function(function.syntax.name), variables: variables[index])
      checker.check(function: index)
      variables[index] = checker.variables
      typedFunctions.append(TypedFunction(syntax: function.syntax, body: checker.typedBody))
    }
    for (index, probe) in zip(functions.count..., probes) {
      let attachPoint = probe.attachPoint(room: roomForNames)
      let checker = BodyChecker(script, .probe(attachPoint), variables: variables[index])
      checker.check(probe.syntax)
      variables[index] = checker.variables
      typedProbes.append(
        TypedProbe(group: probe, attachPoint: attachPoint, body: checker.typedBody))
    }
  }

  /// Bytes that names of probes have at least where other machines may have other probes.
  private var roomForNames: Int { script.target.parametersAreFinal ? 0 : 128 }
}
