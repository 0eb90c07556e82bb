import Diagnostics
import Language
import Syntax
import TraceIR
import TraceModel

/// Functions of the script: their bodies, and calls of them.
extension BodyChecker {
  // MARK: Bodies

  /// Visits a function: its signature, then its statements.
  func check(function index: Int) {
    let syntax = script.functions[index].syntax
    checkName(of: syntax, index)
    script.functions.declare(
      index, parameters: syntax.parameters.map { slotType($0.type) },
      result: resultType(syntax.result))
    variables.openScope()
    for (position, parameter) in syntax.parameters.enumerated() {
      if variables.isInInnermostScope(parameter.name) {
        report(.repeatedParameter(parameter.name, at: parameter.nameRange))
      }
      variables.declareParameter(
        parameter.name, script.functions[index].parameters[position].type,
        at: parameter.nameRange)
    }
    checkBlock(syntax.body, wantsValue: false)
    variables.closeScope()
    let result = script.functions[index].result.type
    if result != .none, result.isKnown, !endsAlways(syntax.body) {
      report(.functionResult(syntax.name, result, returned: .void, at: syntax.range))
    }
    reportUnassigned()
  }

  private func checkName(of syntax: FunctionSyntax, _ index: Int) {
    if let first = script.functions.index(of: syntax.name), first != index {
      report(
        .redefinedFunction(
          syntax.name, at: syntax.nameRange, first: script.functions[first].syntax.nameRange))
    }
    if Catalog.functions[syntax.name] != nil || Catalog.aggregations[syntax.name] != nil {
      report(.hiddenFunction(syntax.name, at: syntax.nameRange))
    }
  }

  /// The type of a parameter.
  private func slotType(_ id: TypeID) -> ScriptType {
    let type = resolve(id)
    switch type {
    case .void, .none, .aggregation, .arguments, .word, .array(_, 0), .buffer(0):
      report(.signatureType(type, at: tree[id].range))
      return .poison
    default: return type
    }
  }

  private func resultType(_ id: TypeID) -> ScriptType {
    if case .void = resolve(id) { return .none }
    return slotType(id)
  }

  /// Whether nothing behind a block is ever reached.
  private func endsAlways(_ id: BlockID) -> Bool {
    let block = tree[id]
    for statement in block.statements {
      switch tree[statement].kind {
      case .returnValue: return true
      case .expression(let expression): if endsAlways(expression) { return true }
      default: break
      }
    }
    return block.result.map { endsAlways($0) } ?? false
  }

  private func endsAlways(_ id: ExprID) -> Bool {
    switch tree[id].kind {
    case .block(let block): return endsAlways(block)
    case .ifElse(let syntax):
      guard let otherwise = syntax.otherwise else { return false }
      return syntax.clauses.allSatisfy { endsAlways($0.body) } && endsAlways(otherwise)
    default:
      if case .function(let function)? = facts[id]?.meaning { return function.endsProbe }
      return false
    }
  }

  // MARK: Returning

  /// Checks a `return`.
  func checkReturn(_ value: ExprID?, at range: SourceRange) {
    let found = value.map { check($0) }
    switch environment {
    case .probe:
      guard let type = found?.type.readable else { return }
      if !type.isNumber, type.isKnown { report(.returnType(type, at: range)) }
    case .function(let name):
      guard let index = script.functions.index(of: name) else { return }
      checkReturn(found, from: index, at: range)
    }
  }

  private func checkReturn(_ found: ExpressionFacts?, from index: Int, at range: SourceRange) {
    let name = script.functions[index].syntax.name
    guard var found else {
      let result = script.functions[index].result.type
      if result != .none, result.isKnown {
        report(.functionResult(name, result, returned: .void, at: range))
      }
      return
    }
    found.type = found.type.readable
    guard found.type.isKnown else { return }
    script.functions.noteResult(found.type, of: index)
    let result = script.functions[index].result.type
    guard result.isKnown else { return }
    if found.type == .none || result == .none {
      let returned = found.type == .none ? ScriptType.void : found.type
      report(.functionResult(name, result, returned: returned, at: range))
      return
    }
    switch FixedSlot.fit(found, result) {
    case .fits: break
    case .loses: report(.losesUnsigned(found.type, to: result, at: range))
    case .mismatches: report(.functionResult(name, result, returned: found.type, at: range))
    }
  }

  // MARK: Calls

  /// Checks a call of a function of the script.
  func checkCall(ofFunction index: Int, _ call: CallSyntax, at range: SourceRange)
    -> ExpressionFacts
  {
    let arguments = call.arguments.map { check($0) }
    let count = script.functions[index].parameters.count
    guard arguments.count == count else {
      report(
        .argumentCount(call.name, least: count, most: count, given: arguments.count, at: range))
      return ExpressionFacts(type: .poison)
    }
    for (position, found) in arguments.enumerated() {
      checkArgument(found, position, of: index, at: tree[call.arguments[position]].range)
    }
    return ExpressionFacts(
      type: script.functions[index].result.type, meaning: .scriptFunction(index))
  }

  private func checkArgument(
    _ found: ExpressionFacts, _ position: Int, of index: Int, at range: SourceRange
  ) {
    var found = found
    found.type = found.type.readable
    if found.type == .none {
      report(.noValue(at: range))
      return
    }
    guard found.type.isKnown else { return }
    script.functions.noteArgument(found.type, position, of: index)
    let entry = script.functions[index]
    let type = entry.parameters[position].type
    guard type.isKnown else { return }
    switch FixedSlot.fit(found, type) {
    case .fits:
      if case .pointer(_, .kernel) = type, case .pointer(_, .user) = found.type {
        report(.mixedSpaces(at: range))
      }
    case .loses: report(.losesUnsigned(found.type, to: type, at: range))
    case .mismatches:
      report(
        .argumentType(
          entry.syntax.name, entry.syntax.parameters[position].name, type, given: found.type,
          at: range))
    }
  }
}
