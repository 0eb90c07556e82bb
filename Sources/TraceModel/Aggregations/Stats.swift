/// `stats(n)`. Two words: total and number of values.
package struct Stats: SignedAggregationKind {
  package static let wireCase = signedWireCase(5, "stats")
  package static let signedTypeName = "stats_t"
  package let isSigned: Bool

  package init(isSigned: Bool) { self.isSigned = isSigned }

  package var wordCount: Int { 2 }
  package var shape: MapShape { .statistics }

  package func merge(_ slots: Int, _ words: Span<UInt64>, stride: Int) -> AggregatedValue {
    let total = CPUSlots.total(slots, words, stride: stride)
    let count = CPUSlots.total(slots, words, stride: stride, word: 1)
    return .statistics(
      count: count, average: CPUSlots.average(total, count, signed: isSigned), total: total,
      signed: isSigned)
  }
}

extension Aggregation {
  package static func stats(signed: Bool) -> Aggregation { Aggregation(Stats(isSigned: signed)) }
}
