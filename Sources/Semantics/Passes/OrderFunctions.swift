import Diagnostics
import Language
import Syntax

extension AnalysisPass {
  /// Orders the functions so that each comes after those that it calls, and refuses recursion.
  ///
  /// BPF has neither recursion nor more than eight frames.
  static let orderFunctions = AnalysisPass(name: "order-functions") { state in
    var order = FunctionOrder(state.script)
    order.visitAll()
    state.script.functionOrder = order.order
    state.report(contentsOf: order.diagnostics)
  }
}

/// A walk over the calls among functions.
private struct FunctionOrder {
  private let names: [String]
  /// What each function calls, in the order of the text.
  private let calls: [[(callee: Int, range: SourceRange)]]
  private var state: [State]
  private var path: [Int] = []
  private(set) var order: [Int] = []
  private(set) var diagnostics: [Diagnostic] = []
  /// The frames that a function and what it calls need.
  private var depth: [Int]

  private enum State { case open, entered, done, cyclic }

  /// `MAX_CALL_FRAMES` of the kernel without the program's own.
  private static let frameLimit = 7

  init(_ script: TypedScript) {
    names = script.functions.map(\.syntax.name)
    calls = script.functions.map { function in
      function.body.facts.compactMap { id, facts in
        if case .scriptFunction(let callee) = facts.meaning {
          (callee, script.tree[id].range)
        } else {
          nil
        }
      }.sorted { $0.range.start < $1.range.start }
    }
    state = names.map { _ in .open }
    depth = names.map { _ in 1 }
  }

  mutating func visitAll() {
    for index in names.indices where state[index] == .open { visit(index) }
  }

  private mutating func visit(_ index: Int) {
    state[index] = .entered
    path.append(index)
    var isCyclic = false
    for (callee, range) in calls[index] {
      switch state[callee] {
      case .open: visit(callee)
      case .entered:
        let cycle = path.drop { $0 != callee } + [callee]
        diagnostics.append(.recursion(cycle.map { names[$0] }, at: range))
        isCyclic = true
      case .done, .cyclic: break
      }
      if state[callee] == .cyclic { isCyclic = true }
      depth[index] = max(depth[index], depth[callee] + 1)
      if depth[index] == Self.frameLimit + 1, depth[callee] == Self.frameLimit {
        diagnostics.append(.callDepth(names[index], limit: Self.frameLimit, at: range))
      }
    }
    path.removeLast()
    state[index] = isCyclic ? .cyclic : .done
    if !isCyclic { order.append(index) }
  }
}
