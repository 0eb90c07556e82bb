/// `count()`. One word: the number of calls.
package struct Count: AggregationKind {
  package static let wireCase = WireCase(0, "count", Aggregation(Count()))
  package static let declarable = [Count()]

  package init() {}

  package var typeName: String { "count_t" }
  package var wordCount: Int { 1 }
  package var shape: MapShape { .plain }

  package func merge(_ slots: Int, _ words: Span<UInt64>, stride: Int) -> AggregatedValue {
    .number(CPUSlots.total(slots, words, stride: stride), signed: true)
  }
}

extension Aggregation {
  package static let count = Aggregation(Count())
}
