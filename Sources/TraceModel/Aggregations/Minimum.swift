/// `min(n)`. Two words: the smallest value, and one once there is a value.
package struct Minimum: SignedAggregationKind {
  package static let wireCase = signedWireCase(2, "min")
  package static let signedTypeName = "min_t"
  package let isSigned: Bool

  package init(isSigned: Bool) { self.isSigned = isSigned }

  package var wordCount: Int { 2 }
  package var shape: MapShape { .plain }

  package func merge(_ slots: Int, _ words: Span<UInt64>, stride: Int) -> AggregatedValue {
    .number(
      CPUSlots.extreme(slots, words, stride: stride, signed: isSigned, isLargest: false),
      signed: isSigned)
  }

  package func join(_ other: [UInt64], into slot: inout [UInt64]) {
    CPUSlots.joinExtreme(other, into: &slot, signed: isSigned, isLargest: false)
  }
}

extension Aggregation {
  package static func min(signed: Bool) -> Aggregation { Aggregation(Minimum(isSigned: signed)) }
}
