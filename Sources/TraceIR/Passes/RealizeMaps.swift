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

/// One way to keep the elements of a map of the script: what operations on them are written as.
///
/// `instruction` is the operation; its result is taken over by the last instruction written.
protocol ScriptMapStorage {
  /// The kernel's map that keeps the elements, by its index in the module.
  var object: Int { get }
  func element(_ key: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter)
  func element(
    _ key: IRValue, cpu: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter)
  func makeElement(
    _ key: IRValue, status: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter
  )
  func put(
    _ key: IRValue, _ value: IRValue, _ instruction: IRInstruction,
    _ rewriter: inout IRBlockRewriter)
  func add(
    _ amount: IRValue, _ key: IRValue, status: IRValue, _ instruction: IRInstruction,
    _ rewriter: inout IRBlockRewriter)
  func remove(_ key: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter)
  func contains(_ key: IRValue, _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter)
  func length(
    _ instruction: IRInstruction, _ rewriter: inout IRBlockRewriter, parent: Int,
    _ callbacks: inout IRCallbacks)
  func iterate(
    _ callback: Int, _ frame: IRValue, _ instruction: IRInstruction,
    _ rewriter: inout IRBlockRewriter)
}

extension IRScriptMap {
  /// What the kernel allows for the values of per-CPU maps (`PCPU_MIN_UNIT_SIZE`).
  private static let largestPerCPUValue = 32 << 10

  /// Whether an array can keep the elements so that nobody sees a difference.
  ///
  /// There must be room for every key that can occur, and no fewer by the script's limit. Nothing may
  /// be taken out: in an array that could not be told from what another CPU writes at that moment.
  /// Of what all CPUs share, only single words are written so that nobody sees half of one.
  func fitsArray(_ use: MapUse) -> Bool {
    guard let keyCount, !isDeclared, keyCount <= maxEntries, !use.isRemovedFrom, !use.isIterated
    else { return false }
    return kind.isPerCPU
      ? !use.isSearched && ArrayLayout(self).elementSize <= Self.largestPerCPUValue : isWord
  }
}

extension IRScriptMap {
  /// Whether each thread can have a place of its own for its element.
  ///
  /// Only a map from which elements are taken out again has few at a time. It has to have room for as
  /// many as there are places, for these are not counted.
  func fitsThreads(_ use: MapUse) -> Bool {
    threadKeys?.takeTurns == true && valueSize <= ThreadPlace.largestValue && !isDeclared
      && !kind.isPerCPU && use.isRemovedFrom && !use.isAddedTo && !use.isIterated
      && maxEntries >= ThreadPlace.count
  }
}

extension IRScriptMap {
  /// Whether each CPU can have its element to itself.
  ///
  /// Nothing is added to it, because an addition returns what was there before at once.
  func fitsOwnCPU(_ use: MapUse) -> Bool {
    isKeyedByCPU && isWord && !isDeclared && !kind.isPerCPU && !use.isAddedTo && !use.isIterated
      && use.isRemovedFrom
  }
}

extension IRScriptMap {
  /// The places that each CPU can have for keys that it meets again and again; nil if it can have none.
  ///
  /// They hold a part of what was added, and nothing may be taken out of them, so programs must not do
  /// anything but add.
  func cpuPlaces(_ use: MapUse) -> CPUPlaces? {
    guard kind == .perCPUHash, !isDeclared, !use.isRemovedFrom, !use.isSearched, !use.isRead,
      !use.isIterated
    else { return nil }
    return CPUPlaces(keySize: keySize, valueSize: valueSize)
  }
}

extension IRModule {
  fileprivate mutating func realizeMaps() {
    let storages = zip(scriptMaps.indices, mapUses).map { makeStorage(of: $0, $1) }
    var callbacks = IRCallbacks(first: functions.count)
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
        case .object(let map):
          // The verifier allows nothing with a pointer to a map but to hand it on.
          let object = rewriter.emit(.mapObject(map: storages[map].object))
          rewriter.finish(instruction, with: .number(object))
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

  /// Makes the kernel's maps for a map of the script.
  private mutating func makeStorage(of index: Int, _ use: MapUse) -> any ScriptMapStorage {
    let map = scriptMaps[index]
    if map.isKeptByTracer {
      scriptMaps[index].storage = .tracer
      return TracerStorage()
    }
    if map.fitsOwnCPU(use) {
      let layout = ArrayLayout(map)
      scriptMaps[index].storage = .ownCPU
      let array = add(
        IRMap(
          symbol: map.symbol, kind: .perCPUArray, keySize: 4, valueSize: layout.elementSize,
          maxEntries: 1))
      return OwnCPUStorage(layout: layout, index: array)
    }
    guard map.fitsArray(use), let keyCount = map.keyCount else {
      let hash = add(
        IRMap(
          symbol: map.symbol, kind: map.kind, keySize: map.keySize == 0 ? 4 : map.keySize,
          valueSize: map.valueSize, maxEntries: map.maxEntries))
      let storage = HashStorage(map: map, index: hash)
      guard storesAreOrdered else { return storage }
      if mapsWithPlaces < CPUPlaces.mostMaps, let places = map.cpuPlaces(use) {
        return addPlaces(places, of: index, before: storage)
      }
      guard map.fitsThreads(use) else { return storage }
      scriptMaps[index].storage = .threads
      let places = add(
        IRMap(
          symbol: ThreadPlace.symbol(for: map.symbol), kind: .array, keySize: 4,
          valueSize: ThreadPlace.size(forValueOf: map.valueSize), maxEntries: ThreadPlace.count))
      return ThreadStorage(map: map, hash: hash, places: places)
    }
    let layout = ArrayLayout(map)
    let array = add(
      IRMap(
        symbol: map.symbol, kind: map.kind.isPerCPU ? .perCPUArray : .array, keySize: 4,
        valueSize: layout.elementSize, maxEntries: keyCount))
    guard map.kind.isPerCPU else {
      scriptMaps[index].storage = .array(generation: nil)
      return ArrayStorage(layout: layout, index: array)
    }
    let (generations, generation) = addGeneration()
    scriptMaps[index].storage = .array(generation: generation)
    return PerCPUArrayStorage(
      layout: layout, index: array, generations: generations, generation: generation)
  }

  /// How many maps have places of each CPU so far.
  private var mapsWithPlaces: Int {
    scriptMaps.count { if case .cpus = $0.storage { true } else { false } }
  }

  /// Makes the places of all CPUs for a map of the script.
  private mutating func addPlaces(
    _ places: CPUPlaces, of index: Int, before hash: HashStorage
  ) -> CPUPlaceStorage {
    let tables = add(
      IRMap(
        symbol: CPUPlaces.symbol(for: scriptMaps[index].symbol), kind: .perCPUArray, keySize: 4,
        valueSize: places.tableSize, maxEntries: 1))
    let (generations, generation) = addGeneration()
    scriptMaps[index].storage = .cpus(generation: generation)
    return CPUPlaceStorage(
      hash: hash, places: places, tables: tables, generations: generations, generation: generation)
  }

  private mutating func add(_ map: IRMap) -> Int {
    maps.append(map)
    return maps.count - 1
  }

  /// Makes room for one more generation.
  private mutating func addGeneration() -> (map: Int, generation: Int) {
    let map = self.map(ObjectSymbol.runState) ?? add(.runState)
    maps[map].maxEntries += 1
    return (map, maps[map].maxEntries - 1)
  }
}

/// Callbacks that a pass adds.
struct IRCallbacks {
  private let first: Int
  private(set) var functions: [IRFunction] = []

  init(first: Int) { self.first = first }

  /// The index in the module that the next one will have.
  var next: Int { first + functions.count }

  /// Adds a callback and returns its index in the module.
  mutating func add(_ function: IRFunction) -> Int {
    functions.append(function)
    return next - 1
  }
}
