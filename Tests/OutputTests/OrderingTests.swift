import Output
import Testing
import TraceModel

@Suite struct OrderingTests {
  private func keys(_ entries: [(Value, Value)], top: Int? = nil) -> [Value] {
    var snapshot = MapSnapshot.values("@", entries)
    snapshot.sort()
    if let top { snapshot.keepTop(top) }
    return snapshot.entries.map(\.key)
  }

  @Test func sortsNumbersByValueAndThenByKey() {
    #expect(
      keys([
        (.integer(1), .integer(9)), (.integer(2), .integer(-4)), (.integer(4), .integer(0)),
        (.integer(3), .integer(0)),
      ]) == [.integer(2), .integer(3), .integer(4), .integer(1)])
    #expect(
      keys([(.integer(1), .unsigned(.max)), (.integer(2), .unsigned(1))])
        == [.integer(2), .integer(1)])
  }

  @Test func sortsStatisticsByTheirAverage() {
    func stats(_ average: Int64) -> Value {
      .stats(.init(count: 1, average: average, total: 100 - average, signed: true))
    }
    #expect(
      keys([(.integer(1), stats(9)), (.integer(2), stats(-1))]) == [.integer(2), .integer(1)])
  }

  @Test func sortsOtherValuesByKey() {
    let word = Value.text(bytes: "w")
    #expect(
      keys([(.unsigned(1 << 63), word), (.unsigned(3), word)])
        == [.unsigned(3), .unsigned(1 << 63)])
    #expect(keys([(.integer(1), word), (.integer(-3), word)]) == [.integer(-3), .integer(1)])
    #expect(
      keys([(.text(bytes: "b"), word), (.text(bytes: "ab"), word), (.text(bytes: "B"), word)])
        == [.text(bytes: "B"), .text(bytes: "ab"), .text(bytes: "b")])
    #expect(keys([(.boolean(true), word), (.boolean(false), word)]).first == .boolean(false))
    let pairs: [Value] = [
      .tuple([.integer(1), .text(bytes: "z")]), .tuple([.integer(2), .text(bytes: "a")]),
      .tuple([.integer(1), .text(bytes: "b")]),
    ]
    #expect(keys(pairs.map { ($0, word) }) == [pairs[2], pairs[0], pairs[1]])
  }

  @Test func keepsTheLastEntriesOfTheOrder() {
    let entries = (1...5).map { (Value.integer($0), Value.integer(10 - $0)) }
    #expect(keys(entries, top: 2) == [.integer(2), .integer(1)])
    #expect(keys(entries, top: 0) == [])
    #expect(keys(entries, top: 9).count == 5)
  }

  @Test func sortsHistogramsByTheirTotal() {
    var snapshot = MapSnapshot(
      name: "@", shape: .histogram, isScalar: false,
      entries: [
        .init(key: .integer(1), value: .histogram(.log2([1, 2, 3]))),
        .init(key: .integer(2), value: .histogram(.log2([1000]))),
      ])
    snapshot.sort()
    #expect(snapshot.entries.map(\.key) == [.integer(2), .integer(1)])
  }

  @Test func sortsSeriesByKey() {
    func series(_ number: Int64) -> Value {
      .series(Series(interval: 1, points: [.init(start: "", value: .integer(number))]))
    }
    #expect(
      keys([(.integer(3), series(1)), (.integer(2), series(5)), (.integer(4), series(2))])
        == [.integer(2), .integer(3), .integer(4)])
  }
}
