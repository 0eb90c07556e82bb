import Diagnostics
import Syntax

extension AnalysisPass {
  /// Makes an error of all syntax that has no meaning yet, so that nothing is ignored.
  static let refuseUnsupportedSyntax = AnalysisPass(name: "refuse-unsupported-syntax") { state in
    let tree = state.script.tree
    for path in tree.imports { state.report(.notSupported("import", at: path.range)) }
    for item in tree.items {
      switch item {
      case .macro(let macro): state.report(.notSupported("A macro", at: macro.range))
      case .probe, .map, .function: break
      }
    }
  }
}
