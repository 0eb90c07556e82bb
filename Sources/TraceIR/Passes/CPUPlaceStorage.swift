internal import TraceModel

/// Slots of aggregations in places of each CPU, and in a hash for each CPU, where every key is first.
///
/// A place is given once in a generation, so that whoever reads it finds key and slot as its mark says.
/// Giving it away is interrupted by programs on the same CPU only, but some of these may be put off by
/// others; so they count each other, and only who is alone gives a place. Addition is the one atomic operation of all kernels.
///
/// That other processors see the stores of one in their order is what lets them be read at any time.
struct CPUPlaceStorage: ScriptMapStorage {
  let hash: HashStorage
  let places: CPUPlaces
  /// The tables of places, by their index in the module.
  let tables: Int
  /// The map of generations, and which one is this map's.
  let generations: Int
  let generation: Int

  var object: Int { hash.index }

  /// The parts of a key, each as a word.
  private func parts(of key: IRValue, _ rewriter: inout IRBlockRewriter) -> [IRValue] {
    places.keyParts.map { part in
      let address = rewriter.emit(.offset(key, by: .word(part.offset)))
      let value = rewriter.emit(.load(.integer(bytes: part.size), from: address))
      return part.size == 8 ? value : rewriter.emit(.cast(.zeroExtend, value, .i64))
    }
  }

  /// The offset of the place of a key in a table: `i64`.
  private func offset(of parts: [IRValue], _ rewriter: inout IRBlockRewriter) -> IRValue {
    var product: IRValue?
    for part in parts {
      let number = product.map { rewriter.emit(.binary(.xor, $0, part)) } ?? part
      product = rewriter.emit(
        .binary(.mul, number, .integer(CPUPlaces.multiplier, .i64)))
    }
    guard let product else { preconditionFailure("a key has parts") }
    let number = rewriter.emit(.binary(.shiftRight, product, .word(places.shift)))
    let start = rewriter.emit(.binary(.mul, number, .word(places.size)))
    return rewriter.emit(.binary(.add, start, .word(CPUPlaces.firstPlace)))
  }

  /// Whether the key in a place is that of these parts: `i1`.
  private func hasKey(
    _ place: IRValue, _ wanted: [IRValue], _ rewriter: inout IRBlockRewriter
  ) -> IRValue {
    let key = rewriter.emit(.offset(place, by: .word(CPUPlaces.keyOffset)))
    var difference: IRValue?
    for (found, wanted) in zip(parts(of: key, &rewriter), wanted) {
      let bits = rewriter.emit(.binary(.xor, found, wanted))
      difference = difference.map { rewriter.emit(.binary(.or, $0, bits)) } ?? bits
    }
    return rewriter.emit(.compare(.equal, difference ?? .word(0), .word(0)))
  }

  /// Looks up an element of an array, and goes on where the kernel has it, as it always does.
  private func lookUp(
    _ map: Int, _ element: Int, _ slot: String, _ rewriter: inout IRBlockRewriter,
    otherwise missing: IRBlockID
  ) -> IRValue {
    let number = rewriter.slot("number", size: 4)
    rewriter.perform(.store(.integer(Int64(element), .i32), to: number))
    let found = rewriter.emit(.mapLookup(map: map, key: number))
    let next = rewriter.newBlock(slot)
    rewriter.end(
      .conditional(rewriter.emit(.compare(.notEqual, found, .null)), then: next, else: missing),
      continueAt: next)
    return found
  }

  func makeElement(
    _ key: IRValue, status: IRValue, _ instruction: IRInstruction,
    _ rewriter: inout IRBlockRewriter
  ) {
    let element = rewriter.slot("place", size: 8)
    rewriter.perform(.store(.null, to: element))
    rewriter.perform(.store(.word(0), to: status))
    let (marked, mine) = (rewriter.newBlock("marked"), rewriter.newBlock("mine"))
    let (hashed, made) = (rewriter.newBlock("hashed"), rewriter.newBlock("made"))
    let table = lookUp(tables, 0, "table", &rewriter, otherwise: made)
    let dating = lookUp(generations, generation, "dated", &rewriter, otherwise: made)
    let current = rewriter.emit(
      .binary(.add, rewriter.emit(.load(.i64, from: dating)), .word(1)))
    let parts = parts(of: key, &rewriter)
    let place = rewriter.emit(.offset(table, by: offset(of: parts, &rewriter)))
    let slot = rewriter.emit(.offset(place, by: .word(places.valueOffset)))
    let mark = rewriter.emit(.load(.i64, from: place))
    let isTaken = rewriter.emit(.compare(.equal, mark, current))
    rewriter.end(.conditional(isTaken, then: marked, else: hashed), continueAt: marked)
    let isMine = hasKey(place, parts, &rewriter)
    rewriter.end(.conditional(isMine, then: mine, else: hashed), continueAt: mine)
    rewriter.perform(.store(slot, to: element))
    rewriter.end(.branch(made), continueAt: hashed)

    let hashSlot = hash.make(key, status: status, &rewriter)
    rewriter.perform(.store(hashSlot, to: element))
    let (there, vacant) = (rewriter.newBlock("there"), rewriter.newBlock("vacant"))
    let isThere = rewriter.emit(.compare(.notEqual, hashSlot, .null))
    rewriter.end(.conditional(isThere, then: there, else: made), continueAt: there)
    let isVacant = rewriter.emit(.compare(.less, mark, current))
    rewriter.end(.conditional(isVacant, then: vacant, else: made), continueAt: vacant)
    claim(place, of: table, for: key, at: current, slot: slot, element, &rewriter)
    rewriter.end(.branch(made), continueAt: made)
    rewriter.finish(instruction, with: .load(.pointer, from: element))
  }

  /// Gives a place to a key, unless somebody else is at it or has done it, and puts the address of its
  /// slot at `element`.
  private func claim(
    _ place: IRValue, of table: IRValue, for key: IRValue, at current: IRValue, slot: IRValue,
    _ element: IRValue, _ rewriter: inout IRBlockRewriter
  ) {
    let (alone, claimed) = (rewriter.newBlock("alone"), rewriter.newBlock("claimed"))
    let left = rewriter.newBlock("left")
    rewriter.perform(.atomicAdd(table, by: .word(1)))
    let claims = rewriter.emit(.load(.i64, from: table))
    let isAlone = rewriter.emit(.compare(.equal, claims, .word(1)))
    rewriter.end(.conditional(isAlone, then: alone, else: left), continueAt: alone)
    // What interrupted this program since it looked may have given the place to another key.
    let mark = rewriter.emit(.load(.i64, from: place))
    let isVacant = rewriter.emit(.compare(.less, mark, current))
    rewriter.end(.conditional(isVacant, then: claimed, else: left), continueAt: claimed)
    rewriter.perform(.zero(slot, bytes: places.slotSize))
    let keyPlace = rewriter.emit(.offset(place, by: .word(CPUPlaces.keyOffset)))
    rewriter.perform(.copy(to: keyPlace, from: key, bytes: places.keySize))
    // Atomic, so that it comes after the rest.
    let step = rewriter.emit(.binary(.sub, current, mark))
    rewriter.perform(.atomicAdd(place, by: step))
    rewriter.perform(.store(slot, to: element))
    rewriter.end(.branch(left), continueAt: left)
    rewriter.perform(.atomicAdd(table, by: .word(-1)))
  }
}
