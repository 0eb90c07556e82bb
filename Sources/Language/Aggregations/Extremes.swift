import TraceIR
import TraceModel

extension AggregationFunction {
  static let min = extreme(
    "min", Minimum.self, summary: "Keeps the smallest number.",
    example: CatalogExample(
      "begin { @least = min(7); @least = min(3); @least = min(5); }", prints: "@least: 3")
  ) {
    $0 ? .lessSigned : .less
  }

  static let max = extreme(
    "max", Maximum.self, summary: "Keeps the largest number.",
    example: CatalogExample(
      "begin { @most = max(7); @most = max(30); @most = max(5); }", prints: "@most: 30")
  ) {
    $0 ? .greaterSigned : .greater
  }

  private static func extreme<Kind: SignedAggregationKind>(
    _ name: String, _: Kind.Type, summary: String, example: CatalogExample,
    precedes: @escaping @Sendable (_ signed: Bool) -> IRComparison
  ) -> AggregationFunction {
    AggregationFunction(
      name: name, signature: oneNumber, summary: summary,
      details: "There is no default: the first number is always taken.",
      examples: [example],
      example: "\(name)(retval)",
      check: { sign($0).map { Kind(isSigned: $0) } },
      update: { call, kind, slot in
        let builder = call.builder
        let value = call.integer(0)
        let known = builder.load(.i64, from: slot)
        let isNew = builder.compare(.equal, builder.load(.i64, from: slot, at: 8), .word(0))
        let isBetter = builder.compare(precedes(kind.isSigned), value, known)
        builder.if(builder.binary(.or, isNew, isBetter), name) {
          builder.store(value, to: slot)
          builder.store(.word(1), to: slot, at: 8)
        }
      },
      reading: .extreme(precedes: precedes))
  }
}
