internal import BPF
internal import LinuxSystem
internal import TraceModel

/// What a map of a script holds, or a portion of it.
struct StoredEntries {
  /// Keys and values, as a hash would have them.
  var entries: MapEntries
  /// Slots that belong to entries beside those of all CPUs, one after the other, by the entry's index.
  var furtherSlots: [Int: [UInt8]] = [:]
}

/// A map of a script in a loaded object, wherever the kernel keeps its elements.
struct StoredMap {
  private let spec: MapSpec
  private let object: any HostedObject
  private let kept: TracerMaps

  /// - Parameter kept: Has the elements of maps that are not in the kernel.
  init(_ spec: MapSpec, of object: any HostedObject, _ kept: TracerMaps) {
    self.spec = spec
    self.object = object
    self.kept = kept
  }

  /// Hands out everything in the map in portions: of a hash they are small, whatever it holds.
  func forEachPortion(_ body: (StoredEntries) -> Void) throws(SystemError) {
    switch spec.storage {
    case .hash:
      try object.forEachPortion(of: spec.symbol) { body(StoredEntries(entries: $0)) }
    case .array(let generation): body(StoredEntries(entries: try entries(generation)))
    case .threads: body(StoredEntries(entries: try entriesOfThreads()))
    case .cpus(let generation): body(try entriesOfCPUs(generation))
    case .ownCPU: body(StoredEntries(entries: try entriesOfEachCPU()))
    case .tracer: body(StoredEntries(entries: kept[spec].entries))
    }
  }

  /// Takes every element out.
  func clear() throws(SystemError) {
    switch spec.storage {
    case .hash, .array(generation: nil): try object.clear(spec.symbol)
    case .ownCPU: try object.zero(spec.symbol)
    case .tracer: kept.change(spec) { $0.clear() }
    case .array(let generation?): try countUp(generation)
    case .cpus(let generation):
      // In this order, whatever is added from now on to a place of the new generation stays.
      try countUp(generation)
      try object.clear(spec.symbol)
    case .threads:
      try object.clear(spec.symbol)
      // One claim is that of the thread that has the place.
      try changePlaces { place in
        place[.claims] &-= 1
        place[.owner] = 0
      }
    }
  }

  /// Makes the value of every element zero.
  func zero() throws(SystemError) {
    switch spec.storage {
    case .hash: try object.zero(spec.symbol)
    case .array(let generation): try zero(generation)
    case .ownCPU: try zero(nil)
    case .tracer: kept.change(spec) { $0.zero() }
    case .cpus(let generation):
      try keepKeysOfCPUs(generation)
      try countUp(generation)
      try object.zero(spec.symbol)
    case .threads:
      try object.zero(spec.symbol)
      try changePlaces { $0.value = ArraySlice(repeating: 0, count: $0.value.count) }
    }
  }

  // MARK: Places of threads

  /// The words of a place.
  private struct Place {
    enum Word: Int {
      case claims, owner, elsewhere

      var offset: Int {
        switch self {
        case .claims: ThreadPlace.claims
        case .owner: ThreadPlace.owner
        case .elsewhere: ThreadPlace.elsewhere
        }
      }
    }

    var bytes: [UInt8]

    var value: ArraySlice<UInt8> {
      get { bytes[ThreadPlace.value...] }
      set { bytes.replaceSubrange(ThreadPlace.value..., with: newValue) }
    }

    subscript(word: Word) -> UInt64 {
      get { StoredMap.integer(bytes[word.offset..<(word.offset + 8)]) }
      set {
        bytes.replaceSubrange(word.offset..<(word.offset + 8), with: [UInt8](of: newValue))
      }
    }
  }

  private var places: String { ThreadPlace.symbol(for: spec.symbol) }

  /// The places that threads have, with their keys in the array.
  private func takenPlaces() throws(SystemError) -> [(key: [UInt8], place: Place)] {
    let stored = try object.entries(of: places)
    guard stored.valueStride == ThreadPlace.size(forValueOf: spec.value.size),
      stored.valuesPerKey == 1
    else {
      throw .invalid("read the places of threads", spec.symbol)
    }
    var taken: [(key: [UInt8], place: Place)] = []
    for index in 0..<stored.count {
      let place = Place(bytes: Array(stored.value(index)))
      if place[.owner] != 0 { taken.append((Array(stored.key(index)), place)) }
    }
    return taken
  }

  private func changePlaces(_ change: (inout Place) -> Void) throws(SystemError) {
    for (key, place) in try takenPlaces() {
      var place = place
      change(&place)
      try object.setValue(place.bytes, of: key, in: places)
    }
  }

  private func entriesOfThreads() throws(SystemError) -> MapEntries {
    let size = spec.value.size
    let taken = try takenPlaces().map { $0.place }
    let hashed = try object.entries(of: spec.symbol)
    guard hashed.keySize <= 8 else {
      throw .invalid("read the places of threads", spec.symbol)
    }
    var entries = MapEntries(keySize: hashed.keySize, valueStride: size, valuesPerKey: 1)
    var threads: Set<UInt64> = []
    for place in taken {
      threads.insert(place[.owner])
      entries.append(
        key: place.bytes[ThreadPlace.owner...].prefix(entries.keySize),
        values: place.value.prefix(size))
    }
    for index in 0..<hashed.count where !threads.contains(Self.integer(hashed.key(index))) {
      entries.append(key: hashed.key(index), values: hashed.value(index).prefix(size))
    }
    return entries
  }

  // MARK: Places of CPUs

  /// The tables of places of all CPUs, at one moment.
  private struct Tables {
    let places: CPUPlaces
    /// The mark of places that count.
    let current: UInt64
    let tables: [ArraySlice<UInt8>]

    /// The place of that number in a table, if it counts.
    private func place(_ number: Int, in table: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
      let start = table.startIndex + CPUPlaces.firstPlace + number * places.size
      let place = table[start..<(start + places.size)]
      return StoredMap.integer(place.prefix(8)) == current ? place : nil
    }

    private func key(of place: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
      place.dropFirst(CPUPlaces.keyOffset).prefix(places.keySize)
    }

    /// The numbers of places that any CPU has given to a key.
    func takenNumbers() -> [Bool] {
      (0..<places.count).map { number in
        tables.contains { place(number, in: $0) != nil }
      }
    }

    /// The slots that CPUs have for a key in its place, one after the other.
    func slots(for key: ArraySlice<UInt8>, at number: Int) -> [UInt8] {
      tables.reduce(into: []) { slots, table in
        if let place = place(number, in: table), self.key(of: place) == key {
          slots += place.dropFirst(places.valueOffset)
        }
      }
    }

    /// Every key that has a place, once.
    func keys() -> Set<ArraySlice<UInt8>> {
      Set(
        tables.flatMap { table in
          (0..<places.count).compactMap { place($0, in: table).map(key(of:)) }
        })
    }
  }

  private func tables(_ generation: Int) throws(SystemError) -> Tables {
    let current = try self.generation(generation) + 1
    let stored = try object.entries(of: CPUPlaces.symbol(for: spec.symbol))
    guard let places = CPUPlaces(keySize: spec.keySize, valueSize: spec.value.size),
      stored.count == 1, stored.valueStride == places.tableSize
    else { throw .invalid("read the places of CPUs", spec.symbol) }
    return Tables(
      places: places, current: current,
      tables: (0..<stored.valuesPerKey).map { stored.value(0, cpu: $0) })
  }

  private func entriesOfCPUs(_ generation: Int) throws(SystemError) -> StoredEntries {
    // In this order: what is counted under a new key goes to a place as soon as the hash has the key.
    var result = StoredEntries(entries: try object.entries(of: spec.symbol))
    let tables = try tables(generation)
    let isTaken = tables.takenNumbers()
    var keys = tables.keys()
    for index in 0..<result.entries.count {
      let key = result.entries.key(index)
      let number = tables.places.number(of: key)
      guard isTaken[number] else { continue }
      let slots = tables.slots(for: key, at: number)
      guard !slots.isEmpty else { continue }
      result.furtherSlots[index] = slots
      keys.remove(key)
    }
    // Keys that are new, or that were taken out of the hash just when they were given places.
    let zeros = Array(
      repeating: UInt8(0), count: result.entries.valueStride * result.entries.valuesPerKey)
    for key in keys {
      result.furtherSlots[result.entries.count] = tables.slots(
        for: key, at: tables.places.number(of: key))
      result.entries.append(key: key, values: zeros)
    }
    return result
  }

  /// Puts keys into the hash that are in places only.
  private func keepKeysOfCPUs(_ generation: Int) throws(SystemError) {
    let tables = try tables(generation)
    let zeros = Array(
      repeating: UInt8(0), count: tables.places.slotSize * tables.tables.count)
    for key in tables.keys() where try object.value(of: Array(key), in: spec.symbol) == nil {
      try object.setValue(zeros, of: Array(key), in: spec.symbol)
    }
  }

  // MARK: Arrays

  private func entries(_ generation: Int?) throws(SystemError) -> MapEntries {
    let stored = try object.entries(of: spec.symbol)
    let layout = try layout(of: stored)
    guard stored.keySize >= spec.keySize else { throw .invalid("read an array", spec.symbol) }
    let current = try presence(generation)
    var entries = MapEntries(
      keySize: spec.keySize, valueStride: layout.presence, valuesPerKey: stored.valuesPerKey)
    for index in 0..<stored.count {
      var values: [UInt8] = []
      var isThere = false
      for cpu in 0..<stored.valuesPerKey {
        let element = stored.value(index, cpu: cpu)
        let value = element.prefix(layout.presence)
        if layout.isThere(element, current) {
          isThere = true
          values += value
        } else {
          values += repeatElement(0, count: value.count)
        }
      }
      guard isThere else { continue }
      entries.append(key: stored.key(index).prefix(spec.keySize), values: values)
    }
    return entries
  }

  /// The elements that CPUs have to themselves.
  private func entriesOfEachCPU() throws(SystemError) -> MapEntries {
    let stored = try object.entries(of: spec.symbol)
    let layout = try layout(of: stored)
    guard stored.count == 1, spec.keySize <= 8 else {
      throw .invalid("read the elements of CPUs", spec.symbol)
    }
    var entries = MapEntries(
      keySize: spec.keySize, valueStride: layout.presence, valuesPerKey: 1)
    for cpu in 0..<stored.valuesPerKey {
      let element = stored.value(0, cpu: cpu)
      guard layout.isThere(element, nil) else { continue }
      entries.append(
        key: [UInt8](of: UInt64(cpu))[..<spec.keySize],
        values: element.prefix(layout.presence))
    }
    return entries
  }

  private func zero(_ generation: Int?) throws(SystemError) {
    let stored = try object.entries(of: spec.symbol)
    let layout = try layout(of: stored)
    let current = try presence(generation)
    for index in 0..<stored.count {
      let elements = (0..<stored.valuesPerKey).map { stored.value(index, cpu: $0) }
      guard elements.contains(where: { layout.isThere($0, current) }) else { continue }
      let zeroed = elements.flatMap {
        Array(repeating: 0, count: layout.presence) + $0.dropFirst(layout.presence)
      }
      try object.setValue(zeroed, of: Array(stored.key(index)), in: spec.symbol)
    }
  }

  /// How an element lies in an array: its value, then a word that says if it is there.
  private struct ArrayLayout {
    /// Where the word is.
    let presence: Int

    /// - Parameter current: The word of what is there; nil for any but 0.
    func isThere(_ element: ArraySlice<UInt8>, _ current: UInt64?) -> Bool {
      let word = StoredMap.integer(element.suffix(8))
      return current.map { word == $0 } ?? (word != 0)
    }
  }

  private func layout(of stored: MapEntries) throws(SystemError) -> ArrayLayout {
    let layout = ArrayLayout(presence: (spec.value.size + 7) / 8 * 8)
    guard stored.valueStride == layout.presence + 8 else {
      throw .invalid("read an array", spec.symbol)
    }
    return layout
  }

  /// The word behind a value that counts; nil where all but 0 do.
  private func presence(_ generation: Int?) throws(SystemError) -> UInt64? {
    guard let generation else { return nil }
    return try self.generation(generation) + 1
  }

  private func generation(_ index: Int) throws(SystemError) -> UInt64 {
    let number = try object.value(of: Self.key(of: index), in: ObjectSymbol.runState)
    guard let number else { throw .invalid("read a generation", spec.symbol) }
    return Self.integer(number[...])
  }

  private func countUp(_ generation: Int) throws(SystemError) {
    let next = try self.generation(generation) + 1
    try object.setValue(
      [UInt8](of: next), of: Self.key(of: generation), in: ObjectSymbol.runState)
  }

  private static func key(of index: Int) -> [UInt8] {
    [UInt8](of: UInt32(truncatingIfNeeded: index))
  }

  private static func integer(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
