import TraceIR
import TraceModel

extension AggregationFunction {
  static let linearHistogram = AggregationFunction(
    name: "lhist",
    signature: Function.Signature([
      Function.Parameter("value", .integer), Function.Parameter("min", .integerLiteral),
      Function.Parameter("max", .integerLiteral), Function.Parameter("step", .integerLiteral),
    ]),
    summary: "A histogram of equal steps.",
    details: "Values below `min` and from `max` on have a bucket each. At most 1000 buckets.",
    examples: [
      CatalogExample(
        """
        begin {
          @ = lhist(3, 0, 30, 10);
          @ = lhist(15, 0, 30, 10);
          @ = lhist(17, 0, 30, 10);
          @ = lhist(99, 0, 30, 10);
        }
        """,
        prints: """
          @:
          [0, 10)                1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |
          [10, 20)               2 |@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@@|
          [20, 30)               0 |                                                    |
          [30, ...)              1 |@@@@@@@@@@@@@@@@@@@@@@@@@@                          |
          """)
    ],
    example: "lhist(rand %10, 0, 10, 1)",
    conflict: Conflict("lhist-bounds", "Different lhist bounds in a single map unsupported"),
    check: { (call: any CallCheck) -> LinearHistogram? in
      let bounds = (1...3).compactMap { call.constant($0)?.integer }
      guard bounds.count == 3 else {
        call.error("lhist-bounds", "lhist() bounds must fit into 64 bits")
        return nil
      }
      let (minimum, maximum, step) = (bounds[0], bounds[1], bounds[2])
      if step < 1 {
        call.error("lhist-step", "lhist() step must be >= 1 (\(step) provided)")
        return nil
      }
      if minimum >= maximum {
        call.error(
          "lhist-bounds",
          "lhist() min must be less than max (provided min \(minimum) and max \(maximum))")
        return nil
      }
      let (span, overflow) = maximum.subtractingReportingOverflow(minimum)
      if overflow || span / step > Int64(LinearHistogram.bucketLimit) {
        call.error(
          "lhist-buckets",
          "lhist() too many buckets, must be <= \(LinearHistogram.bucketLimit) (would need "
            + "\(overflow ? Int64.max : span / step))")
        return nil
      }
      if step > span {
        call.error(
          "lhist-step",
          "lhist() step is too large for the given range (provided step \(step) for range \(span))")
        return nil
      }
      return LinearHistogram(minimum: minimum, maximum: maximum, step: step)
    },
    update: { call, histogram, slot in
      let builder = call.builder
      let index = call.temporary("lhist.bucket", bytes: 8)
      let value = call.integer(0)
      let last = histogram.bucketCount - 1
      builder.if(
        builder.compare(.lessSigned, value, .word(histogram.minimum)),
        then: { builder.store(.word(0), to: index) },
        else: {
          builder.if(
            builder.compare(.greaterOrEqualSigned, value, .word(histogram.maximum)),
            then: { builder.store(.word(last), to: index) },
            else: {
              let distance = builder.binary(.sub, value, .word(histogram.minimum))
              let bucket = builder.add(
                builder.binary(.divide, distance, .word(histogram.step)), .word(1))
              builder.store(
                builder.select(
                  builder.compare(.less, bucket, .word(last)), bucket, .word(last)), to: index)
            })
        })
      countBucket(builder.load(.i64, from: index), of: histogram.bucketCount, in: slot, builder)
    })

  /// Adds one to a bucket; an index out of range, which cannot be, would count nothing.
  static func countBucket(
    _ index: IRValue, of bucketCount: Int, in slot: SlotPointer, _ builder: IRBuilder
  ) {
    builder.if(builder.compare(.less, index, .word(bucketCount)), "bucket") {
      let offset = builder.binary(.shiftLeft, index, .word(3))
      builder.perform(.increment(builder.emit(.offset(slot, by: offset)), by: .word(1)))
    }
  }
}
