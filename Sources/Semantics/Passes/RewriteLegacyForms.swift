import Language
import Syntax

extension AnalysisPass {
  /// Replaces older spellings by the newer ones they stand for: `delete(@m[k])` by `delete(@m, k)`.
  static let rewriteLegacyForms = AnalysisPass(name: "rewrite-legacy-forms") { state in
    state.script.tree.spreadElementArguments()
  }
}

extension ScriptTree {
  /// Makes the map and the key of an element two arguments where a function's first one is a map.
  fileprivate mutating func spreadElementArguments() {
    for index in expressions.indices {
      let id = ExprID(index: index)
      guard case .call(var call) = self[id].kind, call.arguments.count == 1,
        let function = Catalog.functions[call.name],
        function.signature.parameters.count > 1, function.signature.parameters[0].kind == .map,
        case .mapElement(let name, let keys) = self[call.arguments[0]].kind
      else { continue }
      let range = self[call.arguments[0]].range
      let map = add(.map(name), range: range)
      let key = keys.count == 1 ? keys[0] : add(.tuple(keys), range: range)
      call.arguments = [map, key]
      self[id].kind = .call(call)
    }
  }
}
