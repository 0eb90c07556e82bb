import Diagnostics
import Language
import Syntax
import TraceModel

extension BodyChecker {
  /// Checks a block in a scope of its own and returns what is known of its value.
  ///
  /// - Parameter use: What is done with the value.
  @discardableResult
  func checkBlock(_ id: BlockID, wantsValue: Bool, for use: ExpressionUse = [])
    -> ExpressionFacts
  {
    let block = tree[id]
    variables.openScope()
    defer { variables.closeScope() }
    var hasEnded = false
    for statement in block.statements {
      if hasEnded {
        report(.unreachable(at: tree[statement].range))
        break
      }
      hasEnded = checkStatement(statement)
    }
    guard let result = block.result, !hasEnded else {
      if let result = block.result { report(.unreachable(at: tree[result].range)) }
      return ExpressionFacts(type: .none)
    }
    if wantsValue { return check(result, for: use) }
    checkForEffect(result)
    return ExpressionFacts(type: .none)
  }

  /// Checks a statement and tells whether nothing behind it is reached.
  private func checkStatement(_ id: StmtID) -> Bool {
    let statement = tree[id]
    let outer = expansion
    expansion = statement.expansion
    defer { expansion = outer }
    switch statement.kind {
    case .expression(let expression): return checkForEffect(expression, at: statement.range)
    case .assign(let assignment): checkAssignment(assignment, at: statement.range)
    case .discard(let value): _ = check(value, for: .discarded)
    case .letVariable(let declaration): checkLet(declaration, id, at: statement.range)
    case .whileLoop(let condition, let body):
      checkCondition(condition, of: statement.range)
      loopDepth += 1
      checkBlock(body, wantsValue: false)
      loopDepth -= 1
    case .unroll(let count, let body): checkUnroll(count, body, at: statement.range)
    case .forLoop(let loop): checkFor(loop, id)
    case .breakLoop:
      if loopDepth == 0 { report(.outsideLoop("break", in: environment, at: statement.range)) }
      return true
    case .continueLoop:
      if loopDepth == 0 { report(.outsideLoop("continue", in: environment, at: statement.range)) }
      return true
    case .returnValue(let value):
      checkReturn(value, at: statement.range)
      return true
    case .importPath: break
    }
    return false
  }

  /// Checks an expression that stands as a statement; tells whether nothing behind it is reached.
  @discardableResult
  private func checkForEffect(_ id: ExprID, at range: SourceRange? = nil) -> Bool {
    switch tree[id].kind {
    case .ifElse(let syntax):
      _ = checkIf(syntax, id, wantsValue: false)
      facts[id] = ExpressionFacts(type: .none)
      return false
    case .block(let block):
      // A macro that gives something was called.
      let isExpanded = tree[block].range != tree[id].range
      let found = checkBlock(block, wantsValue: isExpanded)
      facts[id] = ExpressionFacts(type: .none)
      if isExpanded, found.type != .none, found.type.isKnown {
        report(.discardedValue(at: range ?? tree[id].range))
      }
      return false
    case .ternary(let condition, let then?, let otherwise):
      checkCondition(condition, of: tree[id].range)
      checkForEffect(then)
      checkForEffect(otherwise)
      facts[id] = ExpressionFacts(type: .none)
      return false
    case .step:
      _ = check(id, for: .discarded)
      return false
    default:
      let found = check(id, for: .discarded)
      if case .function(let function) = found.meaning, function.endsProbe { return true }
      if case .function(let function) = found.meaning, function.returnsInPassing { return false }
      if found.type != .none, found.type.isKnown {
        // Names, what is taken out of values and what is calculated end where they end, all else at its `;`,
        // as calls of macros do.
        let isWhole =
          switch tree[id].kind {
          case .variable, .map, .mapElement, .field, .tupleElement, .index: false
          case .binary: found.constant != nil
          default: true
          }
        report(
          .discardedValue(
            at: isWhole || tree[id].expansion != nil ? range ?? tree[id].range : tree[id].range))
      }
      return false
    }
  }

  private func checkLet(_ declaration: LetSyntax, _ id: StmtID, at range: SourceRange) {
    let place = range.prefix(declaration.nameRange.end - range.start)
    if let existing = variables.index(of: declaration.name) {
      report(.redeclared(declaration.name, at: place, first: variables[existing]))
    }
    let value = declaration.value.map { check($0) }
    let index = variables.declare(declaration.name, at: declaration.nameRange)
    declarations[id] = index
    variables[index].declaration = place
    variables[index].origin = .declaration
    variables[index].definition = declaration.value
    if let syntax = declaration.type {
      var type = resolve(syntax)
      if case .string(0) = type {
        // A capacity that is left out grows with what is assigned.
        type = variables[index].type ?? .string(capacity: 1)
        if variables[index].type == nil { variables[index].type = type }
      } else if type.isKnown {
        variables[index].type = type
        variables[index].isFixed = true
      }
    }
    if let value, let syntax = declaration.value {
      noteAssignment(value, of: tree[syntax].range, to: index, at: range)
    }
  }

  /// How often the innermost of unrolled loops may be written down.
  private static let mostCopies: UInt64 = 10_000

  private func checkUnroll(_ count: ExprID, _ body: BlockID, at range: SourceRange) {
    let found = check(count)
    let outer = unrolledCopies
    defer { unrolledCopies = outer }
    if let value = constantOrParameter(found)?.integer {
      if value > 100 {
        report(.error("unroll-count", "unroll maximum value is 100", at: range))
      } else if value < 1 {
        report(.error("unroll-count", "unroll minimum value is 1", at: range))
      } else {
        unrolledCopies *= UInt64(value)
        if unrolledCopies > Self.mostCopies, outer <= Self.mostCopies {
          report(
            .error(
              "unroll-count",
              "with the loops around it this one is written down \(unrolledCopies) times, and at most "
                + "\(Self.mostCopies) are possible", at: range,
              hints: ["for ($i : 0..N) { ... } is written down once."]))
        }
        unrolledCopies = min(unrolledCopies, Self.mostCopies + 1)
      }
    } else if found.type.isKnown {
      report(.error("unroll-count", "invalid unroll value", at: range))
    }
    loopDepth += 1
    checkBlock(body, wantsValue: false)
    loopDepth -= 1
  }

  private func checkFor(_ loop: ForSyntax, _ id: StmtID) {
    if let existing = variables.index(of: loop.name) {
      report(.loopShadows(loop.name, at: loop.nameRange, first: variables[existing]))
    }
    let element: ExpressionFacts
    switch loop.iteration {
    case .range(let first, let end):
      let (start, stop) = (check(first), check(end))
      let whole = tree[id].range.prefix(tree[end].range.end - tree[id].range.start)
      for (facts, name) in [(start, "start"), (stop, "end")] {
        let type = facts.type.readable
        if !type.isNumber, type.isKnown {
          report(
            .error(
              "loop-range", "Loop range requires an integer for the \(name) value",
              at: whole))
        }
      }
      let common = Promotion.slot(
        start.type.readable, isFlexible: start.isFlexible, given: stop.type.readable,
        isFlexible: stop.isFlexible)
      element = ExpressionFacts(
        type: common ?? .int64, isFlexible: start.isFlexible && stop.isFlexible)
    case .map(let map): element = checkIteration(over: map)
    }
    variables.openScope()
    let index = variables.declare(loop.name, at: loop.nameRange)
    declarations[id] = index
    variables[index].isFixed = false
    variables[index].origin = .loop
    noteAssignment(element, to: index, at: loop.nameRange)
    loopDepth += 1
    checkBlock(loop.body, wantsValue: false)
    loopDepth -= 1
    variables.closeScope()
  }

  private func checkIteration(over id: ExprID) -> ExpressionFacts {
    guard case .map(let name) = tree[id].kind else {
      _ = check(id)
      return ExpressionFacts(type: .poison)
    }
    let range = tree[id].range
    let index = mapIndex(name, at: range)
    facts[id] = ExpressionFacts(type: .none, meaning: .map(index))
    if maps[index].isScalar == true {
      report(
        .error(
          "scalar-iteration",
          "\(name) has no explicit keys (scalar map), and cannot be used for iteration",
          at: range))
      return ExpressionFacts(type: .poison)
    }
    guard let key = maps[index].key, let value = maps[index].value else {
      return ExpressionFacts(type: unresolved(.undefinedMap(name, at: range)))
    }
    noteLook(into: index, at: range)
    if case .aggregation(let aggregation) = value, !aggregation.isCastable {
      report(
        .error(
          "loop-type", "Loop expression does not support type: \(value.text)", at: range))
      return ExpressionFacts(type: .poison)
    }
    return ExpressionFacts(
      type: .tuple([key, value.readable]),
      clock: .elements([maps[index].keyClock, maps[index].valueClock]))
  }

  // MARK: Assignment

  private func checkAssignment(_ assignment: AssignSyntax, at range: SourceRange) {
    let targetSyntax = tree[assignment.target]
    switch targetSyntax.kind {
    case .variable(let name): checkVariableAssignment(name, assignment, at: range)
    case .map(let name):
      let index = mapIndex(name, at: targetSyntax.range)
      guard noteUse(of: index, isScalar: true, at: targetSyntax.range) else {
        _ = check(assignment.value)
        return
      }
      checkMapAssignment(index, assignment, at: range)
    case .mapElement(let name, let keys):
      let index = mapIndex(name, at: targetSyntax.range)
      let fits = noteUse(of: index, isScalar: false, at: targetSyntax.range)
      let key = checkKeys(keys)
      if fits { noteKey(key, of: index, at: targetSyntax.range) }
      checkMapAssignment(index, assignment, at: range)
    default:
      // The parser takes nothing else, so this stands for what it has reported.
      _ = check(assignment.target)
      _ = check(assignment.value)
    }
  }

  private func checkVariableAssignment(
    _ name: String, _ assignment: AssignSyntax, at range: SourceRange
  ) {
    var value = check(assignment.value)
    let index: Int
    if let known = variables.index(of: name) {
      index = known
      variables[index].definition = nil
    } else if assignment.operation != nil {
      report(undefined(name, at: tree[assignment.target].range))
      return
    } else {
      index = variables.declare(name, at: range)
      variables[index].definition = assignment.value
    }
    if let operation = assignment.operation {
      value = checkBinary(
        operation,
        ExpressionFacts(
          type: variables[index].type ?? .unresolved, meaning: .variable(index),
          clock: variables[index].clock),
        tree[assignment.target].range, value, tree[assignment.value].range,
        at: assignment.operatorRange.through(range))
      if variables[index].isFixed, value.type.isNumber, variables[index].type?.isNumber == true {
        variables[index].isAssigned = true
        facts[assignment.target] = ExpressionFacts(
          type: variables[index].type ?? .unresolved, meaning: .variable(index))
        return
      }
    }
    noteAssignment(value, of: tree[assignment.value].range, to: index, at: range)
    facts[assignment.target] = ExpressionFacts(
      type: variables[index].type ?? .unresolved, meaning: .variable(index))
  }

  private func checkMapAssignment(
    _ index: Int, _ assignment: AssignSyntax, at range: SourceRange
  ) {
    let name = maps[index].name
    var value = check(
      assignment.value, for: assignment.operation == nil ? .assignedToMap : [])
    defer {
      facts[assignment.target] = ExpressionFacts(
        type: maps[index].value ?? .unresolved, meaning: .map(index))
    }
    if let operation = assignment.operation {
      // The tracer adds, but does not calculate.
      if operation != .add, operation != .subtract { noteLook(into: index, at: range) }
      let known = maps[index].value ?? .int64
      if case .aggregation = known {
        report(.mapMismatch(name, value: value.type.readable, slot: known, at: range))
        return
      }
      value = checkBinary(
        operation, ExpressionFacts(type: known, clock: maps[index].valueClock),
        tree[assignment.target].range, value,
        tree[assignment.value].range, at: assignment.operatorRange.through(range))
      noteValue(value, of: index, at: range)
      return
    }
    if case .aggregation(_, let aggregation) = value.meaning {
      noteValue(
        ExpressionFacts(type: .aggregation(aggregation), clock: value.clock), of: index,
        at: tree[assignment.value].range)
      return
    }
    if case .aggregation(let aggregation) = value.type {
      if maps[index].value?.isNumber == true, aggregation.isCastable {
        value.type = value.type.readable
      } else {
        report(
          .copiedAggregation(
            name, sourceText(assignment.value), value.type, at: range))
        return
      }
    }
    if value.type == .none {
      report(.noValue(at: tree[assignment.value].range))
      return
    }
    noteValue(value, of: index, at: range)
  }

  /// An expression as a person would name it in a hint.
  private func sourceText(_ id: ExprID) -> String {
    switch tree[id].kind {
    case .map(let name): name
    case .mapElement(let name, _): "\(name)[...]"
    default: "value"
    }
  }

  // MARK: Conditions

  /// Checks an expression whose truth decides something.
  ///
  /// - Parameter whole: What an error is about, if not the condition alone.
  @discardableResult
  func checkCondition(_ id: ExprID, of whole: SourceRange? = nil) -> ExpressionFacts {
    let found = check(id)
    let type = found.type.readable
    if type.isScalar || !type.isKnown { return found }
    if case .string = found.constant { return found }
    report(.invalidCondition(type, at: whole ?? tree[id].range))
    return found
  }

  /// Checks an `if` and returns the type of its value.
  func checkIf(_ syntax: IfSyntax, _ id: ExprID, wantsValue: Bool) -> ExpressionFacts {
    var result: ExpressionFacts?
    func take(_ block: BlockID) {
      let value = checkBlock(block, wantsValue: wantsValue)
      guard wantsValue else { return }
      result = result.map { merge($0, value, at: tree[id].range) } ?? value
    }
    for clause in syntax.clauses {
      let asked = checkCondition(clause.condition, of: tree[id].range)
      if isChosenWhileCompiling(clause.condition) {
        // What is not taken need not make sense.
        guard let holds = asked.constant.map(Folding.holds) else { return .unknown(asked) }
        if !holds { continue }
        take(clause.body)
        return result ?? ExpressionFacts(type: .none)
      }
      take(clause.body)
    }
    if let otherwise = syntax.otherwise {
      take(otherwise)
    } else if wantsValue {
      return ExpressionFacts(type: .none)
    }
    return result ?? ExpressionFacts(type: .none)
  }

  /// The type of an expression that has one of two values.
  func merge(_ a: ExpressionFacts, _ b: ExpressionFacts, at range: SourceRange) -> ExpressionFacts {
    let (x, y) = (a.type.readable, b.type.readable)
    // One known branch is enough to go on with.
    if !x.isKnown || !y.isKnown { return ExpressionFacts(type: x.isKnown ? x : y) }
    guard let type = Promotion.slot(x, isFlexible: a.isFlexible, given: y, isFlexible: b.isFlexible)
    else {
      report(.branchTypes(x, y, at: range))
      return ExpressionFacts(type: .poison)
    }
    return ExpressionFacts(
      type: type, isFlexible: a.isFlexible && b.isFlexible, clock: a.clock.joined(b.clock))
  }
}
