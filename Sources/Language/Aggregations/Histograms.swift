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
    check: { call in
      let bits = call.argumentCount > 1 ? call.constant(1)?.integer ?? -1 : 0
      guard (0...5).contains(bits) else {
        call.error("hist-bits", "hist: bits \(bits) must be 0..5")
        return nil
      }
      return .log2Histogram(bits: Int(bits))
    },
    update: { call, aggregation, slot in
      guard case .log2Histogram(let bits) = aggregation else { return }
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
      countBucket(builder.load(.i64, from: index), of: aggregation, in: slot, builder)
    })

  static let linearHistogram = AggregationFunction(
    name: "lhist",
    signature: Function.Signature([
      Function.Parameter("value", .integer), Function.Parameter("min", .integerLiteral),
      Function.Parameter("max", .integerLiteral), Function.Parameter("step", .integerLiteral),
    ]),
    summary: "A histogram of equal steps.",
    details: "Values below `min` and from `max` on have a bucket each. At most 1000 buckets.",
    check: { call in
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
      return .linearHistogram(
        LinearHistogram(minimum: minimum, maximum: maximum, step: step))
    },
    update: { call, aggregation, slot in
      guard case .linearHistogram(let histogram) = aggregation else { return }
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
      countBucket(builder.load(.i64, from: index), of: aggregation, in: slot, builder)
    })

  /// Adds one to a bucket; an index out of range, which cannot be, would count nothing.
  private static func countBucket(
    _ index: IRValue, of aggregation: Aggregation, in slot: SlotPointer, _ builder: IRBuilder
  ) {
    builder.if(
      builder.compare(.less, index, .word(aggregation.wordCount)), "bucket"
    ) {
      let offset = builder.binary(.shiftLeft, index, .word(3))
      builder.perform(.increment(builder.emit(.offset(slot, by: offset)), by: .word(1)))
    }
  }

  /// The position of the highest set bit of a positive number, by halving.
  private static func floorLog2(_ value: IRValue, _ builder: IRBuilder) -> IRValue {
    var rest = value
    var result = IRValue.word(0)
    for shift in [32, 16, 8, 4, 2, 1] {
      let isHigh = builder.compare(
        .greaterOrEqual, rest, .integer(Int64(1) << Int64(shift), .i64))
      let amount = builder.select(isHigh, .word(shift), .word(0))
      rest = builder.binary(.shiftRight, rest, amount)
      result = builder.binary(.or, result, amount)
    }
    return result
  }
}
