import Diagnostics
import Language
import Syntax
import TraceModel

extension AnalysisPass {
  /// Reads the options, columns and tables that a script declares.
  static let readTool = AnalysisPass(name: "read-tool") { state in
    guard !state.script.tree.tool.isEmpty else { return }
    var reader = ToolReader(tree: state.script.tree)
    reader.read()
    state.script.tool = reader.shape
    state.report(contentsOf: reader.diagnostics)
  }
}

private struct ToolReader {
  let tree: ScriptTree
  var shape = ToolShape()
  var diagnostics: [Diagnostic] = []

  mutating func read() {
    if let options = tree.tool.options {
      shape.declaresOptions = true
      for entry in options.entries { read(entry) }
      for entry in options.entries { checkOthers(of: entry) }
    }
    if let columns = tree.tool.columns { readRow(columns) }
    for table in tree.tool.tables { readTable(table) }
  }

  // MARK: Options

  private mutating func read(_ entry: OptionSyntax) {
    if shape.options.contains(where: { $0.name == entry.name }) {
      return wrongOption("the option '\(entry.name)' is declared already", at: entry.nameRange)
    }
    let standard = StandardOption.named(entry.name)
    guard let kind = kind(of: entry, standard) else { return }
    var declaration = OptionDeclaration(
      kind: kind, isList: entry.kind.map { $0.element != nil } ?? false)
    declaration.excluded = entry.excluded.map(\.text)
    declaration.minimum = entry.kind?.minimum?.text
    for spelling in entry.spellings {
      switch spelling.form {
      case .letter(let letter): declaration.letters.append(letter)
      case .word(let word): declaration.words.append(word)
      case .position(let word): declaration.position = word
      }
    }
    if entry.spellings.isEmpty, let standard {
      declaration.letters = standard.letter.map { [$0] } ?? []
      declaration.words = standard.word.map { [$0] } ?? []
      declaration.position = standard.position
    }
    if declaration.words.isEmpty, declaration.position == nil {
      declaration.words = [
        standard?.word ?? entry.name.split(separator: "_").joined(separator: "-")
      ]
    }
    let summary = entry.summary.map { String(decoding: $0, as: UTF8.self) } ?? standard?.summary
    if summary == nil {
      wrongOption("the option '\(entry.name)' has no text for its usage", at: entry.range)
    }
    shape.options.append(
      ScriptOption(
        name: entry.name, defaultValue: value(of: entry, kind), description: summary ?? "",
        declaration: declaration))
  }

  /// Checks the other options that an entry names.
  private mutating func checkOthers(of entry: OptionSyntax) {
    for name in entry.excluded where name.text == entry.name {
      wrongOption("the option '\(name.text)' excludes itself", at: name.range)
    }
    let minimum = entry.kind?.minimum
    for name in entry.excluded + (minimum.map { [$0] } ?? []) where declared(name.text) == nil {
      let nearest = NearestName.of(name.text, among: shape.options.map(\.name))
      wrongOption(
        "there is no option '\(name.text)'", at: name.range,
        hints: nearest.map { ["Did you mean \($0)?"] } ?? [])
    }
    guard let minimum, let option = declared(entry.name), let other = declared(minimum.text),
      !option.hasSameMeasure(as: other)
    else { return }
    wrongOption(
      "'\(entry.name)' and '\(minimum.text)' cannot be compared: both are numbers, sizes or times",
      at: minimum.range)
  }

  private func declared(_ name: String) -> ScriptOption? {
    shape.options.first { $0.name == name }
  }

  /// The kind that an entry names; nil after telling the author why not.
  private mutating func kind(
    of entry: OptionSyntax, _ standard: StandardOption?
  ) -> OptionKind? {
    guard let syntax = entry.kind else { return standard?.kind ?? .toggle }
    if let limits = syntax.limits {
      guard syntax.name == "number" else {
        wrongOption("only numbers have limits", at: syntax.range)
        return nil
      }
      let (lowest, highest) = (limits.lowest ?? 0, limits.highest ?? .max)
      guard lowest <= highest else {
        wrongOption("no number is from \(lowest) to \(highest)", at: syntax.range)
        return nil
      }
      return .number(lowest: lowest, highest: highest)
    }
    if !syntax.words.isEmpty {
      if syntax.name == "choice" { return .choice(syntax.words) }
      wrongOption("only a choice has words", at: syntax.range)
      return nil
    }
    if let element = syntax.element {
      guard syntax.name == "list", let kind = Self.kinds[element], kind.isNumber else {
        wrongOption("a list is one of numbers, as in list(port)", at: syntax.range)
        return nil
      }
      return kind
    }
    if let kind = Self.kinds[syntax.name] { return kind }
    let nearest = NearestName.of(syntax.name, among: Self.kinds.keys.sorted())
    wrongOption(
      "there is no kind of option '\(syntax.name)'", at: syntax.range,
      hints: nearest.map { ["Did you mean \($0)?"] } ?? [])
    return nil
  }

  /// The kinds that are one word.
  private static let kinds: [String: OptionKind] = [
    "number": .number(lowest: 0, highest: .max), "nanoseconds": .time(unit: 1),
    "microseconds": .time(unit: 1_000), "milliseconds": .time(unit: 1_000_000),
    "seconds": .time(unit: 1_000_000_000), "size": .size, "text": .text, "path": .path,
    "user": .user, "process": .process, "thread": .thread, "cpu": .cpu, "port": .port,
    "signal": .signal, "error": .errorNumber, "syscall": .systemCall, "open_flags": .openFlags,
    "disk": .disk, "command_name": .commandName,
  ]

  /// The default of an entry.
  private mutating func value(of entry: OptionSyntax, _ kind: OptionKind) -> ScriptOption.Value {
    let absent = kind.absentValue
    guard let given = entry.defaultValue else { return absent }
    switch (absent, given.form) {
    case (.boolean, .boolean(let flag)): return .boolean(flag)
    case (.unsigned, .integer(let number)) where number >= 0:
      guard case .time(let unit) = kind else { return .unsigned(UInt64(number)) }
      let (nanoseconds, isTooLong) = UInt64(number).multipliedReportingOverflow(by: unit)
      guard !isTooLong, nanoseconds <= Int64.max else { break }
      return .unsigned(nanoseconds)
    case (.signed, .integer(let number)): return .signed(number)
    case (.string, .string(let bytes)): return .string(String(decoding: bytes, as: UTF8.self))
    default: break
    }
    wrongOption("the default of '\(entry.name)' is not of its kind", at: given.range)
    return absent
  }

  private mutating func wrongOption(
    _ message: String, at range: SourceRange, hints: [String] = []
  ) {
    diagnostics.append(.error("option-declaration", message, at: range, hints: hints))
  }

  // MARK: Rows

  private mutating func readRow(_ syntax: ColumnsSyntax) {
    var row = RowShape()
    for entry in syntax.entries {
      guard let column = column(entry, source: .time) else { continue }
      var spec = column
      switch entry.name {
      case Self.timeColumn: break
      case "elapsed": spec.source = .elapsed
      default:
        let index: Int
        if let known = row.fields.firstIndex(where: { $0.name == entry.name }) {
          index = known
          row.fields[index].condition = row.fields[index].condition.or(spec.condition)
        } else {
          index = row.fields.count
          row.fields.append(
            RowShape.Field(name: entry.name, format: spec.format, condition: spec.condition))
        }
        spec.source = .field(index)
      }
      row.columns.append(spec)
    }
    if !row.columns.contains(where: { $0.source == .time }) {
      let asked = OptionCondition.Term(option: StandardOption.time.name)
      row.columns.insert(
        ColumnSpec(
          name: "time", heading: "TIME", format: "%-8s",
          condition: OptionCondition(alternatives: [.init(terms: [asked])]), source: .time),
        at: 0)
    }
    shape.row = row
  }

  /// The column that the runner fills with the time of day.
  private static let timeColumn = StandardOption.time.name

  // MARK: Tables

  private mutating func readTable(_ syntax: ColumnsSyntax) {
    var table = TableShape(
      heading: syntax.heading.map { String(decoding: $0, as: UTF8.self) }, range: syntax.range)
    if let condition = syntax.headingCondition {
      table.headingCondition = self.condition(condition)
    }
    for entry in syntax.entries {
      guard var spec = column(entry, source: .time) else { continue }
      if entry.isMap {
        let part = self.part(of: entry)
        table.columns.append(
          TableShape.Column(spec: spec, map: entry.name, part: part, range: entry.nameRange))
        continue
      }
      if table.columns.contains(where: { $0.map != nil }) {
        wrongColumn("the keys of a table stand before its values", at: entry.range)
      }
      let index: Int
      if let known = table.keys.firstIndex(where: { $0.name == entry.name }) {
        index = known
        table.keys[index].condition = table.keys[index].condition.or(spec.condition)
      } else {
        index = table.keys.count
        table.keys.append(TableShape.Key(name: entry.name, condition: spec.condition))
      }
      spec.source = .key(index)
      table.columns.append(
        TableShape.Column(spec: spec, map: nil, part: nil, range: entry.nameRange))
    }
    if table.maps.isEmpty { wrongColumn("a table shows at least one map", at: syntax.range) }
    for map in table.maps where shape.tables.contains(where: { $0.maps.contains(map) }) {
      wrongColumn("\(map) is in another table already", at: syntax.range)
    }
    shape.tables.append(table)
  }

  private mutating func part(of entry: ColumnSyntax) -> ColumnSpec.Part? {
    guard let word = entry.part else { return nil }
    if let part = ColumnSpec.Part.allCases.first(where: { "\($0)" == word }) { return part }
    wrongColumn("statistics have count, total and average, no '\(word)'", at: entry.nameRange)
    return nil
  }

  // MARK: Columns

  /// What an entry says of a column; nil after telling the author why not.
  private mutating func column(
    _ entry: ColumnSyntax, source: ColumnSpec.Contents
  ) -> ColumnSpec? {
    let bare = entry.isMap ? String(entry.name.dropFirst()) : entry.name
    let usual = Self.usual[bare]
    let heading = entry.heading.map { String(decoding: $0, as: UTF8.self) }
    var format = entry.format.map { String(decoding: $0, as: UTF8.self) }
    let unit = self.unit(entry.unit) ?? usual?.unit ?? .none
    if let format, !Self.isColumnFormat(format, isFraction: unit.divisor > 1) {
      wrongColumn(
        "a column has one conversion of printf, with a width if it is not the last: '%-16s'; "
          + "'%8.2f' is for numbers with a unit", at: entry.formatRange)
      return nil
    }
    if format == nil { format = entry.isMap ? "" : usual?.format ?? "%s" }
    var spec = ColumnSpec(
      name: entry.part.map { $0 == "total" ? bare : "\(bare)_\($0)" } ?? bare,
      heading: heading ?? usual?.heading ?? (entry.part ?? bare).uppercased(),
      format: format ?? "", divisor: unit.divisor, unit: unit.name, source: source)
    if let condition = entry.condition { spec.condition = self.condition(condition) }
    return spec
  }

  /// What columns of these names look like unless the script says otherwise.
  private static let usual: [String: (heading: String?, format: String, unit: Unit)] = [
    "time": ("TIME", "%-8s", .none), "elapsed": ("TIME(s)", "%-11.6f", .seconds),
    "pid": (nil, "%-7d", .none), "tid": (nil, "%-7d", .none), "ppid": (nil, "%-7d", .none),
    "uid": (nil, "%-6d", .none), "gid": (nil, "%-6d", .none), "cpu": (nil, "%-3d", .none),
    "comm": (nil, "%-16s", .none), "pcomm": (nil, "%-16s", .none),
  ]

  /// What numbers of a column are divided by, and what they are then.
  private struct Unit {
    var divisor: UInt64
    var name: String?

    static let none = Unit(divisor: 1)
    static let seconds = Unit(divisor: 1_000_000_000, name: "s")
  }

  /// Whether a format is one conversion and nothing else.
  private static func isColumnFormat(_ format: String, isFraction: Bool) -> Bool {
    if format.hasSuffix("f") {
      // Checked as the number that it is.
      let whole = FormatString(String(format.dropLast()) + "d")
      return isFraction && whole.pieces.count == 1 && whole.conversions.count == 1
    }
    let parsed = FormatString(format)
    guard parsed.pieces.count == 1, let conversion = parsed.conversions.first else { return false }
    return !conversion.widthIsArgument && !conversion.precisionIsArgument
  }

  /// What a unit means; nil without one.
  private mutating func unit(_ unit: ColumnSyntax.Unit?) -> Unit? {
    guard let unit else { return nil }
    switch unit.form {
    case .divisor(0):
      wrongColumn("a column cannot be divided by 0", at: unit.range)
      return nil
    case .divisor(let number): return Unit(divisor: number)
    case .word(let word):
      if let divisor = Self.units[word] { return Unit(divisor: divisor, name: word) }
      wrongColumn(
        "there is no unit '\(word)', only " + Self.units.keys.sorted().joined(separator: ", "),
        at: unit.range)
      return nil
    }
  }

  /// What numbers of nanoseconds and bytes are divided by.
  private static let units: [String: UInt64] = [
    "ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "bytes": 1, "KiB": 1024,
    "MiB": 1024 * 1024,
  ]

  private mutating func wrongColumn(_ message: String, at range: SourceRange) {
    diagnostics.append(.error("column-declaration", message, at: range))
  }

  // MARK: Conditions

  /// A condition as alternatives of conjunctions.
  private mutating func condition(_ id: ExprID) -> OptionCondition {
    OptionCondition(alternatives: alternatives(id, isNegated: false))
  }

  private mutating func alternatives(
    _ id: ExprID, isNegated: Bool
  ) -> [OptionCondition.Conjunction] {
    let expression = tree[id]
    switch expression.kind {
    case .identifier(let name):
      if !shape.options.contains(where: { $0.name == name }), StandardOption.named(name) == nil {
        let nearest = NearestName.of(name, among: shape.options.map(\.name))
        diagnostics.append(
          .error(
            "undeclared-option", "there is no option '\(name)'", at: expression.range,
            hints: nearest.map { ["Did you mean \($0)?"] } ?? []))
      }
      return [.init(terms: [.init(option: name, isNegated: isNegated)])]
    case .unary(.not, let operand): return alternatives(operand, isNegated: !isNegated)
    case .binary(let sign, let left, let right) where sign == .and || sign == .or:
      let first = alternatives(left, isNegated: isNegated)
      let second = alternatives(right, isNegated: isNegated)
      if (sign == .or) != isNegated { return first + second }
      return first.flatMap { one in second.map { .init(terms: one.terms + $0.terms) } }
    default:
      wrongColumn(
        "a condition of a column is made of names of options, !, && and ||", at: expression.range)
      return []
    }
  }
}

extension OptionKind {
  /// Whether its values are numbers.
  fileprivate var isNumber: Bool {
    switch absentValue {
    case .unsigned, .signed: true
    case .boolean, .string: false
    }
  }
}

extension ScriptOption {
  /// Whether values of both are numbers of the same thing, each one number.
  fileprivate func hasSameMeasure(as other: ScriptOption) -> Bool {
    guard let declaration, let others = other.declaration, !declaration.isList, !others.isList
    else {
      return false
    }
    return switch (declaration.kind, others.kind) {
    case (.number, .number), (.size, .size), (.time, .time): true
    default: false
    }
  }
}
