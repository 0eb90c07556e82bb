import Diagnostics

/// Follows the lines that start with `#` and expands macros in what is left.
struct CPreprocessor {
  /// A branch of `#if` ... `#endif`.
  private struct Condition {
    var range: SourceRange
    /// Whether what is around it counts.
    var isOuterActive: Bool
    /// Whether some branch has been taken.
    var isTaken: Bool
    var isActive: Bool
    var hasElse = false
  }

  private let environment: CEnvironment
  /// The files that tokens come from.
  private(set) var sources: SourceMap
  /// The file that includes the outermost header: the script, or what it imports.
  private var piece = FileID.script
  /// The headers that are being read, outermost first.
  private var headers: [SourceFile] = []
  /// What the system's preprocessor has written, with the names of the headers.
  private(set) var systemHeaders: [FileID: String] = [:]
  private var headerBytes = 0
  /// Whether no more headers are read, which has been reported.
  private var hasTooManyHeaders = false
  /// Those that say `#pragma once`, by path.
  private var once: Set<String> = []
  /// What the system's preprocessor has written is being read: nothing is left to expand, and its
  /// lines are about other files.
  private var isPreprocessed = false
  /// Whether what it says now is about no file, but about what it knows itself.
  private var isBuiltIn = false
  private var conditions: [Condition] = []
  private var macros: [String: CMacro] = [:]
  private var undefined: Set<String> = []
  private var packing: [Int?] = [nil]
  /// The directive after which what does not count began.
  private var inactiveStart: SourceRange?
  private var expanded = 0

  /// What is left to be parsed.
  private(set) var output: [CToken] = []
  /// The stretches of the files that do not count.
  private(set) var inactive: [SourceRange] = []
  /// Whether a header was included whose constants are known.
  private(set) var hasHeaders = false
  /// Why decisions hold on this machine only.
  private(set) var bindings: [(reason: String, range: SourceRange)] = []
  private(set) var diagnostics: [Diagnostic] = []

  /// How many tokens macros may become in all; headers of the kernel stay far below.
  private static let maximumTokens = 1 << 19
  private static let maximumDepth = 100

  /// Headers inside each other, one inside itself, headers in all, and their bytes.
  private static let maximumHeaders = 100
  private static let maximumRepetition = 16
  private static let maximumHeaderCount = 5000
  private static let maximumHeaderBytes = 64 << 20

  init(_ environment: CEnvironment, _ sources: SourceMap) {
    self.environment = environment
    self.sources = sources
    // The script comes first, whoever knows its text.
    if sources.files.isEmpty { self.sources.add(name: "", bytes: []) }
  }

  private var isActive: Bool { conditions.last?.isActive ?? true }

  /// Takes all tokens of a script's C, in order.
  mutating func process(_ pieces: [[CToken]]) {
    for tokens in pieces {
      piece = tokens.first?.range.file ?? .script
      process(tokens)
    }
    endConditions(0)
    if let start = inactiveStart { leaveOut(after: start, until: nil) }
  }

  private mutating func process(_ tokens: [CToken]) {
    var index = 0
    while index < tokens.count {
      var end = index + 1
      if tokens[index].is("#"), tokens[index].startsLine {
        while end < tokens.count, !tokens[end].startsLine { end += 1 }
        process(directive: Array(tokens[index + 1..<end]), tokens[index])
      } else {
        while end < tokens.count, !(tokens[end].is("#") && tokens[end].startsLine) { end += 1 }
        if isActive { take(tokens[index..<end]) }
      }
      index = end
    }
  }

  /// Reports what has not been closed, down to `count` conditions.
  private mutating func endConditions(_ count: Int) {
    while conditions.count > count, let condition = conditions.popLast() {
      diagnostics.append(.cUnterminatedConditional(at: condition.range))
    }
  }

  /// Text between directives.
  private mutating func take(_ tokens: ArraySlice<CToken>) {
    guard isPreprocessed else {
      output += expand(Array(tokens))
      return
    }
    output += tokens.lazy.map { token in
      var token = token
      token.isFinal = true
      return token
    }
  }

  // MARK: Directives

  private mutating func process(directive tokens: [CToken], _ sign: CToken) {
    guard let name = tokens.first else { return }
    let range = sign.range.through((tokens.last ?? sign).range)
    let rest = Array(tokens.dropFirst())
    let wasActive = isActive
    switch name.text {
    case "if": open(range) { preprocessor in preprocessor.evaluate(rest, name.range) }
    case "ifdef": open(range) { $0.isDefined(rest, name.range) }
    case "ifndef": open(range) { !$0.isDefined(rest, name.range) }
    case "elif": next(range, name.text) { $0.evaluate(rest, name.range) }
    case "elifdef": next(range, name.text) { $0.isDefined(rest, name.range) }
    case "elifndef": next(range, name.text) { !$0.isDefined(rest, name.range) }
    case "else":
      next(range, name.text) { _ in true }
      if !conditions.isEmpty { conditions[conditions.count - 1].hasElse = true }
    case "endif":
      if conditions.popLast() == nil {
        diagnostics.append(.cLonelyDirective("endif", at: range))
      }
    default:
      if isActive { obey(name, rest, range) }
    }
    if wasActive, !isActive { inactiveStart = range }
    if !wasActive, isActive, let start = inactiveStart {
      leaveOut(after: start, until: range)
      inactiveStart = nil
    }
  }

  /// Notes that what stands between two directives does not count: to the end of the file, if the second is
  /// in another one.
  private mutating func leaveOut(after start: SourceRange, until end: SourceRange?) {
    let last = end?.file == start.file ? end?.start : nil
    inactive.append(
      SourceRange(file: start.file, start.end..<max(start.end, last ?? .max)))
  }

  private mutating func open(_ range: SourceRange, _ test: (inout Self) -> Bool) {
    let isOuterActive = isActive
    let holds = isOuterActive && test(&self)
    conditions.append(
      Condition(range: range, isOuterActive: isOuterActive, isTaken: holds, isActive: holds))
  }

  private mutating func next(
    _ range: SourceRange, _ name: String, _ test: (inout Self) -> Bool
  ) {
    guard var condition = conditions.last, !condition.hasElse else {
      diagnostics.append(.cLonelyDirective(name, at: range))
      return
    }
    let holds = condition.isOuterActive && !condition.isTaken && test(&self)
    condition.isActive = holds
    condition.isTaken = condition.isTaken || holds
    conditions[conditions.count - 1] = condition
  }

  /// A directive that is no condition, and counts.
  private mutating func obey(_ name: CToken, _ rest: [CToken], _ range: SourceRange) {
    switch name.text {
    case "define": define(rest, name.range)
    case "undef":
      if let macro = rest.first {
        macros[macro.text] = nil
        undefined.insert(macro.text)
      }
    case "include", "include_next", "import": include(rest, range)
    case "error": diagnostics.append(.cError(rest.text, at: range))
    case "warning": diagnostics.append(.cWarning(rest.text, at: range))
    case "pragma": pragma(rest)
    case "line", "ident", "sccs", "assert", "unassert": break
    default:
      // `# 1 "file"`, as preprocessors write it.
      if name.kind == .number {
        if isPreprocessed, let file = rest.first { isBuiltIn = file.text.hasPrefix("\"<") }
      } else {
        diagnostics.append(.cUnknownDirective(name.text, at: name.range))
      }
    }
  }

  private mutating func define(_ tokens: [CToken], _ keyword: SourceRange) {
    guard let name = tokens.first, name.kind == .identifier, name.text != "defined" else {
      diagnostics.append(.cExpected("the name of a macro", at: tokens.first?.range ?? keyword))
      return
    }
    var body = Array(tokens.dropFirst())
    var parameters: [String]?
    var isVariadic = false
    if let open = body.first, open.is("("), !open.isSpaced {
      var names: [String] = []
      guard let close = body.firstIndex(where: { $0.is(")") }) else {
        diagnostics.append(.cExpected("')'", at: open.range))
        return
      }
      for token in body[1..<close] where !token.is(",") {
        if token.is("...") {
          isVariadic = true
          if body[close - 1].is("..."), close >= 2, body[close - 2].kind != .identifier {
            names.append("__VA_ARGS__")
          } else if names.isEmpty {
            names.append("__VA_ARGS__")
          }
        } else {
          names.append(token.text)
        }
      }
      parameters = names
      body.removeFirst(close + 1)
    }
    undefined.remove(name.text)
    macros[name.text] = CMacro(
      name: name.text, nameRange: name.range,
      replacementRange: body.first.flatMap { first in
        body.last.map { first.range.through($0.range) }
      }, binding: nil, parameters: parameters, isVariadic: isVariadic, body: body,
      isBuiltIn: isBuiltIn)
  }

  private mutating func include(_ tokens: [CToken], _ range: SourceRange) {
    var path = ""
    let tokens = tokens.first?.kind == .identifier ? expand(tokens) : tokens
    if let first = tokens.first, first.kind == .string {
      path = String(first.text.dropFirst().dropLast())
    } else if let first = tokens.first, first.is("<"),
      let close = tokens.firstIndex(where: { $0.is(">") })
    {
      path = tokens[1..<close].map(\.text).joined()
    }
    guard !path.isEmpty else {
      diagnostics.append(.cExpected("\"header\" or <header>", at: tokens.first?.range ?? range))
      return
    }
    // What a preprocessor has written includes nothing more.
    guard !isPreprocessed else { return }
    include(path, isQuoted: tokens.first?.kind == .string, at: range)
  }

  /// Reads a header: from a folder that the script's author has named, or from the kernel's types, or
  /// through the preprocessor of this system.
  ///
  /// - Parameter range: The directive; nil if the command line asks for it.
  mutating func include(_ name: String, isQuoted: Bool, at range: SourceRange?) {
    do throws(CHeaderProblem) {
      if let file = try find(name, isQuoted: isQuoted) {
        read(file, at: range)
      } else if CHeaders.isKnown(name) {
        hasHeaders = true
      } else {
        try readFromSystem(name, at: range)
      }
    } catch {
      diagnostics.append(.cHeader(name, error, at: range))
    }
  }

  private func find(_ name: String, isQuoted: Bool) throws(CHeaderProblem) -> CHeaderFile? {
    try environment.headers?.find(name, isQuoted: isQuoted, from: headers.last?.name ?? importer)
  }

  /// The file that a script imports, if that is what includes something.
  private var importer: String? { piece == .script ? nil : sources[piece]?.name }

  /// Reads a header as if its text stood here.
  private mutating func read(_ file: CHeaderFile, at range: SourceRange?) {
    guard !once.contains(file.path) else { return }
    let isOpen = headers.count { $0.name == file.path }
    guard mayRead(file.bytes.count, insideItself: isOpen, at: range) else { return }
    read(sources.add(name: file.path, bytes: file.bytes))
  }

  /// Whether a header of that many bytes may be read; those that include themselves have no end.
  private mutating func mayRead(
    _ count: Int, insideItself: Int = 0, at range: SourceRange?
  ) -> Bool {
    guard !hasTooManyHeaders else { return false }
    headerBytes += count
    if headers.count >= Self.maximumHeaders || insideItself >= Self.maximumRepetition {
      diagnostics.append(.cTooDeep(at: range ?? .none))
    } else if sources.files.count > Self.maximumHeaderCount
      || headerBytes > Self.maximumHeaderBytes
    {
      diagnostics.append(.cTooLong(at: range ?? .none))
    } else {
      return true
    }
    hasTooManyHeaders = true
    return false
  }

  private mutating func read(_ source: SourceFile) {
    headers.append(source)
    let outer = (conditions: conditions.count, packing: packing.count)
    process(CScanner.tokens(of: source.bytes, in: source.id, at: 0))
    endConditions(outer.conditions)
    headers.removeLast()
  }

  private mutating func readFromSystem(
    _ name: String, at range: SourceRange?
  ) throws(CHeaderProblem) {
    guard let system = environment.headers else { throw .notFound(searched: []) }
    let text = try system.preprocess(textIncluding(name), for: name)
    guard mayRead(text.count, at: range) else { return }
    let source = sources.add(name: name, bytes: text, hasLineMarkers: true)
    systemHeaders[source.id] = name
    (isPreprocessed, isBuiltIn) = (true, true)
    read(source)
    (isPreprocessed, isBuiltIn) = (false, false)
  }

  /// C that includes a header where all macros are what they are here.
  private func textIncluding(_ name: String) -> [UInt8] {
    var text = environment.kernel == nil ? "" : "#define BPFTRACE_HAVE_BTF 1\n"
    for macro in defined.sorted(by: { $0.name < $1.name }) where !macro.isBuiltIn {
      text += macro.line
    }
    // Where quotes would look first has been looked at already, and may be closed to the preprocessor.
    text += "#include <\(name)>\n"
    return Array(text.utf8)
  }

  /// `#pragma pack(push, 1)`; all others concern compilers.
  private mutating func pragma(_ tokens: [CToken]) {
    guard let first = tokens.first else { return }
    if first.isWord("once"), let file = headers.last, !isPreprocessed { once.insert(file.name) }
    guard first.isWord("pack") else { return }
    var limit: Int??
    for token in tokens.dropFirst() {
      switch token.text {
      case "push": packing.append(packing[packing.count - 1])
      case "pop": if packing.count > 1 { packing.removeLast() }
      default:
        if let number = Int(token.text), [1, 2, 4, 8, 16].contains(number) {
          limit = .some(number)
        }
      }
    }
    if tokens.count == 3 { limit = .some(nil) }  // pack()
    if let limit { packing[packing.count - 1] = limit }
    output.append(
      CToken(kind: .packing(packing[packing.count - 1]), text: "#pragma pack", range: first.range))
  }

  // MARK: Conditions

  private mutating func isDefined(_ tokens: [CToken], _ keyword: SourceRange) -> Bool {
    guard let name = tokens.first, name.kind == .identifier else {
      diagnostics.append(.cExpected("the name of a macro", at: tokens.first?.range ?? keyword))
      return false
    }
    return isDefined(name)
  }

  private mutating func isDefined(_ name: CToken) -> Bool {
    let isConfiguration = name.text.hasPrefix("CONFIG_")
    if isConfiguration, macros[name.text] == nil {
      note("the kernel's configuration decides what is compiled", at: name.range)
    }
    return macro(name.text) != nil
  }

  private mutating func evaluate(_ tokens: [CToken], _ keyword: SourceRange) -> Bool {
    var line: [CToken] = []
    var index = 0
    func number(_ value: Bool, like token: CToken) -> CToken {
      CToken(kind: .number, text: value ? "1" : "0", range: token.range)
    }
    while index < tokens.count {
      let token = tokens[index]
      let isCall = index + 1 < tokens.count && tokens[index + 1].is("(")
      switch token.text {
      case "defined":
        let place = isCall ? index + 2 : index + 1
        guard place < tokens.count, tokens[place].kind == .identifier else {
          diagnostics.append(.cExpected("the name of a macro", at: token.range))
          return false
        }
        line.append(number(isDefined(tokens[place]), like: token))
        index = place + (isCall ? 2 : 1)
      case "__has_include", "__has_include_next", "__has_attribute", "__has_builtin",
        "__has_feature":
        guard isCall, let close = tokens[index...].firstIndex(where: { $0.is(")") }) else {
          index += 1
          continue
        }
        line.append(
          number(
            token.text.hasPrefix("__has_include") && hasHeader(Array(tokens[index + 2..<close])),
            like: token))
        index = close + 1
      case "IS_ENABLED", "IS_BUILTIN", "IS_MODULE", "IS_REACHABLE":
        guard isCall, index + 3 < tokens.count, tokens[index + 3].is(")") else {
          index += 1
          continue
        }
        var name = tokens[index + 2]
        let isBuiltIn = token.text != "IS_MODULE" && isDefined(name)
        name.text += "_MODULE"
        let isModule = token.text != "IS_BUILTIN" && isDefined(name)
        line.append(number(isBuiltIn || isModule, like: token))
        index += 4
      default:
        line.append(token)
        index += 1
      }
    }
    var parser = CParser(expand(line), CEnvironment())
    let value = parser.condition(after: keyword)
    diagnostics += parser.diagnostics
    return value
  }

  /// Whether a header could be included: `"name"` or `<name>`.
  private mutating func hasHeader(_ tokens: [CToken]) -> Bool {
    let isQuoted = tokens.first?.kind == .string
    let path = tokens.map(\.text).joined()
    guard path.count > 2 else { return false }
    let name = String(path.dropFirst().dropLast())
    do throws(CHeaderProblem) {
      if try find(name, isQuoted: isQuoted) != nil || CHeaders.isKnown(name) { return true }
      guard let system = environment.headers else { return false }
      _ = try system.preprocess(textIncluding(name), for: name)
      return true
    } catch {
      // Why there is none is not the question.
      return false
    }
  }

  private mutating func note(_ reason: String, at range: SourceRange) {
    if !bindings.contains(where: { $0.reason == reason }) { bindings.append((reason, range)) }
  }

  // MARK: Macros

  /// The macro of that name as it is now, also one that is defined from the start.
  mutating func macro(_ name: String) -> CMacro? {
    if let known = macros[name] { return known }
    guard !undefined.contains(name),
      let found = environment.predefined(name, hasHeaders: hasHeaders)
    else { return nil }
    let body = CScanner.tokens(of: Array(found.replacement.utf8), in: .script, at: 0)
    let macro = CMacro(
      name: name, nameRange: nil, replacementRange: nil, binding: found.binding,
      parameters: found.parameters, isVariadic: false, body: body)
    macros[name] = macro
    return macro
  }

  /// The macros that the script itself defines.
  var defined: [CMacro] { macros.values.filter { $0.nameRange != nil } }

  /// The tokens that an expression consists of when its macros are expanded.
  mutating func expand(_ tokens: [CToken]) -> [CToken] { expand(tokens, [], depth: 0) }

  private mutating func expand(
    _ tokens: [CToken], _ open: Set<String>, depth: Int
  ) -> [CToken] {
    guard depth < Self.maximumDepth else {
      if let first = tokens.first { diagnostics.append(.cTooDeep(at: first.range)) }
      return []
    }
    var result: [CToken] = []
    var index = 0
    while index < tokens.count {
      var token = tokens[index]
      index += 1
      guard token.kind == .identifier, !token.isFinal, let macro = macro(token.text) else {
        result.append(token)
        continue
      }
      if open.contains(token.text) {
        token.isFinal = true
        result.append(token)
        continue
      }
      if let reason = macro.binding { note(reason, at: token.range) }
      var body = macro.body
      if let parameters = macro.parameters {
        guard index < tokens.count, tokens[index].is("("),
          let (arguments, end) = arguments(in: tokens, from: index)
        else {
          result.append(token)
          continue
        }
        index = end
        body = substitute(macro, parameters, arguments, open, depth: depth)
      }
      for place in body.indices { body[place].range = token.range }
      expanded += body.count
      guard expanded < Self.maximumTokens else {
        diagnostics.append(.cTooLong(at: token.range))
        return []
      }
      result += expand(body, open.union([token.text]), depth: depth + 1)
    }
    return result
  }

  /// The arguments of a call whose parenthesis is at `start`, and where it ends.
  private func arguments(in tokens: [CToken], from start: Int) -> ([[CToken]], end: Int)? {
    var depth = 0
    var arguments: [[CToken]] = [[]]
    for index in start..<tokens.count {
      let token = tokens[index]
      if token.is("(") {
        depth += 1
        if depth == 1 { continue }
      } else if token.is(")") {
        depth -= 1
        if depth == 0 { return (arguments, index + 1) }
      } else if token.is(","), depth == 1 {
        arguments.append([])
        continue
      }
      arguments[arguments.count - 1].append(token)
    }
    return nil
  }

  private mutating func substitute(
    _ macro: CMacro, _ parameters: [String], _ given: [[CToken]], _ open: Set<String>, depth: Int
  ) -> [CToken] {
    var given = given
    if macro.isVariadic, given.count > parameters.count, !parameters.isEmpty {
      var rest = given[parameters.count - 1]
      for argument in given[parameters.count...] {
        rest.append(CToken(kind: .punctuator, text: ",", range: macro.nameRange ?? .none))
        rest += argument
      }
      given = given.prefix(parameters.count - 1) + [rest]
    }
    func argument(_ name: String) -> [CToken]? {
      parameters.firstIndex(of: name).map { $0 < given.count ? given[$0] : [] }
    }
    var result: [CToken] = []
    var index = 0
    let body = macro.body
    while index < body.count {
      let token = body[index]
      let isPasted = index + 1 < body.count && body[index + 1].is("##")
      if token.is("#"), index + 1 < body.count, let text = argument(body[index + 1].text) {
        let quoted = text.text.map { "\"\\".contains($0) ? "\\\($0)" : String($0) }.joined()
        result.append(CToken(kind: .string, text: "\"\(quoted)\"", range: token.range))
        index += 2
      } else if token.is("##"), let last = result.popLast(), index + 1 < body.count {
        var next = argument(body[index + 1].text) ?? [body[index + 1]]
        if next.isEmpty {
          result.append(last)
        } else {
          let joined = CScanner.tokens(
            of: Array((last.text + next.removeFirst().text).utf8), in: .script, at: 0)
          result += joined + next
        }
        index += 2
      } else if let replacement = argument(token.text) {
        result += isPasted ? replacement : expand(replacement, open, depth: depth + 1)
        index += 1
      } else {
        result.append(token)
        index += 1
      }
      expanded += 1
    }
    return result
  }
}

extension SourceRange {
  /// The start of the script, for what has no place.
  static let none = SourceRange(file: .script, 0..<0)
}
