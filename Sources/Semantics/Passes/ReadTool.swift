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
      kind: kind, isList: entry.kind.map { $0.name == Self.listWord } ?? false)
    declaration.excluded = entry.excluded.map(\.name)
    declaration.minimum = entry.kind?.minimum?.name
    declaration.listed = entry.kind.flatMap { listedKind(of: $0) }
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
    for other in entry.excluded where other.name == entry.name {
      wrongOption("the option '\(other.name)' excludes itself", at: other.range)
    }
    let minimum = entry.kind?.minimum
    for other in entry.excluded + (minimum.map { [$0] } ?? []) where declared(other.name) == nil {
      let nearest = NearestName.of(other.name, among: shape.options.map(\.name))
      wrongOption(
        "there is no option '\(other.name)'", at: other.range,
        hints: nearest.map { ["Did you mean \($0)?"] } ?? [])
    }
    guard let minimum, let option = declared(entry.name), let other = declared(minimum.name),
      !option.hasSameMeasure(as: other)
    else { return }
    wrongOption(
      "'\(entry.name)' and '\(minimum.name)' cannot be compared: both are numbers, sizes or times",
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
    if syntax.name == Self.namesWord, syntax.element != nil {
      if listedKind(of: syntax) != nil { return .toggle }
      wrongOption(
        "only values that have names can be listed, as in names(syscall): "
          + Self.kinds.filter { $0.value.hasNames }.map(\.key).sorted().joined(separator: ", "),
        at: syntax.range)
      return nil
    }
    if let element = syntax.element {
      guard syntax.name == Self.listWord, let kind = Self.kinds[element], kind.isNumber else {
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

  /// The kind whose names an option lists, as `names(syscall)` says; nil for other options.
  private func listedKind(of syntax: OptionSyntax.Kind) -> OptionKind? {
    guard syntax.name == Self.namesWord, let kind = syntax.element.flatMap({ Self.kinds[$0] })
    else { return nil }
    return kind.hasNames ? kind : nil
  }

  /// What stands before a kind of which there are several values.
  private static let listWord = "list"
  /// What stands before a kind whose names are listed.
  private static let namesWord = "names"

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
      let condition = condition(of: entry)
      var specs = columns(entry, where: condition)
      guard let format = specs.first?.format else { continue }
      let source: ColumnSpec.Contents
      switch entry.name {
      case Self.timeColumn: source = .time
      case "elapsed": source = .elapsed
      default:
        let index: Int
        if let known = row.fields.firstIndex(where: { $0.name == entry.name }) {
          index = known
          row.fields[index].condition = row.fields[index].condition.or(condition)
        } else {
          index = row.fields.count
          row.fields.append(
            RowShape.Field(name: entry.name, format: format, condition: condition))
        }
        source = .field(index)
      }
      for place in specs.indices { specs[place].source = source }
      row.columns += specs
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
      let condition = condition(of: entry)
      let specs = columns(entry, where: condition)
      if specs.isEmpty { continue }
      if entry.isMap {
        let part = self.part(of: entry)
        table.columns += specs.map {
          TableShape.Column(
            spec: $0, map: entry.name, part: part, condition: condition, range: entry.nameRange)
        }
        continue
      }
      if table.columns.contains(where: { $0.map != nil }) {
        wrongColumn("the keys of a table stand before its values", at: entry.range)
      }
      let index: Int
      if let known = table.keys.firstIndex(where: { $0.name == entry.name }) {
        index = known
        table.keys[index].condition = table.keys[index].condition.or(condition)
      } else {
        index = table.keys.count
        table.keys.append(TableShape.Key(name: entry.name, condition: condition))
      }
      for var spec in specs {
        spec.source = .key(index)
        table.columns.append(
          TableShape.Column(
            spec: spec, map: nil, part: nil, condition: condition, range: entry.nameRange))
      }
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

  /// What an entry says of a column: one for each look that options choose, of which one is shown. None after
  /// telling the author why not.
  private mutating func columns(
    _ entry: ColumnSyntax, where condition: OptionCondition
  ) -> [ColumnSpec] {
    var specs: [ColumnSpec] = []
    let formats = formats(of: entry)
    for (unit, chosenUnit) in units(of: entry) {
      for (format, chosenFormat) in formats {
        guard var spec = column(entry, format, unit) else { return [] }
        spec.condition = condition.and(chosenUnit).and(chosenFormat)
        specs.append(spec)
      }
    }
    return specs
  }

  /// - Returns: Nil after telling the author why not.
  private mutating func column(
    _ entry: ColumnSyntax, _ format: Format?, _ unit: Unit?
  ) -> ColumnSpec? {
    let bare = entry.isMap ? String(entry.name.dropFirst()) : entry.name
    let usual = entry.isMap ? nil : Self.usual[bare]
    let unit = unit ?? usual?.unit ?? .none
    if let format, !Self.isColumnFormat(format.text, isFraction: unit.divisor > 1) {
      wrongColumn(
        "a column has one conversion of printf, with a width if it is not the last: '%-16s'; "
          + "'%8.2f' is for numbers with a unit", at: format.range)
      return nil
    }
    let isDistribution = entry.isMap && entry.part == nil && format == nil
    let usualHeading =
      usual?.heading ?? (isDistribution ? unit.label : nil) ?? (entry.part ?? bare).uppercased()
    let heading = entry.heading.map {
      self.heading(String(decoding: $0, as: UTF8.self), unit, entry)
    }
    return ColumnSpec(
      name: entry.part.map { $0 == "total" ? bare : "\(bare)_\($0)" } ?? bare,
      heading: heading ?? usualHeading,
      format: format?.text ?? (entry.isMap ? "" : usual?.format ?? "%s"), divisor: unit.divisor,
      unit: unit.name, source: .time)
  }

  /// A heading with the names of the unit in it: `AVG({unit})` is `AVG(us)`, `TOTAL_{units}` is `TOTAL_usecs`.
  private mutating func heading(_ text: String, _ unit: Unit, _ entry: ColumnSyntax) -> String {
    let names = ["{unit}": unit.name, "{units}": unit.label]
    var heading = ""
    var rest = text[...]
    while let open = rest.firstIndex(of: "{"), let close = rest[open...].firstIndex(of: "}") {
      let place = String(rest[open...close])
      heading += rest[..<open]
      rest = rest[rest.index(after: close)...]
      if let name = names[place] {
        if name == nil {
          wrongColumn("a heading with \(place) needs 'in' and a unit", at: entry.range)
        }
        heading += name ?? ""
      } else {
        heading += place
      }
    }
    return heading + rest
  }

  /// What columns of these names look like unless the script says otherwise.
  private static let usual: [String: (heading: String?, format: String, unit: Unit)] = [
    "time": ("TIME", "%-8s", .none), "elapsed": ("TIME(s)", "%-11.6f", .seconds),
    "pid": (nil, "%-7d", .none), "tid": (nil, "%-7d", .none), "ppid": (nil, "%-7d", .none),
    "uid": (nil, "%-6d", .none), "gid": (nil, "%-6d", .none), "cpu": (nil, "%-3d", .none),
    "comm": (nil, "%-16s", .none), "pcomm": (nil, "%-16s", .none),
  ]

  /// How values are written.
  private struct Format {
    var text: String
    var range: SourceRange
  }

  /// The formats of an entry, each with the condition under which it is that one; nil is the usual one.
  private mutating func formats(
    of entry: ColumnSyntax
  ) -> [(format: Format?, condition: OptionCondition)] {
    guard let format = entry.format else { return [(nil, .always)] }
    switch format.form {
    case .text(let bytes):
      let text = String(decoding: bytes, as: UTF8.self)
      return [(Format(text: text, range: format.range), .always)]
    case .choice(let choice):
      var formats: [(format: Format?, condition: OptionCondition)] = []
      for (value, condition) in choices(choice) {
        guard case .string(let bytes) = tree[value].kind else {
          wrongColumn(
            "a format is a text, or one of two that an option chooses: wide ? \"%-39s\" : \"%-15s\"",
            at: tree[value].range)
          return []
        }
        let text = String(decoding: bytes, as: UTF8.self)
        formats.append((Format(text: text, range: tree[value].range), condition))
      }
      return formats
    }
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

  // MARK: Units

  /// What numbers of a column are divided by, and what they are then.
  private struct Unit {
    var divisor: UInt64
    /// As in `in us`.
    var name: String?
    /// What a distribution is called by it: `usecs`.
    var label: String?

    static let none = Unit(divisor: 1)
    static let seconds = Unit(divisor: 1_000_000_000, name: "s", label: "secs")

    static func named(_ name: String) -> Unit? { all.first { $0.name == name } }

    /// Of numbers of nanoseconds and bytes.
    static let all = [
      Unit(divisor: 1024, name: "KiB", label: "Kbytes"),
      Unit(divisor: 1024 * 1024, name: "MiB", label: "Mbytes"),
      Unit(divisor: 1, name: "bytes", label: "bytes"),
      Unit(divisor: 1_000_000, name: "ms", label: "msecs"),
      Unit(divisor: 1, name: "ns", label: "nsecs"),
      seconds,
      Unit(divisor: 1_000, name: "us", label: "usecs"),
    ]
  }

  /// The units of an entry, each with the condition under which it is that one; nil is the usual one.
  private mutating func units(
    of entry: ColumnSyntax
  ) -> [(unit: Unit?, condition: OptionCondition)] {
    guard let syntax = entry.unit else { return [(nil, .always)] }
    switch syntax.form {
    case .divisor(0):
      wrongColumn("a column cannot be divided by 0", at: syntax.range)
      return []
    case .divisor(let number): return [(Unit(divisor: number), .always)]
    case .word(let word): return [(unit(word, at: syntax.range), .always)]
    case .choice(let choice):
      var units: [(unit: Unit?, condition: OptionCondition)] = []
      for (value, condition) in choices(choice) {
        guard case .identifier(let word) = tree[value].kind else {
          wrongColumn(
            "a unit is a word, or one of two that an option chooses: in milliseconds ? ms : us",
            at: tree[value].range)
          return []
        }
        units.append((unit(word, at: tree[value].range), condition))
      }
      return units
    }
  }

  /// What a word means; nil after telling the author that it is none.
  private mutating func unit(_ word: String, at range: SourceRange) -> Unit? {
    if let unit = Unit.named(word) { return unit }
    wrongColumn(
      "there is no unit '\(word)', only "
        + Unit.all.compactMap(\.name).joined(separator: ", "), at: range)
    return nil
  }

  private mutating func wrongColumn(_ message: String, at range: SourceRange) {
    diagnostics.append(.error("column-declaration", message, at: range))
  }

  // MARK: Conditions

  /// The values that a choice, `condition ? value : value`, may have, each with the condition under which it does.
  private mutating func choices(
    _ id: ExprID
  ) -> [(value: ExprID, condition: OptionCondition)] {
    guard case .ternary(let asked, let then?, let otherwise) = tree[id].kind else {
      return [(id, .always)]
    }
    let condition = condition(asked)
    return choices(then).map { ($0.value, condition.and($0.condition)) }
      + choices(otherwise).map { ($0.value, condition.negated.and($0.condition)) }
  }

  /// When the column of an entry is there.
  private mutating func condition(of entry: ColumnSyntax) -> OptionCondition {
    entry.condition.map { condition($0) } ?? .always
  }

  /// A condition as alternatives of conjunctions.
  private mutating func condition(_ id: ExprID) -> OptionCondition {
    let alternatives = alternatives(id, isNegated: false)
    return alternatives.isEmpty ? .never : OptionCondition(alternatives: alternatives)
  }

  /// The alternatives of a condition; none if it never holds.
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
    case .boolean(let holds): return holds == isNegated ? [] : [.init(terms: [])]
    case .unary(.not, let operand): return alternatives(operand, isNegated: !isNegated)
    case .binary(let sign, let left, let right) where sign == .and || sign == .or:
      let first = alternatives(left, isNegated: isNegated)
      let second = alternatives(right, isNegated: isNegated)
      if (sign == .or) != isNegated { return first + second }
      return first.flatMap { one in second.map { .init(terms: one.terms + $0.terms) } }
    default:
      wrongColumn(
        "a condition of a column is made of names of options, true, false, !, && and ||",
        at: expression.range)
      return []
    }
  }
}

extension OptionKind {
  /// Whether a machine can tell the names of all its values.
  fileprivate var hasNames: Bool {
    switch self {
    case .user, .signal, .errorNumber, .systemCall, .openFlags, .disk: true
    default: false
    }
  }

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
