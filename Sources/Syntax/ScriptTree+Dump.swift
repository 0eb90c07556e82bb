extension ScriptTree {
  /// Returns the tree as text, a line per node, indented by depth; for reading, not for parsing.
  package func dump() -> String {
    var dump = TreeDump(tree: self)
    dump.addScript()
    return dump.text
  }

  /// Returns what a type looks like when written: `struct task_struct*[4]`.
  package func spelling(of id: TypeID) -> String {
    let type = self[id]
    var text =
      switch type.base {
      case .named(let keyword, let name): (keyword.map { "\($0.rawValue) " } ?? "") + name
      case .typeof: "typeof(...)"
      }
    for suffix in type.suffixes {
      switch suffix {
      case .pointer: text += "*"
      case .array(let size): text += "[\(size.map(String.init) ?? "")]"
      }
    }
    return text
  }
}

/// A dump while it is put together.
private struct TreeDump {
  let tree: ScriptTree
  var text = ""
  var depth = 0

  init(tree: ScriptTree) { self.tree = tree }

  mutating func line(_ text: String) {
    self.text += String(repeating: "  ", count: depth) + text + "\n"
  }

  mutating func line(_ text: String, children: (inout TreeDump) -> Void) {
    line(text)
    depth += 1
    children(&self)
    depth -= 1
  }

  // MARK: Items

  mutating func addScript() {
    for definition in tree.cDefinitions {
      let name = definition.kind == .preprocessor ? "preprocessor" : "c definition"
      line("\(name) \(quoted(definition.text))")
    }
    if let config = tree.config {
      line("config") { dump in
        for entry in config.entries { dump.line("\(entry.key) = \(dump.text(of: entry.value))") }
      }
    }
    add(tree.tool)
    for syntax in tree.imports { line("import \(quoted(syntax.path))") }
    for item in tree.items { add(item) }
  }

  private func text(of value: ConfigSyntax.Value) -> String {
    switch value {
    case .integer(let literal): "\(literal.value)"
    case .string(let bytes): quoted(bytes)
    case .boolean(let value): "\(value)"
    case .word(let word): word
    }
  }

  private mutating func add(_ tool: ToolSyntax) {
    for option in tool.options?.entries ?? [] {
      var words = option.spellings.map { spelling in
        switch spelling.form {
        case .letter(let letter): "-\(letter)"
        case .word(let word): "--\(word)"
        case .position(let word): "[\(word)]"
        }
      }
      if let kind = option.kind {
        words.append(kind.name)
        if let limits = kind.limits {
          let (lowest, highest) = (limits.lowest.map(String.init), limits.highest.map(String.init))
          words.append("\(lowest ?? "")..\(highest ?? "")")
        }
        words += kind.words.map { quoted(Array($0.utf8)) }
        if let element = kind.element { words.append("of \(element)") }
        if let minimum = kind.minimum { words.append("\(minimum.name)..") }
      }
      switch option.defaultValue?.form {
      case .integer(let number): words.append("= \(number)")
      case .string(let bytes): words.append("= \(quoted(bytes))")
      case .boolean(let flag): words.append("= \(flag)")
      case nil: break
      }
      words += option.excluded.map { "excludes \($0.name)" }
      if let summary = option.summary { words.append(quoted(summary)) }
      line((["option", option.name] + words).joined(separator: " "))
    }
    if let columns = tool.columns { add(columns, "columns") }
    for table in tool.tables { add(table, "table") }
  }

  private mutating func add(_ columns: ColumnsSyntax, _ word: String) {
    line(word + (columns.heading.map { " " + quoted($0) } ?? "")) { dump in
      for column in columns.entries {
        var words = [column.name + (column.part.map { ".\($0)" } ?? "")]
        if let heading = column.heading { words.append(quoted(heading)) }
        var choices: [(word: String, choice: ExprID)] = []
        switch column.format?.form {
        case .text(let text): words.append(quoted(text))
        case .choice(let choice): choices.append(("format", choice))
        case nil: break
        }
        switch column.unit?.form {
        case .word(let word): words.append("in \(word)")
        case .choice(let choice): choices.append(("in", choice))
        case .divisor(let number): words.append("/ \(number)")
        case nil: break
        }
        dump.line(words.joined(separator: " ")) { dump in
          for (word, choice) in choices { dump.line(word) { $0.add(choice) } }
          if let condition = column.condition { dump.line("if") { $0.add(condition) } }
        }
      }
    }
  }

  private mutating func add(_ item: RootItem) {
    switch item {
    case .probe(let probe): add(probe)
    case .macro(let macro):
      let names = macro.parameters.map(\.name).joined(separator: ", ")
      line("macro \(macro.name)(\(names))") { $0.add(macro.body) }
    case .function(let function):
      let parameters = function.parameters
        .map { "\($0.name): \(tree.spelling(of: $0.type))" }.joined(separator: ", ")
      line("fn \(function.name)(\(parameters)): \(tree.spelling(of: function.result))") {
        $0.add(function.body)
      }
    case .map(let map): line("map \(map.name) = \(map.kind)(\(map.maximumEntries.value))")
    }
  }

  private mutating func add(_ probe: ProbeSyntax) {
    line("probe") { dump in
      for point in probe.attachPoints {
        let name = point.name.map { "\($0) = " } ?? ""
        let parts = point.parts.map { part in
          switch part {
          case .text(let text, _): quoted(text)
          case .at: "@"
          }
        }
        let word = point.choice.map { $0.isFirst ? "first of " : "or " } ?? ""
        dump.line("\(word)attach point \(name)\(parts.joined(separator: " "))")
      }
      if let predicate = probe.predicate {
        dump.line("predicate") { $0.add(predicate.condition) }
      }
      dump.add(probe.body)
    }
  }

  // MARK: Blocks and statements

  private mutating func add(_ id: BlockID) {
    let block = tree[id]
    line("block") { dump in
      for statement in block.statements { dump.add(statement) }
      if let result = block.result { dump.line("result") { $0.add(result) } }
    }
  }

  private mutating func add(_ id: StmtID) {
    let kind = tree[id].kind
    switch kind {
    case .expression(let value): add(value)
    case .forLoop(let loop):
      line("for \(loop.name)") { dump in
        switch loop.iteration {
        case .map(let map): dump.add(map)
        case .range(let first, let end):
          dump.line("range") { dump in
            dump.add(first)
            dump.add(end)
          }
        }
        dump.add(loop.body)
      }
    default:
      line(label(of: kind)) { dump in
        for child in dump.tree.children(of: .statement(id)) { dump.add(child) }
      }
    }
  }

  private mutating func add(_ node: SyntaxNode) {
    switch node {
    case .expression(let id): add(id)
    case .statement(let id): add(id)
    case .block(let id): add(id)
    case .type(let id): add(id)
    }
  }

  private func label(of kind: StatementSyntax.Kind) -> String {
    switch kind {
    case .expression: "expression"
    case .assign(let assignment): "assign \(assignment.operation?.rawValue ?? "")="
    case .discard: "discard"
    case .letVariable(let declaration): "let \(declaration.name)"
    case .whileLoop: "while"
    case .unroll: "unroll"
    case .forLoop(let loop): "for \(loop.name)"
    case .breakLoop: "break"
    case .continueLoop: "continue"
    case .returnValue: "return"
    case .importPath(let syntax): "import \(quoted(syntax.path))"
    }
  }

  // MARK: Expressions and types

  private mutating func add(_ id: TypeID) {
    line("type \(tree.spelling(of: id))") { dump in
      for child in dump.tree.children(of: .type(id)) { dump.add(child) }
    }
  }

  private mutating func add(_ id: ExprID) {
    let kind = tree[id].kind
    switch kind {
    case .record(let fields):
      line("record") { dump in
        for field in fields { dump.line(".\(field.name.name)") { $0.add(field.value) } }
      }
    case .ifElse(let chain):
      line("if") { dump in
        for clause in chain.clauses {
          dump.add(clause.condition)
          dump.add(clause.body)
        }
        if let otherwise = chain.otherwise { dump.line("else") { $0.add(otherwise) } }
      }
    case .block(let block): add(block)
    default:
      line(label(of: kind)) { dump in
        for child in dump.tree.children(of: .expression(id)) { dump.add(child) }
      }
    }
  }

  private func label(of kind: ExpressionSyntax.Kind) -> String {
    switch kind {
    case .integer(let literal): "integer \(literal.value)\(literal.isDuration ? " ns" : "")"
    case .string(let bytes): "string \(quoted(bytes))"
    case .boolean(let value): "boolean \(value)"
    case .variable(let name): "variable \(name)"
    case .map(let name): "map \(name)"
    case .mapElement(let name, _): "map element \(name)"
    case .positional(let number): "positional $\(number)"
    case .positionalCount: "positional count"
    case .identifier(let name): "identifier \(name)"
    case .call(let call): "call \(call.name)"
    case .unary(let operation, _): "unary \(operation.rawValue)"
    case .step(let operation, _): "step \(operation.rawValue)"
    case .binary(let operation, _, _): "binary \(operation.rawValue)"
    case .ternary(_, let then, _): then == nil ? "ternary ?:" : "ternary"
    case .field(_, let name): "field .\(name.name)"
    case .tupleElement(_, let index): "element .\(index)"
    case .index: "index"
    case .cast: "cast"
    case .tuple: "tuple"
    case .record: "record"
    case .ifElse: "if"
    case .block: "block"
    case .sizeof: "sizeof"
    case .offsetof(_, let path): "offsetof .\(path.map(\.name).joined(separator: "."))"
    case .typeinfo: "typeinfo"
    case .typeof: "typeof"
    case .comptime: "comptime"
    case .shown(_, let condition): "shown where condition \(condition) holds"
    case .invalid: "invalid"
    }
  }
}

/// Returns the text in quotes, on one line.
private func quoted(_ text: String) -> String {
  "\"" + text.unicodeScalars.map { $0.escaped(asASCII: false) }.joined() + "\""
}

private func quoted(_ bytes: [UInt8]) -> String { quoted(String(decoding: bytes, as: UTF8.self)) }
