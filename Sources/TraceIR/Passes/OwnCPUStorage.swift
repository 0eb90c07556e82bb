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

  func element(
    _ key: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter
  ) {
    let place = layout.find(.null, in: index, &rewriter)
    rewriter.finish(instruction, with: .load(.pointer, from: place))
  }

  func contains(
    _ key: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter
  ) {
    let element = rewriter.emit(
      .load(.pointer, from: layout.find(.null, in: index, &rewriter)))
    rewriter.finish(instruction, with: .compare(.notEqual, element, .null))
  }

  func put(
    _ key: IRValue, _ value: IRValue, _ instruction: IRInstruction,
    _ rewriter: inout IRBlockRewriter
  ) {
    let status = rewriter.slot("status", size: 8)
    rewriter.perform(.store(.word(ArrayLayout.noSuchElement), to: status))
    let written = rewriter.newBlock("written")
    let element = layout.lookUp(.null, in: index, &rewriter, otherwise: written)
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
    rewriter.perform(.store(.word(ArrayLayout.noSuchElement), to: status))
    let removed = rewriter.newBlock("removed")
    let element = layout.lookUp(.null, in: index, &rewriter, otherwise: removed)
    layout.require(element, &rewriter, otherwise: removed)
    rewriter.perform(.store(.word(0), to: layout.presence(of: element, &rewriter)))
    rewriter.perform(.store(.word(0), to: status))
    rewriter.end(.branch(removed), continueAt: removed)
    rewriter.finish(instruction, with: .load(.i64, from: status))
  }
}
