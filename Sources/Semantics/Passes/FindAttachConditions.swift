import Language
import Syntax
import TraceModel

extension AnalysisPass {
  /// Finds what predicates ask that the loader knows: options, attach points, features.
  ///
  /// Their programs are not even attached where the answer is no, and need not test anything if the
  /// predicate asks nothing else.
  static let findAttachConditions = AnalysisPass(name: "find-attach-conditions") { state in
    let tree = state.script.tree
    for index in state.script.probes.indices {
      let probe = state.script.probes[index]
      guard let predicate = probe.syntax.predicate else { continue }
      let parts = tree.conjuncts(of: predicate.condition)
      let found = parts.map { probe.body.attachCondition($0, in: tree) }
      state.script.probes[index].attachConditions = found.compactMap { $0 }
      state.script.probes[index].predicateIsDecided = found.allSatisfy { $0 != nil }
    }
  }
}

extension ScriptTree {
  /// What an expression joins by `&&`, from left to right.
  fileprivate func conjuncts(of id: ExprID) -> [ExprID] {
    guard case .binary(.and, let left, let right) = self[id].kind else { return [id] }
    return conjuncts(of: left) + conjuncts(of: right)
  }
}

extension TypedBody {
  /// The condition that an expression is if it only asks for what the loader knows.
  fileprivate func attachCondition(_ id: ExprID, in tree: ScriptTree) -> AttachCondition? {
    switch tree[id].kind {
    case .unary(.not, let inner):
      guard var condition = attachCondition(inner, in: tree) else { return nil }
      condition.expected.toggle()
      return condition
    case .binary(let sign, let left, let right) where sign == .equal || sign == .notEqual:
      guard let question = comparedOption(left, right, in: tree) else { return nil }
      return AttachCondition(question: question, expected: sign == .equal)
    default:
      guard let found = facts[id], found.constant == nil, let question = found.loadTimeQuestion
      else { return nil }
      return AttachCondition(question: question, expected: true)
    }
  }

  /// The question that `getopt("name") == "text"` is.
  private func comparedOption(
    _ left: ExprID, _ right: ExprID, in tree: ScriptTree
  ) -> LoadTimeQuestion? {
    guard case .call(let call) = tree[left].kind,
      case .function(let function)? = facts[left]?.meaning,
      function.isOptionValue, let first = call.arguments.first,
      let name = facts[first]?.constant?.text, let text = facts[right]?.constant?.text
    else { return nil }
    return LoadTimeQuestion(source: .optionIs(name, text), defaultAnswer: false)
  }
}
