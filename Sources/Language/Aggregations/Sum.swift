import TraceIR
import TraceModel

extension AggregationFunction {
  static let sum = AggregationFunction(
    name: "sum", signature: oneNumber, summary: "Adds numbers up.",
    examples: [
      CatalogExample(
        "begin { @bytes = sum(100); @bytes = sum(28); }",
        prints: "@bytes: 128")
    ],
    example: "sum(retval)",
    check: { sign($0).map { Sum(isSigned: $0) } },
    update: { call, _, slot in call.builder.perform(.increment(slot, by: call.integer(0))) },
    reading: .sums { _, _, sums in .scalar(sums[0]) })
}
