import Language
import Syntax

extension AnalysisPass {
  /// Finds the predicates that only ask for what the loader knows: options, attach points, features.
  ///
  /// Their programs need not test anything, for they are not even attached where the answer is no.
  static let findAttachConditions = AnalysisPass(name: "find-attach-conditions") { state in
    let tree = state.script.tree
    for index in state.script.probes.indices {
      let probe = state.script.probes[index]
      guard let predicate = probe.syntax.predicate else { continue }
      state.script.probes[index].attachCondition = probe.body.attachCondition(
        predicate.condition, in: tree)
    }
  }
}

extension TypedBody {
  /// The condition that an expression is if it only asks for what the loader knows.
  fileprivate func attachCondition(_ id: ExprID, in tree: ScriptTree) -> AttachCondition? {
    if case .unary(.not, let inner) = tree[id].kind {
      guard var condition = attachCondition(inner, in: tree) else { return nil }
      condition.expected.toggle()
      return condition
    }
    guard let found = facts[id], found.constant == nil, let question = found.loadTimeQuestion
    else { return nil }
    return AttachCondition(question: question, expected: true)
  }
}
