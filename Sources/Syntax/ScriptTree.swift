package import Diagnostics

/// The syntax tree of a script: nodes in arrays, named by typed ids.
///
/// The tree holds no meaning. A pass keeps what it finds out in side tables keyed by id, so the
/// same body can be visited once per attach point with different results. Nodes are never removed
/// or moved; passes that expand something add copies (`copy`) and point at them.
package struct ScriptTree: Hashable, Sendable {
  package private(set) var expressions: [ExpressionSyntax] = []
  package private(set) var statements: [StatementSyntax] = []
  package private(set) var blocks: [BlockSyntax] = []
  package private(set) var types: [TypeSyntax] = []
  package private(set) var expansions: [Expansion] = []

  /// The outermost parentheses of expressions that stand in some; they mean nothing.
  package var parentheses: [ExprID: SourceRange] = [:]

  /// What stands at the top of the script, with what was imported.
  package var contents = ScriptContents()

  package init() {}

  // MARK: Nodes

  package subscript(id: ExprID) -> ExpressionSyntax {
    get { expressions[id.index] }
    set { expressions[id.index] = newValue }
  }
  package subscript(id: StmtID) -> StatementSyntax {
    get { statements[id.index] }
    set { statements[id.index] = newValue }
  }
  package subscript(id: BlockID) -> BlockSyntax {
    get { blocks[id.index] }
    set { blocks[id.index] = newValue }
  }
  package subscript(id: TypeID) -> TypeSyntax {
    get { types[id.index] }
    set { types[id.index] = newValue }
  }
  package subscript(id: ExpansionID) -> Expansion { expansions[id.index] }

  /// Adds a node and returns its id; so do the others of this name.
  package mutating func add(_ node: ExpressionSyntax) -> ExprID {
    expressions.append(node)
    return ExprID(index: expressions.count - 1)
  }
  package mutating func add(_ node: StatementSyntax) -> StmtID {
    statements.append(node)
    return StmtID(index: statements.count - 1)
  }
  package mutating func add(_ node: BlockSyntax) -> BlockID {
    blocks.append(node)
    return BlockID(index: blocks.count - 1)
  }
  package mutating func add(_ node: TypeSyntax) -> TypeID {
    types.append(node)
    return TypeID(index: types.count - 1)
  }
  package mutating func add(_ node: Expansion) -> ExpansionID {
    expansions.append(node)
    return ExpansionID(index: expansions.count - 1)
  }

  /// Adds an expression of that kind and returns its id.
  package mutating func add(
    _ kind: ExpressionSyntax.Kind, range: SourceRange, expansion: ExpansionID? = nil
  ) -> ExprID {
    add(ExpressionSyntax(kind, range: range, expansion: expansion))
  }

  // MARK: Items

  package var probes: [ProbeSyntax] {
    items.compactMap { if case .probe(let probe) = $0 { probe } else { nil } }
  }
  package var macros: [MacroSyntax] {
    items.compactMap { if case .macro(let macro) = $0 { macro } else { nil } }
  }
  package var functions: [FunctionSyntax] {
    items.compactMap { if case .function(let function) = $0 { function } else { nil } }
  }
  package var mapDeclarations: [MapDeclarationSyntax] {
    items.compactMap { if case .map(let map) = $0 { map } else { nil } }
  }

  // MARK: Places

  /// Returns where an expansion came from, innermost first: the chain for a diagnostic.
  package func expandedFrom(_ expansion: ExpansionID?) -> [SourceRange] {
    var chain: [SourceRange] = []
    var next = expansion
    while let id = next {
      chain.append(self[id].range)
      next = self[id].parent
    }
    return chain
  }
}
