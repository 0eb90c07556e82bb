extension Value {
  /// Compares two values of one type: numbers by their true value, text by bytes, tuples element by
  /// element.
  ///
  /// - Returns: Negative, zero or positive, as `self` comes before, with or after `other`. Values of
  ///   different kinds have a fixed but meaningless order.
  package func compare(_ other: Value) -> Int {
    switch (self, other) {
    case (.string(let left, _), .string(let right, _)), (.buffer(let left), .buffer(let right)):
      return Self.compare(left, right)
    case (.text(let left), .text(let right)):
      return Self.compare(Array(left.utf8), Array(right.utf8))
    case (.array(let left), .array(let right)), (.tuple(let left), .tuple(let right)):
      return Self.compare(left, right)
    case (.record(let left), .record(let right)):
      return Self.compare(left.map(\.value), right.map(\.value))
    case (.stack(let left), .stack(let right)):
      return Self.compare(
        left.frames.map { .unsigned($0.address) }, right.frames.map { .unsigned($0.address) })
    default:
      let (left, right) = (orderingNumber, other.orderingNumber)
      return left == right ? 0 : left < right ? -1 : 1
    }
  }

  /// The number that stands for a value of one word.
  fileprivate var orderingNumber: Int128 {
    switch self {
    case .integer(let value): Int128(value)
    case .unsigned(let value), .pointer(let value), .symbol(_, let value): Int128(value)
    case .boolean(let value): value ? 1 : 0
    case .enumeration(_, let value, let signed):
      signed ? Int128(value) : Int128(UInt64(bitPattern: value))
    default: result?.orderingNumber ?? 0
    }
  }

  private static func compare(_ left: [UInt8], _ right: [UInt8]) -> Int {
    left == right ? 0 : left.lexicographicallyPrecedes(right) ? -1 : 1
  }

  private static func compare(_ left: [Value], _ right: [Value]) -> Int {
    for (left, right) in zip(left, right) {
      let order = left.compare(right)
      if order != 0 { return order }
    }
    return left.count - right.count
  }

  /// What orders maps with such values; nil if their keys do.
  package var mapOrderingNumber: Int128? {
    switch self {
    case .integer, .unsigned: orderingNumber
    default: result?.orderingNumber
    }
  }
}

extension MapSnapshot {
  /// Puts the entries into the order in which they are shown.
  ///
  /// Numbers and statistics go up by value, histograms by their total, everything else by key; among
  /// equals the key decides.
  package mutating func sort() { entries.sort() }

  /// Keeps the last `count` entries of the order.
  package mutating func keepTop(_ count: Int) { entries.keepLast(count) }
}
