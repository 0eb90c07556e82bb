/// `max(n)`. Two words: the largest value, and one once there is a value.
package struct Maximum: SignedAggregationKind {
  package static let wireCase = signedWireCase(3, "max")
  package static let signedTypeName = "max_t"
  package let isSigned: Bool

  package init(isSigned: Bool) { self.isSigned = isSigned }

  package var wordCount: Int { 2 }
  package var shape: MapShape { .plain }

  package func merge(_ slots: Int, _ words: Span<UInt64>, stride: Int) -> AggregatedValue {
    .number(
      CPUSlots.extreme(slots, words, stride: stride, signed: isSigned, isLargest: true),
      signed: isSigned)
  }

  package func join(_ other: [UInt64], into slot: inout [UInt64]) {
    CPUSlots.joinExtreme(other, into: &slot, signed: isSigned, isLargest: true)
  }
}

extension Aggregation {
  package static func max(signed: Bool) -> Aggregation { Aggregation(Maximum(isSigned: signed)) }
}
