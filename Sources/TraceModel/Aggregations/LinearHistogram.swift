/// `lhist(n, min, max, step)`: counts in buckets of one width. One word for each bucket.
///
/// Bucket 0 counts values below `minimum`, the last one values from `maximum` on, bucket `1 + k`
/// those from `minimum + k * step`.
package struct LinearHistogram: AggregationKind {
  package static let wireCase = WireCase(
    7, "linearHistogram", WirePart<Int64>(1, "minimum"), WirePart<Int64>(2, "maximum"),
    WirePart<Int64>(3, "step")
  ) { minimum, maximum, step throws(ManifestError) in
    let span = maximum.subtractingReportingOverflow(minimum)
    guard step > 0, minimum < maximum, !span.overflow,
      span.partialValue / step <= Int64(bucketLimit)
    else { throw .malformed("a linear histogram's bounds") }
    return Aggregation(LinearHistogram(minimum: minimum, maximum: maximum, step: step))
  } take: {
    ($0.kind as? LinearHistogram).map { ($0.minimum, $0.maximum, $0.step) }
  }

  package let minimum: Int64
  package let maximum: Int64
  package let step: Int64

  /// The most buckets between minimum and maximum.
  package static let bucketLimit = 1000

  /// - Precondition: `minimum < maximum` and `step > 0`; the checker has seen to it.
  package init(minimum: Int64, maximum: Int64, step: Int64) {
    self.minimum = minimum
    self.maximum = maximum
    self.step = step
  }

  package var typeName: String { "lhist_t" }
  package var wordCount: Int { bucketCount }
  package var shape: MapShape { .histogram }

  package func merge(_ slots: Int, _ words: Span<UInt64>, stride: Int) -> AggregatedValue {
    .histogram(histogram(CPUSlots.sums(slots, words, stride: stride, count: bucketCount)))
  }

  /// The number of buckets, underflow and overflow included.
  package var bucketCount: Int { Int((maximum - minimum) / step) + 2 }

  /// The bucket in which `value` is counted.
  package func bucket(of value: Int64) -> Int {
    if value < minimum { return 0 }
    if value >= maximum { return bucketCount - 1 }
    return min(1 + Int((value - minimum) / step), bucketCount - 1)
  }

  /// The values of a bucket, upper bound excluded; nil bounds are open.
  package func range(of bucket: Int) -> (lower: Int64?, upper: Int64?) {
    if bucket == 0 { return (nil, minimum) }
    let lower = minimum + Int64(bucket - 1) * step
    if bucket == bucketCount - 1 { return (lower, nil) }
    return (lower, lower + step)
  }

  /// Counts by bucket with the bounds of the buckets, from the first to the last that has a count.
  package func histogram(_ counts: [UInt64]) -> Histogram {
    let buckets = Histogram.used(counts).map { index in
      let (lower, upper) = range(of: index)
      return Histogram.Bucket(
        lower: lower.map { Int128($0) }, upper: upper.map { Int128($0) }, count: counts[index])
    }
    return Histogram(
      buckets: buckets, suffixes: step % 1024 == 0 ? ["K", "M"] : [], shortenedFrom: 1024)
  }
}

extension Aggregation {
  package static func linearHistogram(_ histogram: LinearHistogram) -> Aggregation {
    Aggregation(histogram)
  }
}
