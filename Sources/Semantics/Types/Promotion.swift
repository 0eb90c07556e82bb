package import Language
import TraceModel

/// How types of values that meet become one.
package enum Promotion {
  /// The type that holds values of both types, or nil if there is none.
  ///
  /// Integers of one sign: the wider. Of two signs: the smallest signed one that holds both, and
  /// `int64` where one is `uint64`. Text and buffers: the larger capacity. Tuples and records: element
  /// by element.
  package static func common(_ a: ScriptType, _ b: ScriptType) -> ScriptType? {
    if a == b { return a }
    if !a.isKnown { return b }
    if !b.isKnown { return a }
    switch (a, b) {
    case (.integer, .integer): return integers(a, b)
    case (.integer, .boolean), (.integer, .enumeration): return common(a, number(b))
    case (.boolean, .integer), (.enumeration, .integer): return common(number(a), b)
    case (.enumeration, .enumeration): return common(number(a), number(b))
    case (.string(let x), .string(let y)): return .string(capacity: max(x, y))
    case (.buffer(let x), .buffer(let y)): return .buffer(capacity: max(x, y))
    case (.pointer(let x, let space), .pointer(let y, let other)):
      if x == .void { return .pointer(to: y, other) }
      if y == .void || x == y { return .pointer(to: x, space) }
      return nil
    case (.tuple(let x), .tuple(let y)) where x.count == y.count:
      var elements: [ScriptType] = []
      for (left, right) in zip(x, y) {
        guard let element = common(left, right) else { return nil }
        elements.append(element)
      }
      return .tuple(elements)
    case (.record(let x), .record(let y)) where x.count == y.count:
      var fields: [ScriptType.RecordField] = []
      for left in x {
        guard let right = y.first(where: { $0.name == left.name }),
          let type = common(left.type, right.type)
        else { return nil }
        fields.append(ScriptType.RecordField(name: left.name, type: type))
      }
      return .record(fields)
    case (.aggregation(let x), .aggregation(let y)):
      return x.unified(with: y).map { .aggregation($0) }
    default: return nil
    }
  }

  /// The integer type of a truth value's or enumeration's number.
  private static func number(_ type: ScriptType) -> ScriptType {
    switch type {
    case .boolean: .uint8
    case .enumeration(let enumeration):
      .integer(bytes: enumeration.bytes, signed: enumeration.signed)
    default: type
    }
  }

  private static func integers(_ a: ScriptType, _ b: ScriptType) -> ScriptType {
    guard case .integer(let x, let xSigned) = a, case .integer(let y, let ySigned) = b else {
      return .int64
    }
    if xSigned == ySigned { return .integer(bytes: max(x, y), signed: xSigned) }
    let (signed, unsigned) = xSigned ? (x, y) : (y, x)
    return .integer(bytes: unsigned < signed ? signed : min(unsigned * 2, 8), signed: true)
  }

  /// The type of a slot that has held `slot` and is now given `value`, where flexible numbers take on
  /// the other's sign.
  package static func slot(
    _ slot: ScriptType, isFlexible slotIsFlexible: Bool, given value: ScriptType,
    isFlexible valueIsFlexible: Bool
  ) -> ScriptType? {
    if case .integer(let x, let xSigned) = slot, case .integer(let y, let ySigned) = value,
      xSigned != ySigned
    {
      // A literal's own width counts its sign bit: 200 needs one unsigned byte, not two signed ones.
      if slotIsFlexible && !ySigned { return .integer(bytes: max(x, y), signed: false) }
      if valueIsFlexible && !xSigned { return .integer(bytes: max(x, y), signed: false) }
    }
    return common(slot, value)
  }

  /// The type in which two numbers are compared, and whether that may lose a value of `uint64`.
  package static func comparison(
    _ a: ExpressionFacts, _ b: ExpressionFacts
  ) -> (type: ScriptType, loses: ScriptType?) {
    let (x, y) = (number(a.type.readable), number(b.type.readable))
    if a.isFlexible, !b.isFlexible, !y.isSigned { return (.uint64, nil) }
    if b.isFlexible, !a.isFlexible, !x.isSigned { return (.uint64, nil) }
    let type = common(x, y) ?? .int64
    if x.isSigned != y.isSigned, let unsigned = [x, y].first(where: { !$0.isSigned }),
      unsigned.scalarBytes == 8, !a.isFlexible, !b.isFlexible
    {
      return (type, unsigned)
    }
    return (type, nil)
  }
}
