extension IRPass {
  /// Removes blocks that nothing enters, after turning branches on known conditions into plain ones.
  ///
  /// The verifier refuses programs with instructions that cannot be reached ("unreachable insn").
  static let removeDeadBlocks = IRPass(name: "remove-dead-blocks") { module in
    for index in module.functions.indices { module.functions[index].removeDeadBlocks() }
  }
}

extension IRFunction {
  fileprivate mutating func removeDeadBlocks() {
    for index in blocks.indices {
      if case .conditional(let condition, let then, let other) = blocks[index].terminator {
        if let known = condition.constant {
          blocks[index].terminator = .branch(known != 0 ? then : other)
        } else if then == other {
          blocks[index].terminator = .branch(then)
        }
      }
    }
    let reachable = reachableBlocks
    guard reachable.contains(false) else { return }
    var position = 0
    let positions = reachable.map { isKept in
      defer { if isKept { position += 1 } }
      return position
    }
    blocks = zip(blocks, reachable).filter(\.1).map(\.0)
    for index in blocks.indices {
      blocks[index].terminator = blocks[index].terminator?.retargeted {
        IRBlockID(index: positions[$0.index])
      }
    }
  }
}

extension IRTerminator {
  /// The same end with other blocks to go to.
  func retargeted(_ target: (IRBlockID) -> IRBlockID) -> IRTerminator {
    switch self {
    case .branch(let block): .branch(target(block))
    case .conditional(let condition, let then, let other):
      .conditional(condition, then: target(then), else: target(other))
    case .return: self
    }
  }
}
