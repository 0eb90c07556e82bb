package import TraceModel

/// What a map held at one moment, merged over the CPUs and in the order in which it is shown.
package struct MapSnapshot: Hashable, Sendable {
  /// What sort of values it has, where a consumer has to know before it sees one.
  package enum Kind: Hashable, Sendable {
    case values
    /// Of `avg()` and `stats()`.
    case statistics
    case histograms
  }

  package enum EntryValue: Hashable, Sendable {
    case value(Value)
    case histogram(Histogram)
  }

  package struct Entry: Hashable, Sendable {
    /// `.none` in a map without explicit keys.
    package var key: Value
    package var value: EntryValue

    package init(key: Value, value: EntryValue) {
      self.key = key
      self.value = value
    }
  }

  /// As the script writes it, `@` included.
  package var name: String
  package var kind: Kind
  /// Whether the map has no explicit keys; it then has one entry or none.
  package var isScalar: Bool
  package var entries: [Entry]

  package init(name: String, kind: Kind, isScalar: Bool, entries: [Entry]) {
    self.name = name
    self.kind = kind
    self.isScalar = isScalar
    self.entries = entries
  }
}

/// Counts by bucket.
package struct Histogram: Hashable, Sendable {
  package enum Scale: Hashable, Sendable {
    case log2(Log2Histogram)
    case linear(LinearHistogram)
  }

  package var scale: Scale
  /// One for each bucket of the scale.
  package var counts: [UInt64]

  package init(scale: Scale, counts: [UInt64]) {
    self.scale = scale
    self.counts = counts
  }

  /// The number of samples, wrapping.
  package var total: UInt64 { counts.reduce(0, &+) }

  /// A bucket that is shown: upper bound excluded, nil bounds open.
  package struct Bucket: Hashable, Sendable {
    package var lower: Int128?
    package var upper: Int128?
    package var count: UInt64
  }

  /// The buckets from the first to the last with a sample.
  package var shownBuckets: [Bucket] {
    guard let first = counts.firstIndex(where: { $0 != 0 }),
      let last = counts.lastIndex(where: { $0 != 0 })
    else { return [] }
    return (first...last).map { index in
      switch scale {
      case .log2(let histogram):
        let (lower, upper) = histogram.range(of: index)
        return Bucket(lower: lower.map { Int128($0) }, upper: Int128(upper), count: counts[index])
      case .linear(let histogram):
        let (lower, upper) = histogram.range(of: index)
        return Bucket(
          lower: lower.map { Int128($0) }, upper: upper.map { Int128($0) }, count: counts[index])
      }
    }
  }
}
