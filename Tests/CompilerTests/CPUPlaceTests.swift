import BPF
import Compiler
import Diagnostics
import MachineView
import Semantics
import TestKit
import Testing
import TraceModel

/// What programs do with the places that CPUs have for keys, whichever CPU they happen to run on: all
/// have the same places before.
@Suite(
  .serialized, .enabled(if: ProgramRun.isPossible, "running programs takes root"),
  .enabled(if: storesAreOrdered, "the architecture does not order stores"))
struct CPUPlaceTests {
  private let object: any HostedObject
  private let symbols: [String]
  private let places: CPUPlaces

  private static let hash = "AT_c"
  private static let tables = "CP_c"
  /// The keys that the programs count under; smaller numbers are kept in an array.
  private static let (one, two): (UInt64, UInt64) = (5_000_000_001, 5_000_000_002)

  init() throws {
    let machine = DirectoryMachine()
    let result = compile(
      SourceFile(
        name: "stdin",
        text: "begin { @c[\(Self.one)] = count(); } end { @c[\(Self.two)] = count(); }"),
      for: AnalysisTarget.test(machine), options: CompilationOptions(producer: "test"))
    let artifact = try #require(result.artifact)
    let map = try #require(artifact.manifest.maps.first)
    #expect(map.storage == .cpus(generation: 1))
    places = try #require(CPUPlaces(keySize: map.keySize, valueSize: map.value.size))
    var plan = LoadPlan(
      name: "test", constants: Array(repeating: 0, count: artifact.manifest.constantsSize))
    for program in artifact.manifest.programs {
      plan.programs[program.symbol] = LoadPlan.Program(program.kind, targetID: nil)
    }
    object = try LibBPFHost().load(artifact.object, as: plan)
    symbols = artifact.manifest.programs.map(\.symbol)
  }

  private func run(_ program: Int) throws { try object.run(symbols[program], context: []) }

  private func number(_ bytes: some Collection<UInt8>) -> UInt64 {
    bytes.reversed().reduce(0) { $0 << 8 | UInt64($1) }
  }

  private func bytes(_ number: UInt64, _ count: Int = 8) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
  }

  /// What is counted in the hash, by key.
  private func hashed() throws -> [UInt64: UInt64] {
    let entries = try object.entries(of: Self.hash)
    return Dictionary(
      uniqueKeysWithValues: (0..<entries.count).map { index in
        let counts = (0..<entries.valuesPerKey).map { number(entries.value(index, cpu: $0)) }
        return (number(entries.key(index)), counts.reduce(0, +))
      })
  }

  private struct Place: Hashable {
    var number: Int
    var mark: UInt64
    var key: UInt64
    var count: UInt64
  }

  /// The places that ever had a key, of all CPUs.
  private func taken() throws -> [Place] {
    let entries = try object.entries(of: Self.tables)
    return (0..<entries.valuesPerKey).flatMap { cpu in
      let table = Array(entries.value(0, cpu: cpu))
      return (0..<places.count).compactMap { index -> Place? in
        let start = CPUPlaces.firstPlace + index * places.size
        let words = stride(from: start, to: start + places.size, by: 8).map {
          number(table[$0..<($0 + 8)])
        }
        return words == [0, 0, 0]
          ? nil : Place(number: index, mark: words[0], key: words[1], count: words[2])
      }
    }
  }

  /// Gives all CPUs the same table.
  private func setTables(claims: UInt64 = 0, _ taken: [Place]) throws {
    var table = bytes(claims) + Array(repeating: 0, count: places.count * places.size)
    for place in taken {
      let start = CPUPlaces.firstPlace + place.number * places.size
      table.replaceSubrange(
        start..<(start + places.size),
        with: bytes(place.mark) + bytes(place.key) + bytes(place.count))
    }
    let cpus = try object.entries(of: Self.tables).valuesPerKey
    try object.setValue(
      Array(repeatElement(table, count: cpus).joined()), of: bytes(0, 4), in: Self.tables)
  }

  private func setGeneration(_ generation: UInt64) throws {
    try object.setValue(bytes(generation), of: bytes(1, 4), in: ObjectSymbol.runState)
  }

  private func place(of key: UInt64) -> Int { places.number(of: bytes(key)[...]) }

  @Test func areThereForTheFirstMapsOfAScript() throws {
    let maps = (0..<CPUPlaces.mostMaps + 2).map { "@c\($0)[\(Self.one)] = count();" }
    let result = compile(
      SourceFile(name: "stdin", text: "begin { \(maps.joined(separator: " ")) }"),
      for: AnalysisTarget.test(DirectoryMachine()),
      options: CompilationOptions(producer: "test"))
    let found = try #require(result.artifact).manifest.maps
    #expect(found.count == maps.count)
    let withPlaces = found.count { if case .cpus = $0.storage { true } else { false } }
    #expect(withPlaces == CPUPlaces.mostMaps)
  }

  @Test func givesKeysThePlacesMeantForThem() throws {
    for _ in 0..<3 { try run(0) }
    for _ in 0..<2 { try run(1) }
    #expect(try hashed() == [Self.one: 0, Self.two: 0])
    let taken = try taken()
    #expect(Set(taken.map(\.key)) == [Self.one, Self.two])
    #expect(taken.allSatisfy { $0.mark == 1 && $0.number == place(of: $0.key) })
    #expect(taken.filter { $0.key == Self.one }.map(\.count).reduce(0, +) == 3)
    #expect(taken.filter { $0.key == Self.two }.map(\.count).reduce(0, +) == 2)
    let entries = try object.entries(of: Self.tables)
    for cpu in 0..<entries.valuesPerKey {
      #expect(number(entries.value(0, cpu: cpu).prefix(8)) == 0, "nobody is claiming any more")
    }
  }

  @Test func goesToTheHashWhereAnotherKeyHasThePlace() throws {
    let other = Place(number: place(of: Self.one), mark: 1, key: 77, count: 5)
    try setTables([other])
    for _ in 0..<2 { try run(0) }
    #expect(try hashed() == [Self.one: 2])
    #expect(Set(try taken()) == [other])
  }

  @Test func leavesThePlaceToWhoIsClaimingOne() throws {
    try setTables(claims: 1, [])
    try run(0)
    #expect(try hashed() == [Self.one: 1])
    #expect(try taken() == [])
    try setTables([])
    try run(0)
    #expect(try hashed() == [Self.one: 1])
    #expect(try taken() == [Place(number: place(of: Self.one), mark: 1, key: Self.one, count: 1)])
  }

  @Test func takesThePlaceOfAKeyOfAnEarlierGeneration() throws {
    let old = Place(number: place(of: Self.one), mark: 3, key: 77, count: 5)
    try setTables([old])
    try setGeneration(5)
    try run(0)
    #expect(try hashed() == [Self.one: 0])
    #expect(
      Set(try taken()).subtracting([old])
        == [Place(number: place(of: Self.one), mark: 6, key: Self.one, count: 1)])
  }

  @Test func startsFromZeroInItsOwnPlaceOfAnEarlierGeneration() throws {
    let old = Place(number: place(of: Self.one), mark: 5, key: Self.one, count: 5)
    try setTables([old])
    try setGeneration(5)
    try run(0)
    #expect(
      Set(try taken()).subtracting([old])
        == [Place(number: place(of: Self.one), mark: 6, key: Self.one, count: 1)])
  }

  @Test func leavesThePlaceToAKeyOfALaterGeneration() throws {
    let new = Place(number: place(of: Self.one), mark: 9, key: 77, count: 5)
    try setTables([new])
    try run(0)
    #expect(try hashed() == [Self.one: 1])
    #expect(Set(try taken()) == [new])
  }
}

private let storesAreOrdered = (try? DirectoryMachine().architecture)?.storesInOrder ?? false
