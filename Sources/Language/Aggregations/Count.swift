import TraceIR
import TraceModel

extension AggregationFunction {
  static let count = AggregationFunction(
    name: "count", signature: Function.Signature(), summary: "Counts how often it is called.",
    example: "count()",
    check: { _ in Count() },
    update: { call, _, slot in call.builder.perform(.increment(slot, by: .word(1))) },
    reading: .sums { _, _, sums in .scalar(sums[0]) })
}
