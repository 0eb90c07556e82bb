import Language
import MachineView
import Syntax

extension AnalysisPass {
  /// Replaces older spellings by the newer ones they stand for: `delete(@m[k])` by `delete(@m, k)`,
  /// `delete(@a[1], @b[2])` by two calls, `sarg0` by a read from the stack.
  static let rewriteLegacyForms = AnalysisPass(name: "rewrite-legacy-forms") { state in
    state.script.tree.splitElementCalls()
    state.script.tree.spreadElementArguments()
    state.script.tree.expandStackArguments(state.target.architecture)
  }
}

extension ScriptTree {
  /// Makes a call for each of several elements, where a function takes one.
  fileprivate mutating func splitElementCalls() {
    for index in statements.indices {
      guard case .expression(let id) = statements[index].kind, case .call(let call) = self[id].kind,
        call.arguments.count > 1, isOfElements(call)
      else { continue }
      let calls = call.arguments.map { argument in
        let range = self[argument].range
        let single = CallSyntax(name: call.name, nameRange: call.nameRange, arguments: [argument])
        return add(StatementSyntax(.expression(add(.call(single), range: range)), range: range))
      }
      let block = add(BlockSyntax(statements: calls, result: nil, range: self[id].range))
      self[id].kind = .block(block)
    }
  }

  /// Whether a call of a function that takes a map has elements of maps only.
  private func isOfElements(_ call: CallSyntax) -> Bool {
    guard let function = Catalog.functions[call.name],
      function.signature.parameters.first?.kind == .map
    else { return false }
    return call.arguments.allSatisfy { if case .mapElement = self[$0].kind { true } else { false } }
  }

  /// Makes `*(uint64 *)(reg("sp") + 8)` of `sarg0`, and so on.
  fileprivate mutating func expandStackArguments(_ architecture: Architecture) {
    for index in expressions.indices {
      let id = ExprID(index: index)
      guard case .identifier(let name) = self[id].kind, name.hasPrefix("sarg"),
        let number = Int(name.dropFirst(4)), name == "sarg\(number)", (0..<10).contains(number)
      else { continue }
      let (range, expansion) = (self[id].range, self[id].expansion)
      func new(_ kind: ExpressionSyntax.Kind) -> ExprID {
        add(kind, range: range, expansion: expansion)
      }
      let pointer = add(
        TypeSyntax(
          base: .named(nil, "uint64"), suffixes: [.pointer], range: range, expansion: expansion))
      let register = new(.string(Array(architecture.stackPointer.utf8)))
      let stack = new(
        .call(CallSyntax(name: "reg", nameRange: range, arguments: [register])))
      let offset = architecture.stackArgumentsOffset + 8 * number
      let address = new(
        .binary(.add, stack, new(.integer(IntegerLiteral(value: UInt64(offset))))))
      self[id].kind = .unary(.dereference, new(.cast(pointer, address)))
    }
  }

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
