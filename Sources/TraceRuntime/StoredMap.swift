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
    let stored = try object.entries(of: spec.symbol)
    guard case .array(let generation) = spec.storage else { return stored }
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

  /// Takes every element out.
  func clear() throws(SystemError) {
    guard case .array(let generation?) = spec.storage else { return try object.clear(spec.symbol) }
    let next = try self.generation(generation) + 1
    try object.setValue(
      Self.bytes(of: next), of: Self.key(of: generation), in: ObjectSymbol.generations)
  }

  /// Makes the value of every element zero.
  func zero() throws(SystemError) {
    guard case .array(let generation) = spec.storage else { return try object.zero(spec.symbol) }
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

  // MARK: Arrays

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
