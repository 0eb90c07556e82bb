import Diagnostics
import Language
import Syntax
import TraceModel

extension AnalysisPass {
  /// Puts what is declared of rows and tables into the bodies: the values of a row in the order of its
  /// columns, keys and values of a table as far as they are shown, in its unit.
  static let applyTool = AnalysisPass(name: "apply-tool") { state in
    guard state.script.tree.hasRows || !state.script.tool.tables.isEmpty else { return }
    var writer = ToolWriter(tree: state.script.tree, shape: state.script.tool)
    writer.write()
    state.script.tree = writer.tree
    state.script.tool = writer.shape
    state.report(contentsOf: writer.diagnostics)
  }
}

extension ScriptTree {
  /// Whether something calls `row()`.
  fileprivate var hasRows: Bool {
    expressions.contains {
      if case .call(let call) = $0.kind { call.name == Function.row.name } else { false }
    }
  }
}

private struct ToolWriter {
  var tree: ScriptTree
  var shape: ToolShape
  var diagnostics: [Diagnostic] = []

  mutating func write() {
    // What is added is written already.
    for index in tree.expressions.indices {
      let id = ExprID(index: index)
      switch tree[id].kind {
      case .call(let call) where call.name == Function.row.name: writeRow(call, id)
      case .call(let call): writeKey(ofCall: call)
      case .mapElement(let map, let keys):
        guard let table = table(of: map), let keys = shown(keys, of: table, map, id) else {
          continue
        }
        tree[id].kind = .mapElement(map, keys: keys)
      default: break
      }
    }
    for index in tree.statements.indices {
      let changed: ExprID
      switch tree.statements[index].kind {
      case .assign(let assignment):
        writeUnit(assignment)
        changed = assignment.target
      case .expression(let expression):
        guard case .step(_, let counter) = tree[expression].kind else { continue }
        changed = counter
      default: continue
      }
      writeCondition(of: changed, StmtID(index: index))
    }
  }

  // MARK: Rows

  private mutating func writeRow(_ call: CallSyntax, _ id: ExprID) {
    guard let row = shape.row else {
      return report(
        .error(
          "row-columns", "row() needs a columns block that says what it looks like",
          at: tree[id].range))
    }
    var given: [String: ExprID] = [:]
    if let first = call.arguments.first {
      guard call.arguments.count == 1, case .record(let fields) = tree[first].kind else {
        return report(
          .error(
            "row-columns", "row() takes values with names: row(path = str($p))", at: tree[id].range)
        )
      }
      for field in fields { given[field.name.name] = field.value }
      for field in fields where !row.fields.contains(where: { $0.name == field.name.name }) {
        let nearest = NearestName.of(field.name.name, among: row.fields.map(\.name))
        report(
          .error(
            "row-columns", "there is no column '\(field.name.name)'", at: field.name.range,
            hints: nearest.map { ["Did you mean \($0)?"] } ?? []))
      }
    }
    let range = tree[id].range
    var format = ""
    var values: [ExprID] = []
    for field in row.fields {
      format += field.format.hasSuffix("f") ? field.format.dropLast() + "d" : field.format
      var value = given[field.name]
      if value == nil, Catalog.isValue(field.name) {
        value = tree.add(
          .identifier(field.name), range: call.nameRange, expansion: tree[id].expansion)
      }
      guard let value else {
        report(
          .error(
            "row-columns", "row() gives no value for the column '\(field.name)'", at: tree[id].range
          ))
        continue
      }
      values.append(shown(value, where: field.condition))
    }
    let text = tree.add(.string(Array(format.utf8)), range: range, expansion: tree[id].expansion)
    let written = ExpressionSyntax.Kind.call(
      CallSyntax(name: call.name, nameRange: call.nameRange, arguments: [text] + values))
    let condition = OptionCondition.any(of: row.fields.map(\.condition))
    guard shape.index(of: condition) != nil else {
      tree[id].kind = written
      return
    }
    let shownCall = tree.add(written, range: range, expansion: tree[id].expansion)
    let statement = tree.add(
      StatementSyntax(.expression(shownCall), range: range, expansion: tree[id].expansion))
    tree[id].kind = choice(of: statement, where: condition, range, tree[id].expansion)
  }

  // MARK: Tables

  private func table(of map: String) -> TableShape? {
    shape.tables.first { $0.maps.contains(map) }
  }

  /// The keys of an element of a table's map, as far as they are shown; nil after telling the author why not.
  private mutating func shown(
    _ keys: [ExprID], of table: TableShape, _ map: String, _ id: ExprID
  ) -> [ExprID]? {
    var keys = keys
    if keys.count == 1, table.keys.count > 1, case .tuple(let parts) = tree[keys[0]].kind {
      keys = parts
    }
    // A variable may hold a whole key, as in a loop over the map.
    if keys.count == 1, table.keys.count > 1, tree[keys[0]].kind.isWholeKey { return nil }
    guard keys.count == table.keys.count else {
      report(
        .error(
          "table-keys",
          "\(map) has \(table.keys.count) keys in its table ("
            + table.keys.map(\.name).joined(separator: ", ") + "), not \(keys.count)",
          at: tree[id].range))
      return nil
    }
    return zip(keys, table.keys).map { shown($0, where: $1.condition) }
  }

  /// The key of `delete(@m, key)` and the like.
  private mutating func writeKey(ofCall call: CallSyntax) {
    guard call.arguments.count > 1, case .map(let map) = tree[call.arguments[0]].kind,
      let table = table(of: map), Catalog.functions[call.name]?.takesKey == true
    else { return }
    let key = call.arguments[1]
    if case .tuple(let parts) = tree[key].kind, table.keys.count > 1 {
      if let keys = shown(parts, of: table, map, key) { tree[key].kind = .tuple(keys) }
    } else if table.keys.count == 1, table.keys[0].condition != .always {
      let copy = tree.copy(key)
      tree[key].kind = tree[shown(copy, where: table.keys[0].condition)].kind
    }
  }

  /// Has a statement that changes an element leave the map alone if no value of it is shown.
  private mutating func writeCondition(of element: ExprID, _ id: StmtID) {
    guard let map = mapName(element), let table = table(of: map) else { return }
    let columns = table.columns.filter { $0.map == map }
    let condition = OptionCondition.any(of: columns.map(\.condition))
    guard shape.index(of: condition) != nil else { return }
    let statement = tree[id]
    let copy = tree.add(statement)
    let chosen = tree.add(
      choice(of: copy, where: condition, statement.range, statement.expansion),
      range: statement.range, expansion: statement.expansion)
    tree[id].kind = .expression(chosen)
  }

  /// `if` with one statement in it.
  private mutating func choice(
    of statement: StmtID, where condition: OptionCondition, _ range: SourceRange,
    _ expansion: ExpansionID?
  ) -> ExpressionSyntax.Kind {
    let holds = tree.add(.boolean(true), range: range, expansion: expansion)
    let block = tree.add(BlockSyntax(statements: [statement], result: nil, range: range))
    return .ifElse(
      IfSyntax(
        clauses: [.init(condition: shown(holds, where: condition), body: block)],
        otherwise: nil))
  }

  private func mapName(_ target: ExprID) -> String? {
    switch tree[target].kind {
    case .map(let name), .mapElement(let name, _): name
    default: nil
    }
  }

  /// Divides what goes into a distribution by its unit.
  private mutating func writeUnit(_ assignment: AssignSyntax) {
    guard let map = mapName(assignment.target), let table = table(of: map),
      case .call(var call) = tree[assignment.value].kind,
      let value = call.arguments.first
    else { return }
    let columns = table.columns.filter { $0.map == map && $0.spec.format.isEmpty }.map(\.spec)
    guard columns.contains(where: { $0.divisor > 1 }) else { return }
    let (range, expansion) = (tree[value].range, tree[value].expansion)
    func new(_ kind: ExpressionSyntax.Kind) -> ExprID {
      tree.add(kind, range: range, expansion: expansion)
    }
    var divisor = new(.integer(IntegerLiteral(value: 1)))
    for column in columns.reversed() {
      let own = new(.integer(IntegerLiteral(value: column.divisor)))
      guard let condition = shape.index(of: column.condition) else {
        divisor = own
        continue
      }
      let isShown = new(.shown(new(.boolean(true)), condition: condition))
      divisor = new(.ternary(condition: isShown, then: own, else: divisor))
    }
    call.arguments[0] = new(.binary(.divide, value, divisor))
    tree[assignment.value].kind = .call(call)
  }

  // MARK: Values

  private mutating func shown(_ value: ExprID, where condition: OptionCondition) -> ExprID {
    guard let index = shape.index(of: condition) else { return value }
    return tree.add(
      .shown(value, condition: index), range: tree[value].range,
      expansion: tree[value].expansion)
  }

  private mutating func report(_ diagnostic: Diagnostic) { diagnostics.append(diagnostic) }
}

extension Function {
  /// Whether the second argument is a key of the map that the first one is.
  fileprivate var takesKey: Bool {
    signature.parameters.count > 1 && signature.parameters[0].kind == .map
      && signature.parameters[1].name == "key"
  }
}

extension ExpressionSyntax.Kind {
  /// Whether it may be all keys of an element in one value.
  fileprivate var isWholeKey: Bool {
    switch self {
    case .variable, .tupleElement, .field: true
    default: false
    }
  }
}
