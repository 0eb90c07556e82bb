import Diagnostics
import Language
import Syntax
import TraceIR
import TraceModel

/// Finds out the type and meaning of every expression of a script.
///
/// Types flow backwards: a variable or map has the type that holds everything ever assigned to it. So
/// all probes are visited again until no type changes, and once more to report what is wrong.
final class TypeChecker {
  let target: AnalysisTarget
  let kernelTypes: KernelTypes
  let configuration: ScriptConfiguration
  let tree: ScriptTree

  // MARK: What is known of the script

  var maps: [MapState] = []
  private var mapIndices: [String: Int] = [:]
  var options: [ScriptOption] = []

  // MARK: The visit

  private(set) var diagnostics = DiagnosticList()
  private var reported: Set<Diagnostic> = []
  /// Whether this is the visit that reports.
  private var isReporting = false
  /// Whether a type has changed in this visit.
  var hasChanged = false

  // MARK: The probe being visited

  var probe: ResolvedAttachPoint
  var facts: [ExprID: ExpressionFacts] = [:]
  var declarations: [StmtID: Int] = [:]
  var variables: [VariableState] = []
  var scopes: [[String: Int]] = []
  var nextVariable = 0
  var loopDepth = 0
  /// The expression that may be a call of an aggregation: the value of an assignment to a map.
  var allowedAggregation: ExprID?
  /// Whether a positional parameter is the text argument of a call, where an empty one is fine.
  var isInsideStr = false
  /// Whether a literal is looked at while compiling only, and so may be longer than text that is kept.
  var isInsideFormat = false

  struct MapState {
    var name: String
    var isScalar: Bool?
    var key: ScriptType?
    var keyIsFlexible = false
    var value: ScriptType?
    var valueIsFlexible = false
    var declaration: MapDeclarationSyntax?
    var firstUse: SourceRange
    /// Whether an expression looks at its values.
    var isRead = false
  }

  struct VariableState {
    /// What made the variable known.
    enum Origin {
      case assignment, declaration, loop
    }

    var name: String
    var type: ScriptType?
    var isFlexible = false
    /// Whether a declaration fixes the type.
    var isFixed = false
    var declaration: SourceRange
    var origin = Origin.assignment
    /// Whether some assignment came before, in the order of the text.
    var isAssigned = false
    var isEverAssigned = false
  }

  init(
    tree: ScriptTree, target: AnalysisTarget, kernelTypes: KernelTypes,
    configuration: ScriptConfiguration, firstProbe: ResolvedAttachPoint
  ) {
    self.tree = tree
    self.target = target
    self.kernelTypes = kernelTypes
    self.configuration = configuration
    self.probe = firstProbe
  }

  /// The most visits before types that keep changing are given up.
  private static let visitLimit = 32

  /// Types all probes.
  func check(_ probes: [(syntax: ProbeSyntax, attachPoint: ResolvedAttachPoint)]) -> [TypedProbe] {
    var states = probes.map { _ in [VariableState]() }
    for declaration in tree.mapDeclarations {
      let index = mapIndex(declaration.name, at: declaration.nameRange)
      maps[index].declaration = declaration
    }
    settle(probes, &states)
    // A map that is looked at and never written has zeros.
    if maps.contains(where: { $0.value == nil && $0.isRead }) {
      for index in maps.indices where maps[index].value == nil && maps[index].isRead {
        maps[index].value = .int64
      }
      settle(probes, &states)
    }
    isReporting = true
    let typed = probes.indices.map {
      visit(probes[$0].syntax, probes[$0].attachPoint, &states[$0])
    }
    return typed
  }

  /// Visits all probes until no type changes.
  private func settle(
    _ probes: [(syntax: ProbeSyntax, attachPoint: ResolvedAttachPoint)],
    _ states: inout [[VariableState]]
  ) {
    for _ in 0..<Self.visitLimit {
      hasChanged = false
      for index in probes.indices {
        _ = visit(probes[index].syntax, probes[index].attachPoint, &states[index])
      }
      if !hasChanged { break }
    }
  }

  private func visit(
    _ syntax: ProbeSyntax, _ attachPoint: ResolvedAttachPoint, _ states: inout [VariableState]
  ) -> TypedProbe {
    probe = attachPoint
    facts = [:]
    declarations = [:]
    variables = states
    scopes = []
    nextVariable = 0
    loopDepth = 0
    for index in variables.indices { variables[index].isAssigned = false }
    if let predicate = syntax.predicate { checkCondition(predicate.condition) }
    checkBlock(syntax.body, wantsValue: false)
    if isReporting {
      for variable in variables where !variable.isEverAssigned {
        report(
          .warning(
            "never-assigned", "Variable \(variable.name) was never assigned to.",
            at: variable.declaration))
      }
    }
    states = variables
    return TypedProbe(
      syntax: syntax, attachPoint: attachPoint, facts: facts,
      variables: variables.map { TypedVariable(name: $0.name, type: $0.type ?? .int64) },
      declarations: declarations)
  }

  /// Tells the author something, once, in the visit that reports.
  func report(_ diagnostic: Diagnostic) {
    guard isReporting, reported.insert(diagnostic).inserted else { return }
    diagnostics.append(diagnostic)
  }

  // MARK: Maps

  /// The index of a map, which is known from here on.
  func mapIndex(_ name: String, at range: SourceRange) -> Int {
    if let index = mapIndices[name] {
      if let declaration = maps[index].declaration,
        maps[index].firstUse == declaration.nameRange
      {
        maps[index].firstUse = range.prefix(name.utf8.count)
      }
      return index
    }
    maps.append(MapState(name: name, firstUse: range))
    mapIndices[name] = maps.count - 1
    hasChanged = true
    return maps.count - 1
  }

  /// Notes a use with or without a key, and reports a contradiction.
  func noteUse(of index: Int, isScalar: Bool, at range: SourceRange) -> Bool {
    if let known = maps[index].isScalar {
      if known != isScalar {
        report(
          isScalar
            ? .usedWithoutKey(maps[index].name, at: range)
            : .usedWithKey(maps[index].name, at: range))
      }
      return known == isScalar
    }
    maps[index].isScalar = isScalar
    hasChanged = true
    return true
  }

  /// Widens a map's key for one more use, or reports that it does not fit.
  func noteKey(_ key: ExpressionFacts, of index: Int, at range: SourceRange) {
    let type = key.type.readable
    guard !type.isPoison else { return }
    guard let known = maps[index].key else {
      maps[index].key = type
      maps[index].keyIsFlexible = key.isFlexible
      hasChanged = true
      return
    }
    guard
      let common = Promotion.slot(
        known, isFlexible: maps[index].keyIsFlexible, given: type, isFlexible: key.isFlexible)
    else {
      report(.keyMismatch(maps[index].name, key: type, slot: known, at: range))
      return
    }
    if common != known {
      maps[index].key = common
      hasChanged = true
    }
    if maps[index].keyIsFlexible, !key.isFlexible { maps[index].keyIsFlexible = false }
  }

  /// Widens a map's value for one more assignment, or reports that it does not fit.
  func noteValue(_ value: ExpressionFacts, of index: Int, at range: SourceRange) {
    guard !value.type.isPoison else { return }
    guard let known = maps[index].value else {
      maps[index].value = value.type
      maps[index].valueIsFlexible = value.isFlexible
      hasChanged = true
      return
    }
    guard
      let common = Promotion.slot(
        known, isFlexible: maps[index].valueIsFlexible, given: value.type,
        isFlexible: value.isFlexible)
    else {
      if case .aggregation(.linearHistogram) = known,
        case .aggregation(.linearHistogram) = value.type
      {
        report(.differentBounds(at: range))
      } else {
        report(.mapMismatch(maps[index].name, value: value.type, slot: known, at: range))
      }
      return
    }
    if common != known {
      maps[index].value = common
      hasChanged = true
    }
    if maps[index].valueIsFlexible, !value.isFlexible { maps[index].valueIsFlexible = false }
  }

  // MARK: Variables

  /// The variable of that name that is in scope.
  func variable(_ name: String) -> Int? {
    for scope in scopes.reversed() {
      if let index = scope[name] { return index }
    }
    return nil
  }

  /// Declares a variable in the innermost scope.
  func declare(_ name: String, at range: SourceRange) -> Int {
    let index = nextVariable
    nextVariable += 1
    if index == variables.count {
      variables.append(VariableState(name: name, declaration: range))
      hasChanged = true
    }
    scopes[scopes.count - 1][name] = index
    return index
  }

  /// Widens a variable's type for one more assignment, or reports that it does not fit.
  func noteAssignment(_ value: ExpressionFacts, to index: Int, at range: SourceRange) {
    variables[index].isAssigned = true
    variables[index].isEverAssigned = true
    var value = value
    value.type = value.type.readable
    guard !value.type.isPoison else { return }
    if case .aggregation = value.type {
      report(.aggregationInVariable(value.type, at: range))
      return
    }
    if value.type == .none {
      report(.noValue(at: range))
      return
    }
    guard let known = variables[index].type else {
      variables[index].type = value.type
      variables[index].isFlexible = value.isFlexible
      hasChanged = true
      return
    }
    if variables[index].isFixed {
      checkFixed(value, known, variables[index].name, at: range)
      return
    }
    guard
      let common = Promotion.slot(
        known, isFlexible: variables[index].isFlexible, given: value.type,
        isFlexible: value.isFlexible)
    else {
      report(.variableMismatch(variables[index].name, value: value.type, slot: known, at: range))
      return
    }
    if common != known {
      variables[index].type = common
      hasChanged = true
    }
    if variables[index].isFlexible, !value.isFlexible { variables[index].isFlexible = false }
  }

  /// Checks an assignment to a variable whose type is declared.
  private func checkFixed(
    _ value: ExpressionFacts, _ slot: ScriptType, _ name: String, at range: SourceRange
  ) {
    func mismatch() {
      report(.variableMismatch(name, value: value.type, slot: slot, at: range))
    }
    switch (slot, value.type) {
    case (.integer(let bytes, let signed), .integer(let given, let givenSigned)):
      if let constant = value.constant {
        if Folding.cast(constant, bytes: bytes, signed: signed)?.bits != constant.bits
          || (!signed && givenSigned && constant.bits ?? 0 < 0)
        {
          mismatch()
        }
      } else if given > bytes || (given == bytes && givenSigned != signed) {
        report(.losesUnsigned(value.type, to: slot, at: range))
      }
    case (.integer, .boolean), (.integer, .enumeration), (.boolean, .integer): break
    case (.string(let capacity), .string(let given)):
      if given > capacity { mismatch() }
    default:
      if Promotion.common(slot, value.type) != slot { mismatch() }
    }
  }
}
