internal import TraceModel

/// Elements in a hash, under the bytes of their keys; the only element of a map without explicit keys
/// under four zeros.
struct HashStorage: ScriptMapStorage {
  let map: IRScriptMap
  /// The kernel's map, by its index in the module.
  let index: Int

  var object: Int { index }

  /// `-EEXIST`
  private static let alreadyExists = -17
  /// `BPF_NOEXIST`
  private static let onlyIfNew = 1

  private func key(_ key: IRValue, _ rewriter: inout IRBlockRewriter) -> IRValue {
    guard key == .null else { return key }
    let pointer = rewriter.slot("key", size: 4)
    rewriter.perform(.store(.integer(0, .i32), to: pointer))
    return pointer
  }

  func element(
    _ key: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter
  ) {
    let key = self.key(key, &rewriter)
    rewriter.finish(instruction, with: .mapLookup(map: index, key: key))
  }

  func element(
    _ key: IRValue, cpu: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter
  ) {
    let key = self.key(key, &rewriter)
    rewriter.finish(instruction, with: .mapLookupPerCPU(map: index, key: key, cpu: cpu))
  }

  func makeElement(
    _ key: IRValue, status: IRValue, _ instruction: IRInstruction,
    _ rewriter: inout IRBlockRewriter
  ) {
    let place = writeMaking(key, status: status, &rewriter)
    rewriter.finish(instruction, with: .load(.pointer, from: place))
  }

  /// The address of an element's value as `makeElement` has it: pointer.
  func make(
    _ key: IRValue, status: IRValue, _ rewriter: inout IRBlockRewriter
  ) -> IRValue {
    rewriter.emit(.load(.pointer, from: writeMaking(key, status: status, &rewriter)))
  }

  /// Finds or makes an element; the slot that its address, or null, is in: pointer.
  private func writeMaking(
    _ key: IRValue, status: IRValue, _ rewriter: inout IRBlockRewriter
  ) -> IRValue {
    let key = self.key(key, &rewriter)
    let place = rewriter.slot("element", size: 8)
    rewriter.perform(.store(.word(0), to: status))
    let known = rewriter.emit(.mapLookup(map: index, key: key))
    rewriter.perform(.store(known, to: place))
    let isNew = rewriter.emit(.compare(.equal, known, .null))
    let (new, made) = (rewriter.newBlock("new"), rewriter.newBlock("made"))
    rewriter.end(.conditional(isNew, then: new, else: made), continueAt: new)

    let zeros = rewriter.emit(.literal(Array(repeating: 0, count: map.valueSize)))
    let code = rewriter.emit(
      .mapUpdate(map: index, key: key, value: zeros, flags: Self.onlyIfNew))
    // Another CPU may have made the element by now; that is no failure.
    let failed = rewriter.emit(.compare(.notEqual, code, .word(Self.alreadyExists)))
    rewriter.perform(.store(rewriter.emit(.select(failed, code, .word(0))), to: status))
    rewriter.perform(.store(rewriter.emit(.mapLookup(map: index, key: key)), to: place))
    rewriter.end(.branch(made), continueAt: made)
    return place
  }

  func put(
    _ key: IRValue, _ value: IRValue, _ instruction: IRInstruction,
    _ rewriter: inout IRBlockRewriter
  ) {
    let key = self.key(key, &rewriter)
    rewriter.finish(
      instruction, with: .mapUpdate(map: index, key: key, value: value, flags: 0))
  }

  func add(
    _ amount: IRValue, _ key: IRValue, status: IRValue, _ instruction: IRInstruction,
    _ rewriter: inout IRBlockRewriter
  ) {
    let key = self.key(key, &rewriter)
    let type = amount.type
    let place = rewriter.slot("element", size: 8)
    let before = rewriter.slot("before", size: type.bytes)
    rewriter.perform(.store(.word(0), to: status))
    rewriter.perform(.store(.integer(0, type), to: before))
    let known = rewriter.emit(.mapLookup(map: index, key: key))
    rewriter.perform(.store(known, to: place))
    let isNew = rewriter.emit(.compare(.equal, known, .null))
    let (new, again) = (rewriter.newBlock("new"), rewriter.newBlock("again"))
    let (found, added) = (rewriter.newBlock("found"), rewriter.newBlock("added"))
    rewriter.end(.conditional(isNew, then: new, else: found), continueAt: new)

    let first = rewriter.slot("first", size: type.bytes)
    rewriter.perform(.store(amount, to: first))
    let code = rewriter.emit(
      .mapUpdate(map: index, key: key, value: first, flags: Self.onlyIfNew))
    let isThere = rewriter.emit(.compare(.equal, code, .word(Self.alreadyExists)))
    rewriter.perform(.store(rewriter.emit(.select(isThere, .word(0), code)), to: status))
    rewriter.end(.conditional(isThere, then: again, else: added), continueAt: again)

    let made = rewriter.emit(.mapLookup(map: index, key: key))
    rewriter.perform(.store(made, to: place))
    let isGone = rewriter.emit(.compare(.equal, made, .null))
    rewriter.end(.conditional(isGone, then: added, else: found), continueAt: found)

    let number = rewriter.emit(.load(.pointer, from: place))
    rewriter.perform(.store(rewriter.emit(.load(type, from: number)), to: before))
    rewriter.perform(.atomicAdd(number, by: amount))
    rewriter.end(.branch(added), continueAt: added)
    rewriter.finish(instruction, with: .load(type, from: before))
  }

  func remove(
    _ key: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter
  ) {
    let key = self.key(key, &rewriter)
    rewriter.finish(instruction, with: .mapDelete(map: index, key: key))
  }

  func contains(
    _ key: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter
  ) {
    let found = rewriter.emit(.mapLookup(map: index, key: self.key(key, &rewriter)))
    rewriter.finish(instruction, with: .compare(.notEqual, found, .null))
  }

  func length(
    _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter, parent: Int,
    _ callbacks: inout IRCallbacks
  ) {
    // The kernel tells how often it called back; the callback has nothing to do.
    var callback = IRFunction(
      name: "len_\(parent)_\(callbacks.next)",
      role: .forEach(parent: parent))
    callback.blocks[0].terminator = .return(.word(0))
    rewriter.finish(
      instruction, with: .forEach(map: index, callback: callbacks.add(callback)))
  }

  func iterate(
    _ callback: Int, _ frame: IRValue, _ instruction: IRInstruction,
    _ rewriter: inout IRBlockRewriter
  ) {
    rewriter.finish(
      instruction, with: .forEach(map: index, callback: callback, frame: frame))
  }
}
