extension ScriptTree {
  /// What becomes of an expression while its subtree is copied.
  package enum Substitution: Sendable {
    /// Copy it, and its children with the same rules.
    case keep
    /// Copy it with another name: a variable, map, map element, identifier or call.
    case rename(String)
    /// Put a deep copy of this expression of the *destination* in its place, unchanged.
    case replace(ExprID)
  }

  /// What a copy changes on its way.
  package struct CopyRules {
    /// The expansion that the copied nodes are said to come from. Nodes that come from one
    /// already keep theirs.
    package var expansion: ExpansionID?
    /// Asked for each expression of the source.
    package var expression: (ExpressionSyntax) -> Substitution
    /// Asked for each type of the source; the answer, a type of the destination, takes the place
    /// of its base.
    package var type: (TypeSyntax) -> TypeID?
    /// Asked for each `$name` that a statement declares (`let`, `for`).
    package var declaration: (String) -> String

    package init(
      expansion: ExpansionID? = nil,
      expression: @escaping (ExpressionSyntax) -> Substitution = { _ in .keep },
      type: @escaping (TypeSyntax) -> TypeID? = { _ in nil },
      declaration: @escaping (String) -> String = { $0 }
    ) {
      self.expansion = expansion
      self.expression = expression
      self.type = type
      self.declaration = declaration
    }
  }

  /// Adds a deep copy of an expression of `source`, or of this tree, and returns its id.
  package mutating func copy(
    _ id: ExprID, from source: ScriptTree? = nil, rules: CopyRules = CopyRules()
  ) -> ExprID {
    let old = (source ?? self)[id]
    let kind: ExpressionSyntax.Kind
    switch rules.expression(old) {
    case .keep: kind = copy(old.kind, from: source, rules)
    case .rename(let name): kind = copy(old.kind.renamed(name), from: source, rules)
    case .replace(let other): return copy(other)
    }
    let new = add(kind, range: old.range, expansion: old.expansion ?? rules.expansion)
    parentheses[new] = (source ?? self).parentheses[id]
    return new
  }

  /// Adds a deep copy of a statement of `source`, or of this tree, and returns its id.
  package mutating func copy(
    _ id: StmtID, from source: ScriptTree? = nil, rules: CopyRules = CopyRules()
  ) -> StmtID {
    let old = (source ?? self)[id]
    let kind = copy(old.kind, from: source, rules)
    return add(
      StatementSyntax(kind, range: old.range, expansion: old.expansion ?? rules.expansion))
  }

  /// Adds a deep copy of a block of `source`, or of this tree, and returns its id.
  package mutating func copy(
    _ id: BlockID, from source: ScriptTree? = nil, rules: CopyRules = CopyRules()
  ) -> BlockID {
    var block = (source ?? self)[id]
    block.statements = block.statements.map { copy($0, from: source, rules: rules) }
    block.result = block.result.map { copy($0, from: source, rules: rules) }
    return add(block)
  }

  /// Adds a deep copy of a type of `source`, or of this tree, and returns its id.
  package mutating func copy(
    _ id: TypeID, from source: ScriptTree? = nil, rules: CopyRules = CopyRules()
  ) -> TypeID {
    var type = (source ?? self)[id]
    if let replacement = rules.type(type) {
      type.base = self[replacement].base
      type.suffixes = self[replacement].suffixes + type.suffixes
    } else if case .typeof(let operand) = type.base {
      type.base = .typeof(copy(operand, from: source, rules))
    }
    type.expansion = type.expansion ?? rules.expansion
    return add(type)
  }

  // MARK: Children

  private mutating func copy(
    _ kind: ExpressionSyntax.Kind, from source: ScriptTree?, _ rules: CopyRules
  ) -> ExpressionSyntax.Kind {
    switch kind {
    case .integer, .string, .boolean, .variable, .map, .positional, .positionalCount, .identifier,
      .invalid:
      return kind
    case .mapElement(let name, let keys):
      return .mapElement(name, keys: keys.map { copy($0, from: source, rules: rules) })
    case .call(var call):
      call.arguments = call.arguments.map { copy($0, from: source, rules: rules) }
      return .call(call)
    case .unary(let operation, let operand):
      return .unary(operation, copy(operand, from: source, rules: rules))
    case .step(let operation, let operand):
      return .step(operation, copy(operand, from: source, rules: rules))
    case .binary(let operation, let left, let right):
      return .binary(
        operation, copy(left, from: source, rules: rules), copy(right, from: source, rules: rules))
    case .ternary(let condition, let then, let otherwise):
      return .ternary(
        condition: copy(condition, from: source, rules: rules),
        then: then.map { copy($0, from: source, rules: rules) },
        else: copy(otherwise, from: source, rules: rules))
    case .field(let base, let name):
      return .field(copy(base, from: source, rules: rules), name)
    case .tupleElement(let base, let index):
      return .tupleElement(copy(base, from: source, rules: rules), index)
    case .index(let base, let index):
      return .index(
        copy(base, from: source, rules: rules), copy(index, from: source, rules: rules))
    case .cast(let type, let operand):
      return .cast(
        copy(type, from: source, rules: rules), copy(operand, from: source, rules: rules))
    case .tuple(let elements):
      return .tuple(elements.map { copy($0, from: source, rules: rules) })
    case .record(let fields):
      return .record(
        fields.map {
          RecordFieldSyntax(name: $0.name, value: copy($0.value, from: source, rules: rules))
        })
    case .ifElse(var chain):
      chain.clauses = chain.clauses.map {
        IfSyntax.Clause(
          condition: copy($0.condition, from: source, rules: rules),
          body: copy($0.body, from: source, rules: rules))
      }
      chain.otherwise = chain.otherwise.map { copy($0, from: source, rules: rules) }
      return .ifElse(chain)
    case .block(let block):
      return .block(copy(block, from: source, rules: rules))
    case .sizeof(let operand): return .sizeof(copy(operand, from: source, rules))
    case .offsetof(let operand, let path):
      return .offsetof(copy(operand, from: source, rules), path)
    case .typeinfo(let operand): return .typeinfo(copy(operand, from: source, rules))
    case .typeof(let operand): return .typeof(copy(operand, from: source, rules))
    case .comptime(let operand): return .comptime(copy(operand, from: source, rules: rules))
    case .shown(let operand, let condition):
      return .shown(copy(operand, from: source, rules: rules), condition: condition)
    }
  }

  private mutating func copy(
    _ kind: StatementSyntax.Kind, from source: ScriptTree?, _ rules: CopyRules
  ) -> StatementSyntax.Kind {
    switch kind {
    case .expression(let value):
      return .expression(copy(value, from: source, rules: rules))
    case .assign(var assignment):
      assignment.target = copy(assignment.target, from: source, rules: rules)
      assignment.value = copy(assignment.value, from: source, rules: rules)
      return .assign(assignment)
    case .discard(let value): return .discard(copy(value, from: source, rules: rules))
    case .letVariable(var declaration):
      declaration.name = rules.declaration(declaration.name)
      declaration.type = declaration.type.map { copy($0, from: source, rules: rules) }
      declaration.value = declaration.value.map { copy($0, from: source, rules: rules) }
      return .letVariable(declaration)
    case .whileLoop(let condition, let body):
      return .whileLoop(
        condition: copy(condition, from: source, rules: rules),
        body: copy(body, from: source, rules: rules))
    case .unroll(let count, let body):
      return .unroll(
        count: copy(count, from: source, rules: rules),
        body: copy(body, from: source, rules: rules))
    case .forLoop(var loop):
      loop.name = rules.declaration(loop.name)
      switch loop.iteration {
      case .map(let map): loop.iteration = .map(copy(map, from: source, rules: rules))
      case .range(let first, let end):
        loop.iteration = .range(
          copy(first, from: source, rules: rules), copy(end, from: source, rules: rules))
      }
      loop.body = copy(loop.body, from: source, rules: rules)
      return .forLoop(loop)
    case .breakLoop, .continueLoop, .importPath: return kind
    case .returnValue(let value):
      return .returnValue(value.map { copy($0, from: source, rules: rules) })
    }
  }

  private mutating func copy(
    _ operand: TypeOrExpression, from source: ScriptTree?, _ rules: CopyRules
  ) -> TypeOrExpression {
    switch operand {
    case .type(let type): return .type(copy(type, from: source, rules: rules))
    case .expression(let value): return .expression(copy(value, from: source, rules: rules))
    case .name(let type, let value):
      // A name that something was put in the place of is no longer two things.
      if case .replace(let other) = rules.expression((source ?? self)[value]) {
        if case .typeof(let operand) = self[other].kind {
          return copy(operand, from: nil, CopyRules())
        }
        return .expression(copy(other))
      }
      return .name(
        type: copy(type, from: source, rules: rules),
        expression: copy(value, from: source, rules: rules))
    }
  }
}

extension ExpressionSyntax.Kind {
  /// Returns the same with another name; what has no name is returned as it is.
  fileprivate func renamed(_ name: String) -> Self {
    switch self {
    case .variable: return .variable(name)
    case .map: return .map(name)
    case .mapElement(_, let keys): return .mapElement(name, keys: keys)
    case .identifier: return .identifier(name)
    case .call(var call):
      call.name = name
      return .call(call)
    default: return self
    }
  }
}
