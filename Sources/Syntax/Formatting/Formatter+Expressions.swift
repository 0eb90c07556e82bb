import Diagnostics

extension Formatter {
  /// Where an expression stands; it says which parentheses mean something there.
  enum Place {
    /// A statement by itself.
    case statement
    /// All of a value, an argument, a key.
    case whole
    /// All of a predicate.
    case predicate
    /// Beside an operator.
    case operand
    /// Before a `.` or a `[`.
    case base
    /// Where parentheses tell a type from a value.
    case exact
  }

  mutating func layout(_ id: ExprID, _ place: Place) -> Layout {
    let inner = bareLayout(id)
    guard keepsParentheses(id, place) else { return inner }
    return .sequence([.text("("), .aligned(inner), .text(")")])
  }

  // MARK: Parentheses

  private func keepsParentheses(_ id: ExprID, _ place: Place) -> Bool {
    guard let parentheses = tree.parentheses[id] else { return false }
    return switch place {
    case .exact: true
    case .whole: false
    case .predicate: file.bytes(in: parentheses).contains(UInt8(ascii: "{"))
    // A statement that begins with a brace or `if` ends behind it.
    case .statement: !isBraced(id) && beginsBraced(id)
    case .operand: !isOneThing(id)
    case .base: !isOneThing(id) || changesMeaningAsBase(id)
    }
  }

  /// Whether it binds tighter than any operator, or has brackets of its own.
  private func isOneThing(_ id: ExprID) -> Bool {
    switch tree[id].kind {
    case .integer, .string, .boolean, .variable, .map, .mapElement, .positional, .positionalCount,
      .identifier, .call, .field, .tupleElement, .index, .tuple, .record, .sizeof, .offsetof,
      .typeinfo, .typeof:
      true
    case .unary, .step, .binary, .ternary, .cast, .ifElse, .block, .comptime, .shown, .invalid:
      false
    }
  }

  /// `(@m)[1]` takes a part of a value, `@m[1]` an element.
  private func changesMeaningAsBase(_ id: ExprID) -> Bool {
    switch tree[id].kind {
    case .map, .integer: true
    default: false
    }
  }

  private func isBraced(_ id: ExprID) -> Bool {
    switch tree[id].kind {
    case .ifElse, .block: true
    default: false
    }
  }

  /// Whether the first word of an expression, its own parentheses left out, is a brace or `if`.
  private func beginsBraced(_ id: ExprID) -> Bool {
    var first = id
    while true {
      let next: ExprID
      switch tree[first].kind {
      case .ifElse, .block: return true
      case .binary(_, let left, _): next = left
      case .ternary(let condition, _, _): next = condition
      case .field(let base, _), .tupleElement(let base, _), .index(let base, _): next = base
      case .step(let operation, let operand) where !operation.isPrefix: next = operand
      default: return false
      }
      if tree.parentheses[next] != nil { return false }
      first = next
    }
  }

  // MARK: Expressions

  private mutating func bareLayout(_ id: ExprID) -> Layout {
    let expression = tree[id]
    switch expression.kind {
    case .integer, .string, .boolean, .variable, .map, .positional, .positionalCount, .identifier,
      .invalid:
      return source(expression.range)
    case .mapElement(let name, let keys): return list("\(name)[", layouts(keys), "]")
    case .call(let call):
      if call.name == "row", call.arguments.count == 1,
        case .record(let fields) = tree[call.arguments[0]].kind
      {
        return list("row(", layouts(fields), ")")
      }
      return list("\(call.name)(", layouts(call.arguments), ")")
    case .tuple(let values):
      guard values.count != 1 else {
        return .sequence([.text("("), layout(values[0], .whole), .text(",)")])
      }
      return list("(", layouts(values), ")")
    case .record(let fields):
      return list("(", layouts(fields), ")")
    case .unary(let operation, let operand): return prefixed(operation.rawValue, operand)
    case .step(let operation, let operand):
      let sign = operation.isIncrement ? "++" : "--"
      if operation.isPrefix { return prefixed(sign, operand) }
      return .sequence([layout(operand, .base), .text(sign)])
    case .binary(let operation, _, _): return binary(id, operation.precedence)
    case .ternary: return ternary(id)
    case .field(let base, let name):
      return .sequence([layout(base, .base), .text(".\(name.name)")])
    case .tupleElement(let base, let index):
      return .sequence([layout(base, .base), .text(".\(index)")])
    case .index(let base, let index):
      return .sequence([
        layout(base, .base), .text("["), layout(index, .whole), .text("]"),
      ])
    case .cast(let type, let operand):
      return .sequence([.text("("), layout(type), .text(")"), layout(operand, .operand)])
    case .shown(let operand, _): return layout(operand, .operand)
    case .comptime(let operand): return .sequence([.text("comptime "), layout(operand, .operand)])
    case .ifElse(let chain):
      guard isShort(id) else { return chainLayout(chain) { $0.layout($1) } }
      return .group(chainLayout(chain) { $0.shortLayout($1) })
    case .block(let block): return isShort(id) ? .group(shortLayout(block)) : layout(block)
    case .sizeof(let operand): return typed("sizeof", operand)
    case .typeinfo(let operand): return typed("typeinfo", operand)
    case .typeof(let operand): return typed("typeof", operand)
    case .offsetof(let operand, let path):
      let names = path.map(\.name).joined(separator: ".")
      return .sequence([.text("offsetof("), layout(operand), .text(", \(names))")])
    }
  }

  private mutating func layouts(_ values: [ExprID]) -> [Layout] {
    var layouts: [Layout] = []
    for value in values { layouts.append(layout(value, .whole)) }
    return layouts
  }

  /// Values between brackets, with commas, as many on a line as fit.
  private mutating func layouts(_ fields: [RecordFieldSyntax]) -> [Layout] {
    var parts: [Layout] = []
    for field in fields {
      parts.append(.sequence([.text("\(field.name.name)="), layout(field.value, .whole)]))
    }
    return parts
  }

  func list(_ open: String, _ values: [Layout], _ close: String) -> Layout {
    var parts: [Layout] = []
    for (index, value) in values.enumerated() {
      parts.append(index == values.count - 1 ? value : .sequence([value, .text(",")]))
    }
    return .sequence([.text(open), .group(.aligned(.fill(parts))), .text(close)])
  }

  /// An operator before its operand; apart from it where the two would be another operator.
  private mutating func prefixed(_ sign: String, _ operand: ExprID) -> Layout {
    let inner = layout(operand, .operand)
    let joins: Bool
    switch tree[operand].kind {
    case .unary(let other, _): joins = other.joins && sign.hasSuffix(other.rawValue)
    case .step(let other, _) where other.isPrefix:
      joins = sign.hasSuffix(other.isIncrement ? "+" : "-")
    default: joins = false
    }
    let isApart = joins && !keepsParentheses(operand, .operand)
    return .sequence([.text(isApart ? "\(sign) " : sign), inner])
  }

  /// Operators of one precedence; where they do not fit, each ends its line.
  private mutating func binary(_ id: ExprID, _ precedence: Int) -> Layout {
    var operands: [(sign: String, value: ExprID)] = []
    var first = id
    while case .binary(let operation, let left, let right) = tree[first].kind,
      operation.precedence == precedence, first == id || tree.parentheses[first] == nil
    {
      operands.append((operation.rawValue, right))
      first = left
    }
    var parts = [layout(first, .operand)]
    for (sign, value) in operands.reversed() {
      parts += [.text(" \(sign)"), .space, layout(value, .operand)]
    }
    return .group(.aligned(.sequence(parts)))
  }

  private mutating func ternary(_ id: ExprID) -> Layout {
    var parts: [Layout] = []
    var last = id
    while case .ternary(let condition, let then, let otherwise) = tree[last].kind,
      last == id || tree.parentheses[last] == nil
    {
      parts.append(layout(condition, .operand))
      if let then {
        let place = isTernary(then) ? Place.exact : .whole
        parts += [.space, .text("? "), layout(then, place), .space, .text(": ")]
      } else {
        parts += [.space, .text("?: ")]
      }
      last = otherwise
    }
    parts.append(layout(last, .operand))
    return .group(.indented(.sequence(parts)))
  }

  private func isTernary(_ id: ExprID) -> Bool {
    if case .ternary = tree[id].kind { true } else { false }
  }

  // MARK: Blocks as values

  /// Whether an `if` or a block has nothing but values in its braces.
  private func isShort(_ id: ExprID) -> Bool {
    func isShort(_ block: BlockID) -> Bool {
      tree[block].statements.isEmpty && tree[block].result != nil
        && !hasComment(in: tree[block].range.offsets)
    }
    switch tree[id].kind {
    case .block(let block): return isShort(block)
    case .ifElse(let chain):
      return chain.clauses.allSatisfy { isShort($0.body) } && chain.otherwise.map(isShort) ?? true
    default: return false
    }
  }

  /// `{ value }`
  private mutating func shortLayout(_ block: BlockID) -> Layout {
    guard let result = tree[block].result else { return .text("{}") }
    return .sequence([
      .text("{"), .indented(.sequence([.space, layout(result, .statement)])), .space, .text("}"),
    ])
  }

  // MARK: Types

  private mutating func typed(_ word: String, _ operand: TypeOrExpression) -> Layout {
    .sequence([.text("\(word)("), layout(operand), .text(")")])
  }

  private mutating func layout(_ operand: TypeOrExpression) -> Layout {
    switch operand {
    case .type(let type): layout(type)
    case .expression(let value): layout(value, .exact)
    case .name(let type, _): layout(type)
    }
  }

  mutating func layout(_ id: TypeID) -> Layout {
    guard case .typeof(let operand) = tree[id].base else { return .text(tree.spelling(of: id)) }
    return typed("typeof", operand)
  }
}

extension UnaryOperator {
  /// Whether two of it, side by side, are another operator.
  fileprivate var joins: Bool { self == .negate || self == .addressOf }
}
