import Diagnostics
import Language
import Syntax
import TraceModel

/// What is known of a script while its bodies are visited, and what there is to tell the author.
final class ScriptKnowledge {
  let tree: ScriptTree
  let target: AnalysisTarget
  let kernelTypes: KernelTypes
  let configuration: ScriptConfiguration
  var maps = MapTable()
  var options: [ScriptOption] = []
  private(set) var diagnostics: [Diagnostic] = []
  private var reported: Set<Diagnostic> = []
  /// Whether types have settled, so that what is wrong now stays wrong.
  var isReporting = false

  init(
    tree: ScriptTree, target: AnalysisTarget, kernelTypes: KernelTypes,
    configuration: ScriptConfiguration
  ) {
    self.tree = tree
    self.target = target
    self.kernelTypes = kernelTypes
    self.configuration = configuration
  }

  /// Tells the author something, once, when types have settled.
  func report(_ diagnostic: Diagnostic) {
    guard isReporting, reported.insert(diagnostic).inserted else { return }
    diagnostics.append(diagnostic)
  }
}
