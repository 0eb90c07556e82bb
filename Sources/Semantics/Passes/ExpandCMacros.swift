import CDeclarations
import Diagnostics
import Language
import MachineView
import Syntax

extension AnalysisPass {
  /// Puts expressions in the place of the C macros that a script names.
  static let expandCMacros = AnalysisPass(name: "expand-c-macros") { state in
    guard let definitions = state.cDefinitions else { return }
    var expansion = MacroExpansion(
      tree: state.script.tree, definitions: definitions, types: state.types,
      sources: state.script.sources)
    expansion.run()
    state.script.tree = expansion.tree
    for binding in expansion.bindings where !state.script.bindings.contains(binding) {
      state.script.bindings.append(binding)
    }
    state.report(contentsOf: expansion.diagnostics)
  }
}

private struct MacroExpansion {
  var tree: ScriptTree
  var definitions: CDefinitions
  let types: TypeTable
  let sources: SourceMap
  var bindings: [Binding] = []
  var diagnostics: [Diagnostic] = []
  /// The replacements as they were parsed; nil for those that are no expressions.
  private var replacements: [String: ExprID?] = [:]
  /// How many nodes there may be: macros that use each other twice grow beyond all bounds.
  private var isTooBig = false
  private static let maximumNodes = 1 << 18

  init(tree: ScriptTree, definitions: CDefinitions, types: TypeTable, sources: SourceMap) {
    self.tree = tree
    self.definitions = definitions
    self.types = types
    self.sources = sources
  }

  mutating func run() {
    expandTypeNames()
    for index in tree.expressions.indices { expand(ExprID(index: index), [], nil) }
  }

  /// The name of a macro in `sizeof` means its value.
  private mutating func expandTypeNames() {
    for index in tree.expressions.indices {
      let id = ExprID(index: index)
      func resolved(_ operand: TypeOrExpression) -> TypeOrExpression? {
        guard case .name(_, let expression) = operand,
          case .identifier(let name) = tree[expression].kind, definitions.macro(name) != nil
        else { return nil }
        return .expression(expression)
      }
      switch tree[id].kind {
      case .sizeof(let operand):
        if let operand = resolved(operand) { tree[id].kind = .sizeof(operand) }
      case .typeof(let operand):
        if let operand = resolved(operand) { tree[id].kind = .typeof(operand) }
      default: break
      }
    }
  }

  /// Makes of an identifier that is a macro what the macro stands for.
  private mutating func expand(_ id: ExprID, _ open: [String], _ parent: ExpansionID?) {
    guard case .identifier(let name) = tree[id].kind, Catalog.builtin(name) == nil,
      let macro = definitions.macro(name), !macro.isFunctionLike, !isShadowed(macro)
    else { return }
    let range = tree[id].range
    if let reason = macro.binding { bindings.append(Binding(reason, at: range)) }
    if let start = open.firstIndex(of: name) {
      let chain = (open[start...] + [name]).joined(separator: "->")
      diagnostics.append(
        .macroRecursion(chain, at: range, expandedFrom: tree.expandedFrom(parent)))
      tree[id].kind = .invalid
      return
    }
    guard let replacement = parse(macro) else { return insertValue(of: macro, at: id) }
    guard tree.expressions.count < Self.maximumNodes else {
      if !isTooBig {
        let use = tree.expandedFrom(parent).last ?? range
        diagnostics.append(.macroSize(open.first ?? name, at: use))
      }
      isTooBig = true
      tree[id].kind = .invalid
      return
    }
    let expansion = tree.add(Expansion(range: range, parent: parent))
    let first = tree.expressions.count
    let copy = tree.copy(replacement, rules: ScriptTree.CopyRules(expansion: expansion))
    for index in first..<tree.expressions.count {
      expand(ExprID(index: index), open + [name], expansion)
    }
    if open.isEmpty, tree.isTooDeep(.expression(copy)) {
      diagnostics.append(.macroDepth(name, limit: ScriptTree.depthLimit, at: range))
      tree[id].kind = .invalid
      return
    }
    tree[id].kind = tree[copy].kind
    tree[id].expansion = tree[id].expansion ?? expansion
  }

  /// Whether the name means an enumerator: only the script's own macros go before these.
  private func isShadowed(_ macro: CMacro) -> Bool {
    guard macro.nameRange == nil else { return false }
    do throws(MachineError) { return try types.enumerator(macro.name) != nil } catch {
      // What is wrong with the types is reported where they are used.
      return false
    }
  }

  /// What a macro stands for as an expression of the language; nil if that is none.
  private mutating func parse(_ macro: CMacro) -> ExprID? {
    if let known = replacements[macro.name] { return known }
    var result: ExprID?
    if let range = macro.replacementRange, let source = sources[range.file] {
      var trial = tree
      let (expression, errors) = parseExpression(source.blanked(outside: range), into: &trial)
      if let expression, !errors.hasErrors {
        tree = trial
        result = expression
      }
    }
    replacements[macro.name] = .some(result)
    return result
  }

  /// A macro that is no expression of the language may be a number of C: `'a'`, `1 ? sizeof(int) : 0`.
  private mutating func insertValue(of macro: CMacro, at id: ExprID) {
    guard let value = definitions.value(of: macro) else {
      if let place = macro.nameRange {
        diagnostics.append(.macroWithoutValue(macro.name, at: tree[id].range, definition: place))
        tree[id].kind = .invalid
      }
      return
    }
    let range = tree[id].range
    let isNegative = !value.isUnsigned && value.signed < 0
    let literal = ExpressionSyntax.Kind.integer(
      IntegerLiteral(value: isNegative ? value.signed.magnitude : value.bits))
    tree[id].kind =
      isNegative ? .unary(.negate, tree.add(literal, range: range)) : literal
  }
}

extension SourceFile {
  /// The same file with white space in the place of all that is outside a range, so that what is inside is
  /// parsed alone and has its place.
  fileprivate func blanked(outside range: SourceRange) -> SourceFile {
    var text = Array(bytes.prefix(range.end))
    for index in text.indices {
      let isContinued =
        text[index] == UInt8(ascii: "\\") && index + 1 < text.count
        && (text[index + 1] == UInt8(ascii: "\n") || text[index + 1] == UInt8(ascii: "\r"))
      if text[index] != UInt8(ascii: "\n"), index < range.start || isContinued {
        text[index] = UInt8(ascii: " ")
      }
    }
    return SourceFile(id: id, name: name, bytes: text)
  }
}
