/// `sum(n)`. One word: the total.
package struct Sum: SignedAggregationKind {
  package static let wireCase = signedWireCase(1, "sum")
  package static let signedTypeName = "sum_t"
  package let isSigned: Bool

  package init(isSigned: Bool) { self.isSigned = isSigned }

  package var wordCount: Int { 1 }
  package var shape: MapShape { .plain }

  package func merge(_ slots: Int, _ words: Span<UInt64>, stride: Int) -> AggregatedValue {
    .number(CPUSlots.total(slots, words, stride: stride), signed: isSigned)
  }
}

extension Aggregation {
  package static func sum(signed: Bool) -> Aggregation { Aggregation(Sum(isSigned: signed)) }
}
