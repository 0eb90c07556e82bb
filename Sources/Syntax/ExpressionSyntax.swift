package import Diagnostics

/// An expression as written.
///
/// Names of scratch variables keep their `$` and names of maps their `@`, so they never clash with
/// identifiers and can stand in messages as they are. Parentheses around an expression leave no
/// node; see `ScriptTree.parentheses`.
package struct ExpressionSyntax: Hashable, Sendable {
  package indirect enum Kind: Hashable, Sendable {
    case integer(IntegerLiteral)
    /// The decoded bytes of a string literal.
    case string([UInt8])
    case boolean(Bool)
    /// `$x`, with the `$`.
    case variable(String)
    /// `@m` without a key, with the `@`; the anonymous map is `@`.
    case map(String)
    /// `@m[k]`, `@m[k1, k2]`; at least one key. The name has its `@`.
    case mapElement(String, keys: [ExprID])
    /// `$1`, `$2`, ...; never 0.
    case positional(Int)
    /// `$#`
    case positionalCount
    /// A builtin, an enumerator, a C macro, a macro without arguments, a macro's parameter.
    case identifier(String)
    case call(CallSyntax)
    case unary(UnaryOperator, ExprID)
    /// `++` and `--`, before or after; any expression may be the operand as far as syntax goes.
    case step(StepOperator, ExprID)
    case binary(BinaryOperator, ExprID, ExprID)
    /// `c ? a : b`; for `c ?: b` there is no `then`, and the condition is the value if it holds.
    case ternary(condition: ExprID, then: ExprID?, else: ExprID)
    /// `a.b` and `a->b`, which mean the same.
    case field(ExprID, FieldName)
    /// `t.0`
    case tupleElement(ExprID, UInt64)
    /// `a[i]` on anything but a map.
    case index(ExprID, ExprID)
    /// `(type)e`; the range of the cast covers `(type)` only.
    case cast(TypeID, ExprID)
    /// `()`, `(a,)`, `(a, b)`
    case tuple([ExprID])
    /// `(a = 1, b = 2)`
    case record([RecordFieldSyntax])
    case ifElse(IfSyntax)
    case block(BlockID)
    case sizeof(TypeOrExpression)
    /// `offsetof(T, a.b)`; at least one field.
    case offsetof(TypeOrExpression, [FieldName])
    case typeinfo(TypeOrExpression)
    /// `typeof(T)` as the argument of a macro; nothing else.
    case typeof(TypeOrExpression)
    case comptime(ExprID)
    /// A value that is computed where a condition about options holds, by its number among those of the
    /// script's columns, and zero elsewhere. Nobody writes it: a pass puts it in.
    case shown(ExprID, condition: Int)
    /// What could not be parsed; the error is reported already.
    case invalid
  }

  package var kind: Kind
  /// The smallest text to show for it; see the parser for what each construct covers.
  package var range: SourceRange
  /// The expansion that made this copy; nil for what was written here.
  package var expansion: ExpansionID?

  package init(_ kind: Kind, range: SourceRange, expansion: ExpansionID? = nil) {
    self.kind = kind
    self.range = range
    self.expansion = expansion
  }
}

/// `name(arguments)`; an argument may be a `.typeof`.
package struct CallSyntax: Hashable, Sendable {
  package var name: String
  package var nameRange: SourceRange
  package var arguments: [ExprID]

  package init(name: String, nameRange: SourceRange, arguments: [ExprID]) {
    self.name = name
    self.nameRange = nameRange
    self.arguments = arguments
  }
}

/// A name and its place: that of a field, or of an option beside another.
package struct FieldName: Hashable, Sendable {
  package var name: String
  package var range: SourceRange

  package init(_ name: String, range: SourceRange) {
    self.name = name
    self.range = range
  }
}

/// `name = value` in a record.
package struct RecordFieldSyntax: Hashable, Sendable {
  package var name: FieldName
  package var value: ExprID

  package init(name: FieldName, value: ExprID) {
    self.name = name
    self.value = value
  }
}

/// `if (c) {...} else if (d) {...} else {...}`: a list, so that long chains do not nest.
package struct IfSyntax: Hashable, Sendable {
  package struct Clause: Hashable, Sendable {
    /// The condition; `.comptime` for `if comptime (c)`.
    package var condition: ExprID
    package var body: BlockID

    package init(condition: ExprID, body: BlockID) {
      self.condition = condition
      self.body = body
    }
  }

  /// `if` and each `else if`, at least one.
  package var clauses: [Clause]
  package var otherwise: BlockID?

  package init(clauses: [Clause], otherwise: BlockID?) {
    self.clauses = clauses
    self.otherwise = otherwise
  }
}

/// What stands in `sizeof`, `offsetof`, `typeof` and `typeinfo`.
package enum TypeOrExpression: Hashable, Sendable {
  case type(TypeID)
  case expression(ExprID)
  /// A lone identifier: a type if there is one of that name, else the expression.
  case name(type: TypeID, expression: ExprID)
}

package enum UnaryOperator: String, Hashable, Sendable {
  case negate = "-"
  case not = "!"
  case complement = "~"
  case dereference = "*"
  /// Only a `.variable` or a `.map` has an address, but any operand parses.
  case addressOf = "&"
}

package enum StepOperator: String, Hashable, Sendable {
  case preIncrement = "++x"
  case preDecrement = "--x"
  case postIncrement = "x++"
  case postDecrement = "x--"

  package var isPrefix: Bool { self == .preIncrement || self == .preDecrement }
  package var isIncrement: Bool { self == .preIncrement || self == .postIncrement }
}

package enum BinaryOperator: String, Hashable, Sendable, CaseIterable {
  case multiply = "*"
  case divide = "/"
  case modulo = "%"
  case add = "+"
  case subtract = "-"
  case shiftLeft = "<<"
  case shiftRight = ">>"
  case less = "<"
  case lessOrEqual = "<="
  case greater = ">"
  case greaterOrEqual = ">="
  case equal = "=="
  case notEqual = "!="
  case bitAnd = "&"
  case bitXor = "^"
  case bitOr = "|"
  case and = "&&"
  case or = "||"

  /// How tightly it binds, 1 to 10; all of them associate to the left.
  package var precedence: Int {
    switch self {
    case .multiply, .divide, .modulo: 10
    case .add, .subtract: 9
    case .shiftLeft, .shiftRight: 8
    case .less, .lessOrEqual, .greater, .greaterOrEqual: 7
    case .equal, .notEqual: 6
    case .bitAnd: 5
    case .bitXor: 4
    case .bitOr: 3
    case .and: 2
    case .or: 1
    }
  }
}
