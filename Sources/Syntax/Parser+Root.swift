import Diagnostics

extension Parser {
  /// How far a script has come; what belongs to an earlier section is an error then.
  private enum Section { case cDefinitions, head, items }

  /// Everything.
  mutating func parseScript() {
    position = lexer.headEnd
    var section = Section.cDefinitions
    // Garbage between items is reported once, not byte by byte.
    var isInGarbage = false
    while !hasGivenUp {
      let start = skipTrivia(from: position)
      position = start
      guard let byte = lexer.byte(at: start) else { return }
      if byte == UInt8(ascii: ";") {
        position = start + 1
      } else if Self.beginsNoItem(byte) {
        if !isInGarbage { report(.expectedAttachPoint(at: range(start, start + 1))) }
        isInGarbage = true
        skipGarbage(byte)
      } else {
        isInGarbage = false
        do throws(SyntaxFailure) {
          try parseRootItem(at: start, &section)
        } catch {
          position = max(position, start + 1)
        }
      }
    }
  }

  private static func beginsNoItem(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: "("), UInt8(ascii: ")"),
      UInt8(ascii: "["), UInt8(ascii: "]"), UInt8(ascii: ","), UInt8(ascii: "/"):
      true
    default: false
    }
  }

  /// Skips a byte between items; but a predicate or a block without attach points is parsed, for
  /// the errors in it.
  private mutating func skipGarbage(_ byte: UInt8) {
    guard byte == UInt8(ascii: "/") || byte == UInt8(ascii: "{") else {
      position += 1
      return
    }
    do throws(SyntaxFailure) {
      skipToBlock()
      _ = try parseBlock()
    } catch {
      // Reported; the end of the file, or a block too deep.
    }
  }

  private mutating func parseRootItem(
    at start: Int, _ section: inout Section
  ) throws(SyntaxFailure) {
    if lexer.byte(at: start) == UInt8(ascii: "#") {
      return parsePreprocessorLine(at: start, section)
    }
    guard let wordEnd = lexer.identifierEnd(at: start) else {
      section = .items
      return contents.items.append(.probe(try parseProbe()))
    }
    switch lexer.text(start..<wordEnd) {
    case "struct", "union", "enum": try parseCDefinition(at: start, section)
    case "typedef": try parseTypedef(at: start, section)
    case "config":
      if section == .items { report(.lateConfig(at: range(start, wordEnd))) }
      if section == .cDefinitions { section = .head }
      try skippingOnFailure { parser throws(SyntaxFailure) in try parser.parseConfig() }
    case "options" where isDeclaration(wordEnd: wordEnd):
      if section == .cDefinitions { section = .head }
      try skippingOnFailure { parser throws(SyntaxFailure) in try parser.parseOptions() }
    case "columns" where isDeclaration(wordEnd: wordEnd):
      if section == .cDefinitions { section = .head }
      try skippingOnFailure { parser throws(SyntaxFailure) in try parser.parseColumns() }
    case "table" where isDeclaration(wordEnd: wordEnd):
      if section == .cDefinitions { section = .head }
      try skippingOnFailure { parser throws(SyntaxFailure) in try parser.parseTable() }
    case "import":
      if section == .items { report(.lateImport(at: range(start, wordEnd))) }
      if section == .cDefinitions { section = .head }
      try skippingOnFailure { parser throws(SyntaxFailure) in
        parser.contents.imports.append(try parser.parseImport())
        try parser.expect(.semicolon, "';'")
      }
    case "let":
      section = .items
      try skippingOnFailure { parser throws(SyntaxFailure) in
        parser.contents.items.append(.map(try parser.parseMapDeclaration()))
      }
    case "macro":
      section = .items
      try skippingOnFailure { parser throws(SyntaxFailure) in
        parser.contents.items.append(.macro(try parser.parseMacro()))
      }
    case "fn":
      section = .items
      try skippingOnFailure { parser throws(SyntaxFailure) in
        parser.contents.items.append(.function(try parser.parseFunction()))
      }
    default:
      section = .items
      contents.items.append(.probe(try parseProbe()))
    }
  }

  /// Runs `body`; when it fails, skips to the end of the item.
  private mutating func skippingOnFailure(
    _ body: (inout Parser) throws(SyntaxFailure) -> Void
  ) throws(SyntaxFailure) {
    do throws(SyntaxFailure) {
      try body(&self)
    } catch {
      skipStatement()
      throw error
    }
  }

  // MARK: C

  private mutating func parsePreprocessorLine(at start: Int, _ section: Section) {
    var end = start
    while let byte = lexer.byte(at: end), byte != UInt8(ascii: "\n") {
      if byte == UInt8(ascii: "\\"), lexer.byte(at: end + 1) != nil {
        end += lexer.has("\\\r\n", at: end) ? 3 : 2
      } else if byte == UInt8(ascii: "\"") {
        end = cLiteralEnd(from: end)
        if lexer.byte(at: end) == byte { end += 1 }
      } else if lexer.has("//", at: end) {
        end = commentEnd(from: end)
      } else if lexer.has("/*", at: end) {
        // A comment may reach over several lines and is one space to the preprocessor.
        end = lexer.blockCommentEnd(at: end) ?? file.bytes.count
      } else {
        end += 1
      }
    }
    addCDefinition(.preprocessor, start..<end, section)
  }

  /// `struct x {...} __attribute__((packed));`
  private mutating func parseCDefinition(
    at start: Int, _ section: Section
  ) throws(SyntaxFailure) {
    var offset = skipTrivia(from: lexer.identifierEnd(at: start) ?? start)
    while let byte = lexer.byte(at: offset), byte != UInt8(ascii: "{") {
      if let end = lexer.identifierEnd(at: offset) {
        offset = end
      } else if byte == UInt8(ascii: "(") || byte == UInt8(ascii: "[") {
        offset = try balancedEnd(from: offset)
      } else {
        break
      }
      offset = skipTrivia(from: offset)
    }
    if lexer.byte(at: offset) == UInt8(ascii: ";") {
      return addCDefinition(.definition, start..<offset + 1, section)
    }
    guard lexer.byte(at: offset) == UInt8(ascii: "{") else {
      position = offset
      let error = fail(.expected("'{'", at: tokenRange))
      skipStatement()
      throw error
    }
    var end = try balancedEnd(from: offset)
    offset = skipTrivia(from: end)
    while let word = lexer.identifierEnd(at: offset),
      ["__attribute__", "__packed", "__aligned"].contains(lexer.text(offset..<word))
    {
      end = word
      offset = skipTrivia(from: word)
      if lexer.byte(at: offset) == UInt8(ascii: "(") {
        end = try balancedEnd(from: offset)
        offset = skipTrivia(from: end)
      }
    }
    if lexer.byte(at: offset) == UInt8(ascii: ";") { end = offset + 1 }
    addCDefinition(.definition, start..<end, section)
  }

  /// `typedef struct {...} name;`, through the `;`.
  private mutating func parseTypedef(
    at start: Int, _ section: Section
  ) throws(SyntaxFailure) {
    var offset = lexer.identifierEnd(at: start) ?? start
    while let byte = lexer.byte(at: offset) {
      switch byte {
      case UInt8(ascii: ";"):
        return addCDefinition(.definition, start..<offset + 1, section)
      case UInt8(ascii: "{"), UInt8(ascii: "("), UInt8(ascii: "["):
        offset = try balancedEnd(from: offset)
      default:
        let next = skipTrivia(from: offset)
        offset = next > offset ? next : offset + 1
      }
    }
    position = file.bytes.count
    throw fail(.expected("';'", at: endOfFile))
  }

  private mutating func addCDefinition(
    _ kind: CDefinitionSyntax.Kind, _ text: Range<Int>, _ section: Section
  ) {
    let range = range(text.lowerBound, min(text.upperBound, file.bytes.count))
    if section != .cDefinitions, !isConditional(kind, text) {
      report(.lateCDefinition(at: range))
    }
    position = range.end
    previousEnd = range.end
    contents.cDefinitions.append(
      CDefinitionSyntax(kind: kind, text: Array(file.bytes(in: range)), range: range))
  }

  /// Whether it is `#if` or what goes with it, which may stand around probes too.
  private func isConditional(_ kind: CDefinitionSyntax.Kind, _ text: Range<Int>) -> Bool {
    guard kind == .preprocessor else { return false }
    var word = text.lowerBound + 1
    while let byte = lexer.byte(at: word), byte.isWhiteSpace { word += 1 }
    guard let end = lexer.identifierEnd(at: word) else { return false }
    return ["if", "ifdef", "ifndef", "elif", "elifdef", "elifndef", "else", "endif"].contains(
      lexer.text(word..<end))
  }

  /// Returns the offset after the bracket that closes the one at `start`. Brackets in comments,
  /// strings and character constants do not count.
  private mutating func balancedEnd(from start: Int) throws(SyntaxFailure) -> Int {
    var depth = 0
    var offset = start
    while let byte = lexer.byte(at: offset) {
      switch byte {
      case UInt8(ascii: "{"), UInt8(ascii: "("), UInt8(ascii: "["): depth += 1
      case UInt8(ascii: "}"), UInt8(ascii: ")"), UInt8(ascii: "]"):
        depth -= 1
        if depth == 0 { return offset + 1 }
      case UInt8(ascii: "\""), UInt8(ascii: "'"): offset = cLiteralEnd(from: offset)
      case UInt8(ascii: "/") where lexer.has("//", at: offset) || lexer.has("/*", at: offset):
        offset = commentEnd(from: offset) - 1
      default: break
      }
      offset += 1
    }
    position = file.bytes.count
    let close =
      switch file.bytes[start] {
      case UInt8(ascii: "("): "')'"
      case UInt8(ascii: "["): "']'"
      default: "'}'"
      }
    throw fail(.expected(close, at: endOfFile))
  }

  /// Returns the offset of the last byte of a C string or character constant.
  private func cLiteralEnd(from start: Int) -> Int {
    let quote = file.bytes[start]
    var offset = start + 1
    while let byte = lexer.byte(at: offset), byte != quote, byte != UInt8(ascii: "\n") {
      offset += byte == UInt8(ascii: "\\") ? 2 : 1
    }
    return offset
  }

  private func commentEnd(from start: Int) -> Int {
    if lexer.has("/*", at: start) { return lexer.blockCommentEnd(at: start) ?? file.bytes.count }
    var offset = start
    while let byte = lexer.byte(at: offset), byte != UInt8(ascii: "\n") { offset += 1 }
    return offset
  }

  // MARK: Config

  private mutating func parseConfig() throws(SyntaxFailure) {
    let start = advance().start
    try expect(.assign, "'='")
    try expect(.leftBrace, "'{'")
    var entries: [ConfigSyntax.Entry] = []
    while kind != .rightBrace, kind != .endOfFile {
      if take(.semicolon) { continue }
      do throws(SyntaxFailure) {
        entries.append(try parseConfigEntry())
        if kind != .rightBrace { try expect(.semicolon, "';'") }
      } catch {
        skipStatement()
      }
    }
    try expect(.rightBrace, "'}'")
    if contents.config != nil {
      report(.duplicateConfig(at: range(start, start + "config".utf8.count)))
    } else {
      contents.config = ConfigSyntax(entries: entries, range: range(from: start))
    }
  }

  private mutating func parseConfigEntry() throws(SyntaxFailure) -> ConfigSyntax.Entry {
    let key = try expect(.identifier, "config key")
    try expect(.assign, "'='")
    let valueRange = tokenRange
    let value: ConfigSyntax.Value
    switch kind {
    case .integer: value = .integer(takeInteger())
    case .string: value = .string(takeString())
    case .identifier:
      let word = text(advance())
      switch word {
      case "true": value = .boolean(true)
      case "false": value = .boolean(false)
      default: value = .word(word)
      }
    default: throw fail(.expected("config value", at: tokenRange))
    }
    return ConfigSyntax.Entry(
      key: text(key), keyRange: range(key), value: value, valueRange: valueRange,
      range: range(from: key.start))
  }

  // MARK: Maps, macros, functions

  private mutating func parseMapDeclaration() throws(SyntaxFailure) -> MapDeclarationSyntax {
    let start = advance().start
    guard kind == .map, peek().kind == .assign else {
      throw fail(.rootLet(at: range(start, token.end)))
    }
    let name = advance()
    advance()
    let type = try expect(.identifier, "map type")
    try expect(.leftParenthesis, "'('")
    guard kind == .integer else { throw fail(.expected("integer", at: tokenRange)) }
    let entriesRange = tokenRange
    let entries = takeInteger()
    try expect(.rightParenthesis, "')'")
    // Not by looking for a token: an attach point may follow.
    let next = skipTrivia(from: position)
    if lexer.byte(at: next) == UInt8(ascii: ";") { advance() }
    return MapDeclarationSyntax(
      name: text(name), nameRange: range(name), kind: text(type), kindRange: range(type),
      maximumEntries: entries, maximumEntriesRange: entriesRange, range: range(from: start))
  }

  /// The macro that stands at an offset, or nil.
  mutating func parseLoneMacro(at offset: Int) -> MacroSyntax? {
    position = offset
    do throws(SyntaxFailure) { return try parseMacro() } catch { return nil }
  }

  private mutating func parseMacro() throws(SyntaxFailure) -> MacroSyntax {
    let start = advance().start
    let name = try parseDefinedName("macro name")
    let head = range(from: start)
    var parameters: [MacroSyntax.Parameter] = []
    try expect(.leftParenthesis, "'('")
    if !take(.rightParenthesis) {
      repeat { parameters.append(try parseMacroParameter()) } while take(.comma)
      try expect(.rightParenthesis, "')'")
    }
    let body = try parseBlock()
    return MacroSyntax(
      name: text(name), nameRange: range(name), parameters: parameters, body: body, range: head)
  }

  private mutating func parseMacroParameter() throws(SyntaxFailure) -> MacroSyntax.Parameter {
    let kind: MacroSyntax.Parameter.Kind
    switch token.kind {
    case .variable: kind = .variable
    case .map: kind = .map
    case .identifier where !Self.reservedWords.contains(text(token)): kind = .expression
    default: throw fail(.expected("macro parameter", at: tokenRange))
    }
    let name = advance()
    return MacroSyntax.Parameter(kind: kind, name: text(name), range: range(name))
  }

  private mutating func parseFunction() throws(SyntaxFailure) -> FunctionSyntax {
    let start = advance().start
    let name = try parseDefinedName("function name")
    var parameters: [FunctionSyntax.Parameter] = []
    try expect(.leftParenthesis, "'('")
    if !take(.rightParenthesis) {
      repeat {
        let parameter = try expect(.variable, "variable name")
        try expect(.colon, "':'")
        let type = try parseTypeSpecification()
        parameters.append(
          FunctionSyntax.Parameter(
            name: text(parameter), nameRange: range(parameter), type: type))
      } while take(.comma)
      try expect(.rightParenthesis, "')'")
    }
    try expect(.colon, "':'")
    let result = try parseTypeSpecification()
    let head = range(from: start)
    let body = try parseBlock()
    return FunctionSyntax(
      name: text(name), nameRange: range(name), parameters: parameters, result: result, body: body,
      range: head)
  }

  private mutating func parseDefinedName(_ what: String) throws(SyntaxFailure) -> Token {
    guard kind == .identifier, !Self.reservedWords.contains(text(token)) else {
      throw fail(.expected(what, at: tokenRange))
    }
    return advance()
  }
}
