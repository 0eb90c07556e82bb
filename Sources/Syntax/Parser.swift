import Diagnostics

/// Why a construct was given up; the reason is reported already.
struct SyntaxFailure: Error {}

/// A recursive descent parser over a text.
///
/// It has one token of lookahead, fetched when somebody asks, so that a construct can end right
/// before text that is not made of tokens. `Parser+X.swift` has the grammar; here is what all of
/// it stands on.
struct Parser {
  /// How deep brackets and blocks may nest. Each level costs a few stack frames.
  static let nestingLimit = 256
  /// How deep the tree may get, long chains of operators included; every later pass recurses.
  static let depthLimit = 500
  /// After so many errors parsing stops.
  static let errorLimit = 100

  let file: SourceFile
  let lexer: Lexer
  let parameters: [String]
  /// Where the nodes go.
  var tree: ScriptTree
  /// What stands at the top of the text.
  var contents = ScriptContents()
  var diagnostics = DiagnosticList()
  var comments: [Range<Int>] = []

  /// Where the next token is looked for.
  var position = 0 {
    didSet { lookahead = nil }
  }
  private var lookahead: Token?
  /// The end of the last token that was consumed.
  var previousEnd = 0
  /// Whether a `/` before a `{` ends a predicate.
  var isInPredicate = false

  private var nesting = 0
  private var lastErrorStart = -1
  /// Set when the error limit is reached.
  private(set) var hasGivenUp = false
  private var expressionDepths: [UInt16]
  private var blockDepths: [UInt16]
  private var statementDepths: [UInt16]
  private var typeDepths: [UInt16]

  init(_ file: SourceFile, parameters: [String], tree: ScriptTree = ScriptTree()) {
    self.file = file
    self.parameters = parameters
    self.tree = tree
    lexer = Lexer(bytes: file.bytes)
    expressionDepths = Array(repeating: 1, count: tree.expressions.count)
    blockDepths = Array(repeating: 1, count: tree.blocks.count)
    statementDepths = Array(repeating: 1, count: tree.statements.count)
    typeDepths = Array(repeating: 1, count: tree.types.count)
  }

  // MARK: Tokens

  /// The next token. Errors of the lexer are reported when it is first looked at.
  var token: Token {
    mutating get {
      if let lookahead { return lookahead }
      var start = position
      while true {
        var seen: [Range<Int>] = []
        var token = lexer.token(from: start, comments: &seen)
        note(comments: seen)
        switch token.kind {
        case .invalidCharacter:
          report(.invalidCharacter(file.bytes[token.start..<token.end], at: range(token)))
          start = token.end
          continue
        case .unterminatedString:
          let atEnd = token.end == file.bytes.count
          report(.unterminatedString(at: atEnd ? endOfFile : range(token)))
          token.kind = .string
        case .unterminatedComment:
          report(.unterminatedComment(at: endOfFile))
          token.kind = .endOfFile
        default: break
        }
        lookahead = token
        return token
      }
    }
  }

  var kind: Token.Kind { mutating get { token.kind } }

  /// The range of the next token.
  var tokenRange: SourceRange { mutating get { range(token) } }

  /// Remembers comments, once each.
  mutating func note(comments seen: [Range<Int>]) {
    for comment in seen where comment.lowerBound >= comments.last?.upperBound ?? 0 {
      comments.append(comment)
    }
  }

  /// Consumes the next token and returns it.
  @discardableResult
  mutating func advance() -> Token {
    let token = token
    position = token.end
    previousEnd = token.end
    return token
  }

  /// Consumes the next token if it is of that kind.
  mutating func take(_ kind: Token.Kind) -> Bool {
    guard self.kind == kind else { return false }
    advance()
    return true
  }

  /// Consumes a token of that kind or fails with `expected what`.
  @discardableResult
  mutating func expect(_ kind: Token.Kind, _ what: String) throws(SyntaxFailure) -> Token {
    guard self.kind == kind else { throw fail(.expected(what, at: tokenRange)) }
    return advance()
  }

  /// Returns the token after the next, or after `token`.
  mutating func peek(after token: Token? = nil) -> Token {
    lexer.token(from: token?.end ?? self.token.end)
  }

  /// Whether the next token is that word.
  mutating func isWord(_ word: StaticString) -> Bool {
    let token = token
    return token.kind == .identifier && token.end - token.start == word.utf8CodeUnitCount
      && lexer.has(word, at: token.start)
  }

  func text(_ token: Token) -> String { lexer.text(token.start..<token.end) }

  // MARK: Ranges

  func range(_ token: Token) -> SourceRange { range(token.start, token.end) }

  func range(_ start: Int, _ end: Int) -> SourceRange {
    SourceRange(file: file.id, start..<max(start, end))
  }

  /// From `start` to the end of the last consumed token.
  func range(from start: Int) -> SourceRange { range(start, previousEnd) }

  /// The empty range after the last byte.
  var endOfFile: SourceRange { range(file.bytes.count, file.bytes.count) }

  // MARK: Errors

  /// Reports; but not a second error at the same place, and none after the limit.
  mutating func report(_ diagnostic: Diagnostic) {
    guard diagnostic.severity == .error else { return diagnostics.append(diagnostic) }
    guard !hasGivenUp, let range = diagnostic.range, range.start != lastErrorStart else { return }
    lastErrorStart = range.start
    if diagnostics.errorCount >= Self.errorLimit {
      hasGivenUp = true
      diagnostics.append(.tooManyErrors(at: range))
    } else {
      diagnostics.append(diagnostic)
    }
  }

  /// Reports, and returns what to throw.
  mutating func fail(_ diagnostic: Diagnostic) -> SyntaxFailure {
    report(diagnostic)
    return SyntaxFailure()
  }

  /// Skips to where the next statement may begin: after a `;` or a whole `{...}`, before a `}`.
  mutating func skipStatement() {
    var depth = 0
    while true {
      switch kind {
      case .endOfFile: return
      case .semicolon:
        advance()
        if depth == 0 { return }
      case .leftBrace:
        advance()
        depth += 1
      case .rightBrace:
        if depth == 0 { return }
        advance()
        depth -= 1
        if depth == 0, !isWord("else") { return }
      default: advance()
      }
    }
  }

  /// Runs `body` one level deeper, or fails if that is too deep.
  mutating func nested<Value>(
    _ body: (inout Parser) throws(SyntaxFailure) -> Value
  ) throws(SyntaxFailure) -> Value {
    guard nesting < Self.nestingLimit else {
      throw fail(.tooDeep(Self.nestingLimit, at: tokenRange))
    }
    nesting += 1
    defer { nesting -= 1 }
    if hasGivenUp { throw SyntaxFailure() }
    return try body(&self)
  }

  // MARK: Nodes

  /// Adds an expression, or fails if the tree gets too deep by it.
  mutating func add(
    _ kind: ExpressionSyntax.Kind, _ range: SourceRange
  ) throws(SyntaxFailure) -> ExprID {
    let depth = 1 + depth(of: kind)
    guard depth <= Self.depthLimit else { throw fail(.tooDeep(Self.depthLimit, at: range)) }
    expressionDepths.append(UInt16(depth))
    return tree.add(kind, range: range)
  }

  mutating func add(_ kind: StatementSyntax.Kind, _ range: SourceRange) -> StmtID {
    statementDepths.append(UInt16(clamping: 1 + depth(of: kind)))
    return tree.add(StatementSyntax(kind, range: range))
  }

  mutating func add(_ block: BlockSyntax) -> BlockID {
    let deepest = block.statements.reduce(0) { max($0, Int(statementDepths[$1.index])) }
    blockDepths.append(UInt16(clamping: 1 + max(deepest, depth(block.result))))
    return tree.add(block)
  }

  mutating func add(_ type: TypeSyntax) -> TypeID {
    if case .typeof(let operand) = type.base {
      typeDepths.append(UInt16(clamping: 1 + depth(of: operand)))
    } else {
      typeDepths.append(1)
    }
    return tree.add(type)
  }

  private func depth(_ id: ExprID?) -> Int { id.map { Int(expressionDepths[$0.index]) } ?? 0 }
  private func depth(_ id: BlockID?) -> Int { id.map { Int(blockDepths[$0.index]) } ?? 0 }
  private func depth(_ id: TypeID?) -> Int { id.map { Int(typeDepths[$0.index]) } ?? 0 }

  private func depth(of operand: TypeOrExpression) -> Int {
    switch operand {
    case .type(let type): depth(type)
    case .expression(let value), .name(_, let value): depth(value)
    }
  }

  private func depth(of kind: ExpressionSyntax.Kind) -> Int {
    switch kind {
    case .integer, .string, .boolean, .variable, .map, .positional, .positionalCount, .identifier,
      .invalid:
      0
    case .mapElement(_, let values), .tuple(let values):
      values.reduce(0) { max($0, depth($1)) }
    case .call(let call): call.arguments.reduce(0) { max($0, depth($1)) }
    case .unary(_, let value), .step(_, let value), .field(let value, _),
      .tupleElement(let value, _), .comptime(let value), .shown(let value, _):
      depth(value)
    case .binary(_, let left, let right), .index(let left, let right):
      max(depth(left), depth(right))
    case .ternary(let condition, let then, let otherwise):
      max(depth(condition), depth(then), depth(otherwise))
    case .cast(let type, let value): max(depth(type), depth(value))
    case .record(let fields): fields.reduce(0) { max($0, depth($1.value)) }
    case .ifElse(let chain):
      chain.clauses.reduce(depth(chain.otherwise)) {
        max($0, depth($1.condition), depth($1.body))
      }
    case .block(let block): depth(block)
    case .sizeof(let operand), .offsetof(let operand, _), .typeinfo(let operand),
      .typeof(let operand):
      depth(of: operand)
    }
  }

  private func depth(of kind: StatementSyntax.Kind) -> Int {
    switch kind {
    case .expression(let value), .discard(let value): depth(value)
    case .assign(let assignment): max(depth(assignment.target), depth(assignment.value))
    case .letVariable(let declaration): max(depth(declaration.type), depth(declaration.value))
    case .whileLoop(let value, let body), .unroll(let value, let body):
      max(depth(value), depth(body))
    case .forLoop(let loop):
      switch loop.iteration {
      case .map(let map): max(depth(map), depth(loop.body))
      case .range(let first, let end): max(depth(first), depth(end), depth(loop.body))
      }
    case .breakLoop, .continueLoop, .importPath: 0
    case .returnValue(let value): depth(value)
    }
  }
}
