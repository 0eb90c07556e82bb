import Diagnostics

extension Parser {
  /// `c ? a : b`, `c ?: b` and everything that binds tighter.
  mutating func parseExpression() throws(SyntaxFailure) -> ExprID {
    try nested { parser throws(SyntaxFailure) in try parser.parseTernary() }
  }

  private mutating func parseTernary() throws(SyntaxFailure) -> ExprID {
    // A chain in the last branch is a list here, and is put together from its end.
    var pending: [(start: Int, condition: ExprID, then: ExprID?)] = []
    var start = token.start
    var value = try parseBinary()
    while take(.question) {
      let then = kind == .colon ? nil : try parseExpression()
      try expect(.colon, "':'")
      pending.append((start, value, then))
      guard pending.count < Self.depthLimit else {
        throw fail(.tooDeep(Self.depthLimit, at: tokenRange))
      }
      start = token.start
      value = try parseBinary()
    }
    for (start, condition, then) in pending.reversed() {
      value = try add(
        .ternary(condition: condition, then: then, else: value), range(from: start))
    }
    return value
  }

  // MARK: Binary operators

  /// An operand with the text it covers, parentheses included.
  private struct Operand {
    var value: ExprID
    var start: Int
    var end: Int
  }

  private mutating func parseBinary() throws(SyntaxFailure) -> ExprID {
    var operands = [try parseOperand()]
    var operations: [BinaryOperator] = []
    while let operation = kind.binaryOperator, !isAtPredicateEnd() {
      while let last = operations.last, last.precedence >= operation.precedence {
        try join(&operands, &operations)
      }
      advance()
      operations.append(operation)
      operands.append(try parseOperand())
    }
    while !operations.isEmpty { try join(&operands, &operations) }
    return operands[0].value
  }

  private mutating func parseOperand() throws(SyntaxFailure) -> Operand {
    let start = token.start
    let value = try parseUnary()
    return Operand(value: value, start: start, end: previousEnd)
  }

  /// Makes one operand of the last two.
  private mutating func join(
    _ operands: inout [Operand], _ operations: inout [BinaryOperator]
  ) throws(SyntaxFailure) {
    let right = operands.removeLast()
    let left = operands.removeLast()
    let value = try add(
      .binary(operations.removeLast(), left.value, right.value), range(left.start, right.end))
    operands.append(Operand(value: value, start: left.start, end: right.end))
  }

  /// Whether the next token is the `/` that ends a predicate: a `{` follows, or nothing.
  private mutating func isAtPredicateEnd() -> Bool {
    guard isInPredicate, kind == .slash else { return false }
    let next = peek().kind
    return next == .leftBrace || next == .endOfFile
  }

  // MARK: Prefixes

  private enum Prefix {
    case unary(UnaryOperator, start: Int)
    case step(StepOperator, start: Int)
    case cast(TypeID, SourceRange)
    case comptime(start: Int)
  }

  /// Prefix operators, casts, `comptime`, and what they apply to.
  mutating func parseUnary() throws(SyntaxFailure) -> ExprID {
    var prefixes: [Prefix] = []
    while let prefix = try parsePrefix() {
      // The tree would get too deep anyway.
      guard prefixes.count < Self.depthLimit else {
        throw fail(.tooDeep(Self.depthLimit, at: tokenRange))
      }
      prefixes.append(prefix)
    }
    var value = try parsePostfix()
    for prefix in prefixes.reversed() {
      switch prefix {
      case .unary(let operation, let start):
        value = try add(.unary(operation, value), range(from: start))
      case .step(let operation, let start):
        value = try add(.step(operation, value), range(from: start))
      case .cast(let type, let range): value = try add(.cast(type, value), range)
      case .comptime(let start): value = try add(.comptime(value), range(from: start))
      }
    }
    return value
  }

  private mutating func parsePrefix() throws(SyntaxFailure) -> Prefix? {
    let start = token.start
    let prefix: Prefix
    switch kind {
    case .minus: prefix = .unary(.negate, start: start)
    case .bang: prefix = .unary(.not, start: start)
    case .tilde: prefix = .unary(.complement, start: start)
    case .star: prefix = .unary(.dereference, start: start)
    case .ampersand: prefix = .unary(.addressOf, start: start)
    case .plusPlus: prefix = .step(.preIncrement, start: start)
    case .minusMinus: prefix = .step(.preDecrement, start: start)
    case .identifier where isWord("comptime"): prefix = .comptime(start: start)
    case .leftParenthesis:
      guard isAtCast() else { return nil }
      advance()
      let type = try parseTypeSpecification()
      try expect(.rightParenthesis, "')'")
      return .cast(type, range(from: start))
    default: return nil
    }
    advance()
    return prefix
  }

  // MARK: Postfixes

  /// A primary with field accesses, subscripts, `++` and `--`.
  mutating func parsePostfix() throws(SyntaxFailure) -> ExprID {
    let start = token.start
    var value = try parsePrimary()
    while true {
      switch kind {
      case .dot:
        advance()
        if kind == .integer {
          let index = takeInteger().value
          value = try add(.tupleElement(value, index), range(from: start))
        } else {
          let name = try parseFieldName()
          value = try add(.field(value, name), range(from: start))
        }
      case .arrow:
        advance()
        let name = try parseFieldName()
        value = try add(.field(value, name), range(from: start))
      case .leftBracket:
        advance()
        let index = try parseExpression()
        try expect(.rightBracket, "']'")
        value = try add(.index(value, index), range(from: start))
      case .plusPlus, .minusMinus:
        let operation: StepOperator = kind == .plusPlus ? .postIncrement : .postDecrement
        advance()
        value = try add(.step(operation, value), range(from: start))
      default: return value
      }
    }
  }

  /// Any word: keywords are names of fields too.
  private mutating func parseFieldName() throws(SyntaxFailure) -> FieldName {
    let name = try expect(.identifier, "field name")
    return FieldName(text(name), range: range(name))
  }

  // MARK: Primaries

  private mutating func parsePrimary() throws(SyntaxFailure) -> ExprID {
    let first = token
    switch first.kind {
    case .character:
      let literal = takeCharacter()
      return try add(.integer(literal), range(first))
    case .integer:
      let literal = takeInteger()
      return try add(.integer(literal), range(first))
    case .string:
      let bytes = takeString()
      return try add(.string(bytes), range(first))
    case .variable:
      advance()
      return try add(.variable(text(first)), range(first))
    case .map: return try parseMap()
    case .positional:
      let number = takePositional()
      return try add(.positional(number), range(first))
    case .positionalCount:
      advance()
      return try add(.positionalCount, range(first))
    case .leftParenthesis: return try parseParenthesized()
    case .leftBrace:
      let block = try parseBlock()
      return try add(.block(block), range(from: first.start))
    case .identifier: return try parseWord()
    default: throw fail(.expectedExpression(at: tokenRange))
    }
  }

  private mutating func parseMap() throws(SyntaxFailure) -> ExprID {
    let map = advance()
    guard kind == .leftBracket else { return try add(.map(text(map)), range(map)) }
    advance()
    var keys = [try parseExpression()]
    while take(.comma) { keys.append(try parseExpression()) }
    try expect(.rightBracket, "']'")
    return try add(.mapElement(text(map), keys: keys), range(from: map.start))
  }

  private mutating func parseWord() throws(SyntaxFailure) -> ExprID {
    switch text(token) {
    case "if": return try parseIf()
    case "sizeof": return try parseQuestion { .sizeof($0) }
    case "typeinfo": return try parseQuestion { .typeinfo($0) }
    case "offsetof": return try parseOffsetof()
    case "true", "false": return try parseTruth()
    default: return try parseNameOrCall()
    }
  }

  private mutating func parseTruth() throws(SyntaxFailure) -> ExprID {
    let word = advance()
    return try add(.boolean(text(word) == "true"), range(word))
  }

  /// `sizeof(...)` and `typeinfo(...)`.
  private mutating func parseQuestion(
    _ make: (TypeOrExpression) -> ExpressionSyntax.Kind
  ) throws(SyntaxFailure) -> ExprID {
    let start = advance().start
    try expect(.leftParenthesis, "'('")
    let operand = try parseTypeOrExpression()
    try expect(.rightParenthesis, "')'")
    return try add(make(operand), range(from: start))
  }

  private mutating func parseNameOrCall() throws(SyntaxFailure) -> ExprID {
    let word = token
    if peek().kind == .leftParenthesis, !Self.reservedWords.contains(text(word)) {
      advance()
      let arguments = try isRow(word) ? parseRowArguments() : parseArguments()
      return try addCall(word, arguments)
    }
    return try parseName()
  }

  private mutating func addCall(
    _ word: Token, _ arguments: [ExprID]
  ) throws(SyntaxFailure) -> ExprID {
    let call = CallSyntax(name: text(word), nameRange: range(word), arguments: arguments)
    return try add(.call(call), range(from: word.start))
  }

  private mutating func parseName() throws(SyntaxFailure) -> ExprID {
    let word = token
    guard !Self.reservedWords.contains(text(word)) else {
      throw fail(.expectedExpression(at: range(word)))
    }
    advance()
    return try add(.identifier(text(word)), range(word))
  }

  private mutating func parseArguments() throws(SyntaxFailure) -> [ExprID] {
    try expect(.leftParenthesis, "'('")
    var arguments: [ExprID] = []
    if take(.rightParenthesis) { return arguments }
    repeat {
      arguments.append(try isWord("typeof") ? parseTypeArgument() : parseExpression())
    } while take(.comma)
    try expect(.rightParenthesis, "')'")
    return arguments
  }

  /// Whether a call has arguments with names.
  private mutating func isRow(_ word: Token) -> Bool {
    guard text(word) == "row" else { return false }
    let first = peek()
    return first.kind == .identifier && peek(after: first).kind == .assign
  }

  /// `(name = value, ...)`, as a record; names of builtins are allowed.
  private mutating func parseRowArguments() throws(SyntaxFailure) -> [ExprID] {
    let start = advance().start
    return [try parseRecord(from: start)]
  }

  private mutating func parseTypeArgument() throws(SyntaxFailure) -> ExprID {
    let start = token.start
    advance()
    try expect(.leftParenthesis, "'('")
    let operand = try parseTypeOrExpression()
    try expect(.rightParenthesis, "')'")
    return try add(.typeof(operand), range(from: start))
  }

  private mutating func parseOffsetof() throws(SyntaxFailure) -> ExprID {
    let start = advance().start
    try expect(.leftParenthesis, "'('")
    let operand = try parseTypeOrExpression()
    try expect(.comma, "','")
    var path = [try parseFieldName()]
    while take(.dot) { path.append(try parseFieldName()) }
    try expect(.rightParenthesis, "')'")
    return try add(.offsetof(operand, path), range(from: start))
  }

  // MARK: Parentheses

  /// A tuple, a record or an expression in parentheses; casts are prefixes.
  private mutating func parseParenthesized() throws(SyntaxFailure) -> ExprID {
    let start = advance().start
    if take(.rightParenthesis) { return try add(.tuple([]), range(from: start)) }
    if kind == .identifier, peek().kind == .assign {
      return try parseRecord(from: start)
    }
    let first = try parseExpression()
    guard kind == .comma else {
      try expect(.rightParenthesis, "')'")
      tree.parentheses[first] = range(from: start)
      return first
    }
    var elements = [first]
    while take(.comma), kind != .rightParenthesis { elements.append(try parseExpression()) }
    try expect(.rightParenthesis, "')'")
    return try add(.tuple(elements), range(from: start))
  }

  private mutating func parseRecord(from start: Int) throws(SyntaxFailure) -> ExprID {
    var fields: [RecordFieldSyntax] = []
    repeat {
      let name = try parseFieldName()
      try expect(.assign, "'='")
      let field = RecordFieldSyntax(name: name, value: try parseExpression())
      if fields.contains(where: { $0.name.name == name.name }) {
        report(.repeatedField(name.name, at: range(from: name.range.start)))
      }
      fields.append(field)
    } while take(.comma)
    try expect(.rightParenthesis, "')'")
    return try add(.record(fields), range(from: start))
  }

  // MARK: If

  /// `if c {...} else if d {...} else {...}`
  mutating func parseIf() throws(SyntaxFailure) -> ExprID {
    let start = token.start
    var clauses: [IfSyntax.Clause] = []
    var otherwise: BlockID?
    repeat {
      advance()
      let condition = try parseExpression()
      let body = try parseBlock()
      clauses.append(IfSyntax.Clause(condition: condition, body: body))
      guard isWord("else") else { break }
      advance()
      if !isWord("if") {
        otherwise = try parseBlock()
        break
      }
    } while true
    return try add(
      .ifElse(IfSyntax(clauses: clauses, otherwise: otherwise)), range(from: start))
  }

  // MARK: Alone

  /// The whole text as one expression; nil if it is not one.
  mutating func parseLoneExpression() -> ExprID? {
    do throws(SyntaxFailure) {
      let value = try parseExpression()
      guard kind == .endOfFile else { throw fail(.expected("end of expression", at: tokenRange)) }
      return diagnostics.hasErrors ? nil : value
    } catch {
      return nil
    }
  }
}
