/// What an aggregating map keeps for a key, once for each CPU.
///
/// A slot is `slotSize` bytes of 64-bit words; `TraceModel/Aggregations` says for each kind what the
/// words mean, how the slots of several CPUs are merged, and how the result is read.
package enum Aggregation: Hashable, Sendable {
  /// One word: the number of calls.
  case count
  /// One word: the total.
  case sum(signed: Bool)
  /// Two words: the smallest value, and one once there is a value.
  case min(signed: Bool)
  /// Two words: the largest value, and one once there is a value.
  case max(signed: Bool)
  /// Two words: total and number of values.
  case average(signed: Bool)
  /// Two words: total and number of values.
  case stats(signed: Bool)
  /// One word for each bucket of `Log2Histogram(bits:)`.
  case log2Histogram(bits: Int)
  /// One word for each bucket of the linear histogram.
  case linearHistogram(LinearHistogram)

  /// The number of 64-bit words in a slot.
  package var wordCount: Int {
    switch self {
    case .count, .sum: 1
    case .min, .max, .average, .stats: 2
    case .log2Histogram(let bits): Log2Histogram(bits: bits).bucketCount
    case .linearHistogram(let histogram): histogram.bucketCount
    }
  }

  /// The size of a slot in bytes.
  package var slotSize: Int { wordCount * 8 }

  /// Whether the merged value is one integer, which may be used where an integer may.
  package var isCastable: Bool {
    switch self {
    case .count, .sum, .min, .max, .average: true
    case .stats, .log2Histogram, .linearHistogram: false
    }
  }

  /// Whether the merged value is counts by bucket.
  package var isHistogram: Bool {
    switch self {
    case .log2Histogram, .linearHistogram: true
    case .count, .sum, .min, .max, .average, .stats: false
    }
  }

  /// Whether values are to be read as signed.
  package var isSigned: Bool {
    switch self {
    case .count, .log2Histogram, .linearHistogram: true
    case .sum(let signed), .min(let signed), .max(let signed), .average(let signed),
      .stats(let signed):
      signed
    }
  }
}

// MARK: Encoding

extension Aggregation: WireEnum {
  package static let wireName = "aggregation"

  package static let wireCases: [WireCase<Aggregation>] = [
    WireCase(0, "count", .count),
    WireCase(1, "sum", WirePart<Bool>(1, "signed")) {
      .sum(signed: $0)
    } take: {
      if case .sum(let signed) = $0 { signed } else { nil }
    },
    WireCase(2, "min", WirePart<Bool>(1, "signed")) {
      .min(signed: $0)
    } take: {
      if case .min(let signed) = $0 { signed } else { nil }
    },
    WireCase(3, "max", WirePart<Bool>(1, "signed")) {
      .max(signed: $0)
    } take: {
      if case .max(let signed) = $0 { signed } else { nil }
    },
    WireCase(4, "average", WirePart<Bool>(1, "signed")) {
      .average(signed: $0)
    } take: {
      if case .average(let signed) = $0 { signed } else { nil }
    },
    WireCase(5, "stats", WirePart<Bool>(1, "signed")) {
      .stats(signed: $0)
    } take: {
      if case .stats(let signed) = $0 { signed } else { nil }
    },
    WireCase(6, "log2Histogram", WirePart<Int>(1, "bits")) { bits throws(ManifestError) in
      guard bits <= 5 else { throw .malformed("a histogram of \(bits) bits") }
      return .log2Histogram(bits: bits)
    } take: {
      if case .log2Histogram(let bits) = $0 { bits } else { nil }
    },
    WireCase(
      7, "linearHistogram", WirePart<Int64>(1, "minimum"), WirePart<Int64>(2, "maximum"),
      WirePart<Int64>(3, "step")
    ) { minimum, maximum, step throws(ManifestError) in
      let span = maximum.subtractingReportingOverflow(minimum)
      guard step > 0, minimum < maximum, !span.overflow,
        span.partialValue / step <= Int64(LinearHistogram.bucketLimit)
      else { throw .malformed("a linear histogram's bounds") }
      return .linearHistogram(LinearHistogram(minimum: minimum, maximum: maximum, step: step))
    } take: {
      if case .linearHistogram(let buckets) = $0 {
        (buckets.minimum, buckets.maximum, buckets.step)
      } else {
        nil
      }
    },
  ]
}
