internal import TraceModel

extension Histogram: AggregationResult {
  var orderingNumber: Int128? { Int128(total) }
  var isBlock: Bool { true }

  func divided(by divisor: Int64) -> Value {
    var result = self
    for index in buckets.indices { result.buckets[index].count /= divisor.magnitude }
    return .histogram(result)
  }

  // MARK: JSON

  func append(toJSON text: inout [UInt8]) {
    text.append("[")
    for (index, bucket) in shownBuckets.enumerated() {
      if index > 0 { text.append(",") }
      let lower = bucket.lower.map { #""min": \#($0), "# } ?? ""
      let upper = bucket.upper.map { #""max": \#($0 - 1), "# } ?? ""
      text.append("{\(lower)\(upper)\"count\": \(bucket.count)}")
    }
    text.append("]")
  }

  // MARK: Bars

  /// Columns of the longest bar.
  private static var barWidth: Int { 52 }

  /// Appends one line for each bucket from the first to the last with a sample.
  func append(to text: inout [UInt8]) {
    let buckets = shownBuckets
    let largest = buckets.map(\.count).max() ?? 0
    for bucket in buckets {
      let start = text.count
      text.append(label(bucket))
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

  private func label(_ bucket: Bucket) -> String {
    switch (bucket.lower, bucket.upper) {
    case (nil, let upper?): "(..., \(scaled(upper)))"
    case (let lower?, nil): "[\(scaled(lower)), ...)"
    case (let lower?, let upper?):
      upper - lower == 1 ? "[\(scaled(lower))]" : "[\(scaled(lower)), \(scaled(upper)))"
    case (nil, nil): "(..., ...)"
    }
  }

  /// Divides by 1024 as long as nothing is lost, there is a letter for it and the number is not
  /// below the threshold.
  private func scaled(_ bound: Int128) -> String {
    var (value, suffix) = (bound, "")
    for next in suffixes where value.magnitude >= shortenedFrom && value % 1024 == 0 {
      (value, suffix) = (value / 1024, next)
    }
    return "\(value)\(suffix)"
  }
}
