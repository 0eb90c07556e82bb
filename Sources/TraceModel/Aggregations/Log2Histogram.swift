/// `hist(n, bits)`: counts in `2^bits` buckets for each power of two. One word for each bucket.
///
/// | bucket                 | values                                              |
/// | ---------------------: | --------------------------------------------------- |
/// | 0                      | below zero                                          |
/// | 1 ... 2^bits           | one value each: 0 ... 2^bits - 1                     |
/// | the rest               | `(2^bits + i) * 2^e ..< (2^bits + i + 1) * 2^e`      |
///
/// The program side computes the same bucket; a test feeds both the same numbers.
package struct Log2Histogram: AggregationKind {
  package static let wireCase = WireCase(6, "log2Histogram", WirePart<Int>(1, "bits")) {
    bits throws(ManifestError) in
    guard bits <= 5 else { throw .malformed("a histogram of \(bits) bits") }
    return Aggregation(Log2Histogram(bits: bits))
  } take: {
    ($0.kind as? Log2Histogram)?.bits
  }

  /// 0 to 5.
  package let bits: Int

  package init(bits: Int) { self.bits = bits }

  package var typeName: String { "hist_t" }
  package var wordCount: Int { bucketCount }
  package var shape: MapShape { .histogram }

  package func merge(_ slots: Int, _ words: Span<UInt64>, stride: Int) -> AggregatedValue {
    .histogram(histogram(CPUSlots.sums(slots, words, stride: stride, count: bucketCount)))
  }

  /// The number of buckets, that of negative values included.
  package var bucketCount: Int { ((64 - bits) << bits) + 1 }

  /// The bucket in which `value` is counted.
  package func bucket(of value: Int64) -> Int {
    if value < 0 { return 0 }
    if value < 1 << Int64(bits) { return Int(value) + 1 }
    let power = 63 - value.leadingZeroBitCount
    let step = Int((value >> Int64(power - bits)) & ((1 << Int64(bits)) - 1))
    return ((power - bits + 1) << bits) + step + 1
  }

  /// The values of a bucket, upper bound excluded; nil bounds are open.
  ///
  /// The last bucket's upper bound would be 2^63 and is given as `UInt64`.
  package func range(of bucket: Int) -> (lower: UInt64?, upper: UInt64) {
    if bucket == 0 { return (nil, 0) }
    return (lowerBound(bucket), lowerBound(bucket + 1))
  }

  private func lowerBound(_ bucket: Int) -> UInt64 {
    let index = bucket - 1
    if index < 1 << bits { return UInt64(index) }
    let exponent = (index >> bits) - 1
    let step = UInt64(index & ((1 << bits) - 1))
    return ((1 << UInt64(bits)) + step) << UInt64(exponent)
  }

  /// Counts by bucket with the bounds of the buckets, from the first to the last that has a count.
  ///
  /// The text of bounds is shortened by powers of 1024. With several buckets for each power of two they keep that many more bits.
  package func histogram(_ counts: [UInt64]) -> Histogram {
    let buckets = Histogram.used(counts).map { index in
      let (lower, upper) = range(of: index)
      return Histogram.Bucket(
        lower: lower.map { Int128($0) }, upper: Int128(upper), count: counts[index])
    }
    return Histogram(
      buckets: buckets, suffixes: ["K", "M", "G", "T", "P", "E"], shortenedFrom: 1024 << bits)
  }
}

extension Aggregation {
  package static func log2Histogram(bits: Int) -> Aggregation {
    Aggregation(Log2Histogram(bits: bits))
  }
}
