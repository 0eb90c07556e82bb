import TraceIR
import TraceModel

extension AggregationFunction {
  static let average = totalled(
    "avg", Average.self, summary: "The average of numbers, truncated toward zero.",
    example: "avg(retval)",
    shown: CatalogExample("begin { @size = avg(10); @size = avg(15); }", prints: "@size: 12")
  ) { access, aggregation, sums in
    .scalar(access.average(sums[0], sums[1], signed: aggregation.isSigned))
  }

  static let stats = totalled(
    "stats", Stats.self, summary: "Count, average and total of numbers.", example: "stats(arg2)",
    shown: CatalogExample(
      "begin { @size = stats(10); @size = stats(15); }",
      prints: "@size: { .count = 2, .average = 12, .total = 25 }")
  ) { access, aggregation, sums in
    let builder = access.builder
    // As `aggregation.layout` has it: count, average, total.
    let result = access.temporary(bytes: aggregation.layout.size)
    builder.store(sums[1], to: result)
    builder.store(
      access.average(sums[0], sums[1], signed: aggregation.isSigned), to: result, at: 8)
    builder.store(sums[0], to: result, at: 16)
    return .memory(result)
  }

  private static func totalled<Kind: SignedAggregationKind>(
    _ name: String, _: Kind.Type, summary: String, example: String, shown: CatalogExample,
    result: @escaping @Sendable (SlotAccess, Aggregation, _ sums: [IRValue]) -> LoweredValue
  ) -> AggregationFunction {
    AggregationFunction(
      name: name, signature: oneNumber, summary: summary, examples: [shown], example: example,
      check: { sign($0).map { Kind(isSigned: $0) } },
      update: { call, _, slot in
        call.builder.perform(.increment(slot, by: call.integer(0)))
        call.builder.perform(.increment(call.builder.offset(slot, by: 8), by: .word(1)))
      },
      reading: .sums(result))
  }
}
