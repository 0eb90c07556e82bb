import LinuxSystem
import Testing
import TraceModel

@testable import BPF

@Suite(.enabled(if: Ability.canLoad, "needs the right to load BPF programs"))
struct MapTests {
  static let source = """
    struct slot { __u32 a, b, c; };
    MAP(HASH, AT_hash, 64, __u64, __u64);
    MAP(PERCPU_HASH, AT_percpu, 64, __u32, struct slot);
    MAP(ARRAY, AT_array, 3, __u32, __u64);
    MAP(HASH, AT_big, 10000, __u64, __u64);

    SEC("raw_tp/fill") int fill(void *ctx) {
      for (__u32 i = 0; i < 40; i++) {
        __u64 key = i + 1000, value = i * 3;
        struct slot slot = {i, i + 1, i + 2};
        __u32 small = i;
        bpf_map_update_elem(&AT_hash, &key, &value, BPF_ANY);
        bpf_map_update_elem(&AT_percpu, &small, &slot, BPF_ANY);
      }
      return 0;
    }

    """

  private func filled() throws -> any HostedObject {
    let object = try TestObject.load(Self.source)
    try object.run("fill", context: [])
    return object
  }

  @Test func aHashGivesAllItsEntries() throws {
    let entries = try filled().entries(of: "AT_hash")
    #expect(entries.valuesPerKey == 1 && entries.valueStride == 8)
    let found = Dictionary(
      uniqueKeysWithValues: (0..<entries.count).map {
        (entries.key($0).number, entries.value($0).number)
      })
    let expected = Dictionary(uniqueKeysWithValues: (0..<40).map { (UInt64($0) + 1000, $0 * 3) })
    #expect(found == expected.mapValues(UInt64.init))
  }

  @Test func valuesOfAllCPUsAreRoundedUp() throws {
    let entries = try filled().entries(of: "AT_percpu")
    #expect(entries.count == 40)
    #expect(entries.valueStride == 16)
    #expect(entries.valuesPerKey == (try Machine.possibleCPUs.count))
    for index in 0..<entries.count {
      let key = entries.key(index).number
      // The program ran on one CPU, so exactly one has the values and the others have zeros.
      let values = (0..<entries.valuesPerKey).map {
        Array(entries.value(index, cpu: $0).prefix(12))
      }
      let slot =
        [UInt8](half: UInt32(key)) + [UInt8](half: UInt32(key) + 1) + [UInt8](half: UInt32(key) + 2)
      #expect(values.filter { $0 == slot }.count == 1)
      #expect(values.filter { $0 == [UInt8](repeating: 0, count: 12) }.count == values.count - 1)
    }
  }

  @Test(arguments: ["AT_hash", "AT_percpu"])
  func singleLookupsAgreeWithBatches(_ map: String) throws {
    let object = try #require(try filled() as? LibBPFObject)
    let single = try object.entriesKeyByKey(of: map)
    let batched = try object.entries(of: map)
    func sorted(_ entries: MapEntries) -> [[UInt8]] {
      (0..<entries.count).map { index in
        entries.key(index)
          + (0..<entries.valuesPerKey).flatMap { entries.value(index, cpu: $0) }
      }.map(Array.init).sorted { $0.lexicographicallyPrecedes($1) }
    }
    #expect(sorted(single) == sorted(batched))
    #expect(single.count == 40)
  }

  @Test func manyEntriesCrossBatches() throws {
    let object = try TestObject.load(
      Self.source, as: LoadPlan(name: "test", maxEntries: ["AT_big": 400_000]))
    for key in 0..<300_000 as Range<UInt64> {
      try object.setValue([UInt8](words: key), of: [UInt8](words: key), in: "AT_big")
    }
    let entries = try object.entries(of: "AT_big")
    #expect(entries.count == 300_000)
    #expect(Set((0..<entries.count).map { entries.key($0).number }).count == 300_000)
    var (inPortions, largest) = (MapEntries(keySize: 8, valueStride: 8, valuesPerKey: 1), 0)
    try object.forEachPortion(of: "AT_big") { portion in
      inPortions.append(portion)
      largest = max(largest, portion.count)
    }
    #expect(inPortions == entries)
    #expect(largest < 30_000)
    try object.clear("AT_big")
    #expect(try object.entries(of: "AT_big").isEmpty)
  }

  @Test func maxEntriesIsThePlans() throws {
    let object = try TestObject.load(
      Self.source, as: LoadPlan(name: "test", maxEntries: ["AT_hash": 2]))
    try object.run("fill", context: [])
    #expect(try object.entries(of: "AT_hash").count == 2)
  }

  @Test func clearingDeletesAndZeroingKeepsKeys() throws {
    let object = try filled()
    try object.zero("AT_percpu")
    let zeroed = try object.entries(of: "AT_percpu")
    #expect(zeroed.count == 40)
    #expect(zeroed.values.allSatisfy { $0 == 0 })
    try object.clear("AT_hash")
    #expect(try object.entries(of: "AT_hash").isEmpty)
    #expect(try object.entries(of: "AT_percpu").count == 40)
  }

  @Test func singleKeysAreReadSetAndDeleted() throws {
    let object = try filled()
    let key = [UInt8](words: 1007)
    #expect(try object.value(of: key, in: "AT_hash") == [UInt8](words: 21))
    try object.setValue([UInt8](words: 99), of: key, in: "AT_hash")
    #expect(try object.value(of: key, in: "AT_hash") == [UInt8](words: 99))
    #expect(try object.delete(key, in: "AT_hash"))
    #expect(try !object.delete(key, in: "AT_hash"))
    #expect(try object.value(of: key, in: "AT_hash") == nil)
  }

  @Test func anArrayHasAllItsIndicesAlways() throws {
    let object = try filled()
    try object.setValue([UInt8](words: 8), of: [UInt8](half: 2), in: "AT_array")
    let entries = try object.entries(of: "AT_array")
    #expect((0..<entries.count).map { entries.value($0).number } == [0, 0, 8])
    try object.clear("AT_array")
    #expect(try object.entries(of: "AT_array").values.allSatisfy { $0 == 0 })
  }

  @Test func wrongSizesAndNamesAreErrors() throws {
    let object = try filled()
    #expect(throws: SystemError.self) { try object.value(of: [1], in: "AT_hash") }
    #expect(throws: SystemError.self) {
      try object.setValue([1], of: [UInt8](words: 1), in: "AT_hash")
    }
    #expect(throws: SystemError.noEntry("look up map", "AT_nope")) {
      try object.entries(of: "AT_nope")
    }
  }
}
