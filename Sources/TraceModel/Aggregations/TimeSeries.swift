/// `tseries(n, interval, count, function)`: numbers by interval of time, of the last `count` intervals.
///
/// A slot is a ring of intervals, of `wordsPerInterval` words each; interval *i* since the epoch of
/// the tai clock is number *i* modulo `count` of the ring.
///
/// | word | holds |
/// | ---: | --- |
/// | 0 | *i* + 1, or zero if there was none yet; for the last number, when it was sampled |
/// | 1 | the number, or the total |
/// | 2 | for averages only: how many numbers |
package struct TimeSeries: AggregationKind {
  package static let wireCase = WireCase(
    8, "timeSeries", WirePart<Function>(1, "function"), WirePart<Int64>(2, "interval"),
    WirePart<Int>(3, "count"), WirePart<Bool>(4, "signed")
  ) { function, interval, count, isSigned throws(ManifestError) in
    guard interval >= 1, (1...countLimit(function)).contains(count) else {
      throw .malformed("a series of \(count) intervals of \(interval) ns")
    }
    return Aggregation(
      TimeSeries(function: function, interval: interval, count: count, isSigned: isSigned))
  } take: {
    ($0.kind as? TimeSeries).map { ($0.function, $0.interval, $0.count, $0.isSigned) }
  }

  /// What becomes of several numbers in one interval.
  package enum Function: UInt8, Hashable, Sendable, CaseIterable, WireNumbered {
    package static let wireName = "function of a series"

    case last = 0
    case average = 1
    case maximum = 2
    case minimum = 3
    case sum = 4

    /// The word that scripts use.
    package var name: String {
      switch self {
      case .last: ""
      case .average: "avg"
      case .maximum: "max"
      case .minimum: "min"
      case .sum: "sum"
      }
    }
  }

  package let function: Function
  /// The length of an interval in nanoseconds, at least 1.
  package let interval: Int64
  /// How many intervals are kept.
  package let count: Int
  package let isSigned: Bool

  /// The largest slot in bytes: the kernel has no larger values for each CPU.
  package static let slotLimit = 32 * 1024

  /// How many intervals of a function fit into a slot.
  package static func countLimit(_ function: Function) -> Int {
    slotLimit / (8 * words(of: function))
  }

  /// - Precondition: the interval is positive and the count from 1 to the limit; the checker has
  ///   seen to it.
  package init(function: Function, interval: Int64, count: Int, isSigned: Bool) {
    self.function = function
    self.interval = interval
    self.count = count
    self.isSigned = isSigned
  }

  package var typeName: String { "tseries_t" }
  package var wordCount: Int { count * wordsPerInterval }
  package var shape: MapShape { .series }

  private static func words(of function: Function) -> Int { function == .average ? 3 : 2 }

  /// The number of words that an interval has in a slot.
  package var wordsPerInterval: Int { Self.words(of: function) }

  /// What CPUs have of one interval.
  private struct Merged {
    var value: UInt64
    /// For the last number its time, for an average how many there were.
    var weight: UInt64
  }

  package func merge(_ slots: Int, _ words: Span<UInt64>, stride: Int) -> AggregatedValue {
    var found: [UInt64: Merged] = [:]
    var newest: UInt64 = 0
    for slot in 0..<slots {
      for index in 0..<count {
        guard
          let (number, sample) = self.sample(words, at: slot * stride + index * wordsPerInterval)
        else { continue }
        found[number] = found[number].map { merge($0, sample) } ?? sample
        newest = Swift.max(newest, number)
      }
    }
    // A CPU that has not sampled for long still has intervals that others have dropped.
    found = found.filter { newest - $0.key < UInt64(count) }
    let oldest = found.keys.min() ?? 0
    let samples =
      found.isEmpty
      ? []
      : (oldest...newest).map { number in
        SampledSeries.Sample(
          start: number &* UInt64(interval), value: found[number].map { result($0) })
      }
    return .series(
      SampledSeries(interval: UInt64(interval), samples: samples, isSigned: isSigned))
  }

  /// A place of the ring goes to the later of two intervals.
  package func join(_ other: [UInt64], into slot: inout [UInt64]) {
    for index in 0..<count {
      let first = index * wordsPerInterval
      guard let new = sample(other.span, at: first) else { continue }
      var kept = new.merged
      if let old = sample(slot.span, at: first) {
        if old.number > new.number { continue }
        if old.number == new.number { kept = merge(old.merged, new.merged) }
      }
      slot[first] = function == .last ? kept.weight : other[first]
      slot[first + 1] = kept.value
      if function == .average { slot[first + 2] = kept.weight }
    }
  }

  /// What a slot has of the interval at a word; nil if there was none yet.
  private func sample(
    _ words: Span<UInt64>, at first: Int
  ) -> (number: UInt64, merged: Merged)? {
    let mark = words[first]
    if mark == 0 { return nil }
    return (
      function == .last ? mark / UInt64(interval) : mark - 1,
      Merged(
        value: words[first + 1],
        weight: function == .last ? mark : function == .average ? words[first + 2] : 1)
    )
  }

  private func merge(_ left: Merged, _ right: Merged) -> Merged {
    switch function {
    case .last: return left.weight > right.weight ? left : right
    case .average, .sum:
      return Merged(value: left.value &+ right.value, weight: left.weight &+ right.weight)
    case .minimum, .maximum:
      let takesRight = CPUSlots.precedes(
        right.value, left.value, signed: isSigned, isLargest: function == .maximum)
      return takesRight ? right : left
    }
  }

  private func result(_ merged: Merged) -> Int64 {
    let value = Int64(bitPattern: merged.value)
    guard function == .average else { return value }
    return CPUSlots.average(value, Int64(bitPattern: merged.weight), signed: isSigned)
  }
}
