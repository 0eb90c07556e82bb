import Diagnostics
import Language
import Syntax
import TraceIR
import TraceModel

/// One visit to one body: finds out the type and meaning of each of its expressions.
///
/// The constructs are in extensions, one file for each family.
final class BodyChecker {
  /// What is known of the script as a whole.
  let script: ScriptKnowledge
  let environment: TypedBody.Environment
  var facts: [ExprID: ExpressionFacts] = [:]
  var declarations: [StmtID: Int] = [:]
  var variables: VariableTable
  /// Whether only the type of what is being visited is asked for, as in `sizeof((uint64)1)`.
  var asksForType = false
  /// How many loops are around what is being visited.
  var loopDepth = 0
  /// The expansion of a macro that what is being visited was written by; nil for what was written here.
  var expansion: ExpansionID?
  /// How often what is checked is written down by the `unroll` around it.
  var unrolledCopies: UInt64 = 1

  /// - Parameter variables: As the visit before this one left them.
  init(
    _ script: ScriptKnowledge, _ environment: TypedBody.Environment, variables: VariableTable
  ) {
    self.script = script
    self.environment = environment
    self.variables = variables
    self.variables.beginVisit()
  }

  var tree: ScriptTree { script.tree }
  var target: AnalysisTarget { script.target }
  var types: TypeTable { script.types }
  var configuration: ScriptConfiguration { script.configuration }
  var maps: MapTable { script.maps }

  /// The attach point that the body is at.
  var probe: ResolvedAttachPoint {
    switch environment {
    case .probe(let attachPoint): return attachPoint
    case .function: preconditionFailure("a function is at no attach point")
    }
  }

  /// The context of an iterator that is pinned, if the body is at one.
  var pinnedIteration: ContextShape.Iteration? {
    guard case .probe(let attachPoint) = environment,
      let iteration = attachPoint.context.iteration, iteration.isPinned
    else { return nil }
    return iteration
  }

  /// The space of addresses of which nothing else is known.
  var addressSpace: AddressSpace {
    switch environment {
    case .probe(let attachPoint): attachPoint.context.space
    case .function: .kernel
    }
  }

  /// What the visit found out.
  var typedBody: TypedBody {
    var signature: FunctionTable.Entry?
    if case .function(let name) = environment {
      signature = script.functions.index(of: name).map { script.functions[$0] }
    }
    return TypedBody(
      environment: environment, parameters: signature?.parameters.map(\.type) ?? [],
      result: signature?.result.type ?? .none, facts: facts,
      variables: variables.entries.map {
        TypedVariable(
          name: $0.name, type: $0.type ?? .unresolved, definition: $0.definition)
      },
      declarations: declarations)
  }

  /// Visits a probe's predicate and action block.
  func check(_ syntax: ProbeSyntax) {
    // The predicate may find a value for a variable, which the body then sees.
    variables.openScope()
    defer { variables.closeScope() }
    if let predicate = syntax.predicate { checkCondition(predicate.condition) }
    checkBlock(syntax.body, wantsValue: false)
    reportUnassigned()
  }

  /// Warns of variables that nothing is ever assigned to.
  func reportUnassigned() {
    for variable in variables.entries where !variable.isEverAssigned {
      report(
        .warning(
          "never-assigned", "Variable \(variable.name) was never assigned to.",
          at: variable.declaration))
    }
  }

  /// Tells the author something, if there is something to tell.
  func report(_ diagnostic: Diagnostic?) {
    guard script.isReporting, var diagnostic else { return }
    if diagnostic.expandedFrom.isEmpty { diagnostic.expandedFrom = tree.expandedFrom(expansion) }
    script.report(diagnostic.asWritten)
  }

  /// The type of what is not known yet; when types have settled, that is a mistake, and reported.
  func unresolved(_ mistake: Diagnostic) -> ScriptType {
    guard script.isReporting else { return .unresolved }
    report(mistake)
    return .poison
  }

  // MARK: Maps

  /// The index of a map, which is known from here on.
  func mapIndex(_ name: String, at range: SourceRange) -> Int {
    script.maps.index(of: name, at: range)
  }

  /// Notes a use with or without a key; false if it contradicts an earlier one, which is reported.
  func noteUse(of index: Int, isScalar: Bool, at range: SourceRange) -> Bool {
    let contradiction = script.maps.noteUse(of: index, isScalar: isScalar, at: range)
    report(contradiction)
    return contradiction == nil
  }

  /// Widens a map's key for one more use, or reports that it does not fit.
  func noteKey(_ key: ExpressionFacts, of index: Int, at range: SourceRange) {
    report(script.maps.noteKey(key, of: index, at: range))
  }

  /// Widens a map's value for one more assignment, or reports that it does not fit.
  func noteValue(_ value: ExpressionFacts, of index: Int, at range: SourceRange) {
    report(script.maps.noteValue(value, of: index, at: range))
  }

  // MARK: Variables

  /// Widens a variable's type for one more assignment, or reports that it does not fit.
  ///
  /// - Parameters:
  ///   - place: Where the value stands, if not everywhere in `range`.
  ///   - range: The whole assignment.
  func noteAssignment(
    _ value: ExpressionFacts, of place: SourceRange? = nil, to index: Int, at range: SourceRange
  ) {
    report(variables.noteAssignment(value, of: place ?? range, to: index, at: range))
  }
}

/// What is done with the value of an expression, where that allows more than usual.
struct ExpressionUse: OptionSet {
  let rawValue: Int

  /// It is assigned to a map, and so may be a call of an aggregation.
  static let assignedToMap = ExpressionUse(rawValue: 1)
  /// It is looked at while compiling only, and so may be longer than text that is kept.
  static let compileTimeText = ExpressionUse(rawValue: 2)
  /// A positional parameter that is not given counts as empty text.
  static let optionalText = ExpressionUse(rawValue: 4)
  /// Nobody looks at it.
  static let discarded = ExpressionUse(rawValue: 8)
}

extension ExpressionFacts {
  /// The facts of what is made of these values, of which some are not known.
  ///
  /// What is wrong is reported already; it stays wrong even if the rest is found out later.
  static func unknown(_ operands: ExpressionFacts...) -> ExpressionFacts {
    ExpressionFacts(type: operands.contains(where: \.type.isPoison) ? .poison : .unresolved)
  }
}
