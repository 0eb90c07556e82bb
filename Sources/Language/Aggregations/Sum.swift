import TraceIR
import TraceModel

extension AggregationFunction {
  static let sum = AggregationFunction(
    name: "sum", signature: oneNumber, summary: "Adds numbers up.", example: "sum(retval)",
    check: { Sum(isSigned: isSigned($0)) },
    update: { call, _, slot in call.builder.perform(.increment(slot, by: call.integer(0))) },
    reading: .sums { _, _, sums in .scalar(sums[0]) })
}
