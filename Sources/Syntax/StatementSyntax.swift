package import Diagnostics

/// A statement as written.
package struct StatementSyntax: Hashable, Sendable {
  package indirect enum Kind: Hashable, Sendable {
    /// An expression for its effect; also `if` and `{...}` used as statements.
    case expression(ExprID)
    case assign(AssignSyntax)
    /// `_ = e`
    case discard(ExprID)
    case letVariable(LetSyntax)
    case whileLoop(condition: ExprID, body: BlockID)
    case unroll(count: ExprID, body: BlockID)
    case forLoop(ForSyntax)
    case breakLoop
    case continueLoop
    case returnValue(ExprID?)
    /// `import "path";` inside a block.
    case importPath(ImportSyntax)
  }

  package var kind: Kind
  package var range: SourceRange
  /// The expansion that made this copy; nil for what was written here.
  package var expansion: ExpansionID?

  package init(_ kind: Kind, range: SourceRange, expansion: ExpansionID? = nil) {
    self.kind = kind
    self.range = range
    self.expansion = expansion
  }
}

/// `target = value`, `target += value`.
package struct AssignSyntax: Hashable, Sendable {
  /// A `.variable`, a `.map` or a `.mapElement`.
  package var target: ExprID
  /// The operation of a compound assignment, nil for `=`.
  package var operation: BinaryOperator?
  /// The place of the operator sign; a compound's inner operation reaches from here to the value.
  package var operatorRange: SourceRange
  package var value: ExprID

  package init(
    target: ExprID, operation: BinaryOperator?, operatorRange: SourceRange, value: ExprID
  ) {
    self.target = target
    self.operation = operation
    self.operatorRange = operatorRange
    self.value = value
  }
}

/// `let $x: type = value`
package struct LetSyntax: Hashable, Sendable {
  /// The variable, with its `$`.
  package var name: String
  package var nameRange: SourceRange
  package var type: TypeID?
  package var value: ExprID?

  package init(name: String, nameRange: SourceRange, type: TypeID?, value: ExprID?) {
    self.name = name
    self.nameRange = nameRange
    self.type = type
    self.value = value
  }
}

/// `for ($x : ...) {...}`
package struct ForSyntax: Hashable, Sendable {
  package enum Iteration: Hashable, Sendable {
    /// Over the elements of a map; the expression is a `.map`.
    case map(ExprID)
    /// From the first (included) to the second (excluded).
    case range(ExprID, ExprID)
  }

  /// The loop variable, with its `$`.
  package var name: String
  package var nameRange: SourceRange
  package var iteration: Iteration
  package var body: BlockID

  package init(name: String, nameRange: SourceRange, iteration: Iteration, body: BlockID) {
    self.name = name
    self.nameRange = nameRange
    self.iteration = iteration
    self.body = body
  }
}

/// `import "path";`
package struct ImportSyntax: Hashable, Sendable {
  package var path: String
  package var pathRange: SourceRange
  /// From `import` through the path.
  package var range: SourceRange

  package init(path: String, pathRange: SourceRange, range: SourceRange) {
    self.path = path
    self.pathRange = pathRange
    self.range = range
  }
}

/// `{ statements; value }`
package struct BlockSyntax: Hashable, Sendable {
  package var statements: [StmtID]
  /// The last expression if it has no `;`: the value where a value is wanted, and a statement for
  /// its effect elsewhere. Never also in `statements`.
  package var result: ExprID?
  /// From `{` through `}`.
  package var range: SourceRange

  package init(statements: [StmtID], result: ExprID?, range: SourceRange) {
    self.statements = statements
    self.result = result
    self.range = range
  }
}

/// A type as written: a base and suffixes that are read from left to right.
package struct TypeSyntax: Hashable, Sendable {
  package enum Keyword: String, Hashable, Sendable { case `struct`, union, `enum` }

  package enum Base: Hashable, Sendable {
    /// `uint8`, `struct task_struct`
    case named(Keyword?, String)
    case typeof(TypeOrExpression)
  }

  package enum Suffix: Hashable, Sendable {
    case pointer
    /// `[n]`, or `[]` when nil; for `string`, `buffer` and `inet` the capacity.
    case array(UInt64?)
  }

  package var base: Base
  /// `int32*[4]` is `[.pointer, .array(4)]`: an array of four pointers.
  package var suffixes: [Suffix]
  package var range: SourceRange
  /// The expansion that made this copy; nil for what was written here.
  package var expansion: ExpansionID?

  package init(
    base: Base, suffixes: [Suffix] = [], range: SourceRange, expansion: ExpansionID? = nil
  ) {
    self.base = base
    self.suffixes = suffixes
    self.range = range
    self.expansion = expansion
  }
}
