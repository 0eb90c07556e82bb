import LinuxSystem
import ObjectFiles
import Testing

@Suite(.enabled(if: ExecutableSearch.first("xz") != nil, "xz is not installed"))
struct XZTests {
  private func pack(_ bytes: [UInt8], _ options: [String] = []) throws -> [UInt8] {
    let outcome = try HelperProgram.run("xz", ["-c"] + options, input: bytes)
    try #require(outcome.succeeded, "\(outcome.errorText)")
    return outcome.output
  }

  @Test(arguments: [
    [], ["-9e"], ["--check=crc64"], ["--check=none"], ["--block-size=10000"],
    ["--lzma2=lc=0,lp=2,pb=0"], ["--lzma2=lc=1,lp=3,pb=4"],
  ])
  func unpacksWhatWasPacked(_ options: [String]) throws {
    let program = try FileSystem.read("/bin/true")
    let samples: [[UInt8]] = [
      [], [1], Array(repeating: 7, count: 100_000), program,
      (0..<100_000).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 13) },
      (0..<3_000_000).map { UInt8(truncatingIfNeeded: $0 / 1000) },
    ]
    for sample in samples {
      #expect(XZ.unpack(try pack(sample, options), limit: 1 << 22) == sample)
    }
  }

  @Test func refusesMoreThanTheLimit() throws {
    let packed = try pack(Array(repeating: 0, count: 100_000))
    #expect(XZ.unpack(packed, limit: 99_999) == nil)
    #expect(XZ.unpack(packed, limit: 100_000)?.count == 100_000)
  }

  @Test func refusesDamage() throws {
    let packed = try pack(Array("a word and a word and another word".utf8))
    for index in packed.indices {
      var damaged = packed
      damaged[index] ^= 0x55
      #expect(XZ.unpack(damaged, limit: 1 << 20) == nil)
      #expect(XZ.unpack(Array(packed[..<index]), limit: 1 << 20) == nil)
    }
    #expect(XZ.unpack(Array("no stream at all".utf8), limit: 1) == nil)
  }
}
