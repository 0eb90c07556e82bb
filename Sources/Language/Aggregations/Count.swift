import TraceIR
import TraceModel

extension AggregationFunction {
  static let count = AggregationFunction(
    name: "count", signature: Function.Signature(), summary: "Counts how often it is called.",
    examples: [
      CatalogExample(
        """
        begin {
          unroll (3) { @calls = count(); }
          @seen["a"] = count();
          @seen["a"] = count();
          print(@calls + 1);
        }
        """,
        prints: """
          4


          @calls: 3
          @seen[a]: 2
          """)
    ],
    example: "count()",
    check: { _ in Count() },
    update: { call, _, slot in call.builder.perform(.increment(slot, by: .word(1))) },
    reading: .sums { _, _, sums in .scalar(sums[0]) })
}
