package import TraceModel

/// What a map held at one moment, merged over the CPUs and in the order in which it is shown.
///
/// A large one comes in portions, one after the other.
package struct MapSnapshot: Hashable, Sendable {
  package struct Entry: Hashable, Sendable {
    /// `.none` in a map without explicit keys.
    package var key: Value
    package var value: Value

    package init(key: Value, value: Value) {
      self.key = key
      self.value = value
    }
  }

  /// As the script writes it, `@` included.
  package var name: String
  package var shape: MapShape
  /// Whether the map has no explicit keys; it then has one entry or none.
  package var isScalar: Bool
  package var entries: MapEntryList
  /// Whether entries of the same map came before, in another portion.
  package var isContinuation = false
  /// Whether entries of the same map follow, in another portion.
  package var isContinued = false

  package init(name: String, shape: MapShape, isScalar: Bool, entries: MapEntryList) {
    self.name = name
    self.shape = shape
    self.isScalar = isScalar
    self.entries = entries
  }

  package init(name: String, shape: MapShape, isScalar: Bool, entries: [Entry]) {
    self.init(name: name, shape: shape, isScalar: isScalar, entries: MapEntryList(entries))
  }

  /// The map in portions of at most `count` entries; itself if that is enough.
  package func portions(of count: Int) -> [MapSnapshot] {
    guard entries.count > count else { return [self] }
    return stride(from: 0, to: entries.count, by: count).map { start in
      let end = Swift.min(start + count, entries.count)
      var portion = self
      portion.entries = entries.portion(start..<end)
      portion.isContinuation = isContinuation || start > 0
      portion.isContinued = isContinued || end < entries.count
      return portion
    }
  }
}

/// Keys and values of a map, in an order.
///
/// A million of them is a usual number: what is integers takes 8 bytes each, and to sort moves
/// indices only.
package struct MapEntryList: Sendable {
  private var keys = ValueColumn()
  private var values = ValueColumn()
  /// Which of the keys and values comes where.
  private var order: [UInt32] = []
  /// The part of the order that is meant.
  private var range = 0..<0

  package init() {}

  package init(_ entries: [MapSnapshot.Entry]) {
    for entry in entries { append(key: entry.key, value: entry.value) }
  }

  /// Adds an entry at the end.
  package mutating func append(key: Value, value: Value) {
    precondition(range.upperBound == order.count, "a portion is not added to")
    order.append(UInt32(keys.count))
    keys.append(key)
    values.append(value)
    range = range.lowerBound..<order.count
  }

  /// Replaces every value.
  package mutating func mapValues(_ change: (Value) -> Value) {
    var changed = ValueColumn()
    for index in 0..<values.count { changed.append(change(values[index])) }
    values = changed
  }

  /// Keeps the last `count` entries of the order.
  package mutating func keepLast(_ count: Int) {
    if self.count > count { range = (range.upperBound - Swift.max(0, count))..<range.upperBound }
  }

  /// The entries at these places.
  func portion(_ places: Range<Int>) -> MapEntryList {
    var portion = self
    portion.range = (range.lowerBound + places.lowerBound)..<(range.lowerBound + places.upperBound)
    return portion
  }

  // MARK: Order

  /// Sorts by the numbers that order values, upwards, and equal ones by key.
  mutating func sort() {
    precondition(range == 0..<order.count, "a portion is not sorted")
    let keyNumbers = keys.orderedBits
    if let keyNumbers {
      order.sort(byNumbers: keyNumbers)
    } else {
      let keys = keys
      order.sort { keys[Int($0)].compare(keys[Int($1)]) < 0 }
    }
    // Both ways of sorting keep the order of equals.
    if let numbers = values.orderedBits { return order.sort(byNumbers: numbers) }
    sort { $0.mapOrderingNumber ?? 0 }
  }

  /// Sorts by numbers that are made of values, upwards; equals stay in order.
  package mutating func sort(by number: (Value) -> Int128) {
    let numbers = (0..<values.count).map { number(values[$0]) }
    guard numbers.contains(where: { $0 != numbers[0] }) else { return }
    order[range].sort { numbers[Int($0)] < numbers[Int($1)] }
  }
}

extension MapEntryList: RandomAccessCollection {
  package var startIndex: Int { 0 }
  package var endIndex: Int { range.count }

  package subscript(place: Int) -> MapSnapshot.Entry {
    let index = Int(order[range.lowerBound + place])
    return MapSnapshot.Entry(key: keys[index], value: values[index])
  }
}

extension MapEntryList: Hashable {
  package static func == (left: MapEntryList, right: MapEntryList) -> Bool {
    left.elementsEqual(right)
  }

  package func hash(into hasher: inout Hasher) {
    hasher.combine(count)
    for entry in self { hasher.combine(entry) }
  }
}

extension MapEntryList: ExpressibleByArrayLiteral {
  package init(arrayLiteral entries: MapSnapshot.Entry...) { self.init(entries) }
}
