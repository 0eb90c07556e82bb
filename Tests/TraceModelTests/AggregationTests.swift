import Testing
import TraceModel

@Suite struct AggregationTests {
  /// Values and their buckets by the rule that users rely on, for several numbers of bits.
  @Test(arguments: [
    (0, Int64(-1), 0), (0, 0, 1), (0, 1, 2), (0, 2, 3), (0, 3, 3), (0, 4, 4), (0, 1023, 11),
    (0, 1024, 12), (0, Int64.max, 64), (2, 0, 1), (2, 3, 4), (2, 4, 5), (2, 5, 6), (2, 100, 23),
    (5, 31, 32), (5, 32, 33), (5, Int64.max, 1888),
  ])
  func countsByPowersOfTwo(_ bits: Int, _ value: Int64, _ bucket: Int) {
    let histogram = Log2Histogram(bits: bits)
    #expect(histogram.bucket(of: value) == bucket)
    #expect(bucket < histogram.bucketCount)
  }

  @Test(arguments: 0...5) func everyValueIsInTheRangeOfItsBucket(_ bits: Int) {
    let histogram = Log2Histogram(bits: bits)
    for shift in 0..<63 {
      for value in [
        Int64(1) << Int64(shift), (Int64(1) << Int64(shift)) - 1, Int64(5) << Int64(shift),
      ] where value >= 0 {
        let range = histogram.range(of: histogram.bucket(of: value))
        #expect(range.lower.map { $0 <= UInt64(value) } ?? false)
        #expect(UInt64(value) < range.upper)
      }
    }
    #expect(histogram.range(of: 0).lower == nil)
  }

  @Test(arguments: [
    (Int64(-1), 0), (0, 1), (9, 1), (10, 2), (39, 4), (40, 5), (90, 5),
  ])
  func countsInEqualSteps(_ value: Int64, _ bucket: Int) {
    let histogram = LinearHistogram(minimum: 0, maximum: 40, step: 10)
    #expect(histogram.bucket(of: value) == bucket)
    #expect(histogram.bucketCount == 6)
  }

  @Test func mergesTheSlotsOfAllCPUs() {
    #expect(Aggregation.count.merge([[2], [3]]) == .integer(5, signed: true))
    #expect(
      Aggregation.sum(signed: true).merge([[UInt64(bitPattern: -7)], [2]])
        == .integer(-5, signed: true))
    #expect(
      Aggregation.average(signed: true).merge([[UInt64(bitPattern: -7), 1], [0, 1]])
        == .integer(-3, signed: true))
    #expect(
      Aggregation.stats(signed: false).merge([[10, 2], [5, 1]])
        == .stats(count: 3, average: 5, total: 15, signed: false))
    #expect(Aggregation.log2Histogram(bits: 0).merge([]).isEmpty)
  }

  @Test func extremesIgnoreCPUsWithoutAValue() {
    let minimum = Aggregation.min(signed: true)
    #expect(minimum.merge([[0, 0], [5, 1]]) == .integer(5, signed: true))
    #expect(
      minimum.merge([[UInt64(bitPattern: -2), 1], [5, 1]]) == .integer(-2, signed: true))
    #expect(
      Aggregation.max(signed: false).merge([[UInt64.max, 1], [5, 1]])
        == .integer(-1, signed: false))
  }
}

extension AggregatedValue {
  /// Whether nothing was counted in any bucket.
  fileprivate var isEmpty: Bool {
    if case .buckets(let counts) = self { counts.allSatisfy { $0 == 0 } } else { false }
  }
}
