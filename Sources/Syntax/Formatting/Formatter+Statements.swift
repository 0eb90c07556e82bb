import Diagnostics

extension Formatter {
  /// `{`, the statements on lines of their own, `}`.
  mutating func layout(_ id: BlockID) -> Layout {
    let block = tree[id]
    let inner = block.range.start + 1..<block.range.end - 1
    if isEmpty(id) { return .text("{}") }
    var entries: [Entry] = []
    for (index, statement) in block.statements.enumerated() {
      let isLast = index == block.statements.count - 1 && block.result == nil
      entries.append(
        Entry(range: extent(of: .statement(statement))) { $0.layout(statement, isLast: isLast) })
    }
    if let result = block.result {
      entries.append(
        Entry(range: extent(of: .expression(result))) { $0.layout(result: result) })
    }
    return .sequence([
      .text("{"), .indented(lines(entries, in: inner, after: .brace)), .lineEnds(1), .text("}"),
    ])
  }

  private func isEmpty(_ id: BlockID) -> Bool {
    tree[id].statements.isEmpty && tree[id].result == nil && !hasComment(in: tree[id].range.offsets)
  }

  /// Returns the bytes that a node covers: parentheses, and what a cast applies to, included.
  func extent(of node: SyntaxNode) -> Range<Int> {
    var start = Int.max
    var end = 0
    func add(_ range: SourceRange) {
      start = min(start, range.start)
      end = max(end, range.end)
    }
    tree.walk(from: node) { node in
      switch node {
      case .expression(let id):
        add(tree[id].range)
        if let parentheses = tree.parentheses[id] { add(parentheses) }
      case .statement(let id): add(tree[id].range)
      case .type(let id): add(tree[id].range)
      case .block(let id):
        add(tree[id].range)
        return false
      }
      return true
    }
    return start..<end
  }

  /// The blocks of a node that are not in other blocks of it.
  private func blocks(of node: SyntaxNode) -> [SourceRange] {
    var ranges: [SourceRange] = []
    tree.walk(from: node) { node in
      guard case .block(let id) = node else { return true }
      ranges.append(tree[id].range)
      return false
    }
    return ranges
  }

  // MARK: Statements

  private mutating func layout(_ id: StmtID, isLast: Bool) -> Layout {
    let extent = extent(of: .statement(id))
    if hasComment(in: extent, outside: blocks(of: .statement(id))) {
      let text = unchanged(extent)
      return file.bytes[extent.upperBound - 1] == UInt8(ascii: ";") ? text : ended(text)
    }
    switch tree[id].kind {
    case .expression(let value):
      guard let braced = braced(value) else { return ended(layout(value, .statement)) }
      // Without a semicolon it would be the value of the block.
      return isLast ? ended(braced) : braced
    case .assign(let assignment):
      let sign = "\(assignment.operation?.rawValue ?? "")="
      let target = layout(assignment.target, .whole)
      return ended(
        .sequence([target, .text(" \(sign) "), layout(assignment.value, .whole)]))
    case .discard(let value): return ended(.sequence([.text("_ = "), layout(value, .whole)]))
    case .letVariable(let declaration): return layout(declaration)
    case .whileLoop(let condition, let body):
      return .sequence([
        .text("while ("), .group(.aligned(layout(condition, .whole))), .text(") "), layout(body),
      ])
    case .unroll(let count, let body):
      return .sequence([.text("unroll ("), layout(count, .whole), .text(") "), layout(body)])
    case .forLoop(let loop): return layout(loop)
    case .breakLoop: return .text("break;")
    case .continueLoop: return .text("continue;")
    case .returnValue(let value):
      guard let value else { return .text("return;") }
      return ended(.sequence([.text("return "), layout(value, .whole)]))
    case .importPath(let syntax): return layout(syntax)
    }
  }

  /// The last expression of a block.
  private mutating func layout(result id: ExprID) -> Layout {
    let node = SyntaxNode.expression(id)
    if hasComment(in: extent(of: node), outside: blocks(of: node)) {
      return unchanged(extent(of: node))
    }
    return braced(id) ?? layout(id, .statement)
  }

  /// An `if` or a block that is a statement; nil for other expressions.
  private mutating func braced(_ id: ExprID) -> Layout? {
    switch tree[id].kind {
    case .ifElse(let chain): chainLayout(chain) { $0.layout($1) }
    case .block(let block): layout(block)
    default: nil
    }
  }

  private mutating func layout(_ declaration: LetSyntax) -> Layout {
    var parts = [Layout.text("let \(declaration.name)")]
    if let type = declaration.type { parts += [.text(" : "), layout(type)] }
    if let value = declaration.value { parts += [.text(" = "), layout(value, .whole)] }
    return ended(.sequence(parts))
  }

  private mutating func layout(_ loop: ForSyntax) -> Layout {
    var parts = [Layout.text("for \(loop.name) : ")]
    switch loop.iteration {
    case .map(let map): parts.append(layout(map, .operand))
    case .range(let first, let end):
      parts += [layout(first, .operand), .text(".."), layout(end, .operand)]
    }
    return .sequence(parts + [.text(" "), layout(loop.body)])
  }

  // MARK: If

  /// `if c {...} else if d {...} else {...}`
  mutating func chainLayout(
    _ chain: IfSyntax, _ block: (inout Formatter, BlockID) -> Layout
  ) -> Layout {
    var parts: [Layout] = []
    for (index, clause) in chain.clauses.enumerated() {
      parts.append(.text(index == 0 ? "if " : " else if "))
      parts += [conditionLayout(clause.condition), .text(" "), block(&self, clause.body)]
    }
    if let otherwise = chain.otherwise { parts += [.text(" else "), block(&self, otherwise)] }
    return .sequence(parts)
  }

  /// In parentheses where it is put together with an operator.
  private mutating func conditionLayout(_ id: ExprID) -> Layout {
    switch tree[id].kind {
    case .binary, .ternary:
      .sequence([.text("("), .group(.aligned(layout(id, .whole))), .text(")")])
    default: layout(id, .whole)
    }
  }
}
