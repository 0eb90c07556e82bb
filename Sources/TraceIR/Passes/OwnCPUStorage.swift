internal import TraceModel

/// Words that belong to CPUs, each written and read by programs on its own CPU only: in an array that has one
/// element for each.
///
/// Behind the value is a word that is not zero if the element is there. A program that interrupts another one on
/// the same CPU while that writes finds the element as it was, as it will be, or none.
struct OwnCPUStorage: ScriptMapStorage {
  let layout: ArrayLayout
  /// The kernel's map, by its index in the module.
  let index: Int

  var object: Int { index }

  private var word: IRType { .integer(bytes: layout.map.valueSize) }

  /// `-ENOENT`
  private static let noSuchElement = -2

  /// Looks the CPU's element up, and goes on in a block that is entered where the kernel has it, as it
  /// always does.
  private func lookUp(
    _ rewriter: inout IRBlockRewriter, otherwise missing: IRBlockID
  ) -> IRValue {
    let number = rewriter.slot("number", size: 4)
    rewriter.perform(.store(.integer(0, .i32), to: number))
    let element = rewriter.emit(.mapLookup(map: index, key: number))
    let found = rewriter.newBlock("found")
    rewriter.end(
      .conditional(
        rewriter.emit(.compare(.notEqual, element, .null)), then: found, else: missing),
      continueAt: found)
    return element
  }

  /// Goes on in a block that is entered where the element is there.
  private func require(
    _ element: IRValue, _ rewriter: inout IRBlockRewriter, otherwise missing: IRBlockID
  ) {
    let there = rewriter.newBlock("there")
    let presence = rewriter.emit(.load(.i64, from: layout.presence(of: element, &rewriter)))
    let isThere = rewriter.emit(.compare(.notEqual, presence, .word(0)))
    rewriter.end(.conditional(isThere, then: there, else: missing), continueAt: there)
  }

  /// The slot with the address of the value, or null: pointer.
  private func find(_ rewriter: inout IRBlockRewriter) -> IRValue {
    let place = rewriter.slot("element", size: 8)
    rewriter.perform(.store(.null, to: place))
    let looked = rewriter.newBlock("looked")
    let element = lookUp(&rewriter, otherwise: looked)
    require(element, &rewriter, otherwise: looked)
    rewriter.perform(.store(element, to: place))
    rewriter.end(.branch(looked), continueAt: looked)
    return place
  }

  func element(
    _ key: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter
  ) {
    rewriter.finish(instruction, with: .load(.pointer, from: find(&rewriter)))
  }

  func contains(
    _ key: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter
  ) {
    let element = rewriter.emit(.load(.pointer, from: find(&rewriter)))
    rewriter.finish(instruction, with: .compare(.notEqual, element, .null))
  }

  func put(
    _ key: IRValue, _ value: IRValue, _ instruction: IRInstruction,
    _ rewriter: inout IRBlockRewriter
  ) {
    let status = rewriter.slot("status", size: 8)
    rewriter.perform(.store(.word(Self.noSuchElement), to: status))
    let written = rewriter.newBlock("written")
    let element = lookUp(&rewriter, otherwise: written)
    let presence = layout.presence(of: element, &rewriter)
    // Whoever interrupts must not take the new value out, and leave it there. LLVM moves no store across an
    // atomic addition.
    let (old, new) = (rewriter.newBlock("old"), rewriter.newBlock("new"))
    let before = rewriter.emit(.load(.i64, from: presence))
    let isNew = rewriter.emit(.compare(.equal, before, .word(0)))
    rewriter.end(.conditional(isNew, then: new, else: old), continueAt: old)
    rewriter.perform(
      .atomicAdd(presence, by: rewriter.emit(.binary(.sub, .word(0), before))))
    rewriter.end(.branch(new), continueAt: new)
    rewriter.perform(.store(rewriter.emit(.load(word, from: value)), to: element))
    rewriter.perform(.atomicAdd(presence, by: .word(1)))
    rewriter.perform(.store(.word(0), to: status))
    rewriter.end(.branch(written), continueAt: written)
    rewriter.finish(instruction, with: .load(.i64, from: status))
  }

  func remove(
    _ key: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter
  ) {
    let status = rewriter.slot("status", size: 8)
    rewriter.perform(.store(.word(Self.noSuchElement), to: status))
    let removed = rewriter.newBlock("removed")
    let element = lookUp(&rewriter, otherwise: removed)
    require(element, &rewriter, otherwise: removed)
    rewriter.perform(.store(.word(0), to: layout.presence(of: element, &rewriter)))
    rewriter.perform(.store(.word(0), to: status))
    rewriter.end(.branch(removed), continueAt: removed)
    rewriter.finish(instruction, with: .load(.i64, from: status))
  }
}
