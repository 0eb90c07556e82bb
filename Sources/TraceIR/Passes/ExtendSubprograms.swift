extension IRPass {
  /// Gives subprograms the context and the scratch memory of the program that calls them.
  ///
  /// To the verifier a subprogram is a function of its own, which knows what its arguments point to and
  /// nothing else. The context is a further parameter where a subprogram, or one that it calls, uses it.
  /// So is scratch memory, always: which slots need it is found out later, and since one program may
  /// interrupt another, the memory is the program's and not the subprogram's. Callbacks find it in a
  /// slot of the subprogram.
  static let extendSubprograms = IRPass(name: "extend-subprograms") { module in
    for root in module.calleesFirst where module.functions[root].parent == nil {
      let family = module.functions.indices.filter { module.root(of: $0) == root }
      for member in family { module.passAlong(in: member) }
      if case .subprogram(let parameters) = module.functions[root].role {
        module.extend(root, family, parameters)
      }
    }
  }
}

extension IRModule {
  /// Appends to the arguments of calls what the subprograms were extended by, which they have been.
  fileprivate mutating func passAlong(in index: Int) {
    var known: [Int: IRFunction] = [:]
    for callee in functions[index].callees { known[callee] = functions[callee] }
    guard !known.isEmpty else { return }
    IRRewriter.rewrite(&functions[index]) { instruction, rewriter in
      guard case .call(let callee, var arguments) = instruction.operation else {
        return rewriter.keep(instruction)
      }
      if known[callee]?.contextParameter != nil { arguments.append(rewriter.emit(.context)) }
      if known[callee]?.scratchBase != nil { arguments.append(rewriter.emit(.scratch)) }
      rewriter.finish(instruction, with: .call(function: callee, arguments: arguments))
    }
  }

  /// Adds the parameters of one subprogram, whose family its callbacks belong to.
  fileprivate mutating func extend(_ index: Int, _ family: [Int], _ known: [IRType]) {
    var parameters = known
    let usesContext = family.contains { member in
      functions[member].blocks.contains { $0.instructions.contains(where: \.operation.usesContext) }
    }
    if usesContext {
      functions[index].contextParameter = parameters.count
      parameters.append(.pointer)
    }
    let base = IRValue.parameter(parameters.count, .pointer)
    parameters.append(.pointer)
    functions[index].scratchBase = base
    functions[index].role = .subprogram(parameters: parameters)
    let callbacks = family.filter { $0 != index }
    guard !callbacks.isEmpty else { return }
    functions[index].slots.append(IRSlot(name: "scratch", size: 8))
    let slot = IRSlotID(function: index, index: functions[index].slots.count - 1)
    functions[index].atEntry { entry in
      let place = entry.emit(.slot(slot))
      entry.perform(.store(base, to: place))
    }
    for callback in callbacks {
      var loaded = base
      functions[callback].atEntry { entry in
        loaded = entry.emit(.load(.pointer, from: entry.emit(.slot(slot))))
      }
      functions[callback].scratchBase = loaded
    }
  }
}

extension IRFunction {
  /// Writes instructions before all others.
  fileprivate mutating func atEntry(_ write: (inout IRRewriter) -> Void) {
    var rewriter = IRRewriter(temporaryCount: temporaryCount)
    write(&rewriter)
    blocks[0].instructions.insert(contentsOf: rewriter.instructions, at: 0)
    temporaryCount = rewriter.temporaryCount
  }
}
