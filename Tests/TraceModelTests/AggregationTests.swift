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
    #expect(Aggregation.count.merge([[2], [3]]) == .number(5, signed: true))
    #expect(
      Aggregation.sum(signed: true).merge([[UInt64(bitPattern: -7)], [2]])
        == .number(-5, signed: true))
    #expect(
      Aggregation.average(signed: true).merge([[UInt64(bitPattern: -7), 1], [0, 1]])
        == .number(-3, signed: true))
    #expect(
      Aggregation.stats(signed: false).merge([[10, 2], [5, 1]])
        == .statistics(count: 3, average: 5, total: 15, signed: false))
    #expect(
      Aggregation.log2Histogram(bits: 0).merge([])
        == .histogram(Log2Histogram(bits: 0).histogram([])))
  }

  @Test func readsSlotsThatLieApart() {
    #expect(Aggregation.count.merge([[2, 99], [3, 99]]) == .number(5, signed: true))
    #expect(
      Aggregation.max(signed: true).merge([[4, 1, 99], [3, 1, 99]]) == .number(4, signed: true))
  }

  @Test func extremesIgnoreCPUsWithoutAValue() {
    let minimum = Aggregation.min(signed: true)
    #expect(minimum.merge([[0, 0], [5, 1]]) == .number(5, signed: true))
    #expect(
      minimum.merge([[UInt64(bitPattern: -2), 1], [5, 1]]) == .number(-2, signed: true))
    #expect(
      Aggregation.max(signed: false).merge([[UInt64.max, 1], [5, 1]])
        == .number(-1, signed: false))
  }

  @Test func signedAndUnsignedBecomeSigned() {
    #expect(Aggregation.sum(signed: false).unified(with: .sum(signed: true)) == .sum(signed: true))
    #expect(Aggregation.sum(signed: false).unified(with: .max(signed: true)) == nil)
    #expect(Aggregation.log2Histogram(bits: 1).unified(with: .log2Histogram(bits: 2)) == nil)
  }

  @Test func isEqualOnlyToOnesOfItsKindWithItsParameters() {
    #expect(Aggregation.sum(signed: true) == .sum(signed: true))
    #expect(Aggregation.sum(signed: true) != .sum(signed: false))
    #expect(Aggregation.sum(signed: true) != .max(signed: true))
    #expect(Aggregation.log2Histogram(bits: 1) != .log2Histogram(bits: 2))
    #expect(
      Set([Aggregation.count, .count, .average(signed: true), .stats(signed: true)]).count == 3)
  }

  @Test func refusesParametersThatMakeNoSense() {
    func read(_ tag: UInt64, _ parts: [Int64]) throws -> Aggregation? {
      var out = WireWriter()
      out.message(WireKey(1)) { message in
        message.number(WireKey(0), tag)
        for (index, part) in parts.enumerated() { part.write(WireKey(1 + index), to: &message) }
      }
      return try Aggregation.read(1, of: WireMessage(out.bytes[...]))
    }
    #expect(throws: ManifestError.self) { try read(6, [6]) }
    #expect(throws: ManifestError.self) { try read(7, [5, 5, 1]) }
    #expect(throws: ManifestError.self) { try read(7, [.min, .max, 1]) }
    #expect(throws: ManifestError.self) { try read(7, [0, 5000, 1]) }
    #expect(throws: ManifestError.needsNewer("aggregation 99")) { try read(99, []) }
    #expect(
      (try? read(7, [0, 10, 5])) == .linearHistogram(.init(minimum: 0, maximum: 10, step: 5)))
  }

  @Test func statisticsLieAsTheyAreShown() {
    guard case .record(let fields, let size) = Aggregation.stats(signed: false).layout else {
      Issue.record("no record")
      return
    }
    #expect(fields.map(\.name) == ["count", "average", "total"])
    #expect(fields.map(\.offset) == [0, 8, 16])
    #expect(size == 24)
  }
}

extension Aggregation {
  /// Merges slots of one length, at once and after they were joined one by one.
  fileprivate func merge(_ slots: [[UInt64]]) -> AggregatedValue {
    let words = slots.flatMap { $0 }
    let merged = merge(words.span, stride: slots.first?.count ?? wordCount)
    #expect(merge(joined(slots).span, stride: wordCount) == merged)
    return merged
  }
}

extension Aggregation {
  /// The slot that has taken in all of these, one by one.
  func joined(_ slots: [[UInt64]]) -> [UInt64] {
    slots.reduce(into: [UInt64](repeating: 0, count: wordCount)) { slot, other in
      join(Array(other.prefix(wordCount)), into: &slot)
    }
  }
}
