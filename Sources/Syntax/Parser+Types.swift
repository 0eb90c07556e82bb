import Diagnostics

extension Parser {
  /// Words that are no names of types and no names of values.
  static let reservedWords: Set<String> = [
    "break", "comptime", "continue", "else", "enum", "false", "fn", "for", "if", "import", "let",
    "macro", "offsetof", "return", "sizeof", "struct", "true", "typeinfo", "typeof", "union",
    "unroll", "while",
  ]

  /// Whether the grammar takes the word for a value, where a type or a record's field could be
  /// meant. Older grammars had these builtins as tokens, and scripts rely on `(pid)*2`.
  static func isBuiltinValue(_ word: String) -> Bool {
    switch word {
    case "args", "ctx", "kstack", "nsecs", "pid", "tid", "ustack": true
    default:
      word.hasPrefix("arg") && word.utf8.count > 3
        && word.utf8.dropFirst(3).allSatisfy { $0.isDigit }
    }
  }

  // MARK: Looking ahead

  /// What a stretch of text would be as a type.
  struct TypeShape {
    /// The word before the suffixes.
    var word: String
    /// `struct`, `union` or `enum` stands before the word.
    var hasKeyword: Bool
    var hasSuffixes: Bool
    /// The token after the type.
    var next: Token
  }

  /// Returns the shape of the type that begins with `first`, nil if none does.
  func typeShape(at first: Token) -> TypeShape? {
    guard first.kind == .identifier else { return nil }
    var word = text(first)
    var token = lexer.token(from: first.end)
    let hasKeyword = TypeSyntax.Keyword(rawValue: word) != nil
    if hasKeyword {
      guard token.kind == .identifier else { return nil }
      word = text(token)
      token = lexer.token(from: token.end)
    } else if Self.reservedWords.contains(word) {
      return nil
    }
    var hasSuffixes = false
    while true {
      if token.kind == .star {
        token = lexer.token(from: token.end)
      } else if token.kind == .leftBracket {
        var inner = lexer.token(from: token.end)
        if inner.kind == .integer { inner = lexer.token(from: inner.end) }
        guard inner.kind == .rightBracket else { break }
        token = lexer.token(from: inner.end)
      } else {
        break
      }
      hasSuffixes = true
    }
    return TypeShape(word: word, hasKeyword: hasKeyword, hasSuffixes: hasSuffixes, next: token)
  }

  /// Whether the next token is the `(` of a cast.
  mutating func isAtCast() -> Bool {
    guard kind == .leftParenthesis else { return false }
    let first = peek()
    guard first.kind == .identifier else { return false }
    if text(first) == "typeof" { return true }
    guard let shape = typeShape(at: first), shape.next.kind == .rightParenthesis,
      shape.hasKeyword || !Self.isBuiltinValue(shape.word)
    else { return false }
    return canStartCastOperand(lexer.token(from: shape.next.end))
  }

  private func canStartCastOperand(_ token: Token) -> Bool {
    switch token.kind {
    case .integer, .character, .string, .unterminatedString, .variable, .map, .positional,
      .positionalCount,
      .identifier, .leftParenthesis, .minus, .bang, .tilde, .star, .ampersand:
      return true
    case .plusPlus, .minusMinus:
      // `(int8)++$x`, but not `(x)++`.
      let operand = lexer.token(from: token.end).kind
      return operand == .variable || operand == .map
    default: return false
    }
  }

  // MARK: Parsing

  /// `typeof(...)`, or a name with suffixes.
  mutating func parseTypeSpecification() throws(SyntaxFailure) -> TypeID {
    let start = token.start
    guard isWord("typeof") else { return try parseType() }
    advance()
    try expect(.leftParenthesis, "'('")
    let operand = try parseTypeOrExpression()
    try expect(.rightParenthesis, "')'")
    return add(TypeSyntax(base: .typeof(operand), range: range(from: start)))
  }

  mutating func parseType() throws(SyntaxFailure) -> TypeID {
    let start = token.start
    guard kind == .identifier else { throw fail(.expected("type", at: tokenRange)) }
    var word = text(token)
    let keyword = TypeSyntax.Keyword(rawValue: word)
    if keyword != nil {
      advance()
      guard kind == .identifier else { throw fail(.expected("type name", at: tokenRange)) }
      word = text(token)
    } else if Self.reservedWords.contains(word) {
      throw fail(.expected("type", at: tokenRange))
    }
    advance()
    let suffixes = try parseTypeSuffixes()
    return add(
      TypeSyntax(base: .named(keyword, word), suffixes: suffixes, range: range(from: start)))
  }

  private mutating func parseTypeSuffixes() throws(SyntaxFailure) -> [TypeSyntax.Suffix] {
    var suffixes: [TypeSyntax.Suffix] = []
    while true {
      guard suffixes.count <= Self.nestingLimit else {
        throw fail(.tooDeep(Self.nestingLimit, at: tokenRange))
      }
      switch kind {
      case .star:
        advance()
        suffixes.append(.pointer)
      case .starAssign:
        // `let $p: int8*= e`: the `=` is not part of it.
        position = token.start + 1
        previousEnd = position
        suffixes.append(.pointer)
      case .leftBracket:
        advance()
        let size = kind == .integer ? takeInteger().value : nil
        try expect(.rightBracket, "']'")
        suffixes.append(.array(size))
      default: return suffixes
      }
    }
  }

  /// What stands in the parentheses of `sizeof` and its like: what looks like a type is one.
  mutating func parseTypeOrExpression() throws(SyntaxFailure) -> TypeOrExpression {
    // What is parsed here nests, so nothing else has room in this frame.
    switch operandShape() {
    case .typeof: return .type(try parseTypeSpecification())
    case .type: return try parseTypeOperand()
    case .expression: return .expression(try parseExpression())
    }
  }

  private enum OperandShape { case typeof, type, expression }

  private mutating func operandShape() -> OperandShape {
    if isWord("typeof") { return .typeof }
    if let shape = typeShape(at: token),
      shape.next.kind == .rightParenthesis || shape.next.kind == .comma
    {
      return .type
    }
    let isKeyword = kind == .identifier && TypeSyntax.Keyword(rawValue: text(token)) != nil
    return isKeyword ? .type : .expression
  }

  /// A type, or a lone name that may be one.
  private mutating func parseTypeOperand() throws(SyntaxFailure) -> TypeOrExpression {
    guard let shape = typeShape(at: token),
      shape.next.kind == .rightParenthesis || shape.next.kind == .comma
    else { return .type(try parseType()) }
    let word = token
    let type = try parseType()
    guard !shape.hasKeyword, !shape.hasSuffixes else { return .type(type) }
    let expression = try add(.identifier(shape.word), range(word))
    return .name(type: type, expression: expression)
  }
}
