internal import TraceModel

extension IRPass {
  /// Chooses how the kernel keeps each map of the script, makes that map, and writes what is done
  /// with elements as helpers and accesses of it.
  ///
  /// The verifier knows the kernel's maps only: keys are addresses of memory that is written, and what
  /// a lookup returns is compared with null before it is used.
  static let realizeMaps = IRPass(name: "realize-maps") { module in
    module.realizeMaps()
  }
}

extension IRModule {
  fileprivate mutating func realizeMaps() {
    let storages = scriptMaps.map { map in
      maps.append(
        IRMap(
          symbol: map.symbol, kind: map.kind, keySize: map.keySize == 0 ? 4 : map.keySize,
          valueSize: map.valueSize, maxEntries: map.maxEntries))
      return HashStorage(map: map, index: maps.count - 1)
    }
    var callbacks = Callbacks(first: functions.count)
    for index in functions.indices {
      IRBlockRewriter.rewrite(&functions[index], index: index) { instruction, rewriter in
        switch instruction.operation {
        case .element(let map, let key): storages[map].element(key, instruction, &rewriter)
        case .elementOfCPU(let map, let key, let cpu):
          storages[map].element(key, cpu: cpu, instruction, &rewriter)
        case .makeElement(let map, let key, let status):
          storages[map].makeElement(key, status: status, instruction, &rewriter)
        case .put(let map, let key, let value):
          storages[map].put(key, value, instruction, &rewriter)
        case .add(let map, let key, let amount, let status):
          storages[map].add(amount, key, status: status, instruction, &rewriter)
        case .remove(let map, let key): storages[map].remove(key, instruction, &rewriter)
        case .contains(let map, let key): storages[map].contains(key, instruction, &rewriter)
        case .length(let map):
          storages[map].length(instruction, &rewriter, parent: index, &callbacks)
        case .iterate(let map, let callback, let frame):
          storages[map].iterate(callback, frame, instruction, &rewriter)
        default: rewriter.keep(instruction)
        }
      }
    }
    functions += callbacks.functions
  }
}

/// Callbacks that a pass adds.
private struct Callbacks {
  let first: Int
  private(set) var functions: [IRFunction] = []

  init(first: Int) { self.first = first }

  /// Adds a callback and returns its index in the module.
  mutating func add(_ function: IRFunction) -> Int {
    functions.append(function)
    return first + functions.count - 1
  }
}

/// Elements in a hash, under the bytes of their keys; the only element of a map without explicit keys
/// under four zeros.
private struct HashStorage {
  let map: IRScriptMap
  /// The kernel's map, by its index in the module.
  let index: Int

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
    _ key: IRValue, cpu: IRValue? = nil, _ instruction: IRInstruction,
    _ rewriter: inout IRBlockRewriter
  ) {
    let key = self.key(key, &rewriter)
    if let cpu {
      rewriter.finish(instruction, with: .mapLookupPerCPU(map: index, key: key, cpu: cpu))
    } else {
      rewriter.finish(instruction, with: .mapLookup(map: index, key: key))
    }
  }

  func makeElement(
    _ key: IRValue, status: IRValue, _ instruction: IRInstruction,
    _ rewriter: inout IRBlockRewriter
  ) {
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
    rewriter.finish(instruction, with: .load(.pointer, from: place))
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
    _ callbacks: inout Callbacks
  ) {
    // The kernel tells how often it called back; the callback has nothing to do.
    var callback = IRFunction(
      name: "len_\(parent)_\(callbacks.first + callbacks.functions.count)",
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
