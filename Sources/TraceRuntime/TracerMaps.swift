internal import BPF
internal import TraceModel

/// The elements of the maps that the tracer keeps (`MapStorage.tracer`).
package final class TracerMaps {
  private var maps: [String: TracerMap] = [:]

  package init() {}

  /// The elements of a map.
  subscript(spec: MapSpec) -> TracerMap { maps[spec.name] ?? TracerMap(spec) }

  /// Changes the elements of a map in place.
  func change<Result>(_ spec: MapSpec, _ change: (inout TracerMap) -> Result) -> Result {
    change(&maps[spec.name, default: TracerMap(spec)])
  }
}

/// A map that the tracer keeps, which behaves as one of the kernel would.
struct TracerMap {
  private struct Element {
    var words: [UInt64]
    /// When it was last written, as the number of that change.
    var lastChange: UInt64
  }

  private let spec: MapSpec
  private var elements: [[UInt8]: Element] = [:]
  private var changeCount: UInt64 = 0
  /// Elements that there was no room for.
  private(set) var refused: UInt64 = 0

  init(_ spec: MapSpec) { self.spec = spec }

  private var wordCount: Int { max(1, (spec.value.size + 7) / 8) }

  /// Changes an element.
  ///
  /// - Parameter operand: Words as the change says: a value, a number, a slot, nothing.
  /// - Returns: Whether there was room.
  mutating func change(_ key: [UInt8], _ change: ElementChange, _ operand: [UInt64]) -> Bool {
    if change == .remove {
      elements[key] = nil
      return true
    }
    changeCount += 1
    if let place = elements.index(forKey: key) {
      var element = elements.values[place]
      take(change, operand, into: &element)
      elements.values[place] = element
      return true
    }
    guard elements.count < spec.maxEntries || makeRoom() else {
      refused += 1
      return false
    }
    var element = Element(words: Array(repeating: 0, count: wordCount), lastChange: 0)
    take(change, operand, into: &element)
    elements[key] = element
    return true
  }

  private func take(
    _ change: ElementChange, _ operand: [UInt64], into element: inout Element
  ) {
    element.lastChange = changeCount
    switch change {
    case .put: element.words = operand
    case .add: element.words[0] = sum(element.words[0], operand[0])
    case .join:
      guard case .aggregation(let aggregation) = spec.value else { break }
      aggregation.join(operand, into: &element.words)
    case .remove: break
    }
  }

  /// The sum of two numbers of as many bits as a value has.
  private func sum(_ number: UInt64, _ amount: UInt64) -> UInt64 {
    let bits = spec.value.size * 8
    let sum = number &+ amount
    return bits < 64 ? sum & (1 << UInt64(bits) - 1) : sum
  }

  /// Drops what was not written for longest, as the kernel does: some at once.
  ///
  /// - Returns: Whether the map is of a kind that does.
  private mutating func makeRoom() -> Bool {
    guard spec.kind == .lruHash || spec.kind == .lruPerCPUHash else { return false }
    let oldest = elements.sorted { $0.value.lastChange < $1.value.lastChange }
      .prefix(max(1, elements.count / 16))
    for (key, _) in oldest { elements[key] = nil }
    return true
  }

  mutating func clear() { elements.removeAll() }

  /// Makes the value of every element zero.
  mutating func zero() {
    let zeros = [UInt64](repeating: 0, count: wordCount)
    elements = elements.mapValues { Element(words: zeros, lastChange: $0.lastChange) }
  }

  /// Keys and values, as a hash would have them.
  var entries: MapEntries {
    var entries = MapEntries(
      keySize: spec.keySize, valueStride: 8 * wordCount, valuesPerKey: 1)
    for (key, element) in elements {
      entries.append(key: key[...], values: element.words.flatMap { [UInt8](of: $0) }[...])
    }
    return entries
  }
}
