import Diagnostics
import Language
import Syntax

extension AnalysisPass {
  /// Finds out the type and meaning of every expression, variable and map.
  ///
  /// Types flow backwards: a variable or map has the type that holds everything ever assigned to it. So
  /// all bodies are visited again until no type changes, and once more to report what is wrong.
  static let findNamesAndTypes = AnalysisPass(name: "find-names-and-types") { state in
    var search = TypeSearch(state)
    search.settle()
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
  private let probes: [(syntax: ProbeSyntax, attachPoint: ResolvedAttachPoint)]
  /// By function and then probe, as the last visit left them.
  private var variables: [VariableTable]
  private(set) var typedProbes: [TypedProbe] = []
  private(set) var typedFunctions: [TypedFunction] = []

  init(_ state: AnalysisState) {
    script = ScriptKnowledge(
      tree: state.script.tree, target: state.target, types: state.types,
      configuration: state.script.configuration)
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
      let checker = BodyChecker(
        script, .probe(probe.attachPoint), variables: variables[index])
      checker.check(probe.syntax)
      variables[index] = checker.variables
      typedProbes.append(
        TypedProbe(
          syntax: probe.syntax, attachPoint: probe.attachPoint, body: checker.typedBody))
    }
  }
}
