import TraceIR
import TraceModel

extension AggregationFunction {
  static let log2Histogram = AggregationFunction(
    name: "hist",
    signature: Function.Signature([
      Function.Parameter("value", .integer),
      Function.Parameter("bits", .integerLiteral, optional: true),
    ]),
    summary: "A histogram by powers of two.",
    details: "`bits` (0 to 5) splits each power of two into 2^bits buckets.",
    examples: [
      CatalogExample(
        """
        begin { @ = hist(1); @ = hist(5); @ = hist(6); @ = hist(100); }
        """,
        prints: """
          @:
          [1]                    1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |
          [2, 4)                 0 |                                                    |
          [4, 8)                 2 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|
          [8, 16)                0 |                                                    |
          [16, 32)               0 |                                                    |
          [32, 64)               0 |                                                    |
          [64, 128)              1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |
          """),
      CatalogExample(
        "begin { @ = hist(5, 2); @ = hist(6, 2); @ = hist(9, 2); }",
        prints: """
          @:
          [5]                    1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|
          [6]                    1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|
          [7]                    0 |                                                    |
          [8, 10)                1 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|
          """),
    ],
    example: "hist(retval)",
    conflict: Conflict("hist-bits", "Different bits in a single hist unsupported"),
    check: { (call: any CallCheck) -> Log2Histogram? in
      let bits = call.argumentCount > 1 ? call.constant(1)?.integer ?? -1 : 0
      guard (0...5).contains(bits) else {
        call.error("hist-bits", "hist: bits \(bits) must be 0..5")
        return nil
      }
      return Log2Histogram(bits: Int(bits))
    },
    update: { call, histogram, slot in
      let bits = histogram.bits
      let builder = call.builder
      let index = call.temporary("hist.bucket", bytes: 8)
      let value = call.integer(0)
      builder.if(
        builder.compare(.lessSigned, value, .word(0)),
        then: { builder.store(.word(0), to: index) },
        else: {
          builder.if(
            builder.compare(.less, value, .word(1 << bits)),
            then: { builder.store(builder.add(value, .word(1)), to: index) },
            else: {
              let power = floorLog2(value, builder)
              let shift = builder.binary(.sub, power, .word(bits))
              let step = builder.binary(
                .and, builder.binary(.shiftRight, value, shift), .word((1 << bits) - 1))
              let base = builder.binary(
                .shiftLeft, builder.add(shift, .word(1)), .word(bits))
              builder.store(builder.add(builder.add(base, step), .word(1)), to: index)
            })
        })
      countBucket(builder.load(.i64, from: index), of: histogram.bucketCount, in: slot, builder)
    })

  /// The position of the highest set bit of a positive number, without a branch: of six, the verifier
  /// would follow every path, and the processor guess wrong.
  private static func floorLog2(_ value: IRValue, _ builder: IRBuilder) -> IRValue {
    func shifted(_ value: IRValue, _ bits: Int64) -> IRValue {
      builder.binary(.shiftRight, value, .word(bits))
    }
    // All bits below the highest one are set, then counted: in pairs, in fours, in bytes.
    var ones = value
    for bits: Int64 in [1, 2, 4, 8, 16, 32] {
      ones = builder.binary(.or, ones, shifted(ones, bits))
    }
    let pairs: Int64 = 0x5555_5555_5555_5555
    let fours: Int64 = 0x3333_3333_3333_3333
    let bytes: Int64 = 0x0f0f_0f0f_0f0f_0f0f
    ones = builder.binary(.sub, ones, builder.binary(.and, shifted(ones, 1), .word(pairs)))
    ones = builder.add(
      builder.binary(.and, ones, .word(fours)),
      builder.binary(.and, shifted(ones, 2), .word(fours)))
    ones = builder.binary(.and, builder.add(ones, shifted(ones, 4)), .word(bytes))
    let count = shifted(builder.binary(.mul, ones, .word(0x0101_0101_0101_0101)), 56)
    return builder.binary(.sub, count, .word(1))
  }
}
