import LinuxSystem
import ObjectFiles
import Testing

@Suite struct OddFileTests {
  @Test func tellsWhatIsNoELF() throws {
    #expect(throws: ObjectFileError.notELF(path: "/etc/passwd")) { try ELFFile("/etc/passwd") }
    #expect(throws: ObjectFileError.notELF(path: "x")) { try ELFFile(bytes: [], name: "x") }
    #expect(
      throws: ObjectFileError.system(
        SystemError(operation: "open", subject: "/nonexistent", errno: 2))
    ) { try ELFFile("/nonexistent") }
  }

  @Test func refusesFolders() {
    #expect(throws: ObjectFileError.self) { try ELFFile("/etc") }
  }

  /// Asks for everything; what matters is that it returns.
  private func exercise(_ bytes: [UInt8]) {
    guard let file = try? ELFFile(bytes: bytes, name: "fuzz") else { return }
    _ = try? file.buildID()
    _ = try? file.usdtProbes()
    _ = try? file.debugLink()
    if let table = try? file.symbols() {
      for symbol in table.functions.prefix(20) {
        _ = table.symbol(at: symbol.address)
        _ = file.fileOffset(ofAddress: symbol.address)
        _ = try? file.instructionBoundary(at: symbol.address &+ 1, in: symbol)
      }
    }
    for section in file.sections.prefix(64) { _ = try? file.contents(of: section) }
  }

  @Test(.enabled(if: Compiled.compiler != nil, "gcc is not installed"))
  func survivesDamagedFiles() throws {
    let whole = try Compiled.bytes(Compiled.tracepoints, ["-Wl,--build-id"])
    for length in stride(from: 0, to: whole.count, by: 97) { exercise(Array(whole[..<length])) }
    var generator = LinearGenerator(state: 1)
    for _ in 0..<300 {
      var bytes = whole
      // Headers decide; the section table is at the end.
      for _ in 0..<8 {
        let isFront = Bool.random(using: &generator)
        let index =
          isFront
          ? Int.random(in: 16..<1024, using: &generator)
          : Int.random(in: (whole.count - 2500)..<whole.count, using: &generator)
        bytes[index] = [0, 1, 0x7f, 0x80, 0xff].randomElement(using: &generator) ?? 0
      }
      exercise(bytes)
    }
  }

  private struct LinearGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return state ^ (state >> 29)
    }
  }

  @Test(.enabled(if: Compiled.compiler != nil, "gcc is not installed"))
  func unpacksCompressedSections() throws {
    let program = try Compiled(
      Compiled.functions, ["-g", "-gz=zlib", "-Wl,--compress-debug-sections=zlib"])
    let file = try ELFFile(program.path)
    let info = try #require(file.section(named: ".debug_abbrev"))
    let plain = try Compiled(Compiled.functions, ["-g", "-gz=none"])
    let plainFile = try ELFFile(plain.path)
    let plainInfo = try #require(plainFile.section(named: ".debug_abbrev"))
    #expect(try file.contents(of: info) == plainFile.contents(of: plainInfo))
    #expect(info.isCompressed || info.size == plainInfo.size)
    let packed = file.sections.first { $0.isCompressed }
    #expect(packed != nil)
    if let packed { #expect(try file.contents(of: packed).count > Int(packed.size)) }
  }

  @Test func refusesABombInsteadOfUnpackingIt() {
    // The first bytes of a stream of zeros, and an end that never comes.
    #expect(Zlib.inflate([0x78, 0x9c, 0xed], limit: 100) == nil)
    #expect(Zlib.inflate([], limit: 100) == nil)
    #expect(Zlib.inflate([1, 2, 3, 4], limit: 100) == nil)
  }
}
