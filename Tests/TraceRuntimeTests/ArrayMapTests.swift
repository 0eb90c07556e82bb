import BPF
import Foundation
import TestKit
import Testing
import TraceModel
import TraceRuntime

/// Maps of scripts whose elements are in arrays, each with a word that says if it is there.
@Suite(.serialized) struct ArrayMapTests {
  let session: SampleSession

  init() throws { session = try SampleSession() }

  private let word = ValueLayout.integer(bytes: 8, signed: true)

  /// Adds a map, and the elements of its array: for each the words of all CPUs.
  private func give(
    _ name: String, key: ValueLayout = .none, _ value: MapValue, generation: Int? = nil,
    cpus: Int = 1, _ elements: [[Int64]]
  ) {
    let map = MapSpec(
      name: name, kind: generation == nil ? .hash : .perCPUHash, key: key, value: value,
      maxEntries: elements.count, storage: .array(generation: generation))
    session.manifest.maps.append(map)
    session.host.maps[map.symbol] = array(elements, cpus: cpus)
  }

  private func array(_ elements: [[Int64]], cpus: Int = 1) -> MapEntries {
    var entries = MapEntries(
      keySize: 4, valueStride: 8 * elements[0].count / cpus, valuesPerKey: cpus)
    for (index, words) in elements.enumerated() {
      entries.append(
        key: [UInt8](of: UInt32(index)), values: words.flatMap { [UInt8](of: $0) })
    }
    return entries
  }

  /// Runs `begin` with these records and returns what came before the final line ends.
  private func output(_ records: [[UInt8]] = []) throws -> String {
    session.options.isQuiet = true
    session.probe(.begin, "begin")
    session.host.records = records
    #expect(try session.run() == 0)
    return session.pages.output.trimmingCharacters(in: .newlines)
  }

  @Test func showsOnlyWhatIsThere() throws {
    var bytes = Array(repeating: [Int64(0), 0], count: 256)
    bytes[3] = [0, 1]
    bytes[4] = [7, 0]
    bytes[255] = [9, 1]
    give("@b", key: .integer(bytes: 1, signed: true), .value(word), bytes)
    give("@unset", .value(word), [[5, 0]])
    give("@set", .value(word), [[0, 1]])
    #expect(try output() == "@b[3]: 0\n@b[-1]: 9\n@set: 0")
  }

  @Test func mergesTheSlotsOfThePresentGeneration() throws {
    session.host.maps[ObjectSymbol.runState] = array([[6], [0]])
    give("@c", .aggregation(.count), generation: 0, cpus: 3, [[10, 7, 100, 6, 1, 7]])
    give("@old", .aggregation(.count), generation: 1, cpus: 2, [[10, 0, 10, 3]])
    #expect(try output() == "@c: 11")
  }

  @Test func emptiesAMapByCountingItsGenerationUp() throws {
    session.host.maps[ObjectSymbol.runState] = array([[0], [4]])
    give("@c", .aggregation(.count), generation: 1, cpus: 2, [[3, 5, 4, 5]])
    let show = session.event(.printMap(map: 0, top: nil, divisor: nil))
    #expect(try output([show, session.event(.clearMap(map: 0)), show]) == "@c: 7\n@c: 0")
    #expect(
      session.host.calls.contains(
        .setValue(
          [UInt8](of: UInt64(5)), key: [UInt8](of: UInt32(1)), map: ObjectSymbol.runState)))
    #expect(session.host.maps["AT_c"]?.values == array([[3, 5, 4, 5]], cpus: 2).values)
  }

  @Test func keepsWhatIsThereWhenValuesBecomeZero() throws {
    session.host.maps[ObjectSymbol.runState] = array([[0]])
    give("@c", .aggregation(.count), generation: 0, cpus: 2, [[3, 1, 4, 0]])
    give("@n", .value(word), [[8, 1]])
    give("@unset", .value(word), [[0, 0]])
    #expect(
      try output((0..<3).map { session.event(.zeroMap(map: $0)) }) == "@c: 0\n@n: 0")
  }

  @Test func refusesElementsOfAnotherSize() throws {
    give("@n", .value(word), [[8, 1, 0]])
    #expect(try output() == "")
    #expect(session.pages.messages.contains("map @n: read an array failed"))
  }

  // MARK: Places of threads

  /// Adds a map with elements in places of threads, each of claims, thread, elements elsewhere and value,
  /// and elements in the hash.
  private func giveThreads(places: [[Int64]], hashed: [UInt32: Int64]) {
    let map = MapSpec(
      name: "@s", kind: .hash, key: .integer(bytes: 4, signed: false), value: .value(word),
      maxEntries: 4096, storage: .threads)
    session.manifest.maps.append(map)
    session.host.maps["TP_s"] = array(places)
    var entries = MapEntries(keySize: 4, valueStride: 8, valuesPerKey: 1)
    for (key, value) in hashed { entries.append(key: [UInt8](of: key), values: [UInt8](of: value)) }
    session.host.maps["AT_s"] = entries
  }

  @Test func showsThePlacesOfThreadsAndWhatIsInTheHash() throws {
    giveThreads(
      places: [[0, 0, 0, 5], [1, 4097, 1, 8], [1, 2, 1, 9]], hashed: [1: 7, 4098: 6, 2: 3])
    #expect(try output() == "@s[4098]: 6\n@s[1]: 7\n@s[4097]: 8\n@s[2]: 9")
  }

  @Test func emptiesAndZeroesThePlacesOfThreads() throws {
    giveThreads(places: [[0, 0, 0, 0], [1, 4097, 1, 8]], hashed: [1: 7])
    let show = session.event(.printMap(map: 0, top: nil, divisor: nil))
    let (zero, clear) = (session.event(.zeroMap(map: 0)), session.event(.clearMap(map: 0)))
    #expect(try output([zero, show, clear]) == "@s[1]: 0\n@s[4097]: 0")
    #expect(
      session.host.maps["TP_s"]?.values == array([[0, 0, 0, 0], [0, 0, 1, 0]]).values)
  }

  @Test func showsPlacesOfThreadsThatHoldMoreThanAWord() throws {
    session.manifest.maps.append(
      MapSpec(
        name: "@s", kind: .hash, key: .integer(bytes: 4, signed: false),
        value: .value(
          .tuple(
            [.init(offset: 0, layout: word), .init(offset: 8, layout: word)], size: 16)),
        maxEntries: 4096, storage: .threads))
    session.host.maps["TP_s"] = array([[1, 4097, 0, 8, 9], [0, 0, 0, 5, 6]])
    session.host.maps["AT_s"] = MapEntries(keySize: 4, valueStride: 16, valuesPerKey: 1)
    let show = session.event(.printMap(map: 0, top: nil, divisor: nil))
    let (zero, clear) = (session.event(.zeroMap(map: 0)), session.event(.clearMap(map: 0)))
    #expect(try output([show, zero, show, clear]) == "@s[4097]: (8, 9)\n@s[4097]: (0, 0)")
  }

  // MARK: Elements of each CPU

  @Test func showsEmptiesAndZeroesTheElementOfEachCPU() throws {
    session.manifest.maps.append(
      MapSpec(
        name: "@s", kind: .hash, key: .integer(bytes: 8, signed: false), value: .value(word),
        maxEntries: 4096, storage: .ownCPU))
    session.host.maps["AT_s"] = array([[5, 0, 8, 1, 9, 2]], cpus: 3)
    let show = session.event(.printMap(map: 0, top: nil, divisor: nil))
    let (zero, clear) = (session.event(.zeroMap(map: 0)), session.event(.clearMap(map: 0)))
    #expect(
      try output([show, zero, show, clear]) == "@s[1]: 8\n@s[2]: 9\n@s[1]: 0\n@s[2]: 0")
  }

  // MARK: Places of CPUs

  private static let places = CPUPlaces(keySize: 4, valueSize: 8)

  /// A table with places for keys, each of mark, key and count.
  private func table(_ taken: [(mark: UInt64, key: UInt32, count: Int64)]) throws -> [UInt8] {
    let places = try #require(Self.places)
    var table = [UInt8](repeating: 0, count: places.tableSize)
    for (mark, key, count) in taken {
      let bytes = [UInt8](of: key)
      let start = CPUPlaces.firstPlace + places.number(of: bytes[...]) * places.size
      let place = [UInt8](of: mark) + bytes + [0, 0, 0, 0] + [UInt8](of: count)
      table.replaceSubrange(start..<(start + places.size), with: place)
    }
    return table
  }

  /// Adds a map of counts with places for two CPUs, and counts in the hash.
  private func giveCPUs(
    generation: Int64, _ tables: [[UInt8]], hashed: [UInt32: [Int64]]
  ) throws {
    let map = MapSpec(
      name: "@c", kind: .perCPUHash, key: .integer(bytes: 4, signed: false),
      value: .aggregation(.count), maxEntries: 4096, storage: .cpus(generation: 0))
    session.manifest.maps.append(map)
    session.host.maps[ObjectSymbol.runState] = array([[generation]])
    var entries = MapEntries(keySize: 4, valueStride: 8, valuesPerKey: tables.count)
    for (key, counts) in hashed {
      entries.append(key: [UInt8](of: key), values: counts.flatMap { [UInt8](of: $0) })
    }
    session.host.maps[map.symbol] = entries
    var stored = MapEntries(
      keySize: 4, valueStride: try #require(Self.places).tableSize, valuesPerKey: tables.count)
    stored.append(key: [0, 0, 0, 0], values: tables.flatMap { $0 })
    session.host.maps["CP_c"] = stored
  }

  @Test func mergesPlacesOfThePresentGenerationWithTheHash() throws {
    // In the place of 1 is what was there before the last `clear`; 9 was just cleared from the hash.
    try giveCPUs(
      generation: 6,
      [table([(7, 5, 100), (6, 1, 50)]), table([(7, 5, 1000), (7, 9, 3), (0, 2, 8)])],
      hashed: [5: [1, 10], 1: [4, 0], 2: [0, 5]])
    #expect(try output() == "@c[9]: 3\n@c[1]: 4\n@c[2]: 5\n@c[5]: 1111")
    // Whatever has come into the hash by then is in a place when these are read.
    let reads = session.host.calls.filter { $0 == .entries("AT_c") || $0 == .entries("CP_c") }
    #expect(reads == [.entries("AT_c"), .entries("CP_c")])
  }

  @Test func emptiesPlacesOfCPUsByCountingTheirGenerationUp() throws {
    try giveCPUs(generation: 0, [table([(1, 5, 100)]), table([])], hashed: [5: [1, 10]])
    let show = session.event(.printMap(map: 0, top: nil, divisor: nil))
    let before = session.host.maps["CP_c"]
    #expect(try output([show, session.event(.clearMap(map: 0)), show]) == "@c[5]: 111")
    #expect(session.host.maps["CP_c"] == before)
    let changes = session.host.calls.filter {
      switch $0 {
      case .setValue, .clear: true
      default: false
      }
    }
    #expect(
      changes == [
        .setValue(
          [UInt8](of: UInt64(1)), key: [UInt8](of: UInt32(0)), map: ObjectSymbol.runState),
        .clear("AT_c"),
      ])
  }

  @Test func keepsTheKeysOfPlacesWhenTheirCountsBecomeZero() throws {
    try giveCPUs(
      generation: 0, [table([(1, 5, 100), (1, 9, 2)]), table([])], hashed: [5: [1, 10]])
    #expect(try output([session.event(.zeroMap(map: 0))]) == "@c[5]: 0\n@c[9]: 0")
  }

  @Test func refusesTablesOfAnotherSize() throws {
    try giveCPUs(generation: 0, [table([])], hashed: [5: [1]])
    session.host.maps["CP_c"] = array([[0, 0]])
    #expect(try output() == "")
    #expect(session.pages.messages.contains("map @c: read the places of CPUs failed"))
  }
}
