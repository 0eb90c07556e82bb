extension IRPass {
  /// Puts slots that callbacks use into one slot where there are many of them.
  ///
  /// A callback reaches each slot of the functions around it through a pointer in its frame, and
  /// frames lie on the stack, of which a program and its callbacks have 512 bytes in all. One large
  /// slot needs one pointer, and may itself lie in scratch memory.
  static let gatherCaptures = IRPass(name: "gather-captures") { module in
    let captured = module.capturedSlots
    for index in module.functions.indices {
      let slots = captured.filter { $0.function == index }.map(\.index).sorted()
      guard slots.count > module.stackBudget.captures else { continue }
      module.gather(slots, of: index)
    }
  }
}

extension IRModule {
  /// The slots that a function uses which are another's, without those that pointers are stored to:
  /// the verifier follows pointers in its stack only.
  fileprivate var capturedSlots: Set<IRSlotID> {
    var captured: Set<IRSlotID> = []
    var pinned: Set<IRSlotID> = []
    for (index, function) in functions.enumerated() {
      var addresses: [Int: IRSlotID] = [:]
      for instruction in function.blocks.flatMap(\.instructions) {
        switch instruction.operation {
        case .slot(let slot):
          if let result = instruction.result { addresses[result] = slot }
          if slot.function != index { captured.insert(slot) }
        case .store(let value, .temporary(let target, _)) where value.type == .pointer:
          if let slot = addresses[target] { pinned.insert(slot) }
        default: break
        }
      }
    }
    return captured.subtracting(pinned).filter {
      functions[$0.function].slots[$0.index].placement == .undecided
    }
  }

  fileprivate mutating func gather(_ slots: [Int], of owner: Int) {
    var offsets: [Int: Int] = [:]
    var size = 0
    for slot in slots {
      offsets[slot] = size
      size += (functions[owner].slots[slot].size + 7) / 8 * 8
    }
    let gathered = IRSlotID(function: owner, index: functions[owner].slots.count)
    functions[owner].slots.append(IRSlot(name: "captured", size: size))
    for index in functions.indices {
      IRRewriter.rewrite(&functions[index]) { instruction, rewriter in
        guard case .slot(let slot) = instruction.operation, slot.function == owner,
          let offset = offsets[slot.index]
        else { return rewriter.keep(instruction) }
        let base = rewriter.emit(.slot(gathered))
        rewriter.finish(instruction, with: .offset(base, by: .word(offset)))
      }
    }
    // Nothing uses them any more, but slots are named by their place in the list. LLVM drops them.
    for slot in slots { functions[owner].slots[slot] = IRSlot(name: "gathered", size: 1) }
  }
}
