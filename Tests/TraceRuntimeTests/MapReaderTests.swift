import BPF
import Output
import TestKit
import Testing
import TraceModel
import TraceRuntime

@Suite struct MapReaderTests {
  let machine: SampleMachine
  let host = FakeHost()

  init() throws { machine = try SampleMachine() }

  private let number = ValueLayout.integer(bytes: 8, signed: true)

  private func read(
    _ map: MapSpec, _ entries: MapEntries, _ selection: MapReader.Selection = .init()
  ) throws -> MapSnapshot {
    host.maps[map.symbol] = entries
    let object = try host.load([], as: LoadPlan(name: "test"))
    return try MapReader(decoder: machine.decoder()).read(map, of: object, selection)
  }

  /// Entries with words for each of `cpus` CPUs.
  private func entries(cpus: Int, _ pairs: [(Int64, [[Int64]])]) -> MapEntries {
    let words = pairs.first?.1.first?.count ?? 1
    var entries = MapEntries(keySize: 8, valueStride: 8 * words, valuesPerKey: cpus)
    for (key, slots) in pairs {
      entries.append(
        key: [UInt8](of: key), values: slots.flatMap { $0.flatMap { [UInt8](of: $0) } })
    }
    return entries
  }

  private func map(_ aggregation: Aggregation) -> MapSpec {
    MapSpec(
      name: "@a", kind: .perCPUHash, key: number, value: .aggregation(aggregation),
      maxEntries: 10)
  }

  private func values(_ snapshot: MapSnapshot) -> [Value] {
    snapshot.entries.map(\.value)
  }

  @Test func addsCountsOfAllCPUsAndSorts() throws {
    let snapshot = try read(
      map(.count), entries(cpus: 3, [(1, [[5], [0], [7]]), (2, [[1], [1], [1]])]))
    #expect(snapshot.entries.map(\.key) == [.integer(2), .integer(1)])
    #expect(values(snapshot) == [.integer(3), .integer(12)])
    #expect(snapshot.shape == .plain)
  }

  @Test func asksForTheNamesOfAllStacksAtOnce() throws {
    let stack = ValueLayout.presented(.userStack(.bpftrace, limit: 1))
    let raw = ValueLayout.presented(.userStack(.raw, limit: 1))
    let map = MapSpec(
      name: "@s", kind: .hash,
      key: .tuple(
        [.init(offset: 0, layout: raw), .init(offset: 24, layout: stack)], size: 48),
      value: .value(number), maxEntries: 10)
    var stacks = MapEntries(keySize: 48, valueStride: 8, valuesPerKey: 1)
    for process in [Int64(7), 5] {
      let frames = [UInt8](of: Int64(1)) + [UInt8](of: process) + [UInt8](of: Int64(0x1001))
      stacks.append(key: frames + frames, values: [UInt8](of: Int64(1)))
    }
    _ = try read(map, stacks)
    #expect(machine.symbols.namedAhead == [7, 5])
  }

  @Test func takesTheExtremesOfCPUsThatHaveAValue() throws {
    let slots = entries(cpus: 3, [(1, [[-4, 1], [0, 0], [9, 1]])])
    #expect(values(try read(map(.min(signed: true)), slots)) == [.integer(-4)])
    #expect(values(try read(map(.max(signed: true)), slots)) == [.integer(9)])
    #expect(
      values(try read(map(.max(signed: false)), slots)) == [.unsigned(UInt64.max - 3)])
  }

  @Test func averagesOverAllCPUs() throws {
    let slots = entries(cpus: 2, [(1, [[-10, 3], [-5, 1]])])
    let average = try read(map(.average(signed: true)), slots)
    #expect(values(average) == [.integer(-3)])
    #expect(average.shape == .average)
    #expect(
      values(try read(map(.stats(signed: true)), slots))
        == [.stats(.init(count: 4, average: -3, total: -15, signed: true))])
  }

  @Test func addsHistograms() throws {
    var first = [Int64](repeating: 0, count: Log2Histogram(bits: 0).bucketCount)
    var second = first
    first[3] = 2
    second[3] = 1
    second[9] = 1
    let snapshot = try read(
      map(.log2Histogram(bits: 0)), entries(cpus: 2, [(1, [first, second])]))
    guard case .histogram(let histogram) = snapshot.entries[0].value else {
      Issue.record("no histogram")
      return
    }
    #expect(
      histogram.buckets.map(\.count) == [3, 0, 0, 0, 0, 0, 1] && histogram.buckets[0].lower == 2)
    #expect(histogram.total == 4)
    #expect(snapshot.shape == .histogram)
  }

  @Test func selectsAndDivides() throws {
    let all = entries(cpus: 1, [(1, [[100]]), (2, [[-25]]), (3, [[70]])])
    let snapshot = try read(map(.sum(signed: true)), all, .init(top: 2, divisor: 30))
    #expect(snapshot.entries.map(\.key) == [.integer(3), .integer(1)])
    #expect(values(snapshot) == [.integer(2), .integer(3)])
    let negative = try read(map(.sum(signed: true)), all, .init(divisor: 10))
    #expect(values(negative).first == .integer(-2))
    let stats = entries(cpus: 1, [(1, [[100, 4]]), (2, [[6, 3]])])
    #expect(
      try read(map(.stats(signed: true)), stats, .init(top: 1, divisor: 5)).entries.count == 2)
  }

  @Test func sortsNarrowIntegersToo() throws {
    let narrow = MapSpec(
      name: "@n", kind: .hash, key: .string(capacity: 4),
      value: .value(.integer(bytes: 1, signed: true)), maxEntries: 10)
    var entries = MapEntries(keySize: 4, valueStride: 1, valuesPerKey: 1)
    for (key, value) in [("a", 5), ("b", -1), ("c", 3)] {
      entries.append(key: [UInt8](key, capacity: 4), values: [UInt8(truncatingIfNeeded: value)])
    }
    #expect(values(try read(narrow, entries)) == [.integer(-1), .integer(3), .integer(5)])
  }

  @Test func readsMapsWithoutKeys() throws {
    let scalar = MapSpec(
      name: "@s", kind: .hash, key: .none, value: .value(number), maxEntries: 1)
    var entries = MapEntries(keySize: 4, valueStride: 8, valuesPerKey: 1)
    entries.append(key: [0, 0, 0, 0], values: [UInt8](of: Int64(42)))
    let snapshot = try read(scalar, entries)
    #expect(snapshot.isScalar)
    #expect(snapshot.entries == [.init(key: .none, value: .integer(42))])
  }

  @Test func showsWhatAnEmptyMapWithoutKeysIs() throws {
    let reader = MapReader(decoder: machine.decoder())
    func zero(_ value: MapValue) throws -> Value? {
      let map = MapSpec(name: "@s", kind: .hash, key: .none, value: value, maxEntries: 1)
      return try reader.zero(of: map).flatMap { values($0).first }
    }
    #expect(try zero(.value(number)) == .integer(0))
    #expect(try zero(.value(.string(capacity: 8))) == .string([], truncated: false))
    #expect(
      try zero(.aggregation(.stats(signed: true)))
        == .stats(.init(count: 0, average: 0, total: 0, signed: true)))
    #expect(try zero(.aggregation(.log2Histogram(bits: 0))) == nil)
    #expect(try reader.zero(of: map(.count)) == nil)
  }

  @Test func refusesValuesThatAreTooShort() throws {
    var short = MapEntries(keySize: 8, valueStride: 4, valuesPerKey: 1)
    short.append(key: [UInt8](of: Int64(1)), values: [1, 2, 3, 4])
    #expect(throws: MapReader.ReadError.decoding(.truncated(needed: 8, available: 4))) {
      try read(map(.count), short)
    }
  }
}
