/// The slots of all CPUs made one.
package enum AggregatedValue: Hashable, Sendable {
  /// The value of `count`, `sum`, `min`, `max` or `avg`, as the bit pattern of 64 bits.
  case integer(Int64, signed: Bool)
  /// The value of `stats`.
  case stats(count: Int64, average: Int64, total: Int64, signed: Bool)
  /// Counts by bucket.
  case buckets([UInt64])
}

extension Aggregation {
  /// Merges the slots of all CPUs, each `wordCount` words.
  ///
  /// - Parameter slots: One slot for each possible CPU; a slot of another length is ignored.
  package func merge(_ slots: [[UInt64]]) -> AggregatedValue {
    let slots = slots.filter { $0.count == wordCount }
    switch self {
    case .count, .sum: return .integer(Self.total(slots, word: 0), signed: isSigned)
    case .min(let signed): return .integer(Self.extreme(slots, signed: signed, <), signed: signed)
    case .max(let signed): return .integer(Self.extreme(slots, signed: signed, >), signed: signed)
    case .average(let signed):
      let (total, count) = (Self.total(slots, word: 0), Self.total(slots, word: 1))
      return .integer(Self.average(total, count, signed: signed), signed: signed)
    case .stats(let signed):
      let (total, count) = (Self.total(slots, word: 0), Self.total(slots, word: 1))
      return .stats(
        count: count, average: Self.average(total, count, signed: signed), total: total,
        signed: signed)
    case .log2Histogram, .linearHistogram:
      return .buckets(
        (0..<wordCount).map { bucket in slots.reduce(0) { $0 &+ $1[bucket] } })
    }
  }

  private static func total(_ slots: [[UInt64]], word: Int) -> Int64 {
    Int64(bitPattern: slots.reduce(0) { $0 &+ $1[word] })
  }

  /// The quotient truncated toward zero; zero when nothing was counted.
  private static func average(_ total: Int64, _ count: Int64, signed: Bool) -> Int64 {
    guard count != 0 else { return 0 }
    if signed { return total.dividedReportingOverflow(by: count).partialValue }
    return Int64(bitPattern: UInt64(bitPattern: total) / UInt64(bitPattern: count))
  }

  /// The extreme among the slots that have a value; zero when none has.
  private static func extreme(
    _ slots: [[UInt64]], signed: Bool, _ precedes: (Int128, Int128) -> Bool
  ) -> Int64 {
    var best: (key: Int128, value: UInt64)?
    for slot in slots where slot[1] != 0 {
      let key = signed ? Int128(Int64(bitPattern: slot[0])) : Int128(slot[0])
      if let known = best, !precedes(key, known.key) { continue }
      best = (key, slot[0])
    }
    return Int64(bitPattern: best?.value ?? 0)
  }
}
