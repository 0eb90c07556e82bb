import BTF
import Diagnostics

/// Something is wrong, and has been reported.
struct CFailure: Error {}

/// Reads declarations of C and keeps the types that they define.
struct CParser {
  let tokens: [CToken]
  var position = 0
  var types: CTypeArena
  private(set) var diagnostics: [Diagnostic] = []
  /// Headers that nobody can be asked to mend, and so are read as far as they are understood.
  private var systemHeaders: [FileID: String]
  /// How many constructs are around what is being read.
  var depth = 0
  /// Whether what is read is the condition of `#if`, which knows no names.
  var isCondition = false
  var packing: Int?
  /// Whether the target is AArch64.
  let isARM: Bool

  /// Structures, unions and enumerations by keyword and name.
  var tags: [String: Tag] = [:]
  /// What the script defines somewhere, so that the kernel's are not meant.
  var ownTags: Set<String> = []
  var typedefs: [String: (type: BTFTypeID, range: SourceRange)] = [:]
  var enumerators: [String: (value: CValue, range: SourceRange)] = [:]

  struct Tag {
    var type: BTFTypeID
    /// Where it is defined; nil while it is only declared.
    var definition: SourceRange?
  }

  /// Constructs inside each other; people stay far below.
  static let maximumDepth = 40
  static let maximumErrors = 20

  init(
    _ tokens: [CToken], _ environment: CEnvironment, systemHeaders: [FileID: String] = [:]
  ) {
    self.tokens = tokens
    self.systemHeaders = systemHeaders
    isARM = environment.target == "arm64"
    types = CTypeArena(kernel: environment.kernel)
    for index in tokens.indices.dropLast(2)
    where ["struct", "union", "enum"].contains(tokens[index].text)
      && tokens[index + 1].kind == .identifier
    {
      // Attributes may stand before the name.
      var name = index + 1
      while name + 1 < tokens.count, tokens[name].isWord("__attribute__"), tokens[name + 1].is("(")
      {
        name = Self.closing(name + 1, in: tokens) + 1
      }
      if name + 1 < tokens.count, tokens[name + 1].is("{") {
        ownTags.insert(tokens[index].text + " " + tokens[name].text)
      }
    }
  }

  // MARK: Tokens

  var token: CToken? { position < tokens.count ? tokens[position] : nil }
  func peek(_ distance: Int = 1) -> CToken? {
    position + distance < tokens.count ? tokens[position + distance] : nil
  }
  func isAt(_ punctuator: String) -> Bool { token?.is(punctuator) ?? false }
  func isAtWord(_ word: String) -> Bool { token?.isWord(word) ?? false }

  /// The place of the next token, or behind the last one.
  var place: SourceRange {
    if let token { return token.range }
    guard let last = tokens.last?.range else { return .none }
    return SourceRange(file: last.file, last.end..<last.end)
  }

  @discardableResult
  mutating func advance() -> CToken? {
    defer { position += 1 }
    return token
  }

  mutating func take(_ punctuator: String) -> Bool {
    guard isAt(punctuator) else { return false }
    position += 1
    return true
  }

  mutating func takeWord(_ words: String...) -> Bool {
    guard let token, token.kind == .identifier, words.contains(token.text) else { return false }
    position += 1
    return true
  }

  mutating func expect(_ punctuator: String) throws(CFailure) {
    guard take(punctuator) else { throw fail(.cExpected("'\(punctuator)'", at: place)) }
  }

  /// Keeps what is to be said, but of each of the system's headers only the first thing, as a warning:
  /// what is not understood there is most likely not what the script is about.
  mutating func report(_ diagnostic: Diagnostic) {
    if let range = diagnostic.range, let name = systemHeaders[range.file] {
      if !name.isEmpty {
        diagnostics.append(.cPartOfHeader(name, diagnostic.message, at: range))
        systemHeaders[range.file] = ""
      }
      return
    }
    if diagnostics.count < Self.maximumErrors { diagnostics.append(diagnostic) }
  }

  /// Whether a token comes out of the system's preprocessor.
  func isOfSystem(_ token: CToken) -> Bool {
    !systemHeaders.isEmpty && systemHeaders[token.range.file] != nil
  }

  mutating func fail(_ diagnostic: Diagnostic) -> CFailure {
    report(diagnostic)
    return CFailure()
  }

  /// Runs `body` one level deeper.
  mutating func nested<Result>(
    _ body: (inout CParser) throws(CFailure) -> Result
  ) throws(CFailure) -> Result {
    guard depth < Self.maximumDepth else { throw fail(.cTooDeep(at: place)) }
    depth += 1
    defer { depth -= 1 }
    return try body(&self)
  }

  /// What the kernel's types say, or a failure where they make no sense.
  mutating func asking<Result>(
    _ body: (inout CParser) throws(BTFError) -> Result
  ) throws(CFailure) -> Result {
    do throws(BTFError) { return try body(&self) } catch {
      throw fail(.cKernelTypes(error, at: place))
    }
  }

  /// Returns the index of the bracket that closes the one at `start`, or of the last token.
  static func closing(_ start: Int, in tokens: [CToken]) -> Int {
    var depth = 0
    for index in start..<tokens.count where tokens[index].kind == .punctuator {
      switch tokens[index].text {
      case "(", "[", "{": depth += 1
      case ")", "]", "}":
        depth -= 1
        if depth <= 0 { return index }
      default: break
      }
    }
    return max(start, tokens.count - 1)
  }

  /// Moves behind the bracket that closes the one here.
  mutating func skipBrackets() { position = Self.closing(position, in: tokens) + 1 }

  // MARK: Declarations

  /// Everything.
  mutating func parse() {
    while let token {
      if case .packing(let limit) = token.kind {
        packing = limit
        position += 1
        continue
      }
      if take(";") { continue }
      let start = position
      do throws(CFailure) {
        try parseDeclaration()
      } catch {
        recover(from: start)
      }
      if types.isFull {
        report(.cTooLong(at: token.range))
        return
      }
    }
  }

  /// Skips the declaration in which something is wrong.
  private mutating func recover(from start: Int) {
    position = start
    while let token {
      if token.is("{") || token.is("(") || token.is("[") {
        let isBody = token.is("{")
        skipBrackets()
        if isBody { break }
      } else {
        position += 1
        if token.is(";") { break }
      }
    }
    if position == start { position += 1 }
  }

  private mutating func parseDeclaration() throws(CFailure) {
    if takeWord("_Static_assert", "static_assert", "asm", "__asm__", "__asm") {
      if isAt("(") { skipBrackets() }
      _ = take(";")
      return
    }
    let specifiers = try parseSpecifiers()
    // The `;` behind a definition may be left out.
    if take(";") || (specifiers.isDefinition && !specifiers.isTypedef && !isAtDeclarator) { return }
    while true {
      let declarator = try parseDeclarator(specifiers)
      if takeWord("asm", "__asm__", "__asm"), isAt("(") { skipBrackets() }
      let attributes = declarator.attributes.joined(try parseAttributes())
      if specifiers.isTypedef {
        try define(typedef: declarator, attributes)
      } else if isAt("{") {
        skipBrackets()
        return
      } else if take("=") {
        try skipInitializer()
      }
      if take(",") { continue }
      if take(";") { return }
      if token == nil { return }
      throw fail(.cExpected("';'", at: place))
    }
  }

  private var isAtDeclarator: Bool {
    guard let token else { return false }
    return token.is("*") || token.is("(")
      || (token.kind == .identifier && !token.startsLine && !Self.startsDeclaration(token))
  }

  private static func startsDeclaration(_ token: CToken) -> Bool {
    ["struct", "union", "enum", "typedef", "extern", "static"].contains(token.text)
  }

  private mutating func skipInitializer() throws(CFailure) {
    while let token, !token.is(","), !token.is(";") {
      if token.is("{") || token.is("(") || token.is("[") { skipBrackets() } else { position += 1 }
    }
  }

  private mutating func define(
    typedef declarator: CDeclarator, _ attributes: CAttributes
  ) throws(CFailure) {
    guard let name = declarator.name else { throw fail(.cExpected("a name", at: place)) }
    let type = try checked(resized(declarator.type, attributes), at: declarator.range)
    if let known = typedefs[name] {
      let same = try asking { parser throws(BTFError) in
        let (old, new) = (try parser.types.resolve(known.type), try parser.types.resolve(type))
        return old == new
      }
      if !same { report(.cRedefinition("'\(name)'", at: declarator.range, first: known.range)) }
      return
    }
    let id = types.add(.typedef(name: name, target: type))
    guard types.depth(of: id) < CTypeArena.maximumDepth else {
      throw fail(.cTooDeep(at: declarator.range))
    }
    if let alignment = attributes.alignment { types.align(id, to: alignment) }
    typedefs[name] = (id, declarator.range)
  }

  /// A type that is not too big or deep to be told from others.
  mutating func checked(_ id: BTFTypeID, at range: SourceRange) throws(CFailure) -> BTFTypeID {
    guard types.depth(of: id) < CTypeArena.maximumDepth else { throw fail(.cTooDeep(at: range)) }
    let size = try asking { parser throws(BTFError) in try parser.types.layout(of: id)?.size ?? 0 }
    guard size <= CTypeArena.maximumSize else { throw fail(.cTooBig(at: range)) }
    return id
  }
}
