import Language
import Semantics
import Syntax
import TraceIR
import TraceModel

/// What decides: conditions, `&&`, `||`, the ternary and `if`.
extension BodyLowering {
  /// Goes to one of two blocks, looking at no more operands than it has to.
  func branch(on id: ExprID, then: IRBlockID, else other: IRBlockID) {
    if let constant = facts(id).constant {
      return builder.branch(to: holds(constant) ? then : other)
    }
    at(id) {
      switch tree[id].kind {
      case .binary(.and, let left, let right):
        let second = builder.newBlock("and")
        branch(on: left, then: second, else: other)
        builder.position(at: second)
        branch(on: right, then: then, else: other)
      case .binary(.or, let left, let right):
        let second = builder.newBlock("or")
        branch(on: left, then: then, else: second)
        builder.position(at: second)
        branch(on: right, then: then, else: other)
      case .unary(.not, let operand): branch(on: operand, then: other, else: then)
      case .comptime(let inner): branch(on: inner, then: then, else: other)
      default: builder.branch(if: truth(id), then: then, else: other)
      }
    }
  }

  /// Whether an expression holds.
  func truth(_ id: ExprID) -> IRValue {
    if let constant = facts(id).constant { return holds(constant) ? .true : .false }
    return truth(value(id), type(id))
  }

  private func holds(_ constant: Constant) -> Bool {
    if case .string(let text) = constant { return !text.isEmpty }
    return constant.bits != 0
  }

  /// What is known of a condition without running anything.
  private func known(_ id: ExprID) -> Bool? {
    if case .comptime(let inner) = tree[id].kind { return known(inner) }
    return facts(id).constant.map(holds)
  }

  /// The value of `&&` and `||`.
  func lowerLogic(_ id: ExprID) -> LoweredValue {
    let result = scratch(bytes: 8)
    let holds = builder.newBlock("holds")
    let fails = builder.newBlock("fails")
    let join = builder.newBlock("logic.end")
    branch(on: id, then: holds, else: fails)
    for (block, truth) in [(holds, Int64(1)), (fails, 0)] {
      builder.position(at: block)
      builder.store(.integer(truth, .i8), to: result)
      builder.branch(to: join)
    }
    builder.position(at: join)
    return .scalar(builder.load(.i8, from: result))
  }

  /// Writes two pieces of code of which one runs; only that one if it is known which.
  func lowerChoice(_ condition: ExprID, then: () -> Void, else other: () -> Void) {
    if let known = known(condition) { return known ? then() : other() }
    let thenBlock = builder.newBlock("then")
    let elseBlock = builder.newBlock("else")
    let join = builder.newBlock("if.end")
    branch(on: condition, then: thenBlock, else: elseBlock)
    builder.position(at: thenBlock)
    then()
    builder.branch(to: join)
    builder.position(at: elseBlock)
    other()
    builder.branch(to: join)
    builder.position(at: join)
  }

  /// A value where a condition about options holds, zero elsewhere: the verifier knows which, and drops
  /// what is not computed.
  func lowerShown(_ inner: ExprID, _ condition: Int, _ id: ExprID) -> LoweredValue {
    let result = type(id)
    let pointer = zeroed(bytes: size(result))
    ifShown(condition) { store(inner, to: pointer, as: result) }
    return load(result, at: pointer)
  }

  /// Writes code that runs where a condition about options holds.
  func ifShown(_ condition: Int, _ write: () -> Void) {
    builder.if(builder.isNonzero(holds(condition)), "shown", write)
  }

  /// Whether a condition about options holds: `i64`, not zero if so.
  func holds(_ condition: Int) -> IRValue {
    loadTimeInteger(.condition(script.script.tool.conditions[condition]), default: 0)
  }

  // MARK: The ternary

  func lowerTernary(
    _ condition: ExprID, _ then: ExprID?, _ other: ExprID, _ id: ExprID
  ) -> LoweredValue {
    let result = type(id)
    guard result != .none else {
      lowerChoice(
        condition, then: { if let then { effect(then) } }, else: { effect(other) })
      return .none
    }
    let pointer = memory(forValueOf: id, bytes: size(result))
    if let then {
      lowerChoice(
        condition, then: { store(then, to: pointer, as: result) },
        else: { store(other, to: pointer, as: result) })
    } else {
      let found = value(condition)
      let type = type(condition)
      builder.if(
        truth(found, type), then: { store(found, type, to: pointer, as: result) },
        else: { store(other, to: pointer, as: result) })
    }
    return load(result, at: pointer)
  }

  // MARK: if

  /// `if` as an expression.
  func lowerIf(_ syntax: IfSyntax, _ id: ExprID) -> LoweredValue {
    let result = type(id)
    guard result != .none else {
      lowerIf(syntax, storing: nil)
      return .none
    }
    let pointer = memory(forValueOf: id, bytes: size(result))
    lowerIf(syntax) { self.store($0, to: pointer, as: result) }
    return load(result, at: pointer)
  }

  /// `if` with its branches; `storing` is given the value of the branch that runs, if one is wanted.
  func lowerIf(_ syntax: IfSyntax, storing: ((ExprID) -> Void)?) {
    lowerClauses(syntax.clauses[...], syntax.otherwise, storing)
  }

  private func lowerClauses(
    _ clauses: ArraySlice<IfSyntax.Clause>, _ otherwise: BlockID?, _ storing: ((ExprID) -> Void)?
  ) {
    guard let first = clauses.first else {
      if let otherwise { lowerBlock(otherwise, storing: storing) }
      return
    }
    lowerChoice(
      first.condition, then: { lowerBlock(first.body, storing: storing) },
      else: { lowerClauses(clauses.dropFirst(), otherwise, storing) })
  }
}
