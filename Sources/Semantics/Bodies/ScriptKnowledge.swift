import Diagnostics
import Language
import Syntax
import TraceModel

/// What is known of a script while its bodies are visited, and what there is to tell the author.
final class ScriptKnowledge {
  let tree: ScriptTree
  let target: AnalysisTarget
  let types: TypeTable
  let configuration: ScriptConfiguration
  var maps = MapTable()
  var functions: FunctionTable
  /// The functions of imported objects, by name, with their index among all of them.
  let imported: [String: (index: Int, function: ImportedFunction)]
  var options: [ScriptOption]
  /// Whether an `options` block says which options there are.
  let declaresOptions: Bool
  /// The conditions under which `shown` values are computed.
  let shownConditions: [OptionCondition]
  private(set) var diagnostics: [Diagnostic] = []
  private var reported: Set<Diagnostic> = []
  /// What fits this machine only.
  private(set) var bindings: [Binding] = []
  /// Whether types have settled, so that what is wrong now stays wrong.
  var isReporting = false

  init(
    tree: ScriptTree, target: AnalysisTarget, types: TypeTable,
    configuration: ScriptConfiguration, imported: [ImportedFunction], tool: ToolShape
  ) {
    options = tool.options
    declaresOptions = tool.declaresOptions
    shownConditions = tool.conditions
    self.tree = tree
    self.target = target
    self.types = types
    self.configuration = configuration
    functions = FunctionTable(tree.functions)
    self.imported = Dictionary(
      imported.enumerated().map { ($1.name, ($0, $1)) }, uniquingKeysWith: { first, _ in first })
  }

  /// Tells the author something, once, when types have settled.
  func report(_ diagnostic: Diagnostic) {
    guard isReporting, reported.insert(diagnostic).inserted else { return }
    diagnostics.append(diagnostic)
  }

  /// Notes why the script fits this machine only, when types have settled.
  func bind(_ reason: String, at range: SourceRange) {
    let binding = Binding(reason, at: range)
    if isReporting, !bindings.contains(binding) { bindings.append(binding) }
  }
}
