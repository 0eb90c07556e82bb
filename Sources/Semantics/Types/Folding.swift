import Language
import Syntax

/// Computes with values that are known when the script is compiled.
enum Folding {
  enum Failure: Error {
    /// The result does not fit, or a shift count makes no sense.
    case overflow
    case divisionByZero
    /// These operands are not folded.
    case notFoldable
  }

  static func binary(_ sign: BinaryOperator, _ a: Constant, _ b: Constant) throws(Failure)
    -> Constant
  {
    if case .string(let text) = a { return try strings(sign, text, b) }
    guard let x = wide(a), let y = wide(b) else { throw .notFoldable }
    switch sign {
    case .less: return .boolean(x < y)
    case .lessOrEqual: return .boolean(x <= y)
    case .greater: return .boolean(x > y)
    case .greaterOrEqual: return .boolean(x >= y)
    case .equal: return .boolean(x == y)
    case .notEqual: return .boolean(x != y)
    case .and: return .boolean(x != 0 && y != 0)
    case .or: return .boolean(x != 0 || y != 0)
    default: break
    }
    let result: Int128
    switch sign {
    case .add: result = x + y
    case .subtract: result = x - y
    case .multiply:
      let product = x.multipliedReportingOverflow(by: y)
      if product.overflow { throw .overflow }
      result = product.partialValue
    case .divide:
      if y == 0 { throw .divisionByZero }
      result = x / y
    case .modulo:
      if y == 0 { throw .divisionByZero }
      result = x % y
    case .shiftLeft, .shiftRight:
      guard (0..<64).contains(y) else { throw .overflow }
      if x < 0 {
        let value = Int64(truncatingIfNeeded: x)
        return .signed(sign == .shiftLeft ? value << Int64(y) : value >> Int64(y))
      }
      let value = UInt64(truncatingIfNeeded: x)
      return .unsigned(
        sign == .shiftLeft ? value << UInt64(y) : value >> UInt64(y),
        isFlexible: isFlexible(a) && isFlexible(b))
    case .bitAnd: return bits(x & y, a, b)
    case .bitOr: return bits(x | y, a, b)
    case .bitXor: return bits(x ^ y, a, b)
    default: throw .notFoldable
    }
    if case .boolean = a, case .boolean = b { return .boolean(result != 0) }
    return try number(result, isSigned: isSigned(a) || isSigned(b), a, b)
  }

  static func unary(_ sign: UnaryOperator, _ a: Constant) throws(Failure) -> Constant {
    guard let x = wide(a) else {
      if case .string(let text) = a, sign == .not { return .boolean(text.isEmpty) }
      throw .notFoldable
    }
    switch sign {
    case .not: return .boolean(x == 0)
    case .negate:
      guard let value = Int64(exactly: -x) else { throw .overflow }
      return x == 0 ? a : .signed(value)
    case .complement:
      if isSigned(a) { return .signed(Int64(truncatingIfNeeded: ~x)) }
      return .unsigned(~UInt64(truncatingIfNeeded: x), isFlexible: false)
    case .dereference, .addressOf: throw .notFoldable
    }
  }

  /// Whether a condition of this value holds.
  static func holds(_ constant: Constant) -> Bool {
    switch constant {
    case .string(let text): !text.isEmpty
    default: constant.bits != 0
    }
  }

  /// The value as a type of that width and sign has it.
  static func cast(_ constant: Constant, bytes: Int, signed: Bool) -> Constant? {
    guard let x = wide(constant) else { return nil }
    let shift = Int64(64 - bytes * 8)
    let raw = Int64(truncatingIfNeeded: x)
    if signed { return .signed((raw << shift) >> shift) }
    let mask: UInt64 = bytes == 8 ? .max : (1 << UInt64(bytes * 8)) - 1
    return .unsigned(UInt64(bitPattern: raw) & mask, isFlexible: false)
  }

  private static func strings(_ sign: BinaryOperator, _ a: [UInt8], _ other: Constant)
    throws(Failure) -> Constant
  {
    guard case .string(let b) = other else {
      guard sign == .add, let count = other.integer, count >= 0 else { throw .notFoldable }
      return .string(Array(a.dropFirst(Int(clamping: count))))
    }
    return switch sign {
    case .add: .string(a + b)
    case .equal: .boolean(a == b)
    case .notEqual: .boolean(a != b)
    case .less: .boolean(a.lexicographicallyPrecedes(b))
    case .greater: .boolean(b.lexicographicallyPrecedes(a))
    case .lessOrEqual: .boolean(!b.lexicographicallyPrecedes(a))
    case .greaterOrEqual: .boolean(!a.lexicographicallyPrecedes(b))
    default: throw .notFoldable
    }
  }

  private static func number(_ value: Int128, isSigned: Bool, _ a: Constant, _ b: Constant)
    throws(Failure) -> Constant
  {
    if !isSigned, let unsigned = UInt64(exactly: value) {
      return .unsigned(unsigned, isFlexible: isFlexible(a) && isFlexible(b))
    }
    guard let signed = Int64(exactly: value) else { throw .overflow }
    return signed >= 0 && !(isSigned && !isFlexible(a) && !isFlexible(b))
      ? .unsigned(UInt64(signed), isFlexible: true) : .signed(signed)
  }

  private static func bits(_ value: Int128, _ a: Constant, _ b: Constant) -> Constant {
    if isSigned(a) || isSigned(b) { return .signed(Int64(truncatingIfNeeded: value)) }
    if case .boolean = a, case .boolean = b { return .boolean(value != 0) }
    return .unsigned(
      UInt64(truncatingIfNeeded: value), isFlexible: isFlexible(a) && isFlexible(b))
  }

  private static func wide(_ constant: Constant) -> Int128? {
    switch constant {
    case .unsigned(let value, _): Int128(value)
    case .signed(let value): Int128(value)
    case .boolean(let value): value ? 1 : 0
    case .string, .record: nil
    }
  }

  private static func isSigned(_ constant: Constant) -> Bool {
    if case .signed = constant { true } else { false }
  }

  private static func isFlexible(_ constant: Constant) -> Bool {
    switch constant {
    case .unsigned(_, let isFlexible): isFlexible
    case .signed, .string, .record: false
    case .boolean: true
    }
  }
}
