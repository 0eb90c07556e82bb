extension IRPass {
  /// Fills every slot with the module's poison where its function begins.
  ///
  /// The verifier lets privileged programs hand out what they never wrote. In a test that looks for the poison in
  /// what arrives, nothing of that goes unseen.
  static let poisonSlots = IRPass(name: "poison-slots") { module in
    guard let poison = module.poison else { return }
    for index in module.functions.indices { module.functions[index].fillSlots(poison, index) }
  }
}

extension IRFunction {
  fileprivate mutating func fillSlots(_ poison: UInt8, _ index: Int) {
    var filling: [IRInstruction] = []
    for number in slots.indices {
      let slot = IRSlotID(function: index, index: number)
      filling.append(IRInstruction(result: temporaryCount, operation: .slot(slot)))
      let address = IRValue.temporary(temporaryCount, .pointer)
      filling.append(
        IRInstruction(operation: .fill(address, bytes: slots[number].size, with: poison)))
      temporaryCount += 1
    }
    blocks[0].instructions.insert(contentsOf: filling, at: 0)
  }
}
