/// A node of any kind.
package enum SyntaxNode: Hashable, Sendable {
  case expression(ExprID)
  case statement(StmtID)
  case block(BlockID)
  case type(TypeID)
}

extension ScriptTree {
  /// Returns the nodes directly below a node, in the order of the source.
  ///
  /// Of a `TypeOrExpression.name` both readings are returned, the type first.
  package func children(of node: SyntaxNode) -> [SyntaxNode] {
    switch node {
    case .expression(let id): children(of: self[id].kind)
    case .statement(let id): children(of: self[id].kind)
    case .block(let id):
      self[id].statements.map { .statement($0) } + (self[id].result.map { [.expression($0)] } ?? [])
    case .type(let id):
      if case .typeof(let operand) = self[id].base { children(of: operand) } else { [] }
    }
  }

  /// Calls `visit` for a node and everything below it, parents first, in the order of the source.
  ///
  /// - Parameter visit: Returns whether to go on below the node.
  package func walk(from root: SyntaxNode, _ visit: (SyntaxNode) -> Bool) {
    var pending = [root]
    while let node = pending.popLast() {
      if visit(node) { pending += children(of: node).reversed() }
    }
  }

  /// How deep a tree may get; every pass recurses. The parser makes none that is deeper.
  package static let depthLimit = Parser.depthLimit

  /// Returns whether a node has more levels below it than a tree may have.
  package func isTooDeep(_ root: SyntaxNode) -> Bool {
    var pending = [(node: root, depth: 1)]
    while let (node, depth) = pending.popLast() {
      if depth > Self.depthLimit { return true }
      for child in children(of: node) { pending.append((child, depth + 1)) }
    }
    return false
  }

  private func children(of operand: TypeOrExpression) -> [SyntaxNode] {
    switch operand {
    case .type(let type): [.type(type)]
    case .expression(let value): [.expression(value)]
    case .name(let type, let value): [.type(type), .expression(value)]
    }
  }

  private func children(of kind: ExpressionSyntax.Kind) -> [SyntaxNode] {
    switch kind {
    case .integer, .string, .boolean, .variable, .map, .positional, .positionalCount, .identifier,
      .invalid:
      []
    case .mapElement(_, let values), .tuple(let values): values.map { .expression($0) }
    case .call(let call): call.arguments.map { .expression($0) }
    case .unary(_, let value), .step(_, let value), .field(let value, _),
      .tupleElement(let value, _), .comptime(let value), .shown(let value, _):
      [.expression(value)]
    case .binary(_, let left, let right), .index(let left, let right):
      [.expression(left), .expression(right)]
    case .ternary(let condition, let then, let otherwise):
      [.expression(condition)] + (then.map { [.expression($0)] } ?? []) + [.expression(otherwise)]
    case .cast(let type, let value): [.type(type), .expression(value)]
    case .record(let fields): fields.map { .expression($0.value) }
    case .ifElse(let chain):
      chain.clauses.flatMap { [.expression($0.condition), .block($0.body)] }
        + (chain.otherwise.map { [.block($0)] } ?? [])
    case .block(let block): [.block(block)]
    case .sizeof(let operand), .offsetof(let operand, _), .typeinfo(let operand),
      .typeof(let operand):
      children(of: operand)
    }
  }

  private func children(of kind: StatementSyntax.Kind) -> [SyntaxNode] {
    switch kind {
    case .expression(let value), .discard(let value): [.expression(value)]
    case .assign(let assignment): [.expression(assignment.target), .expression(assignment.value)]
    case .letVariable(let declaration):
      (declaration.type.map { [.type($0)] } ?? [])
        + (declaration.value.map { [.expression($0)] } ?? [])
    case .whileLoop(let value, let body), .unroll(let value, let body):
      [.expression(value), .block(body)]
    case .forLoop(let loop):
      switch loop.iteration {
      case .map(let map): [.expression(map), .block(loop.body)]
      case .range(let first, let end): [.expression(first), .expression(end), .block(loop.body)]
      }
    case .breakLoop, .continueLoop, .importPath: []
    case .returnValue(let value): value.map { [.expression($0)] } ?? []
    }
  }
}
