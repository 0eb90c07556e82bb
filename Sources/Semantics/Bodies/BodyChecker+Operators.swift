import Diagnostics
import Language
import Syntax
import TraceIR
import TraceModel

extension BodyChecker {
  // MARK: Unary

  func checkUnary(_ sign: UnaryOperator, _ operand: ExprID, at range: SourceRange)
    -> ExpressionFacts
  {
    if sign == .addressOf { return checkAddress(of: operand, at: range) }
    let found = check(operand)
    if !found.type.isKnown { return .unknown(found) }
    if let value = found.constant, sign != .dereference {
      do throws(Folding.Failure) {
        var result = constant(try Folding.unary(sign, value))
        if found.isCast, sign != .not {
          result.type = sign == .negate || found.type.isSigned ? .int64 : .uint64
          result.isFlexible = false
          result.isCast = true
        }
        return result
      } catch .overflow {
        // Only a minus can give what does not fit.
        report(.negativeUnderflow(at: range))
        return ExpressionFacts(type: .poison)
      } catch {}
    }
    let type = found.type.readable
    switch sign {
    case .not:
      guard type.isScalar else {
        report(.operatorType(sign.rawValue, type, at: range))
        return ExpressionFacts(type: .poison)
      }
      return ExpressionFacts(type: .boolean)
    case .negate, .complement:
      guard type.isNumber else {
        report(.operatorType(sign.rawValue, type, at: range))
        return ExpressionFacts(type: .poison)
      }
      if sign == .negate { return ExpressionFacts(type: .int64) }
      return ExpressionFacts(type: type.isSigned ? .int64 : .uint64)
    case .dereference: return checkDereference(type, at: range)
    case .addressOf: return ExpressionFacts(type: .poison)
    }
  }

  /// `&$x`, `&@m`: where a variable is, or the kernel's object that keeps a map.
  private func checkAddress(of operand: ExprID, at range: SourceRange) -> ExpressionFacts {
    switch tree[operand].kind {
    case .variable:
      let found = check(operand)
      guard case .variable(let index) = found.meaning else { return .unknown(found) }
      // What points at it sees it change.
      variables[index].definition = nil
      guard found.type.isKnown else { return .unknown(found) }
      return ExpressionFacts(type: .pointer(to: found.type, .kernel))
    case .map(let name):
      let index = mapIndex(name, at: tree[operand].range)
      facts[operand] = ExpressionFacts(type: .none, meaning: .map(index))
      noteLook(into: index, at: range)
      guard let value = maps[index].value else {
        return ExpressionFacts(type: unresolved(.undefinedMap(name, at: tree[operand].range)))
      }
      return ExpressionFacts(type: .pointer(to: value, .kernel))
    default:
      _ = check(operand)
      report(.noAddress(at: range))
      return ExpressionFacts(type: .poison)
    }
  }

  private func checkDereference(_ type: ScriptType, at range: SourceRange) -> ExpressionFacts {
    switch type {
    case .arguments: return ExpressionFacts(type: .arguments, meaning: .arguments)
    case .pointer(let target, _) where target != .void:
      return ExpressionFacts(type: target)
    case .integer: return ExpressionFacts(type: .uint64)
    default:
      report(
        .error(
          "dereference", "Can not dereference \(type.kindName) of type \(type.text)", at: range))
      return ExpressionFacts(type: .poison)
    }
  }

  // MARK: Steps

  func checkStep(
    _ sign: StepOperator, _ operand: ExprID, for use: ExpressionUse, at range: SourceRange
  ) -> ExpressionFacts {
    let stepType = ScriptType.int64
    switch tree[operand].kind {
    case .variable:
      let found = check(operand)
      if !found.type.isKnown { return .unknown(found) }
      guard case .variable(let index) = found.meaning, found.type.isScalar else {
        report(.operatorType(sign.isIncrement ? "++" : "--", found.type, at: range))
        return ExpressionFacts(type: .poison)
      }
      variables[index].definition = nil
      if found.type.isPointer || variables[index].isFixed {
        return ExpressionFacts(type: found.type)
      }
      let type: ScriptType =
        sign.isIncrement && !found.type.isSigned && !found.isFlexible ? .uint64 : stepType
      noteAssignment(ExpressionFacts(type: type), to: index, at: range)
      return ExpressionFacts(type: variables[index].type ?? type)
    case .map(let name), .mapElement(let name, _):
      let index = mapIndex(name, at: tree[operand].range)
      var keys: [ExprID] = []
      if case .mapElement(_, let given) = tree[operand].kind { keys = given }
      guard noteUse(of: index, isScalar: keys.isEmpty, at: tree[operand].range) else {
        return ExpressionFacts(type: .poison)
      }
      if !keys.isEmpty { noteKey(checkKeys(keys), of: index, at: tree[operand].range) }
      if !use.contains(.discarded) { noteLook(into: index, at: range) }
      let known = maps[index].value
      if let known, !known.isScalar {
        report(.operatorType(sign.isIncrement ? "++" : "--", known, at: range))
        return ExpressionFacts(type: .poison)
      }
      if known?.isPointer != true {
        let isUnsigned =
          sign.isIncrement && known?.isSigned == false && !maps[index].valueIsFlexible
        noteValue(
          ExpressionFacts(type: isUnsigned ? .uint64 : stepType), of: index, at: range)
      }
      facts[operand] = ExpressionFacts(type: maps[index].value ?? stepType, meaning: .map(index))
      return ExpressionFacts(type: maps[index].value ?? stepType)
    default:
      _ = check(operand)
      report(
        .error(
          "step-operand",
          "The \(sign.isIncrement ? "++" : "--") operator must be applied to a map or variable",
          at: range))
      return ExpressionFacts(type: .poison)
    }
  }

  // MARK: Binary

  /// Checks an operation on two values that have been checked.
  func checkBinary(
    _ sign: BinaryOperator, _ left: ExpressionFacts, _ leftRange: SourceRange,
    _ right: ExpressionFacts, _ rightRange: SourceRange, at range: SourceRange
  ) -> ExpressionFacts {
    if !left.type.isKnown || !right.type.isKnown {
      return sign.givesTruth ? ExpressionFacts(type: .boolean) : .unknown(left, right)
    }
    if let a = left.constant ?? textParameter(left), let b = right.constant {
      if sign == .add, case .string(let text) = a, let count = b.integer, count >= text.count {
        if case .parameter = left.meaning {} else { report(.emptyLiteral(at: range)) }
      }
      do throws(Folding.Failure) {
        let value = try Folding.binary(sign, a, b)
        var found = constant(value)
        if left.isCast || right.isCast, !sign.givesTruth, found.type.isInteger {
          // Values of types are calculated at 64 bits, whether they are known or not.
          found.type = arithmeticType(sign, left, right)
          found.isFlexible = false
          found.isCast = true
        }
        return found
      } catch .overflow {
        report(.cannotFold(at: range))
        return ExpressionFacts(type: .poison)
      } catch .divisionByZero {
        report(.divisionByZero(at: rightRange))
        return ExpressionFacts(type: .poison)
      } catch {}
    }
    let (a, b) = (left.type.readable, right.type.readable)
    switch sign {
    case .and, .or:
      for (type, range) in [(a, leftRange), (b, rightRange)] where !type.isScalar {
        report(.operatorTypes(sign.rawValue, a, b, at: range))
      }
      return ExpressionFacts(type: .boolean)
    case .equal, .notEqual, .less, .lessOrEqual, .greater, .greaterOrEqual:
      checkComparison(sign, left, leftRange, right, rightRange, at: range)
      return ExpressionFacts(type: .boolean)
    default: return checkArithmetic(sign, left, leftRange, right, rightRange, at: range)
    }
  }

  /// The text of a positional parameter that is a word and no number.
  private func textParameter(_ found: ExpressionFacts) -> Constant? {
    if case .string(let text)? = constantOrParameter(found) { .string(text) } else { nil }
  }

  private func checkComparison(
    _ sign: BinaryOperator, _ left: ExpressionFacts, _ leftRange: SourceRange,
    _ right: ExpressionFacts, _ rightRange: SourceRange, at range: SourceRange
  ) {
    let (a, b) = (left.type.readable, right.type.readable)
    if a.isNumber, b.isNumber {
      let (type, loses) = Promotion.comparison(left, right)
      if let loses {
        let place = a == loses ? leftRange : rightRange
        report(.losesUnsigned(loses, to: type, at: place))
      }
      return
    }
    if a.isPointer, b.isPointer {
      if case .pointer(let x, _) = a, case .pointer(let y, _) = b, x != y, x != .void, y != .void {
        report(.distinctPointers((x, leftRange), (y, rightRange), at: range))
      }
      return
    }
    if a.isPointer && b.isNumber || a.isNumber && b.isPointer { return }
    let isEquality = sign == .equal || sign == .notEqual
    switch (a, b) {
    case (.string, .string), (.buffer, .buffer):
      if !isEquality { report(.operatorTypes(sign.rawValue, a, b, at: range)) }
    case (.array(let x, let count), .array(let y, let other)):
      if !isEquality {
        report(.arrayOperator(sign.rawValue, at: range))
      } else if count != other {
        report(.arraySizes(at: range))
      } else if x != y || !x.isNumber {
        report(.operatorTypes(sign.rawValue, a, b, at: range))
      }
    case (.presented(let x), .presented(let y)) where x == y && isEquality: return
    case (.structure(let x), .structure(let y)) where x == y && isEquality: return
    case (.tuple, .tuple), (.record, .record):
      if !isEquality {
        report(.operatorTypes(sign.rawValue, a, b, at: range))
      } else if Promotion.common(a, b) == nil {
        report(.comparisonMismatch(sign.rawValue, (a, leftRange), (b, rightRange), at: range))
      }
    default:
      if a.kindName == b.kindName {
        report(.operatorTypes(sign.rawValue, a, b, at: range))
      } else {
        report(.comparisonMismatch(sign.rawValue, (a, leftRange), (b, rightRange), at: range))
      }
    }
  }

  private func checkArithmetic(
    _ sign: BinaryOperator, _ left: ExpressionFacts, _ leftRange: SourceRange,
    _ right: ExpressionFacts, _ rightRange: SourceRange, at range: SourceRange
  ) -> ExpressionFacts {
    let (a, b) = (left.type.readable, right.type.readable)
    if sign == .add || sign == .subtract, a.isPointer, b.isNumber {
      return ExpressionFacts(type: a)
    }
    if sign == .add, a.isNumber, b.isPointer { return ExpressionFacts(type: b) }
    if sign == .subtract, case .pointer(let from, _) = a, case .pointer(let to, _) = b, from == to {
      return ExpressionFacts(type: .int64)
    }
    guard a.isNumber, b.isNumber else {
      report(
        a.kindName == b.kindName || (a.isPointer && b.isNumber) || (a.isNumber && b.isPointer)
          ? .operatorTypes(sign.rawValue, a, b, at: range)
          : .comparisonMismatch(sign.rawValue, (a, leftRange), (b, rightRange), at: range))
      return ExpressionFacts(type: .poison)
    }
    return ExpressionFacts(
      type: arithmeticType(sign, left, right),
      clock: sign == .add || sign == .subtract
        ? left.clock.calculated(with: right.clock) : .unknown)
  }

  /// The type of what is calculated of two numbers.
  private func arithmeticType(
    _ sign: BinaryOperator, _ left: ExpressionFacts, _ right: ExpressionFacts
  ) -> ScriptType {
    let isSigned = left.type.readable.isSigned && !left.isFlexible
    if sign == .shiftLeft || sign == .shiftRight { return isSigned ? .int64 : .uint64 }
    let signed =
      sign == .subtract || isSigned || (right.type.readable.isSigned && !right.isFlexible)
      || (left.isFlexible && right.isFlexible)
    return signed ? .int64 : .uint64
  }

  // MARK: Casts

  func checkCast(_ typeID: TypeID, _ operand: ExprID, at range: SourceRange) -> ExpressionFacts {
    var type = resolve(typeID)
    let found = check(operand)
    if !type.isKnown || !found.type.isKnown { return ExpressionFacts(type: type) }
    let from = found.type.readable
    if case .aggregation(let aggregation) = found.type, !aggregation.isCastable {
      report(.cannotCast(found.type, to: type, at: range))
      return ExpressionFacts(type: .poison)
    }
    if case .pointer(let pointee, _) = type, case .pointer(_, let other) = from {
      // Where the memory is does not change by a cast.
      type = .pointer(to: pointee, other)
    }
    // Builtins and arguments have had other types in other releases, which casts are there for; and what a
    // macro casts may be of any type.
    let isFromOutside =
      switch found.meaning {
      case .function, .context: true
      default: expansion != nil
      }
    if from == type, type != .boolean, found.type == from, !isFromOutside, !asksForType {
      report(
        .warning(
          "unnecessary-cast",
          "Unnecessary cast: expression is already of type \(type.text)", at: range))
    }
    guard var result = castable(found, from, to: type) else {
      report(.cannotCast(from, to: type, at: range))
      return ExpressionFacts(type: .poison)
    }
    if case .enumeration(let enumeration) = type, case .listed = enumeration.names,
      let value = found.constant?.bits,
      !enumeration.values.contains(where: { $0.value == value })
    {
      report(.noEnumerator(value, in: enumeration.name, at: range))
      return ExpressionFacts(type: .poison)
    }
    result.clock = found.clock
    result.isCast = true
    return result
  }

  /// What a cast gives, or nil if there is no such cast.
  private func castable(_ found: ExpressionFacts, _ from: ScriptType, to type: ScriptType)
    -> ExpressionFacts?
  {
    switch (from, type) {
    case (_, .integer(let bytes, let signed)) where from.isNumber:
      let value = found.constant.flatMap { Folding.cast($0, bytes: bytes, signed: signed) }
      return ExpressionFacts(type: type, constant: value)
    case (.pointer, .integer), (.pointer, .pointer): return ExpressionFacts(type: type)
    case (_, .pointer) where from.isNumber:
      return ExpressionFacts(type: type)
    case (_, .boolean) where from.isScalar:
      return ExpressionFacts(
        type: type, constant: found.constant.map { .boolean(Folding.holds($0)) })
    case (_, .enumeration) where from.isNumber:
      return ExpressionFacts(type: type, constant: found.constant)
    case (.array(let element, let count), .integer(let bytes, _)) where element.isNumber:
      return element.scalarBytes * count == bytes ? ExpressionFacts(type: type) : nil
    case (.string, .string(let capacity)) where capacity == 0: return ExpressionFacts(type: from)
    case (.string(let old), .string(let capacity)):
      return old <= capacity ? ExpressionFacts(type: type) : nil
    case (.integer, .presented(.userName)): return ExpressionFacts(type: type)
    case (.string(let capacity), .array(.integer(1, _), let count)):
      if count == 0 { return ExpressionFacts(type: .array(of: .int8, count: capacity)) }
      return count == capacity ? ExpressionFacts(type: type) : nil
    case (.integer(let bytes, _), .array(let element, let count)) where element.isNumber:
      let size = element.scalarBytes
      if count == 0 { return ExpressionFacts(type: .array(of: element, count: bytes / size)) }
      return size * count <= 8 ? ExpressionFacts(type: type) : nil
    case (.tuple, .tuple), (.record, .record):
      return Promotion.common(from, type) == type ? ExpressionFacts(type: type) : nil
    case _ where from == type: return ExpressionFacts(type: type)
    default: return nil
    }
  }
}

extension BinaryOperator {
  /// Whether the result is a truth value.
  fileprivate var givesTruth: Bool {
    switch self {
    case .less, .lessOrEqual, .greater, .greaterOrEqual, .equal, .notEqual, .and, .or: true
    default: false
    }
  }
}
