internal import TraceModel

/// Writes histograms as bars.
struct HistogramText {
  /// Columns of the longest bar.
  private static let barWidth = 52

  /// Appends one line for each bucket from the first to the last with a sample.
  func append(_ histogram: Histogram, to text: inout [UInt8]) {
    let buckets = histogram.shownBuckets
    let largest = buckets.map(\.count).max() ?? 0
    for bucket in buckets {
      let start = text.count
      text.append(label(bucket, of: histogram.scale))
      text.pad(from: start, to: 16, leftAligned: true)
      let count = text.count
      text.append(String(bucket.count))
      text.pad(from: count, to: 8, leftAligned: false)
      text.append(" |")
      // Single precision, because that decides where a bar ends that is almost one column longer.
      let length = Int(Float(bucket.count) * Float(Self.barWidth) / Float(largest))
      let bar = text.count
      text.append(contentsOf: repeatElement(UInt8(ascii: "@"), count: min(length, Self.barWidth)))
      text.pad(from: bar, to: Self.barWidth, leftAligned: true)
      text.append("|\n")
    }
  }

  private func label(_ bucket: Histogram.Bucket, of scale: Histogram.Scale) -> String {
    let suffixes: [String]
    var threshold: Int128 = 1024
    switch scale {
    case .log2(let histogram):
      suffixes = ["K", "M", "G", "T", "P", "E"]
      threshold <<= Int128(histogram.bits)
    case .linear(let histogram): suffixes = histogram.step % 1024 == 0 ? ["K", "M"] : []
    }
    func text(_ bound: Int128) -> String {
      Self.scaled(bound, by: suffixes, from: threshold)
    }
    switch (bucket.lower, bucket.upper) {
    case (nil, let upper?): return "(..., \(text(upper)))"
    case (let lower?, nil): return "[\(text(lower)), ...)"
    case (let lower?, let upper?):
      return upper - lower == 1 ? "[\(text(lower))]" : "[\(text(lower)), \(text(upper)))"
    case (nil, nil): return "(..., ...)"
    }
  }

  /// Divides by 1024 as long as nothing is lost, there is a letter for it and the number reaches
  /// `threshold`: with several buckets for each power of two, bounds keep that many more bits.
  private static func scaled(
    _ bound: Int128, by suffixes: [String], from threshold: Int128
  ) -> String {
    var (value, suffix) = (bound, "")
    for next in suffixes where value.magnitude >= threshold && value % 1024 == 0 {
      (value, suffix) = (value / 1024, next)
    }
    return "\(value)\(suffix)"
  }
}
