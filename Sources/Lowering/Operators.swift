import Language
import Semantics
import Syntax
import TraceIR
import TraceModel

/// Arithmetic, on 64 bits throughout.
extension BodyLowering {
  func lowerBinary(
    _ sign: BinaryOperator, _ left: ExprID, _ right: ExprID, _ id: ExprID
  ) -> LoweredValue {
    switch sign {
    case .and, .or: return lowerLogic(id)
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
      return .scalar(lowerComparison(sign, left, right))
    default: break
    }
    let (x, y) = (integer(left), integer(right))
    let operands = (type(left), type(right))
    if let moved = movePointer(sign, x, operands.0, y, operands.1) { return .scalar(moved) }
    return .scalar(
      arithmetic(
        sign, x, y, signed: type(id).isSigned,
        leftSigned: operands.0.isSigned && !facts(left).isFlexible, at: id))
  }

  /// A pointer and a number, in steps of what it points to, or the steps between two pointers; nil if neither
  /// is a pointer.
  private func movePointer(
    _ sign: BinaryOperator, _ x: IRValue, _ left: ScriptType, _ y: IRValue, _ right: ScriptType
  ) -> IRValue? {
    guard sign == .add || sign == .subtract else { return nil }
    switch (left, right) {
    case (.pointer(let target, _), .pointer):
      return builder.binary(.divideSigned, builder.binary(.sub, x, y), steps(.word(1), of: target))
    case (.pointer(let target, _), _):
      return builder.binary(sign == .add ? .add : .sub, x, steps(y, of: target))
    case (_, .pointer(let target, _)): return builder.add(steps(x, of: target), y)
    default: return nil
    }
  }

  private func steps(_ count: IRValue, of target: ScriptType) -> IRValue {
    word(count, times: stride(of: target))
  }

  /// Two numbers of 64 bits made one.
  ///
  /// - Parameters:
  ///   - signed: Whether the result is signed, and with it a division.
  ///   - leftSigned: Whether the left operand is, and with it a shift to the right.
  func arithmetic(
    _ sign: BinaryOperator, _ x: IRValue, _ y: IRValue, signed: Bool, leftSigned: Bool,
    at id: ExprID
  ) -> IRValue {
    switch sign {
    case .add: builder.binary(.add, x, y)
    case .subtract: builder.binary(.sub, x, y)
    case .multiply: builder.binary(.mul, x, y)
    case .bitAnd: builder.binary(.and, x, y)
    case .bitOr: builder.binary(.or, x, y)
    case .bitXor: builder.binary(.xor, x, y)
    case .shiftLeft: builder.binary(.shiftLeft, x, shiftCount(y))
    case .shiftRight:
      builder.binary(leftSigned ? .shiftRightSigned : .shiftRight, x, shiftCount(y))
    case .divide: divide(signed ? .divideSigned : .divide, x, y, at: id)
    case .modulo: divide(signed ? .remainderSigned : .remainder, x, y, at: id)
    case .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual, .and, .or:
      preconditionFailure("\(sign) is no arithmetic")
    }
  }

  /// The processor looks at the low bits only, the IR wants no others.
  private func shiftCount(_ count: IRValue) -> IRValue { builder.binary(.and, count, .word(63)) }

  /// A quotient or remainder; 1 and a runtime error where the divisor is zero.
  private func divide(
    _ operation: IRBinary, _ x: IRValue, _ y: IRValue, at id: ExprID
  ) -> IRValue {
    if let divisor = y.constant, divisor != 0 { return builder.binary(operation, x, y) }
    let result = scratch(bytes: 8)
    builder.if(
      builder.isNonzero(y),
      then: { builder.store(builder.emit(.binary(operation, x, y)), to: result) },
      else: {
        report(.divisionByZero, at: tree[id].range)
        builder.store(.word(1), to: result)
      })
    return builder.load(.i64, from: result)
  }

  // MARK: One operand

  func lowerUnary(_ sign: UnaryOperator, _ operand: ExprID, _ id: ExprID) -> LoweredValue {
    switch sign {
    case .negate: return .scalar(builder.binary(.sub, .word(0), integer(operand)))
    case .complement: return .scalar(builder.binary(.xor, integer(operand), .word(-1)))
    case .not: return .scalar(builder.not(truth(operand)))
    case .dereference: return lowerDereference(operand, id)
    case .addressOf:
      switch facts(operand).meaning {
      case .variable(let index):
        return .scalar(builder.address(of: slot(ofVariable: index, isWritten: false)))
      case .map(let index): return .scalar(builder.emit(.object(map: index)))
      default: return unsupported("the address of this", id)
      }
    }
  }

  private func lowerDereference(_ operand: ExprID, _ id: ExprID) -> LoweredValue {
    // `*args` is a tolerated way to write `args`.
    if case .arguments = facts(operand).meaning { return .none }
    let address = integer(operand)
    if case .pointer(let target, let space) = type(operand) {
      return read(target, at: address, space)
    }
    return read(type(id), at: address, addressSpace)
  }

  // MARK: Steps

  /// `++` and `--`: writes the next value and returns the old or the new one.
  func lowerStep(_ step: StepOperator, _ operand: ExprID, _ id: ExprID) -> LoweredValue {
    let valueType = storedType(operand)
    var distance = TypeNumber(1, .everywhere)
    if case .pointer(let target, _) = valueType { distance = stride(of: target) }
    let amount = word(.word(step.isIncrement ? 1 : -1), times: distance)
    if case .map(let index) = facts(operand).meaning {
      let before = add(amount, toElementOf: index, operand)
      return .scalar(step.isPrefix ? builder.add(before, amount) : before)
    }
    let result = scratch(bytes: 8)
    update(operand) { old in
      let next = self.builder.add(old, amount)
      self.builder.store(step.isPrefix ? next : old, to: result)
      return next
    }
    return .scalar(builder.load(.i64, from: result))
  }

  /// The type that a variable or map keeps.
  func storedType(_ target: ExprID) -> ScriptType {
    switch facts(target).meaning {
    case .variable(let index): typed.variables[index].type
    case .map(let index): script.script.maps[index].value
    default: type(target)
    }
  }

  /// Replaces the number in a variable or map by what `change` makes of it, at 64 bits.
  func update(_ target: ExprID, _ change: (IRValue) -> IRValue) {
    switch facts(target).meaning {
    case .variable(let index):
      let variable = typed.variables[index].type
      let pointer = slot(ofVariable: index, isWritten: false)
      let next = change(integer(load(variable, at: pointer), variable))
      store(.scalar(next), variable, to: pointer, as: variable)
    case .map(let index): updateElement(of: index, target, change)
    default: _ = unsupported("changing this", target)
    }
  }
}
