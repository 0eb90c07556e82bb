import Diagnostics
import Language
import Syntax

extension AnalysisPass {
  /// Puts the bodies of macros in the place of their calls.
  static let expandMacros = AnalysisPass(name: "expand-macros") { state in
    var expansion = MacroExpansion(
      tree: state.script.tree, sources: state.script.sources,
      hidden: Set(state.script.importedFunctions.map(\.name)))
    expansion.run()
    state.script.tree = expansion.tree
    state.script.sources = expansion.sources
    // The innermost calls are expanded first, and the last of a block before the first.
    let order = expansion.diagnostics.indices.sorted { a, b in
      func place(_ index: Int) -> Int {
        let diagnostic = expansion.diagnostics[index]
        return (diagnostic.expandedFrom.last ?? diagnostic.range)?.start ?? 0
      }
      return (place(a), a) < (place(b), b)
    }
    state.report(contentsOf: order.map { expansion.diagnostics[$0] })
  }
}

/// Expands the calls of macros, of the script and of the library.
///
/// Arguments are expanded before the calls they stand in, so what is copied into a body holds no calls any
/// more, and a call that is met in a body was written there. Variables that a body creates get names that no
/// script can spell; `Diagnostic.asWritten` takes what was added off again.
private struct MacroExpansion {
  var tree: ScriptTree
  var sources: SourceMap
  var diagnostics: [Diagnostic] = []
  /// The macros of the script, by name: those that take other arguments share one.
  private var macros: [String: [MacroSyntax]] = [:]
  /// Those of the library that are called, by their index in it, and the files that they are in.
  private var libraryMacros: [Int: MacroSyntax] = [:]
  private var libraryFiles: [Int: FileID] = [:]
  /// How many nodes there may be: macros that use each other twice grow beyond all bounds.
  private static let maximumNodes = 1 << 18
  private var isTooBig = false
  /// The names of functions that stand before the library's macros.
  private let hidden: Set<String>

  init(tree: ScriptTree, sources: SourceMap, hidden: Set<String>) {
    self.hidden = hidden
    self.tree = tree
    self.sources = sources
  }

  mutating func run() {
    for macro in tree.macros { define(macro) }
    for item in tree.items {
      switch item {
      case .probe(let probe):
        if let predicate = probe.predicate {
          expandCalls(in: .expression(predicate.condition), [])
        }
        expandCalls(in: .block(probe.body), [])
      case .function(let function): expandCalls(in: .block(function.body), [])
      case .macro, .map: break
      }
    }
  }

  private mutating func define(_ macro: MacroSyntax) {
    var seen: Set<String> = []
    for parameter in macro.parameters {
      if parameter.kind == .expression, Catalog.builtin(parameter.name) != nil {
        diagnostics.append(.builtinAsParameter(parameter.name, at: parameter.range))
      }
      if !seen.insert(parameter.name).inserted {
        diagnostics.append(.repeatedMacroParameter(parameter.name, at: parameter.range))
      }
    }
    let kinds = macro.parameters.map(\.kind)
    if let first = macros[macro.name]?.first(where: { $0.parameters.map(\.kind) == kinds }) {
      diagnostics.append(.redefinedMacro(macro.name, at: macro.range, original: first.range))
    } else {
      macros[macro.name, default: []].append(macro)
    }
  }

  // MARK: Calls

  /// Expands every call below a node, the innermost first.
  ///
  /// - Parameter open: The macros that are being expanded, outermost first.
  private mutating func expandCalls(in root: SyntaxNode, _ open: [MacroSyntax]) {
    var expressions: [ExprID] = []
    var types: [TypeID] = []
    tree.walk(from: root) { node in
      switch node {
      case .expression(let id):
        expressions.append(id)
        return !isTypeName(tree[id].kind.operand)
      case .type(let id):
        types.append(id)
        guard case .typeof(let operand) = tree[id].base else { return true }
        return !isTypeName(operand)
      default: return true
      }
    }
    for id in expressions.reversed() { expand(id, open) }
    for id in types {
      if case .typeof(let operand) = tree[id].base { tree[id].base = .typeof(asValue(operand)) }
    }
  }

  /// Whether a lone name is never a macro: those of the library look like builtins, and are values.
  private func isTypeName(_ operand: TypeOrExpression?) -> Bool {
    guard case .name(_, let expression)? = operand,
      case .identifier(let name) = tree[expression].kind
    else { return false }
    return Library.macros[name] == nil
  }

  private mutating func expand(_ id: ExprID, _ open: [MacroSyntax]) {
    switch tree[id].kind {
    case .identifier(let name):
      if Catalog.builtin(name) == nil { expand(id, name, arguments: [], open) }
    case .call(let call): expand(id, call.name, arguments: call.arguments, open)
    case .sizeof(let operand): tree[id].kind = .sizeof(asValue(operand))
    case .typeof(let operand): tree[id].kind = .typeof(asValue(operand))
    case .typeinfo(let operand): tree[id].kind = .typeinfo(asValue(operand))
    default: break
    }
  }

  private mutating func expand(
    _ id: ExprID, _ name: String, arguments: [ExprID], _ open: [MacroSyntax]
  ) {
    let ofScript = isOfLibrary(tree[id].range) ? [] : macros[name] ?? []
    if let macro = best(of: ofScript, for: arguments) {
      return expand(id, macro, arguments, open)
    }
    let isFunction = Catalog.functions[name] != nil || Catalog.aggregations[name] != nil
    let isHidden = hidden.contains(name) && !isOfLibrary(tree[id].range)
    let ofLibrary = isHidden ? [] : (Library.macros[name] ?? []).map { library($0) }
    if let macro = best(of: ofLibrary, for: arguments) {
      expand(id, macro, arguments, open)
    } else if !isFunction, let closest = [ofScript, ofLibrary].first(where: { !$0.isEmpty }) {
      mismatch(id, name, arguments, closest)
    }
  }

  /// What a name is that may be a type's: a macro of the library is a value there.
  private func asValue(_ operand: TypeOrExpression) -> TypeOrExpression {
    guard case .name(_, let expression) = operand else { return operand }
    switch tree[expression].kind {
    case .identifier: return operand
    default: return .expression(expression)
    }
  }

  /// The definition that fits best: exact kinds before any expression; nil if none does.
  private func best(
    of candidates: [MacroSyntax], for arguments: [ExprID]
  ) -> MacroSyntax? {
    var best: (macro: MacroSyntax, exact: Int)?
    for macro in candidates where macro.parameters.count == arguments.count {
      let pairs = Array(zip(macro.parameters, arguments))
      guard pairs.allSatisfy({ $0.kind.takes(tree[$1].kind) }) else { continue }
      let exact = pairs.count { $0.0.kind != .expression }
      if exact > best?.exact ?? -1 { best = (macro, exact) }
    }
    return best?.macro
  }

  /// A macro of the library, which is parsed when it is first called.
  private mutating func library(_ entry: LibraryMacro) -> MacroSyntax {
    if let known = libraryMacros[entry.index] { return known }
    let file = Library.files[entry.file]
    let id = libraryFiles[entry.file] ?? sources.add(builtIn: file.name, bytes: file.bytes)
    libraryFiles[entry.file] = id
    guard let source = sources[id],
      let macro = parseMacro(source, at: entry.start, into: &tree)
    else { preconditionFailure("\(file.name): the macro \(entry.name) does not parse") }
    libraryMacros[entry.index] = macro
    return macro
  }

  private func isOfLibrary(_ range: SourceRange) -> Bool {
    sources[range.file]?.isBuiltIn ?? false
  }

  // MARK: Bodies

  private mutating func expand(
    _ id: ExprID, _ macro: MacroSyntax, _ arguments: [ExprID], _ open: [MacroSyntax]
  ) {
    let range = tree[id].range
    let parent = tree[id].expansion
    if let first = open.firstIndex(where: { $0.range == macro.range }) {
      let chain = open[first...].map(\.name) + [macro.name]
      report(.recursiveMacro(chain, at: range), parent)
      tree[id].kind = .invalid
      return
    }
    guard tree.expressions.count < Self.maximumNodes else {
      if !isTooBig { report(.macroSize(macro.name, at: range), parent) }
      isTooBig = true
      tree[id].kind = .invalid
      return
    }
    let expansion = tree.add(Expansion(range: range, parent: parent))
    guard checkBody(of: macro, expansion), let types = typeArguments(of: macro, arguments) else {
      tree[id].kind = .invalid
      return
    }
    let rules = Self.rules(
      given: Dictionary(
        zip(macro.parameters.map(\.name), arguments), uniquingKeysWith: { first, _ in first }),
      maps: Dictionary(
        zip(macro.parameters, arguments).compactMap { parameter, argument in
          if case .map(let name) = tree[argument].kind { (parameter.name, name) } else { nil }
        }, uniquingKeysWith: { first, _ in first }),
      types: types, expansion)
    let body = tree.copy(macro.body, rules: rules)
    expandCalls(in: .block(body), open + [macro])
    guard !tree.isTooDeep(.block(body)) else {
      report(.macroDepth(macro.name, limit: ScriptTree.depthLimit, at: range), parent)
      tree[id].kind = .invalid
      return
    }
    if tree[body].statements.isEmpty, let result = tree[body].result {
      tree[id] = tree[result]
      tree.parentheses[id] = tree.parentheses[result]
    } else {
      tree[id].kind = .block(body)
    }
  }

  /// What changes while a body is copied: parameters give way to arguments, and variables get names of
  /// their own.
  private static func rules(
    given: [String: ExprID], maps: [String: String], types: [String: TypeID],
    _ expansion: ExpansionID
  ) -> ScriptTree.CopyRules {
    func ownName(_ name: String) -> String {
      given[name] == nil ? "\(name)\(Diagnostic.expansionMark)\(expansion.index)" : name
    }
    return ScriptTree.CopyRules(
      expansion: expansion,
      expression: { syntax in
        switch syntax.kind {
        case .identifier(let name), .map(let name): given[name].map { .replace($0) } ?? .keep
        case .variable(let name): given[name].map { .replace($0) } ?? .rename(ownName(name))
        case .mapElement(let name, _): maps[name].map { .rename($0) } ?? .keep
        default: .keep
        }
      },
      type: { syntax in
        if case .named(nil, let name) = syntax.base { types[name] } else { nil }
      },
      declaration: ownName)
  }

  /// The types among the arguments, `typeof(T)`, by parameter; nil if something else stands for a type,
  /// which is reported.
  private mutating func typeArguments(of macro: MacroSyntax, _ arguments: [ExprID])
    -> [String: TypeID]?
  {
    var names: Set<String> = []
    tree.walk(from: .block(macro.body)) { node in
      switch node {
      case .type(let id):
        if case .named(nil, let name) = tree[id].base { names.insert(name) }
      case .expression(let id):
        // What stands alone in `sizeof` may be a value.
        if case .name? = tree[id].kind.operand { return false }
      default: break
      }
      return true
    }
    var types: [String: TypeID] = [:]
    for (parameter, argument) in zip(macro.parameters, arguments)
    where parameter.kind == .expression {
      if case .typeof(let operand) = tree[argument].kind {
        types[parameter.name] = tree.add(
          TypeSyntax(base: .typeof(operand), range: tree[argument].range))
      } else if names.contains(parameter.name) {
        let range = tree[argument].range
        report(.noTypeArgument(macro.name, parameter.name, at: range), tree[argument].expansion)
        return nil
      }
    }
    return types
  }

  /// Whether a body keeps to what it was given; what is wrong is reported.
  private mutating func checkBody(of macro: MacroSyntax, _ expansion: ExpansionID) -> Bool {
    let names = Set(macro.parameters.map(\.name))
    var mistakes: [Diagnostic] = []
    tree.walk(from: .block(macro.body)) { node in
      switch node {
      case .expression(let id):
        switch tree[id].kind {
        case .map(let name), .mapElement(let name, _):
          if !names.contains(name) {
            mistakes.append(.unhygienicMap(name, at: tree[id].range))
          }
        default: break
        }
      case .statement(let id):
        let range = tree[id].range
        switch tree[id].kind {
        case .returnValue: mistakes.append(.returnInMacro(at: range))
        case .letVariable(let declaration) where names.contains(declaration.name):
          mistakes.append(
            .shadowedParameter(
              declaration.name, at: range.prefix(declaration.nameRange.end - range.start)))
        case .forLoop(let loop) where names.contains(loop.name):
          mistakes.append(.shadowedParameter(loop.name, at: loop.nameRange))
        default: break
        }
      default: break
      }
      return true
    }
    for mistake in mistakes { report(mistake, expansion) }
    return mistakes.isEmpty
  }

  // MARK: Mistakes

  private mutating func report(_ diagnostic: Diagnostic, _ expansion: ExpansionID?) {
    var diagnostic = diagnostic
    diagnostic.expandedFrom = tree.expandedFrom(expansion)
    if !diagnostics.contains(diagnostic) { diagnostics.append(diagnostic) }
  }

  /// Reports a call that no definition fits, and why the closest one does not.
  private mutating func mismatch(
    _ id: ExprID, _ name: String, _ arguments: [ExprID], _ candidates: [MacroSyntax]
  ) {
    var notes: [Diagnostic.Note] = []
    if let closest = candidates.first(where: { $0.parameters.count == arguments.count }) {
      for (parameter, argument) in zip(closest.parameters, arguments)
      where !parameter.kind.takes(tree[argument].kind) {
        notes.append(
          Diagnostic.Note(
            "Mismatched arg. \(name)() expects a \(parameter.kind.text) for arg \(parameter.name) "
              + "but got \(tree[argument].kind.argumentText).", at: tree[argument].range))
        notes.append(
          Diagnostic.Note(
            "This is the argument in the closest definition.", at: parameter.range))
      }
    } else if let closest = candidates.first {
      notes.append(
        Diagnostic.Note(
          "The closest definition of \(name)() has a different number of arguments. Expected: "
            + "\(closest.parameters.count) but got \(arguments.count)", at: closest.range))
    }
    report(.macroArguments(name, notes: notes, at: tree[id].range), tree[id].expansion)
    tree[id].kind = .invalid
  }
}

extension MacroSyntax.Parameter.Kind {
  /// Whether an argument can be given for such a parameter.
  fileprivate func takes(_ argument: ExpressionSyntax.Kind) -> Bool {
    switch (self, argument) {
    case (.variable, .variable), (.map, .map), (.expression, _): true
    default: false
    }
  }

  fileprivate var text: String {
    switch self {
    case .variable: "variable"
    case .map: "map"
    case .expression: "expression"
    }
  }
}

extension ExpressionSyntax.Kind {
  /// What messages call an argument of this kind.
  fileprivate var argumentText: String {
    switch self {
    case .variable: "a variable"
    case .map: "a map"
    default: "an expression"
    }
  }

  /// The type or expression that it asks about.
  fileprivate var operand: TypeOrExpression? {
    switch self {
    case .sizeof(let operand), .typeof(let operand), .typeinfo(let operand),
      .offsetof(let operand, _):
      operand
    default: nil
    }
  }
}
