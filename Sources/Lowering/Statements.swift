import Diagnostics
import Language
import Semantics
import Syntax
import TraceIR
import TraceModel

/// Statements and blocks.
extension BodyLowering {
  /// Writes a block.
  ///
  /// - Parameter storing: Is given the expression whose value the block has; nil where no value is
  ///   wanted.
  func lowerBlock(_ id: BlockID, storing: ((ExprID) -> Void)? = nil) {
    for statement in tree[id].statements where !builder.isTerminated { lowerStatement(statement) }
    guard let result = tree[id].result, !builder.isTerminated else { return }
    if let storing {
      storing(result)
    } else {
      within(tree[result].range) { memory.scope { effect(result) } }
    }
  }

  /// The value of a block as an expression.
  func lowerBlockValue(_ id: BlockID) -> LoweredValue {
    var result = LoweredValue.none
    lowerBlock(id) { result = self.value($0) }
    return result
  }

  /// Runs `body` for a statement at a place, which reports name.
  private func within(_ range: SourceRange, _ body: () -> Void) {
    let outer = statementRange
    statementRange = range
    body()
    statementRange = outer
  }

  private func lowerStatement(_ id: StmtID) {
    let statement = tree[id]
    within(statement.range) {
      at(statement.range, statement.expansion) {
        memory.scope { lower(statement, id) }
      }
    }
  }

  private func lower(_ statement: StatementSyntax, _ id: StmtID) {
    switch statement.kind {
    case .expression(let expression): effect(expression)
    case .assign(let assignment): lowerAssignment(assignment)
    case .discard(let value): _ = self.value(value)
    case .letVariable(let declaration): lowerLet(declaration, id)
    case .whileLoop(let condition, let body): lowerWhile(condition, body)
    case .unroll(let count, let body): lowerUnroll(count, body)
    case .forLoop(let loop): lowerFor(loop, id)
    case .breakLoop: lowerBreak()
    case .continueLoop: lowerContinue()
    case .returnValue(let value): lowerReturn(value)
    case .importPath: break
    }
  }

  // MARK: Variables

  private func lowerLet(_ declaration: LetSyntax, _ id: StmtID) {
    guard let index = typed.declarations[id], standIn(forVariable: index) == nil else { return }
    let type = typed.variables[index].type
    let pointer = slot(ofVariable: index, isWritten: true)
    if let value = declaration.value {
      store(value, to: pointer, as: type)
    } else {
      builder.zero(pointer, bytes: max(size(type), 1))
    }
  }

  // MARK: Assignment

  private func lowerAssignment(_ assignment: AssignSyntax) {
    if let operation = assignment.operation { return lowerCompound(operation, assignment) }
    switch facts(assignment.target).meaning {
    case .variable(let index):
      if standIn(forVariable: index) != nil { return }
      let type = typed.variables[index].type
      if size(type) <= 8 || !mentions(index, in: assignment.value) {
        assign(assignment.value, to: index, type)
      } else {
        // The old value may be needed while the new one is being written.
        let bytes = scratch(bytes: size(type))
        store(assignment.value, to: bytes, as: type)
        builder.copy(
          to: slot(ofVariable: index, isWritten: true), from: bytes, bytes: size(type))
      }
    case .map(let index):
      let keys = keys(of: assignment.target)
      if case .aggregation(let aggregation) = script.script.maps[index].value {
        aggregate(
          assignment.value, into: index, aggregation, keys: keys, assignment.target)
      } else {
        assign(assignment.value, toElementOf: index, keys: keys)
      }
    default: _ = unsupported("an assignment to this", assignment.target)
    }
  }

  private func assign(_ id: ExprID, to index: Int, _ type: ScriptType) {
    if type.isScalar {
      // The value first: it may read the variable.
      let found = value(id)
      let given = self.type(id)
      store(found, given, to: slot(ofVariable: index, isWritten: true), as: type)
    } else {
      store(id, to: slot(ofVariable: index, isWritten: true), as: type)
    }
  }

  /// Whether an expression may read a variable.
  private func mentions(_ variable: Int, in id: ExprID) -> Bool {
    var isMentioned = false
    tree.walk(from: .expression(id)) { node in
      guard !isMentioned, case .expression(let part) = node else { return !isMentioned }
      if facts(part).constant != nil { return false }
      guard case .variable(let index) = facts(part).meaning else { return true }
      let definition = standIn(forVariable: index)
      isMentioned = index == variable || definition.map { mentions(variable, in: $0) } ?? false
      return !isMentioned
    }
    return isMentioned
  }

  private func lowerCompound(_ operation: BinaryOperator, _ assignment: AssignSyntax) {
    let stored = storedType(assignment.target)
    let value = assignment.value
    // The value first: it may read the target, or change it.
    let amount = integer(value)
    let signed =
      operation == .subtract || (stored.isSigned && !facts(assignment.target).isFlexible)
      || (type(value).isSigned && !facts(value).isFlexible)
    if case .map(let index) = facts(assignment.target).meaning,
      operation == .add || operation == .subtract
    {
      var change = amount
      if case .pointer(let pointee, _) = stored {
        change = word(change, times: stride(of: pointee))
      }
      if operation == .subtract { change = builder.binary(.sub, .word(0), change) }
      _ = add(change, toElementOf: index, assignment.target)
      return
    }
    update(assignment.target) { old in
      if case .pointer(let pointee, _) = stored, operation == .add || operation == .subtract {
        let offset = self.word(amount, times: self.stride(of: pointee))
        return self.builder.binary(operation == .add ? .add : .sub, old, offset)
      }
      return self.arithmetic(
        operation, old, amount, signed: signed, leftSigned: stored.isSigned,
        at: assignment.value)
    }
  }
}
