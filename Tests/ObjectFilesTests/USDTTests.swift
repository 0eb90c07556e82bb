import LinuxSystem
import ObjectFiles
import Testing

@Suite struct USDTTests {
  @Test(
    .enabled(if: Compiled.compiler != nil, "gcc is not installed"), arguments: ["-pie", "-no-pie"])
  func readsStaticTracepoints(_ option: String) throws {
    let file = try Compiled.open(Compiled.tracepoints, [option])
    let probes = try file.usdtProbes()
    #expect(probes.map(\.name) == ["open", "sale", "open"])
    #expect(probes.map(\.provider) == ["shop", "shop", "shop"])
    #expect(
      probes.map(\.arguments) == ["-4@%edi 8@$5", "8@-16(%rbp) 1@8(%rax,%rbx,4)", ""])
    for probe in probes {
      #expect(try file.symbols().symbol(at: probe.address)?.name == "main")
      #expect(try file.bytes(atAddress: probe.address, count: 1) == [0x90])
      #expect(probe.fileOffset == file.fileOffset(ofAddress: probe.address))
    }
    let semaphore = try #require(try file.symbols().symbol(named: "semaphore"))
    #expect(probes.map(\.semaphoreAddress) == [nil, semaphore.address, nil])
    #expect(probes[1].semaphoreFileOffset == file.fileOffset(ofAddress: semaphore.address))
    #expect(probes[1].semaphoreFileOffset != nil)
  }

  @Test func findsNoneInAnOrdinaryProgram() throws {
    #expect(try ELFFile("/bin/sh").usdtProbes() == [])
  }

  @Test func readsOperandsOfX86() {
    let memory = USDTArgument.Place.memory
    #expect(
      USDTArgument.parse("-4@%edi 8@$-5 2@-16(%rbp) 1@8(%rax,%rbx,4) 4@(%rcx)", for: .amd64) == [
        USDTArgument(sizeInBytes: 4, isSigned: true, place: .register("edi")),
        USDTArgument(sizeInBytes: 8, isSigned: false, place: .constant(-5)),
        USDTArgument(sizeInBytes: 2, isSigned: false, place: memory("rbp", nil, 1, -16)),
        USDTArgument(sizeInBytes: 1, isSigned: false, place: memory("rax", "rbx", 4, 8)),
        USDTArgument(sizeInBytes: 4, isSigned: false, place: memory("rcx", nil, 1, 0)),
      ])
    #expect(USDTArgument.parse("", for: .amd64) == [])
  }

  @Test func readsOperandsOfArm() {
    #expect(
      USDTArgument.parse("-4@w1 8@[sp, 16] 8@[x29] 4@7 8@[x1,x2]", for: .aarch64) == [
        USDTArgument(sizeInBytes: 4, isSigned: true, place: .register("w1")),
        USDTArgument(
          sizeInBytes: 8, isSigned: false,
          place: .memory(base: "sp", index: nil, scale: 1, displacement: 16)),
        USDTArgument(
          sizeInBytes: 8, isSigned: false,
          place: .memory(base: "x29", index: nil, scale: 1, displacement: 0)),
        USDTArgument(sizeInBytes: 4, isSigned: false, place: .constant(7)),
        USDTArgument(
          sizeInBytes: 8, isSigned: false,
          place: .memory(base: "x1", index: "x2", scale: 1, displacement: 0)),
      ])
  }

  @Test(arguments: [
    "4@", "3@%eax", "4@%", "4@symbol(%rip", "4@(%rax,%rbx,3)", "x@%eax", "4@8(rax)",
  ])
  func refusesUnknownOperands(_ text: String) {
    #expect(USDTArgument.parse(text, for: .amd64) == nil)
  }
}
