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

  private typealias Address = USDTArgument.Address

  private func places(_ text: String, _ machine: ELFFile.Machine) -> [USDTArgument.Place?] {
    USDTArgument.operands(of: text).map { USDTArgument($0, for: machine)?.place }
  }

  @Test(arguments: [
    ("4@$1", 4, false), ("-4@$1", 4, true), ("8f@$1", 8, false), ("-1@$1", 1, true),
    ("2@$1", 2, false), ("$1", 8, false),
  ])
  func readsSizes(_ text: String, _ size: Int, _ isSigned: Bool) {
    #expect(
      USDTArgument(text, for: .amd64)
        == USDTArgument(sizeInBytes: size, isSigned: isSigned, place: .constant(1)))
  }

  @Test func readsOperandsOfX86() {
    #expect(
      places("4@%edi 8@$-5 8@$0x10 8@$18446744073709551615", .amd64) == [
        .register("edi"), .constant(-5), .constant(16), .constant(-1),
      ])
    #expect(
      places("2@-16(%rbp) 1@8(%rax,%rbx,4) 4@(%rcx) 4@(%rcx,%rdx) 4@(,%rcx,8)", .amd64) == [
        .memory(Address(base: "rbp", displacement: -16)),
        .memory(Address(base: "rax", index: "rbx", scale: 4, displacement: 8)),
        .memory(Address(base: "rcx")),
        .memory(Address(base: "rcx", index: "rdx")),
        .memory(Address(index: "rcx", scale: 8)),
      ])
    #expect(
      places("4@a(%rip) 4@b.0+8(%rip) 4@-4+c(%rip) 4@d 8@$e+1 4@f-2(,%rax,4)", .amd64) == [
        .memory(Address(base: "rip", symbol: "a")),
        .memory(Address(base: "rip", displacement: 8, symbol: "b.0")),
        .memory(Address(base: "rip", displacement: -4, symbol: "c")),
        .memory(Address(symbol: "d")),
        .address(Address(displacement: 1, symbol: "e")),
        .memory(Address(index: "rax", scale: 4, displacement: -2, symbol: "f")),
      ])
    #expect(places("", .amd64) == [])
  }

  @Test func readsOperandsOfArm() {
    #expect(
      places("-4@w1 8@[sp, 16] 8@[x29] 4@7 8@[x1,x2] 4@xzr 4@#7 8@[sp, #-8]", .aarch64) == [
        .register("w1"), .memory(Address(base: "sp", displacement: 16)),
        .memory(Address(base: "x29")), .constant(7), .memory(Address(base: "x1", index: "x2")),
        .constant(0), .constant(7), .memory(Address(base: "sp", displacement: -8)),
      ])
    #expect(
      places("8@[x1, x2, lsl 3] 8@[x1, w2, sxtw 2] 8@[x1, w2, uxtw] 8@[x1,w2,uxtw #1]", .aarch64)
        == [
          .memory(Address(base: "x1", index: "x2", scale: 8)),
          .memory(Address(base: "x1", index: "w2", scale: 4, extent: .signed)),
          .memory(Address(base: "x1", index: "w2", extent: .unsigned)),
          .memory(Address(base: "x1", index: "w2", scale: 2, extent: .unsigned)),
        ])
  }

  @Test(arguments: [
    "4@", "3@%eax", "4@%", "4@symbol(%rip", "4@(%rax,%rbx,3)", "x@%eax", "4@8(rax)", "4@8(%rip)",
    "4@()", "4@a+b(%rip)", "4@-a(%rip)", "4@a@GOTPCREL(%rip)", "4@%fs:0x10", "16@%rax", "4@5",
  ])
  func refusesUnknownOperandsOfX86(_ text: String) {
    #expect(USDTArgument(text, for: .amd64) == nil)
  }

  @Test(arguments: [
    "8@[]", "8@[x1, 2, 3]", "8@[x1, x2, lsl 4]", "8@[x1, w2, lsl 1]", "8@[x1, x2, ror 1]",
    "8@[x1, 16]!", "8@[x1, x2, x3, x4]",
  ])
  func refusesUnknownOperandsOfArm(_ text: String) {
    let operands = USDTArgument.operands(of: text)
    #expect(operands.contains { USDTArgument($0, for: .aarch64) == nil })
  }
}
