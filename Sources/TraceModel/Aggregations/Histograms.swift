/// The buckets of `hist(n, bits)`: `2^bits` buckets for each power of two.
///
/// | bucket                 | values                                              |
/// | ---------------------: | --------------------------------------------------- |
/// | 0                      | below zero                                          |
/// | 1 ... 2^bits           | one value each: 0 ... 2^bits - 1                     |
/// | the rest               | `(2^bits + i) * 2^e ..< (2^bits + i + 1) * 2^e`      |
///
/// The program side computes the same bucket; a test feeds both the same numbers.
package struct Log2Histogram: Hashable, Sendable {
  /// 0 to 5.
  package let bits: Int

  package init(bits: Int) { self.bits = bits }

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
}

/// The buckets of `lhist(n, min, max, step)`.
///
/// Bucket 0 counts values below `minimum`, the last one values from `maximum` on, bucket `1 + k`
/// those from `minimum + k * step`.
package struct LinearHistogram: Hashable, Sendable {
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
}
