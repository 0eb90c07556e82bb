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

  /// More entries than are sorted by comparing, with numbers of every size.
  @Test(arguments: [1, 2, 3, UInt64.random(in: .min ... .max)])
  func sortsManyNumbersAsFew(seed: UInt64) {
    var state = seed
    func number() -> Int64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int64(bitPattern: state) >> Int64(state >> 58)
    }
    let pairs = (0..<1000).map { (key: Int64($0 * 7919 % 1000) - 500, value: number() / 3 % 50) }
    for isSigned in [true, false] {
      let made = pairs.map {
        (Value.integer($0.key), Value(bitPattern: $0.value, signed: isSigned))
      }
      let expected = pairs.sorted { left, right in
        let (a, b) = (
          Value(bitPattern: left.value, signed: isSigned),
          Value(bitPattern: right.value, signed: isSigned)
        )
        let order = a.compare(b)
        return order == 0 ? left.key < right.key : order < 0
      }
      #expect(keys(made) == expected.map { .integer($0.key) }, "seed \(seed)")
    }
  }

  @Test func sortsByKeysOfOtherKindsAmongEquals() {
    let words = ["q", "b", "zz", "a"].map { (Value.text(bytes: $0), Value.integer(1)) }
    #expect(keys(words) == ["a", "b", "q", "zz"].map { .text(bytes: $0) })
    let mixed: [(Value, Value)] = [
      (.integer(2), .unsigned(9)), (.integer(1), .integer(9)), (.integer(3), .integer(-1)),
    ]
    #expect(keys(mixed) == [.integer(3), .integer(1), .integer(2)])
  }
}
