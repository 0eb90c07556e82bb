internal import TraceModel

/// Values that belong to threads, of each of which programs know one after the other (`ThreadKey`): in an array, at
/// the thread's id modulo its size, and, where another thread has that place, in a hash.
///
/// A place is three words and the value: how many threads claim it, the id of the one that has it, and how many
/// elements that belong there are in the hash. Who adds to the claims and then finds 1 has the
/// place, whatever others do; who finds more takes back what he added. Nobody claims a place while
/// elements are in the hash for want of it, so a thread need not look there otherwise. Addition is the
/// one atomic operation of all kernels.
///
/// A program that interrupts another one on the same CPU while that writes finds the element as it was, as it will
/// be, or none: whoever writes more than a word leaves the place for so long.
///
/// That other processors see the stores of one in their order is what makes it safe to give up a place
/// by two stores; not all architectures do that. Thread 0 is one for each processor, so its element is
/// always in the hash.
struct ThreadStorage: ScriptMapStorage {
  let map: IRScriptMap
  /// The hash, by its index in the module.
  let hash: Int
  /// The array.
  let places: Int

  var object: Int { hash }

  /// `-ENOENT`
  private static let noSuchElement = -2
  /// `-EEXIST`
  private static let alreadyExists = -17
  /// `BPF_NOEXIST`
  private static let onlyIfNew = 1

  /// A place being looked at.
  private struct Place {
    /// The id of the thread: `i64`.
    var thread: IRValue
    /// The slot with the place's address: null for a thread that has none.
    var slot: IRValue
    /// The address, where it is not null.
    var address: IRValue
  }

  private func field(
    _ offset: Int, of place: IRValue, _ rewriter: inout IRBlockRewriter
  ) -> IRValue {
    rewriter.emit(.offset(place, by: .word(offset)))
  }

  private func load(
    _ offset: Int, of place: IRValue, _ rewriter: inout IRBlockRewriter
  ) -> IRValue {
    rewriter.emit(.load(.i64, from: field(offset, of: place, &rewriter)))
  }

  private func branch(
    _ condition: IRValue, then: IRBlockID, else other: IRBlockID, continueAt next: IRBlockID,
    _ rewriter: inout IRBlockRewriter
  ) {
    rewriter.end(.conditional(condition, then: then, else: other), continueAt: next)
  }

  /// Finds the thread's place; goes on where it has the place, comes to `other` where it has not, and
  /// to `none` where no place is meant for it.
  private func findPlace(
    of key: IRValue, other: IRBlockID, none: IRBlockID, _ rewriter: inout IRBlockRewriter
  ) -> Place {
    let slot = rewriter.slot("place", size: 8)
    rewriter.perform(.store(.null, to: slot))
    let id = rewriter.emit(.load(.i32, from: key))
    let thread = rewriter.emit(.cast(.zeroExtend, id, .i64))
    let (look, found) = (rewriter.newBlock("place"), rewriter.newBlock("place.found"))
    let mine = rewriter.newBlock("mine")
    branch(
      rewriter.emit(.compare(.equal, thread, .word(0))), then: none, else: look, continueAt: look,
      &rewriter)
    let number = rewriter.slot("number", size: 4)
    let mask = IRValue.integer(Int64(ThreadPlace.count - 1), .i32)
    rewriter.perform(.store(rewriter.emit(.binary(.and, id, mask)), to: number))
    let address = rewriter.emit(.mapLookup(map: places, key: number))
    branch(
      rewriter.emit(.compare(.notEqual, address, .null)), then: found, else: none,
      continueAt: found, &rewriter)
    rewriter.perform(.store(address, to: slot))
    let owner = load(ThreadPlace.owner, of: address, &rewriter)
    branch(
      rewriter.emit(.compare(.equal, owner, thread)), then: mine, else: other, continueAt: mine,
      &rewriter)
    return Place(thread: thread, slot: slot, address: address)
  }

  /// Counts elements in the hash that belong to a place.
  private func count(
    _ change: Int, at slot: IRValue, ifSo condition: IRValue, next: IRBlockID,
    _ rewriter: inout IRBlockRewriter
  ) {
    let (counted, there) = (rewriter.newBlock("counted"), rewriter.newBlock("counted.place"))
    branch(condition, then: counted, else: next, continueAt: counted, &rewriter)
    let place = rewriter.emit(.load(.pointer, from: slot))
    branch(
      rewriter.emit(.compare(.notEqual, place, .null)), then: there, else: next, continueAt: there,
      &rewriter)
    let elsewhere = field(ThreadPlace.elsewhere, of: place, &rewriter)
    rewriter.perform(.atomicAdd(elsewhere, by: .word(change)))
    rewriter.end(.branch(next), continueAt: next)
  }

  /// Writes the value into the place.
  private func write(_ value: IRValue, to place: IRValue, _ rewriter: inout IRBlockRewriter) {
    let target = field(ThreadPlace.value, of: place, &rewriter)
    if map.isWord {
      let bytes = rewriter.emit(.load(.integer(bytes: map.valueSize), from: value))
      rewriter.perform(.store(bytes, to: target))
    } else {
      rewriter.perform(.copy(to: target, from: value, bytes: map.valueSize))
    }
  }

  /// Writes another value into the place that the thread has.
  private func overwrite(
    with value: IRValue, in place: Place, _ rewriter: inout IRBlockRewriter
  ) {
    if map.isWord { return write(value, to: place.address, &rewriter) }
    let owner = field(ThreadPlace.owner, of: place.address, &rewriter)
    let nobody = rewriter.emit(.binary(.sub, .word(0), place.thread))
    rewriter.perform(.atomicAdd(owner, by: nobody))
    write(value, to: place.address, &rewriter)
    rewriter.perform(.atomicAdd(owner, by: place.thread))
  }

  /// The address of the value, or null: pointer.
  private func find(_ key: IRValue, _ rewriter: inout IRBlockRewriter) -> IRValue {
    let element = rewriter.slot("element", size: 8)
    rewriter.perform(.store(.null, to: element))
    let (other, hashed) = (rewriter.newBlock("other"), rewriter.newBlock("hashed"))
    let looked = rewriter.newBlock("looked")
    let place = findPlace(of: key, other: other, none: hashed, &rewriter)
    let value = field(ThreadPlace.value, of: place.address, &rewriter)
    rewriter.perform(.store(value, to: element))
    rewriter.end(.branch(looked), continueAt: other)

    let elsewhere = load(ThreadPlace.elsewhere, of: place.address, &rewriter)
    branch(
      rewriter.emit(.compare(.equal, elsewhere, .word(0))), then: looked, else: hashed,
      continueAt: hashed, &rewriter)
    rewriter.perform(
      .store(rewriter.emit(.mapLookup(map: hash, key: key)), to: element))
    rewriter.end(.branch(looked), continueAt: looked)
    return element
  }

  func element(
    _ key: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter
  ) {
    rewriter.finish(instruction, with: .load(.pointer, from: find(key, &rewriter)))
  }

  func contains(
    _ key: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter
  ) {
    let element = rewriter.emit(.load(.pointer, from: find(key, &rewriter)))
    rewriter.finish(instruction, with: .compare(.notEqual, element, .null))
  }

  func put(
    _ key: IRValue, _ value: IRValue, _ instruction: IRInstruction,
    _ rewriter: inout IRBlockRewriter
  ) {
    let status = rewriter.slot("status", size: 8)
    rewriter.perform(.store(.word(0), to: status))
    let (other, free) = (rewriter.newBlock("other"), rewriter.newBlock("free"))
    let (claim, claimed) = (rewriter.newBlock("claim"), rewriter.newBlock("claimed"))
    let (late, hashed) = (rewriter.newBlock("late"), rewriter.newBlock("hashed"))
    let (again, done) = (rewriter.newBlock("again"), rewriter.newBlock("put"))
    let place = findPlace(of: key, other: other, none: hashed, &rewriter)
    overwrite(with: value, in: place, &rewriter)
    rewriter.end(.branch(done), continueAt: other)

    let elsewhere = load(ThreadPlace.elsewhere, of: place.address, &rewriter)
    branch(
      rewriter.emit(.compare(.equal, elsewhere, .word(0))), then: free, else: hashed,
      continueAt: free, &rewriter)
    let claims = load(ThreadPlace.claims, of: place.address, &rewriter)
    branch(
      rewriter.emit(.compare(.equal, claims, .word(0))), then: claim, else: hashed,
      continueAt: claim, &rewriter)
    let counter = field(ThreadPlace.claims, of: place.address, &rewriter)
    rewriter.perform(.atomicAdd(counter, by: .word(1)))
    let now = rewriter.emit(.load(.i64, from: counter))
    branch(
      rewriter.emit(.compare(.equal, now, .word(1))), then: claimed, else: late,
      continueAt: claimed, &rewriter)
    write(value, to: place.address, &rewriter)
    rewriter.perform(
      .store(place.thread, to: field(ThreadPlace.owner, of: place.address, &rewriter)))
    rewriter.end(.branch(done), continueAt: late)
    rewriter.perform(
      .atomicAdd(field(ThreadPlace.claims, of: place.address, &rewriter), by: .word(-1)))
    rewriter.end(.branch(hashed), continueAt: hashed)

    let code = rewriter.emit(
      .mapUpdate(map: hash, key: key, value: value, flags: Self.onlyIfNew))
    rewriter.perform(.store(code, to: status))
    let isOld = rewriter.emit(.compare(.equal, code, .word(Self.alreadyExists)))
    let isNew = rewriter.newBlock("hashed.new")
    branch(isOld, then: again, else: isNew, continueAt: again, &rewriter)
    rewriter.perform(
      .store(
        rewriter.emit(.mapUpdate(map: hash, key: key, value: value, flags: 0)), to: status))
    rewriter.end(.branch(done), continueAt: isNew)
    let succeeded = rewriter.emit(.compare(.equal, code, .word(0)))
    count(1, at: place.slot, ifSo: succeeded, next: done, &rewriter)
    rewriter.finish(instruction, with: .load(.i64, from: status))
  }

  func remove(
    _ key: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter
  ) {
    let status = rewriter.slot("status", size: 8)
    rewriter.perform(.store(.word(Self.noSuchElement), to: status))
    let (other, hashed) = (rewriter.newBlock("other"), rewriter.newBlock("hashed"))
    let (there, done) = (rewriter.newBlock("hashed.there"), rewriter.newBlock("removed"))
    let place = findPlace(of: key, other: other, none: hashed, &rewriter)
    rewriter.perform(
      .store(.word(0), to: field(ThreadPlace.owner, of: place.address, &rewriter)))
    rewriter.perform(
      .atomicAdd(field(ThreadPlace.claims, of: place.address, &rewriter), by: .word(-1)))
    rewriter.perform(.store(.word(0), to: status))
    rewriter.end(.branch(other), continueAt: other)

    // What interrupted the thread while it was claiming the place has put its element into the hash.
    let elsewhere = load(ThreadPlace.elsewhere, of: place.address, &rewriter)
    branch(
      rewriter.emit(.compare(.equal, elsewhere, .word(0))), then: done, else: hashed,
      continueAt: hashed, &rewriter)
    let code = rewriter.emit(.mapDelete(map: hash, key: key))
    let succeeded = rewriter.emit(.compare(.equal, code, .word(0)))
    branch(succeeded, then: there, else: done, continueAt: there, &rewriter)
    rewriter.perform(.store(.word(0), to: status))
    count(-1, at: place.slot, ifSo: .true, next: done, &rewriter)
    rewriter.finish(instruction, with: .load(.i64, from: status))
  }
}
