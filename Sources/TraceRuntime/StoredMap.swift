internal import BPF
internal import LinuxSystem
internal import TraceModel

/// A map of a script in a loaded object, wherever the kernel keeps its elements.
struct StoredMap {
  private let spec: MapSpec
  private let object: any HostedObject

  init(_ spec: MapSpec, of object: any HostedObject) {
    self.spec = spec
    self.object = object
  }

  /// Everything in the map, as a hash would have it.
  func entries() throws(SystemError) -> MapEntries {
    switch spec.storage {
    case .hash: try object.entries(of: spec.symbol)
    case .array(let generation): try entries(generation)
    case .threads: try entriesOfThreads()
    }
  }

  /// Takes every element out.
  func clear() throws(SystemError) {
    switch spec.storage {
    case .hash, .array(generation: nil): try object.clear(spec.symbol)
    case .array(let generation?):
      let next = try self.generation(generation) + 1
      try object.setValue(
        Self.bytes(of: next), of: Self.key(of: generation), in: ObjectSymbol.generations)
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
    case .threads:
      try object.zero(spec.symbol)
      try changePlaces { $0[.value] = 0 }
    }
  }

  // MARK: Places of threads

  /// The words of a place.
  private struct Place {
    enum Word: Int {
      case claims, owner, elsewhere, value

      var offset: Int {
        switch self {
        case .claims: ThreadPlace.claims
        case .owner: ThreadPlace.owner
        case .elsewhere: ThreadPlace.elsewhere
        case .value: ThreadPlace.value
        }
      }
    }

    var bytes: [UInt8]

    subscript(word: Word) -> UInt64 {
      get { StoredMap.integer(bytes[word.offset..<(word.offset + 8)]) }
      set {
        bytes.replaceSubrange(word.offset..<(word.offset + 8), with: StoredMap.bytes(of: newValue))
      }
    }
  }

  private var places: String { ThreadPlace.symbol(for: spec.symbol) }

  /// The places that threads have, with their keys in the array.
  private func takenPlaces() throws(SystemError) -> [(key: [UInt8], place: Place)] {
    let stored = try object.entries(of: places)
    guard stored.valueStride == ThreadPlace.size, stored.valuesPerKey == 1 else {
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
    guard hashed.keySize <= 8, size <= 8 else {
      throw .invalid("read the places of threads", spec.symbol)
    }
    var entries = MapEntries(keySize: hashed.keySize, valueStride: size, valuesPerKey: 1)
    var threads: Set<UInt64> = []
    for place in taken {
      threads.insert(place[.owner])
      entries.append(
        key: place.bytes[ThreadPlace.owner...].prefix(entries.keySize),
        values: place.bytes[ThreadPlace.value...].prefix(size))
    }
    for index in 0..<hashed.count where !threads.contains(Self.integer(hashed.key(index))) {
      entries.append(key: hashed.key(index), values: hashed.value(index).prefix(size))
    }
    return entries
  }

  // MARK: Arrays

  private func entries(_ generation: Int?) throws(SystemError) -> MapEntries {
    let stored = try object.entries(of: spec.symbol)
    let layout = try layout(of: stored)
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
    guard stored.valueStride == layout.presence + 8, stored.keySize >= spec.keySize else {
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
    let number = try object.value(of: Self.key(of: index), in: ObjectSymbol.generations)
    guard let number else { throw .invalid("read a generation", spec.symbol) }
    return Self.integer(number[...])
  }

  private static func key(of index: Int) -> [UInt8] {
    (0..<4).map { UInt8(truncatingIfNeeded: index >> (8 * $0)) }
  }

  private static func bytes(of number: UInt64) -> [UInt8] {
    (0..<8).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
  }

  private static func integer(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }
}
