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
    var operands: [IRValue] = []
    _ = mappingOperands {
      operands.append($0)
      return $0
    }
    return operands
  }

  /// The same with other values in place of those it uses.
  func mappingOperands(_ map: (IRValue) -> IRValue) -> IROperation {
    switch self {
    case .constant, .constantAddress, .literal, .slot, .context, .contextLoad, .contextField,
      .fieldInfo, .length, .object, .mapObject, .isUnderCgroup, .count, .scratch:
      self
    case .binary(let binary, let left, let right): .binary(binary, map(left), map(right))
    case .compare(let comparison, let left, let right): .compare(comparison, map(left), map(right))
    case .cast(let cast, let value, let type): .cast(cast, map(value), type)
    case .select(let condition, let then, let other): .select(map(condition), map(then), map(other))
    case .offset(let pointer, let bytes): .offset(map(pointer), by: map(bytes))
    case .load(let type, let pointer): .load(type, from: map(pointer))
    case .store(let value, let target): .store(map(value), to: map(target))
    case .copy(let target, let source, let bytes):
      .copy(to: map(target), from: map(source), bytes: bytes)
    case .zero(let pointer, let bytes): .zero(map(pointer), bytes: bytes)
    case .fill(let pointer, let bytes, let byte): .fill(map(pointer), bytes: bytes, with: byte)
    case .increment(let pointer, let amount): .increment(map(pointer), by: map(amount))
    case .atomicAdd(let pointer, let amount): .atomicAdd(map(pointer), by: map(amount))
    case .fieldAddress(let base, let path): .fieldAddress(map(base), path)
    case .typedLoad(let type, let address): .typedLoad(type, from: map(address))
    case .number(let pointer): .number(map(pointer))
    case .probeRead(let space, let target, let size, let source):
      .probeRead(space, to: map(target), size: map(size), from: map(source))
    case .probeReadString(let space, let target, let size, let source):
      .probeReadString(space, to: map(target), size: map(size), from: map(source))
    case .element(let index, let key): .element(map: index, key: map(key))
    case .elementOfCPU(let index, let key, let cpu):
      .elementOfCPU(map: index, key: map(key), cpu: map(cpu))
    case .makeElement(let index, let key, let status):
      .makeElement(map: index, key: map(key), status: map(status))
    case .put(let index, let key, let value): .put(map: index, key: map(key), value: map(value))
    case .add(let index, let key, let amount, let status):
      .add(map: index, key: map(key), amount: map(amount), status: map(status))
    case .remove(let index, let key): .remove(map: index, key: map(key))
    case .contains(let index, let key): .contains(map: index, key: map(key))
    case .iterate(let index, let callback, let frame):
      .iterate(map: index, callback: callback, frame: map(frame))
    case .mapLookup(let index, let key): .mapLookup(map: index, key: map(key))
    case .mapLookupPerCPU(let index, let key, let cpu):
      .mapLookupPerCPU(map: index, key: map(key), cpu: map(cpu))
    case .mapUpdate(let index, let key, let value, let flags):
      .mapUpdate(map: index, key: map(key), value: map(value), flags: flags)
    case .mapDelete(let index, let key): .mapDelete(map: index, key: map(key))
    case .forEach(let index, let callback, let frame):
      .forEach(map: index, callback: callback, frame: map(frame))
    case .loop(let count, let callback, let frame):
      .loop(count: map(count), callback: callback, frame: map(frame))
    case .helper(let helper, let arguments): .helper(helper, arguments.map(map))
    case .stack(let frames, let target, let bytes): .stack(frames, to: map(target), bytes: bytes)
    case .call(let callee, let arguments): .call(function: callee, arguments: arguments.map(map))
    case .callExternal(let callee, let arguments):
      .callExternal(function: callee, arguments: arguments.map(map))
    case .emit(let event, let size, let urgency):
      .emit(event: map(event), size: map(size), urgency: urgency)
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
