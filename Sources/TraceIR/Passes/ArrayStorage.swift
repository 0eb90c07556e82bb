internal import TraceModel

/// How an element of a map of the script lies in an array: its value, and behind it a word that is not
/// zero if the element is there.
struct ArrayLayout {
  let map: IRScriptMap

  init(_ map: IRScriptMap) { self.map = map }

  /// Where the word is.
  var presence: Int { (map.valueSize + 7) / 8 * 8 }
  var elementSize: Int { presence + 8 }

  /// The address of the number that a key is: pointer.
  func number(of key: IRValue, _ rewriter: inout IRBlockRewriter) -> IRValue {
    let pointer = rewriter.slot("number", size: 4)
    var number = IRValue.integer(0, .i32)
    if key != .null {
      let type = IRType.integer(bytes: map.keySize)
      number = rewriter.emit(.cast(.zeroExtend, rewriter.emit(.load(type, from: key)), .i32))
    }
    rewriter.perform(.store(number, to: pointer))
    return pointer
  }

  /// The address of the word of the element at an address that is not null: pointer.
  func presence(of element: IRValue, _ rewriter: inout IRBlockRewriter) -> IRValue {
    rewriter.emit(.offset(element, by: .word(presence)))
  }

  /// Looks an element of the kernel's map up, and goes on in a block that is entered where the kernel has it, as
  /// it always does: pointer.
  func lookUp(
    _ key: IRValue, in object: Int, _ rewriter: inout IRBlockRewriter,
    otherwise missing: IRBlockID
  ) -> IRValue {
    let number = number(of: key, &rewriter)
    let element = rewriter.emit(.mapLookup(map: object, key: number))
    let found = rewriter.newBlock("found")
    rewriter.end(
      .conditional(
        rewriter.emit(.compare(.notEqual, element, .null)), then: found, else: missing),
      continueAt: found)
    return element
  }

  /// Goes on in a block that is entered where an element is there.
  func require(
    _ element: IRValue, _ rewriter: inout IRBlockRewriter, otherwise missing: IRBlockID
  ) {
    let there = rewriter.newBlock("there")
    let presence = rewriter.emit(.load(.i64, from: presence(of: element, &rewriter)))
    let isThere = rewriter.emit(.compare(.notEqual, presence, .word(0)))
    rewriter.end(.conditional(isThere, then: there, else: missing), continueAt: there)
  }

  /// Where the address of an element is, or null if it is not there: pointer to a pointer.
  func find(
    _ key: IRValue, in object: Int, _ rewriter: inout IRBlockRewriter
  ) -> IRValue {
    let place = rewriter.slot("element", size: 8)
    rewriter.perform(.store(.null, to: place))
    let looked = rewriter.newBlock("looked")
    let element = lookUp(key, in: object, &rewriter, otherwise: looked)
    require(element, &rewriter, otherwise: looked)
    rewriter.perform(.store(element, to: place))
    rewriter.end(.branch(looked), continueAt: looked)
    return place
  }

  /// What an operation gives for an element that is not there: `-ENOENT`.
  static let noSuchElement = -2
}

/// Elements of single words in an array that all CPUs share.
struct ArrayStorage: ScriptMapStorage {
  let layout: ArrayLayout
  /// The kernel's map, by its index in the module.
  let index: Int

  var object: Int { index }

  private var word: IRType { .integer(bytes: layout.map.valueSize) }

  func element(
    _ key: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter
  ) {
    let place = layout.find(key, in: index, &rewriter)
    rewriter.finish(instruction, with: .load(.pointer, from: place))
  }

  func put(
    _ key: IRValue, _ value: IRValue, _ instruction: IRInstruction,
    _ rewriter: inout IRBlockRewriter
  ) {
    let status = rewriter.slot("status", size: 8)
    rewriter.perform(.store(.word(ArrayLayout.noSuchElement), to: status))
    let written = rewriter.newBlock("written")
    let element = layout.lookUp(key, in: index, &rewriter, otherwise: written)
    rewriter.perform(.store(rewriter.emit(.load(word, from: value)), to: element))
    rewriter.perform(.store(.word(1), to: layout.presence(of: element, &rewriter)))
    rewriter.perform(.store(.word(0), to: status))
    rewriter.end(.branch(written), continueAt: written)
    rewriter.finish(instruction, with: .load(.i64, from: status))
  }

  func add(
    _ amount: IRValue, _ key: IRValue, status: IRValue, _ instruction: IRInstruction,
    _ rewriter: inout IRBlockRewriter
  ) {
    let before = rewriter.slot("before", size: word.bytes)
    rewriter.perform(.store(.word(ArrayLayout.noSuchElement), to: status))
    rewriter.perform(.store(.integer(0, word), to: before))
    let (new, added) = (rewriter.newBlock("new"), rewriter.newBlock("added"))
    let element = layout.lookUp(key, in: index, &rewriter, otherwise: added)
    rewriter.perform(.store(.word(0), to: status))
    rewriter.perform(.store(rewriter.emit(.load(word, from: element)), to: before))
    rewriter.perform(.atomicAdd(element, by: amount))
    // Written once only, or the CPUs would take the word from each other twice for each addition.
    let presence = layout.presence(of: element, &rewriter)
    let isNew = rewriter.emit(
      .compare(.equal, rewriter.emit(.load(.i64, from: presence)), .word(0)))
    rewriter.end(.conditional(isNew, then: new, else: added), continueAt: new)
    rewriter.perform(.store(.word(1), to: presence))
    rewriter.end(.branch(added), continueAt: added)
    rewriter.finish(instruction, with: .load(word, from: before))
  }

  func contains(
    _ key: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter
  ) {
    let element = rewriter.emit(
      .load(.pointer, from: layout.find(key, in: index, &rewriter)))
    rewriter.finish(instruction, with: .compare(.notEqual, element, .null))
  }
}

/// Slots of aggregations in an array of each CPU.
struct PerCPUArrayStorage: ScriptMapStorage {
  let layout: ArrayLayout
  /// The kernel's map, by its index in the module.
  let index: Int
  /// The map of generations, and which one is this map's.
  let generations: Int
  let generation: Int

  var object: Int { index }

  /// Writes `body`, which is given a slot's address, whether it is there, and what makes it so; goes
  /// on at `missing`, which is also where it comes if there is no slot at all.
  private func withSlot(
    _ slot: IRValue, _ rewriter: inout IRBlockRewriter, otherwise missing: IRBlockID,
    _ body: (_ isThere: IRValue, _ presence: IRValue, _ current: IRValue, inout IRBlockRewriter) ->
      Void
  ) {
    let (found, dated) = (rewriter.newBlock("found"), rewriter.newBlock("dated"))
    rewriter.end(
      .conditional(rewriter.emit(.compare(.notEqual, slot, .null)), then: found, else: missing),
      continueAt: found)
    let number = rewriter.slot("generation", size: 4)
    rewriter.perform(.store(.integer(Int64(generation), .i32), to: number))
    let place = rewriter.emit(.mapLookup(map: generations, key: number))
    rewriter.end(
      .conditional(rewriter.emit(.compare(.notEqual, place, .null)), then: dated, else: missing),
      continueAt: dated)
    let current = rewriter.emit(
      .binary(.add, rewriter.emit(.load(.i64, from: place)), .word(1)))
    let presence = layout.presence(of: slot, &rewriter)
    let isThere = rewriter.emit(
      .compare(.equal, rewriter.emit(.load(.i64, from: presence)), current))
    body(isThere, presence, current, &rewriter)
  }

  func element(
    _ key: IRValue, cpu: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter
  ) {
    // Other CPUs may have slots where this one has none, so there is something to merge at any rate.
    let place = rewriter.slot("element", size: 8)
    let nothing = rewriter.emit(
      .literal(Array(repeating: 0, count: layout.map.valueSize)))
    rewriter.perform(.store(nothing, to: place))
    let (there, looked) = (rewriter.newBlock("there"), rewriter.newBlock("looked"))
    let number = layout.number(of: key, &rewriter)
    let slot = rewriter.emit(.mapLookupPerCPU(map: index, key: number, cpu: cpu))
    withSlot(slot, &rewriter, otherwise: looked) { isThere, _, _, rewriter in
      rewriter.end(.conditional(isThere, then: there, else: looked), continueAt: there)
      rewriter.perform(.store(slot, to: place))
      rewriter.end(.branch(looked), continueAt: looked)
    }
    rewriter.finish(instruction, with: .load(.pointer, from: place))
  }

  func makeElement(
    _ key: IRValue, status: IRValue, _ instruction: IRInstruction,
    _ rewriter: inout IRBlockRewriter
  ) {
    let place = rewriter.slot("element", size: 8)
    rewriter.perform(.store(.word(0), to: status))
    rewriter.perform(.store(.null, to: place))
    let (new, there) = (rewriter.newBlock("new"), rewriter.newBlock("there"))
    let made = rewriter.newBlock("made")
    let number = layout.number(of: key, &rewriter)
    let slot = rewriter.emit(.mapLookup(map: index, key: number))
    withSlot(slot, &rewriter, otherwise: made) { isThere, presence, current, rewriter in
      rewriter.end(.conditional(isThere, then: there, else: new), continueAt: new)
      rewriter.perform(.zero(slot, bytes: layout.map.valueSize))
      rewriter.perform(.store(current, to: presence))
      rewriter.end(.branch(there), continueAt: there)
      rewriter.perform(.store(slot, to: place))
      rewriter.end(.branch(made), continueAt: made)
    }
    rewriter.finish(instruction, with: .load(.pointer, from: place))
  }
}

// What nobody does with elements that an array was chosen for.
extension ScriptMapStorage {
  private func refuse(_ instruction: IRInstruction) -> Never {
    preconditionFailure("a map was given a storage that lacks \(instruction.operation)")
  }

  func element(
    _ key: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter
  ) { refuse(instruction) }

  func element(
    _ key: IRValue, cpu: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter
  ) { refuse(instruction) }

  func makeElement(
    _ key: IRValue, status: IRValue, _ instruction: IRInstruction,
    _ rewriter: inout IRBlockRewriter
  ) { refuse(instruction) }

  func put(
    _ key: IRValue, _ value: IRValue, _ instruction: IRInstruction,
    _ rewriter: inout IRBlockRewriter
  ) { refuse(instruction) }

  func add(
    _ amount: IRValue, _ key: IRValue, status: IRValue, _ instruction: IRInstruction,
    _ rewriter: inout IRBlockRewriter
  ) { refuse(instruction) }

  func remove(
    _ key: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter
  ) { refuse(instruction) }

  func contains(
    _ key: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter
  ) { refuse(instruction) }

  func length(
    _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter, parent: Int,
    _ callbacks: inout IRCallbacks
  ) { refuse(instruction) }

  func iterate(
    _ callback: Int, _ frame: IRValue, _ instruction: IRInstruction,
    _ rewriter: inout IRBlockRewriter
  ) { refuse(instruction) }
}
