import TraceIR
import TraceModel

extension AggregationFunction {
  static let min = extreme("min", Minimum.self, summary: "Keeps the smallest number.") {
    $0 ? .lessSigned : .less
  }

  static let max = extreme("max", Maximum.self, summary: "Keeps the largest number.") {
    $0 ? .greaterSigned : .greater
  }

  private static func extreme<Kind: SignedAggregationKind>(
    _ name: String, _: Kind.Type, summary: String,
    precedes: @escaping @Sendable (_ signed: Bool) -> IRComparison
  ) -> AggregationFunction {
    AggregationFunction(
      name: name, signature: oneNumber, summary: summary,
      details: "There is no default: the first number is always taken.",
      example: "\(name)(retval)",
      check: { Kind(isSigned: isSigned($0)) },
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
