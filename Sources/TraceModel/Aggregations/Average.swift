/// `avg(n)`. Two words: total and number of values.
package struct Average: SignedAggregationKind {
  package static let wireCase = signedWireCase(4, "average")
  package static let signedTypeName = "avg_t"
  package let isSigned: Bool

  package init(isSigned: Bool) { self.isSigned = isSigned }

  package var wordCount: Int { 2 }
  package var shape: MapShape { .average }

  package func merge(_ slots: Int, _ words: Span<UInt64>, stride: Int) -> AggregatedValue {
    let total = CPUSlots.total(slots, words, stride: stride)
    let count = CPUSlots.total(slots, words, stride: stride, word: 1)
    return .number(CPUSlots.average(total, count, signed: isSigned), signed: isSigned)
  }
}

extension Aggregation {
  package static func average(signed: Bool) -> Aggregation {
    Aggregation(Average(isSigned: signed))
  }
}
