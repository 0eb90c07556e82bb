extension IRPass {
  /// Has slots that callbacks change lie where the verifier does not follow what is in them.
  ///
  /// It follows numbers in stacks. A callback that counts (`$n++`) and asks for the count (`if ($n < 10)`) is another
  /// one to it in each round, and it gives up after a million steps, or 8192 jumps. In scratch memory a number can
  /// be any, so that the second round is like the first.
  ///
  /// A loop of a function's own blocks is the opposite: it only ends if the verifier follows its counter.
  static let hideChanges = IRPass(name: "hide-changes") { module in
    guard module.functions.contains(where: { $0.parent != nil }) else { return }
    var stores: [(slot: IRSlotID, function: Int, block: Int)] = []
    for (index, function) in module.functions.enumerated() {
      var addresses: [Int: IRSlotID] = [:]
      for (number, block) in function.blocks.enumerated() {
        for instruction in block.instructions {
          switch instruction.operation {
          case .slot(let slot):
            if let result = instruction.result { addresses[result] = slot }
          case .store(_, .temporary(let target, _)):
            if let slot = addresses[target] { stores.append((slot, index, number)) }
          default: break
          }
        }
      }
    }
    let changed = Set(stores.filter { $0.slot.function != $0.function }.map(\.slot))
    let followed = stores.filter {
      changed.contains($0.slot) && module.functions[$0.function].isInCycle($0.block)
    }.map(\.slot)
    for slot in changed.subtracting(followed) {
      module.functions[slot.function].slots[slot.index].isHidden = true
    }
  }
}

extension IRFunction {
  /// Whether a way leads from a block back to it.
  fileprivate func isInCycle(_ block: Int) -> Bool {
    var seen: Set<Int> = []
    var waiting = [block]
    while let next = waiting.popLast() {
      for successor in blocks[next].terminator?.successors ?? [] {
        if successor.index == block { return true }
        if seen.insert(successor.index).inserted { waiting.append(successor.index) }
      }
    }
    return false
  }
}
