import Testing
import TraceModel

@Suite struct TimeSeriesTests {
  /// What slots with these intervals (number, value and for averages how many) become.
  private func merged(
    _ function: TimeSeries.Function, count: Int = 4, isSigned: Bool = true,
    _ slots: [[(number: UInt64, words: [Int64])]]
  ) -> SampledSeries? {
    let series = TimeSeries(function: function, interval: 100, count: count, isSigned: isSigned)
    var words: [UInt64] = []
    for slot in slots {
      var ring = [UInt64](repeating: 0, count: series.wordCount)
      for (number, values) in slot {
        let place = Int(number % UInt64(count)) * series.wordsPerInterval
        ring[place] = function == .last ? number * 100 + UInt64(values[1]) : number + 1
        ring[place + 1] = UInt64(bitPattern: values[0])
        if function == .average { ring[place + 2] = UInt64(values[1]) }
      }
      words += ring
    }
    let aggregation = Aggregation(series)
    let merged = aggregation.merge(words.span, stride: series.wordCount)
    let apart = stride(from: 0, to: words.count, by: series.wordCount)
      .map { Array(words[$0..<($0 + series.wordCount)]) }
    #expect(aggregation.merge(aggregation.joined(apart).span, stride: series.wordCount) == merged)
    guard case .series(let made) = merged else { return nil }
    return made
  }

  private func values(_ series: SampledSeries?) -> [Int64?] { series?.samples.map(\.value) ?? [] }

  @Test func fillsGapsAndTellsWhenIntervalsBegin() {
    let series = merged(.sum, [[(17, [5]), (15, [3])]])
    #expect(series?.samples.map(\.start) == [1500, 1600, 1700])
    #expect(values(series) == [3, nil, 5])
    #expect(series?.interval == 100)
    #expect(merged(.sum, [[], []])?.samples == [])
  }

  @Test func leavesOutWhatTheNewestIntervalHasPushedOut() {
    #expect(values(merged(.sum, [[(9, [1]), (10, [2])], [(13, [3])]])) == [2, nil, nil, 3])
    #expect(values(merged(.sum, count: 1, [[(9, [1])], [(13, [3])]])) == [3])
  }

  @Test func mergesCPUsAsItsFunctionSays() {
    let slots: [[(number: UInt64, words: [Int64])]] = [[(7, [-5, 1])], [(7, [9, 3])]]
    #expect(values(merged(.sum, slots)) == [4])
    #expect(values(merged(.average, slots)) == [1])
    #expect(values(merged(.minimum, slots)) == [-5])
    #expect(values(merged(.maximum, slots)) == [9])
    #expect(values(merged(.minimum, isSigned: false, slots)) == [9])
    #expect(values(merged(.maximum, isSigned: false, slots)) == [-5])
    // Sampled at 701 and 703.
    #expect(values(merged(.last, slots)) == [9])
    #expect(values(merged(.last, slots.reversed())) == [9])
  }

  @Test func fitsIntoTheKernelsLargestValue() {
    for function in TimeSeries.Function.allCases {
      let limit = TimeSeries.countLimit(function)
      let slot = Aggregation(
        TimeSeries(function: function, interval: 1, count: limit, isSigned: true)
      ).slotSize
      #expect(slot <= TimeSeries.slotLimit)
      #expect(limit >= 1365)
    }
  }

  @Test func doesNotShareAMapWithOthers() {
    func series(_ interval: Int64, _ signed: Bool = true) -> Aggregation {
      Aggregation(TimeSeries(function: .last, interval: interval, count: 3, isSigned: signed))
    }
    #expect(series(1).unified(with: series(1)) == series(1))
    #expect(series(1).unified(with: series(2)) == nil)
    #expect(series(1).unified(with: series(1, false)) == nil)
    #expect(series(1).unified(with: .count) == nil)
  }
}
