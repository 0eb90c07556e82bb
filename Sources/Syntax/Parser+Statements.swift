import Diagnostics
import SystemText

extension Parser {
  /// `{ statements; value }`. What is wrong inside is skipped, statement by statement.
  mutating func parseBlock() throws(SyntaxFailure) -> BlockID {
    let start = token.start
    try expect(.leftBrace, "'{'")
    return try nested { parser throws(SyntaxFailure) in try parser.parseBlockBody(from: start) }
  }

  private mutating func parseBlockBody(from start: Int) throws(SyntaxFailure) -> BlockID {
    var statements: [StmtID] = []
    var result: ExprID?
    while true {
      switch kind {
      case .rightBrace:
        advance()
        return add(
          BlockSyntax(statements: statements, result: result, range: range(from: start)))
      case .endOfFile: throw fail(.expected("'}'", at: tokenRange))
      case .semicolon: advance()
      default:
        do throws(SyntaxFailure) {
          switch try parseStatement() {
          case .statement(let statement): statements.append(statement)
          case .result(let value): result = value
          }
        } catch {
          if hasGivenUp { throw error }
          skipStatement()
        }
      }
    }
  }

  /// A statement, or the expression before a `}`.
  private enum StatementOrResult {
    case statement(StmtID)
    case result(ExprID)
  }

  private mutating func parseStatement() throws(SyntaxFailure) -> StatementOrResult {
    guard kind == .identifier else {
      return kind == .leftBrace ? try parseBracedStatement() : try parseExpressionStatement()
    }
    switch text(token) {
    case "if": return try parseBracedStatement()
    case "while": return .statement(try parseWhile())
    case "unroll": return .statement(try parseUnroll())
    case "for": return .statement(try parseFor())
    case "break": return .statement(try parseJump(.breakLoop))
    case "continue": return .statement(try parseJump(.continueLoop))
    case "return": return .statement(try parseReturn())
    case "let": return .statement(try parseLet())
    case "import": return .statement(try parseImportStatement())
    case "_" where peek().kind == .assign: return .statement(try parseDiscard())
    default: return try parseExpressionStatement()
    }
  }

  /// `;`, or nothing before a `}`.
  private mutating func parseStatementEnd() throws(SyntaxFailure) {
    if kind == .rightBrace || take(.semicolon) { return }
    try reportMissingSemicolon(.expected("';'", at: tokenRange))
  }

  /// Reports; a statement that begins on the next line is not skipped with the broken one.
  private mutating func reportMissingSemicolon(_ error: Diagnostic) throws(SyntaxFailure) {
    let failure = fail(error)
    guard isOnNewLine(), !hasGivenUp else { throw failure }
    switch kind {
    case .identifier, .variable, .map: return
    default: throw failure
    }
  }

  private mutating func isOnNewLine() -> Bool {
    let next = token.start
    return file.bytes[min(previousEnd, next)..<next].contains(UInt8(ascii: "\n"))
  }

  // MARK: Expressions and assignments

  /// `if` and `{...}` need no `;`.
  private mutating func parseBracedStatement() throws(SyntaxFailure) -> StatementOrResult {
    let start = token.start
    let value: ExprID
    if kind == .leftBrace {
      let block = try parseBlock()
      value = try add(.block(block), range(from: start))
    } else {
      value = try parseIf()
    }
    if kind == .rightBrace { return .result(value) }
    let whole = range(from: start)
    _ = take(.semicolon)
    return .statement(add(.expression(value), whole))
  }

  private mutating func parseExpressionStatement() throws(SyntaxFailure) -> StatementOrResult {
    let start = token.start
    let value = try parseExpression()
    if kind.isAssignment {
      guard isAssignable(value) else { throw try refuseAssignment(to: value, from: start) }
      return .statement(try parseAssignment(to: value, from: start))
    }
    if kind == .rightBrace { return .result(value) }
    try parseStatementEnd()
    return .statement(add(.expression(value), range(from: start)))
  }

  /// What is wrong with an assignment to something that cannot be assigned to.
  private mutating func refuseAssignment(
    to value: ExprID, from start: Int
  ) throws(SyntaxFailure) -> SyntaxFailure {
    switch tree[value].kind {
    case .field, .tupleElement:
      advance()
      _ = try parseExpression()
      return fail(.immutableParts(at: range(from: start)))
    default: return fail(.notAssignable(at: tokenRange))
    }
  }

  private func isAssignable(_ value: ExprID) -> Bool {
    switch tree[value].kind {
    case .variable, .map, .mapElement: tree.parentheses[value] == nil
    default: false
    }
  }

  private mutating func parseAssignment(
    to target: ExprID, from start: Int
  ) throws(SyntaxFailure) -> StmtID {
    let sign = advance()
    let value = try parseExpression()
    let statement = add(
      .assign(
        AssignSyntax(
          target: target, operation: sign.kind.compoundOperator, operatorRange: range(sign),
          value: value)), range(from: start))
    if kind.isAssignment { throw fail(.notAssignable(at: tokenRange)) }
    try parseStatementEnd()
    return statement
  }

  private mutating func parseDiscard() throws(SyntaxFailure) -> StmtID {
    let start = advance().start
    advance()
    let value = try parseExpression()
    let statement = add(.discard(value), range(from: start))
    try parseStatementEnd()
    return statement
  }

  private mutating func parseLet() throws(SyntaxFailure) -> StmtID {
    let start = advance().start
    let name = try expect(.variable, "variable name")
    var whole = range(from: start)
    let type = try take(.colon) ? parseTypeSpecification() : nil
    var value: ExprID?
    if take(.assign) {
      value = try parseExpression()
      whole = range(from: start)
    }
    let declaration = LetSyntax(name: text(name), nameRange: range(name), type: type, value: value)
    let statement = add(.letVariable(declaration), whole)
    try parseStatementEnd()
    return statement
  }

  // MARK: Loops and jumps

  private mutating func parseWhile() throws(SyntaxFailure) -> StmtID {
    let start = advance().start
    let condition = try parseExpression()
    let body = try parseBlock()
    return add(.whileLoop(condition: condition, body: body), range(from: start))
  }

  private mutating func parseUnroll() throws(SyntaxFailure) -> StmtID {
    let start = advance().start
    let count = try parseExpression()
    let body = try parseBlock()
    return add(.unroll(count: count, body: body), range(from: start))
  }

  private mutating func parseFor() throws(SyntaxFailure) -> StmtID {
    let start = advance().start
    let isParenthesized = take(.leftParenthesis)
    let name = try expect(.variable, "variable name")
    try expect(.colon, "':'")
    let iteration = try parseIteration()
    if isParenthesized { try expect(.rightParenthesis, "')'") }
    let body = try parseBlock()
    let loop = ForSyntax(
      name: text(name), nameRange: range(name), iteration: iteration, body: body)
    return add(.forLoop(loop), range(from: start))
  }

  private mutating func parseIteration() throws(SyntaxFailure) -> ForSyntax.Iteration {
    let first = try parsePostfix()
    if kind != .dotDot, case .map = tree[first].kind { return .map(first) }
    try expect(.dotDot, "'..'")
    return .range(first, try parsePostfix())
  }

  private mutating func parseJump(_ kind: StatementSyntax.Kind) throws(SyntaxFailure) -> StmtID {
    let start = advance().start
    try parseStatementEnd()
    return add(kind, range(from: start))
  }

  private mutating func parseReturn() throws(SyntaxFailure) -> StmtID {
    let start = advance().start
    let hasValue = kind != .semicolon && kind != .rightBrace
    let value = try hasValue ? parseExpression() : nil
    try parseStatementEnd()
    return add(.returnValue(value), range(from: start))
  }

  private mutating func parseImportStatement() throws(SyntaxFailure) -> StmtID {
    let syntax = try parseImport()
    let statement = add(.importPath(syntax), syntax.range)
    try parseStatementEnd()
    return statement
  }

  /// `import "path"`, without the `;`.
  mutating func parseImport() throws(SyntaxFailure) -> ImportSyntax {
    let start = advance().start
    guard kind == .string else { throw fail(.expected("string", at: tokenRange)) }
    let pathRange = tokenRange
    let path = String(systemBytes: takeString())
    return ImportSyntax(path: path, pathRange: pathRange, range: range(from: start))
  }
}
