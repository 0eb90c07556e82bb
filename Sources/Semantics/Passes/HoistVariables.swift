import Diagnostics
import Syntax
import TraceModel

extension AnalysisPass {
  /// Declares variables where their probe begins, if scripts are to mean what they meant before blocks
  /// had variables of their own.
  static let hoistVariables = AnalysisPass(name: "hoist-variables") { state in
    guard state.target.compatibility.precedes(.blockScope) else { return }
    for probe in state.script.tree.probes { state.script.tree.hoistVariables(of: probe.body) }
  }
}

extension ScriptTree {
  /// Declares at the top of a body what is assigned in blocks inside it and not declared by the script.
  fileprivate mutating func hoistVariables(of body: BlockID) {
    var declared: Set<String> = []
    var assigned: [(name: String, range: SourceRange)] = []
    walk(from: .block(body)) { node in
      guard case .statement(let id) = node else { return true }
      switch self[id].kind {
      case .letVariable(let declaration): declared.insert(declaration.name)
      case .forLoop(let loop): declared.insert(loop.name)
      case .assign(let assignment):
        if case .variable(let name) = self[assignment.target].kind {
          assigned.append((name, self[assignment.target].range))
        }
      default: break
      }
      return true
    }
    var declarations: [StmtID] = []
    for (name, range) in assigned where declared.insert(name).inserted {
      let declaration = LetSyntax(name: name, nameRange: range, type: nil, value: nil)
      declarations.append(add(StatementSyntax(.letVariable(declaration), range: range)))
    }
    self[body].statements.insert(contentsOf: declarations, at: 0)
  }
}
