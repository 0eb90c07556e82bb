import TraceIR
import TraceModel

extension AggregationFunction {
  static let count = AggregationFunction(
    name: "count", signature: Function.Signature(), summary: "Counts how often it is called.",
    check: { _ in .count },
    update: { call, _, slot in call.builder.perform(.increment(slot, by: .word(1))) })

  static let sum = AggregationFunction(
    name: "sum", signature: oneNumber, summary: "Adds numbers up.",
    check: { .sum(signed: isSigned($0)) },
    update: { call, _, slot in call.builder.perform(.increment(slot, by: call.integer(0))) })

  static let min = extreme("min", summary: "Keeps the smallest number.") {
    .min(signed: $0)
  } precedes: {
    $0 ? .lessSigned : .less
  }

  static let max = extreme("max", summary: "Keeps the largest number.") {
    .max(signed: $0)
  } precedes: {
    $0 ? .greaterSigned : .greater
  }

  static let average = totalled("avg", summary: "The average of numbers, truncated toward zero.") {
    .average(signed: $0)
  }

  static let stats = totalled("stats", summary: "Count, average and total of numbers.") {
    .stats(signed: $0)
  }

  /// Whether a number is signed; literals that are not negative count as such.
  static func isSigned(_ call: any CallCheck) -> Bool { call.type(0).readable.isSigned }

  private static func extreme(
    _ name: String, summary: String, _ make: @escaping @Sendable (Bool) -> Aggregation,
    precedes: @escaping @Sendable (Bool) -> IRComparison
  ) -> AggregationFunction {
    AggregationFunction(
      name: name, signature: oneNumber, summary: summary,
      details: "There is no default: the first number is always taken.",
      check: { make(isSigned($0)) },
      update: { call, aggregation, slot in
        let builder = call.builder
        let value = call.integer(0)
        let known = builder.load(.i64, from: slot)
        let isNew = builder.compare(.equal, builder.load(.i64, from: slot, at: 8), .word(0))
        let isBetter = builder.compare(precedes(aggregation.isSigned), value, known)
        builder.if(builder.binary(.or, isNew, isBetter), name) {
          builder.store(value, to: slot)
          builder.store(.word(1), to: slot, at: 8)
        }
      })
  }

  private static func totalled(
    _ name: String, summary: String, _ make: @escaping @Sendable (Bool) -> Aggregation
  ) -> AggregationFunction {
    AggregationFunction(
      name: name, signature: oneNumber, summary: summary, check: { make(isSigned($0)) },
      update: { call, _, slot in
        call.builder.perform(.increment(slot, by: call.integer(0)))
        call.builder.perform(.increment(call.builder.offset(slot, by: 8), by: .word(1)))
      })
  }
}
