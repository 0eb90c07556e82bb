/// Counts by bucket.
package struct Histogram: Hashable, Sendable {
  /// The samples of a range: upper bound excluded, nil bounds open.
  package struct Bucket: Hashable, Sendable {
    package var lower: Int128?
    package var upper: Int128?
    package var count: UInt64

    package init(lower: Int128?, upper: Int128?, count: UInt64) {
      self.lower = lower
      self.upper = upper
      self.count = count
    }
  }

  /// Upwards.
  package var buckets: [Bucket]
  /// What stands for 1024, for 1024 times that and so on in the text of a bound.
  package var suffixes: [String]
  /// The smallest bound that is shortened by a suffix.
  package var shortenedFrom: Int

  package init(buckets: [Bucket], suffixes: [String], shortenedFrom: Int) {
    self.buckets = buckets
    self.suffixes = suffixes
    self.shortenedFrom = shortenedFrom
  }

  /// The indices from the first to the last count that is not zero.
  static func used(_ counts: [UInt64]) -> Range<Int> {
    guard let first = counts.firstIndex(where: { $0 != 0 }),
      let last = counts.lastIndex(where: { $0 != 0 })
    else { return 0..<0 }
    return first..<(last + 1)
  }

  /// The number of samples, wrapping.
  package var total: UInt64 { buckets.reduce(0) { $0 &+ $1.count } }

  /// The buckets from the first to the last with a sample.
  package var shownBuckets: ArraySlice<Bucket> {
    buckets[Self.used(buckets.map(\.count))]
  }
}
