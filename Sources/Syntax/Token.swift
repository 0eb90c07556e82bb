/// A lexical unit: its kind and the bytes it covers.
struct Token: Hashable, Sendable {
  enum Kind: Hashable, Sendable {
    // With text
    case identifier, integer, character, string, variable, map, positional, positionalCount
    // Brackets and separators
    case leftParenthesis, rightParenthesis, leftBracket, rightBracket, leftBrace, rightBrace
    case comma, semicolon, colon, question, dot, dotDot, arrow
    // Operators
    case plus, minus, star, slash, percent, ampersand, bar, caret, tilde, bang
    case andAnd, orOr, less, lessEqual, greater, greaterEqual, equalEqual, bangEqual
    case shiftLeft, shiftRight, plusPlus, minusMinus
    case assign, plusAssign, minusAssign, starAssign, slashAssign, percentAssign
    case ampersandAssign, barAssign, caretAssign, shiftLeftAssign, shiftRightAssign
    // The rest
    case endOfFile
    /// A string that its line or the file ends; covers the quote to there.
    case unterminatedString
    /// A comment that the file ends; at the end of the file.
    case unterminatedComment
    /// A byte, or a whole UTF-8 character, that begins nothing.
    case invalidCharacter
  }

  var kind: Kind
  var start: Int
  var end: Int
}

extension Token.Kind {
  /// The operator between two operands that this is, if any.
  var binaryOperator: BinaryOperator? {
    switch self {
    case .star: .multiply
    case .slash: .divide
    case .percent: .modulo
    case .plus: .add
    case .minus: .subtract
    case .shiftLeft: .shiftLeft
    case .shiftRight: .shiftRight
    case .less: .less
    case .lessEqual: .lessOrEqual
    case .greater: .greater
    case .greaterEqual: .greaterOrEqual
    case .equalEqual: .equal
    case .bangEqual: .notEqual
    case .ampersand: .bitAnd
    case .caret: .bitXor
    case .bar: .bitOr
    case .andAnd: .and
    case .orOr: .or
    default: nil
    }
  }

  /// Whether it is `=` or a compound assignment.
  var isAssignment: Bool { self == .assign || compoundOperator != nil }

  /// The operation of a compound assignment.
  var compoundOperator: BinaryOperator? {
    switch self {
    case .plusAssign: .add
    case .minusAssign: .subtract
    case .starAssign: .multiply
    case .slashAssign: .divide
    case .percentAssign: .modulo
    case .ampersandAssign: .bitAnd
    case .barAssign: .bitOr
    case .caretAssign: .bitXor
    case .shiftLeftAssign: .shiftLeft
    case .shiftRightAssign: .shiftRight
    default: nil
    }
  }
}
