import Diagnostics

/// `options`, `columns` and `table`.
extension Parser {
  /// Whether what follows the word that ends there is `=`, as behind `options`; an attach point could begin
  /// with such a word.
  mutating func isDeclaration(wordEnd: Int) -> Bool {
    lexer.byte(at: skipTrivia(from: wordEnd)) == UInt8(ascii: "=")
  }

  mutating func parseOptions() throws(SyntaxFailure) {
    let start = token.start
    let entries = try parseEntries { parser throws(SyntaxFailure) in try parser.parseOption() }
    let syntax = OptionsSyntax(entries: entries, range: range(from: start))
    if contents.tool.options != nil { return report(.duplicateBlock("options", at: syntax.range)) }
    contents.tool.options = syntax
  }

  mutating func parseColumns() throws(SyntaxFailure) {
    let syntax = try parseColumnsBlock(isTable: false)
    if contents.tool.columns != nil { return report(.duplicateBlock("columns", at: syntax.range)) }
    contents.tool.columns = syntax
  }

  mutating func parseTable() throws(SyntaxFailure) {
    let syntax = try parseColumnsBlock(isTable: true)
    contents.tool.tables.append(syntax)
  }

  private mutating func parseColumnsBlock(isTable: Bool) throws(SyntaxFailure) -> ColumnsSyntax {
    let start = token.start
    var heading: [UInt8]?
    var headingCondition: ExprID?
    let entries = try parseEntries { parser throws(SyntaxFailure) -> ColumnSyntax? in
      if isTable, parser.isWord("heading"), parser.peek().kind == .string {
        parser.advance()
        heading = parser.takeString()
        headingCondition = try parser.parseCondition()
        return nil
      }
      return try parser.parseColumn(isTable: isTable)
    }
    var syntax = ColumnsSyntax(entries: entries.compactMap { $0 }, range: range(from: start))
    syntax.heading = heading
    syntax.headingCondition = headingCondition
    return syntax
  }

  /// `word = { entry; entry; }`
  private mutating func parseEntries<Entry>(
    _ parse: (inout Parser) throws(SyntaxFailure) -> Entry
  ) throws(SyntaxFailure) -> [Entry] {
    advance()
    try expect(.assign, "'='")
    try expect(.leftBrace, "'{'")
    var entries: [Entry] = []
    while kind != .rightBrace, kind != .endOfFile {
      if take(.semicolon) { continue }
      do throws(SyntaxFailure) {
        entries.append(try parse(&self))
        if kind != .rightBrace { try expect(.semicolon, "';'") }
      } catch {
        skipStatement()
      }
    }
    try expect(.rightBrace, "'}'")
    return entries
  }

  // MARK: Options

  private mutating func parseOption() throws(SyntaxFailure) -> OptionSyntax {
    let name = try expect(.identifier, "option name")
    var option = OptionSyntax(name: text(name), nameRange: range(name))
    while let spelling = try parseSpelling() {
      option.spellings.append(spelling)
      _ = take(.comma)
    }
    if kind == .identifier, !isWord("excludes") { option.kind = try parseOptionKind() }
    if take(.assign) { option.defaultValue = try parseOptionValue() }
    if isWord("excludes") {
      repeat {
        advance()
        option.excluded.append(try parseOptionName())
      } while kind == .comma
    }
    if kind == .string { option.summary = takeString() }
    option.range = range(from: name.start)
    return option
  }

  private mutating func parseSpelling() throws(SyntaxFailure) -> OptionSyntax.Spelling? {
    let start = token.start
    switch kind {
    case .leftBracket:
      advance()
      let word = try expect(.identifier, "name of the argument")
      try expect(.rightBracket, "']'")
      return OptionSyntax.Spelling(.position(text(word)), range: range(from: start))
    case .minus, .minusMinus:
      let dashes = kind == .minus ? 1 : 2
      var end = start + dashes
      while let byte = lexer.byte(at: end), byte.isOptionLetter { end += 1 }
      let word = lexer.text(start + dashes..<end)
      guard !word.isEmpty, dashes == 2 || word.utf8.count == 1 else {
        throw fail(.expected("-x or --word", at: range(start, end)))
      }
      position = end
      previousEnd = end
      return OptionSyntax.Spelling(
        dashes == 1 ? .letter(word) : .word(word), range: range(from: start))
    default: return nil
    }
  }

  private mutating func parseOptionKind() throws(SyntaxFailure) -> OptionSyntax.Kind {
    let name = advance()
    var syntax = OptionSyntax.Kind(name: text(name), range: range(name))
    if take(.leftParenthesis) {
      switch kind {
      case .string:
        repeat {
          syntax.words.append(String(decoding: takeString(), as: UTF8.self))
        } while take(
          .comma)
      case .identifier:
        let name = try parseOptionName()
        if take(.dotDot) { syntax.minimum = name } else { syntax.element = name.name }
      default:
        let lowest = kind == .dotDot ? nil : try parseSignedInteger()
        try expect(.dotDot, "'..'")
        let highest = kind == .rightParenthesis ? nil : try parseSignedInteger()
        syntax.limits = OptionSyntax.Limits(lowest: lowest, highest: highest)
      }
      try expect(.rightParenthesis, "')'")
    }
    syntax.range = range(from: name.start)
    return syntax
  }

  private mutating func parseOptionName() throws(SyntaxFailure) -> FieldName {
    let name = try expect(.identifier, "option name")
    return FieldName(text(name), range: range(name))
  }

  private mutating func parseOptionValue() throws(SyntaxFailure) -> OptionSyntax.Value {
    let start = token.start
    let form: OptionSyntax.Value.Form
    if kind == .string {
      form = .string(takeString())
    } else if isWord("true") || isWord("false") {
      form = .boolean(text(advance()) == "true")
    } else {
      form = .integer(try parseSignedInteger())
    }
    return OptionSyntax.Value(form, range: range(from: start))
  }

  private mutating func parseSignedInteger() throws(SyntaxFailure) -> Int64 {
    let start = token.start
    let isNegative = take(.minus)
    guard kind == .integer else { throw fail(.expected("integer", at: tokenRange)) }
    guard let value = Int64(exactly: takeInteger().value) else {
      throw fail(.expected("integer below 2^63", at: range(from: start)))
    }
    return isNegative ? -value : value
  }

  // MARK: Columns

  private mutating func parseColumn(isTable: Bool) throws(SyntaxFailure) -> ColumnSyntax {
    guard kind == .identifier || isTable && kind == .map else {
      throw fail(.expected(isTable ? "column or map" : "column", at: tokenRange))
    }
    let name = advance()
    var column = ColumnSyntax(name: text(name), nameRange: range(name))
    if column.isMap, take(.dot) {
      column.part = text(try expect(.identifier, "count, total or average"))
    }
    if kind == .string {
      let first = token
      let text = takeString()
      if kind != .string, text.first == UInt8(ascii: "%") {
        column.format = ColumnSyntax.Format(.text(text), range: range(first))
      } else {
        column.heading = text
      }
    }
    if column.format == nil { column.format = try parseFormat() }
    column.unit = try parseUnit()
    column.condition = try parseCondition()
    column.range = range(from: name.start)
    return column
  }

  private mutating func parseCondition() throws(SyntaxFailure) -> ExprID? {
    guard isWord("if") else { return nil }
    advance()
    return try parseExpression()
  }

  private mutating func parseFormat() throws(SyntaxFailure) -> ColumnSyntax.Format? {
    let start = token.start
    let form: ColumnSyntax.Format.Form
    if kind == .string {
      form = .text(takeString())
    } else if beginsChoice, !isWord("in"), !isWord("if") {
      form = .choice(try parseExpression())
    } else {
      return nil
    }
    return ColumnSyntax.Format(form, range: range(from: start))
  }

  private mutating func parseUnit() throws(SyntaxFailure) -> ColumnSyntax.Unit? {
    let start = token.start
    if isWord("in") {
      advance()
      guard beginsChoice else { throw fail(.expected("unit", at: tokenRange)) }
      let choice = try parseExpression()
      var form = ColumnSyntax.Unit.Form.choice(choice)
      if case .identifier(let word) = tree[choice].kind { form = .word(word) }
      return ColumnSyntax.Unit(form, range: range(from: start))
    }
    guard take(.slash) else { return nil }
    guard kind == .integer else { throw fail(.expected("integer", at: tokenRange)) }
    let divisor = takeInteger().value
    return ColumnSyntax.Unit(.divisor(divisor), range: range(from: start))
  }
}

extension Parser {
  /// Whether what options choose may begin here: with a name, or the condition.
  fileprivate var beginsChoice: Bool {
    mutating get { kind == .identifier || kind == .bang || kind == .leftParenthesis }
  }
}

extension UInt8 {
  fileprivate var isOptionLetter: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"):
      true
    default: false
    }
  }
}
