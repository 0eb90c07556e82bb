extension IRTerminator {
  /// The blocks it may go to.
  package var successors: [IRBlockID] {
    switch self {
    case .branch(let block): [block]
    case .conditional(_, let then, let other): [then, other]
    case .return: []
    }
  }

  /// The values it uses.
  package var operands: [IRValue] {
    switch self {
    case .branch: []
    case .conditional(let condition, _, _): [condition]
    case .return(let value): [value]
    }
  }
}

extension IROperation {
  /// The values it uses.
  package var operands: [IRValue] {
    switch self {
    case .constant, .constantAddress, .literal, .slot, .scratch, .context, .contextLoad,
      .contextField,
      .fieldInfo, .length, .object, .mapObject, .isUnderCgroup, .count:
      []
    case .binary(_, let left, let right), .compare(_, let left, let right): [left, right]
    case .cast(_, let value, _): [value]
    case .select(let condition, let then, let other): [condition, then, other]
    case .offset(let pointer, let bytes): [pointer, bytes]
    case .load(_, let pointer): [pointer]
    case .store(let value, let pointer): [value, pointer]
    case .copy(let target, let source, _): [target, source]
    case .zero(let pointer, _), .fill(let pointer, _, _): [pointer]
    case .increment(let pointer, let amount), .atomicAdd(let pointer, let amount):
      [pointer, amount]
    case .fieldAddress(let base, _): [base]
    case .typedLoad(_, let address): [address]
    case .number(let pointer): [pointer]
    case .probeRead(_, let target, let size, let source),
      .probeReadString(_, let target, let size, let source):
      [target, size, source]
    case .element(_, let key), .remove(_, let key), .contains(_, let key): [key]
    case .elementOfCPU(_, let key, let cpu): [key, cpu]
    case .makeElement(_, let key, let status): [key, status]
    case .put(_, let key, let value): [key, value]
    case .add(_, let key, let amount, let status): [key, amount, status]
    case .mapLookup(_, let key), .mapDelete(_, let key): [key]
    case .mapLookupPerCPU(_, let key, let cpu): [key, cpu]
    case .mapUpdate(_, let key, let value, _): [key, value]
    case .forEach(_, _, let frame), .iterate(_, _, let frame): [frame]
    case .loop(let count, _, let frame): [count, frame]
    case .helper(_, let arguments), .call(_, let arguments), .callExternal(_, let arguments):
      arguments
    case .stack(_, let target, _): [target]
    case .emit(let pointer, let size, _): [pointer, size]
    }
  }
}

extension IRFunction {
  /// The types of its parameters; the last one of a callback is its frame, which only the outlining
  /// pass uses.
  package var parameters: [IRType] {
    switch role {
    case .program: []
    case .subprogram(let parameters): parameters
    case .loop: [.i64, .pointer]
    case .forEach: [.pointer, .pointer, .pointer]
    }
  }

  /// The frame that a callback is given: an array of addresses in the stack of its parent.
  package var frameParameter: IRValue? {
    parent == nil ? nil : .parameter(parameters.count - 1, .pointer)
  }

  /// Which blocks can be entered.
  package var reachableBlocks: [Bool] {
    var reachable = Array(repeating: false, count: blocks.count)
    var open = [0]
    while let block = open.popLast() {
      guard !reachable[block] else { continue }
      reachable[block] = true
      open += (blocks[block].terminator?.successors ?? []).map(\.index)
    }
    return reachable
  }
}

extension IRFunction {
  /// The blocks that can be entered, each after all those that every way to it passes.
  package var reversePostorder: [Int] {
    var state = Array(repeating: 0, count: blocks.count)
    var finished: [Int] = []
    var path: [(block: Int, next: Int)] = [(0, 0)]
    state[0] = 1
    while let (block, next) = path.last {
      let successors = blocks[block].terminator?.successors ?? []
      guard next < successors.count else {
        finished.append(block)
        path.removeLast()
        continue
      }
      path[path.count - 1].next += 1
      let successor = successors[next].index
      if state[successor] == 0 {
        state[successor] = 1
        path.append((successor, 0))
      }
    }
    return finished.reversed()
  }
}

/// Which blocks of a function are passed on every way to which others.
package struct IRDominators {
  /// For each block that can be entered, the last block before it that every way passes.
  private var immediate: [Int?]
  private var order: [Int]

  /// Works them out by going over the blocks in reverse postorder until nothing changes.
  package init(_ function: IRFunction) {
    let count = function.blocks.count
    var predecessors = Array(repeating: [Int](), count: count)
    for (index, block) in function.blocks.enumerated() {
      for successor in block.terminator?.successors ?? [] {
        predecessors[successor.index].append(index)
      }
    }
    let sequence = function.reversePostorder
    order = Array(repeating: -1, count: count)
    for (position, block) in sequence.enumerated() { order[block] = position }
    immediate = Array(repeating: nil, count: count)
    immediate[0] = 0
    var changed = true
    while changed {
      changed = false
      for block in sequence.dropFirst() {
        var candidate: Int?
        for predecessor in predecessors[block] where immediate[predecessor] != nil {
          candidate = candidate.map { meet($0, predecessor) } ?? predecessor
        }
        if immediate[block] != candidate {
          immediate[block] = candidate
          changed = true
        }
      }
    }
  }

  /// Whether a block can be entered at all.
  package func isReachable(_ block: Int) -> Bool { immediate[block] != nil }

  /// Whether every way to `block` passes `other`.
  package func dominates(_ other: Int, _ block: Int) -> Bool {
    guard isReachable(other), isReachable(block) else { return false }
    var current = block
    while order[current] > order[other], let next = immediate[current] { current = next }
    return current == other
  }

  private func meet(_ left: Int, _ right: Int) -> Int {
    var (left, right) = (left, right)
    while left != right {
      while order[left] > order[right], let next = immediate[left] { left = next }
      while order[right] > order[left], let next = immediate[right] { right = next }
    }
    return left
  }
}
