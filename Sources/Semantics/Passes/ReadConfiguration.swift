import Language
import Syntax

extension AnalysisPass {
  /// Reads the config block and the variables of the environment that stand for its keys.
  static let readConfiguration = AnalysisPass(name: "read-configuration") { state in
    let (configuration, diagnostics) = ScriptConfiguration.read(
      state.script.tree.config, environment: state.target.environment,
      compatibility: state.target.compatibility,
      leavesReportsToRunner: !state.script.tree.tool.isEmpty)
    state.script.configuration = configuration
    state.report(contentsOf: diagnostics)
  }
}
