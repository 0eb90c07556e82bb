import Glibc
import LinuxSystem
import MachineView
import Symbolization
import Testing

@Suite struct KernelSymbolTests {
  @Test(
    .enabled(if: CurrentProcess.isRoot, "kernel addresses are for root"),
    arguments: ["vfs_read", "do_sys_openat2"])
  func namesFunctions(_ name: String) throws {
    let machine = DirectoryMachine(root: "/")
    let address = try #require(try machine.kernelSymbol(named: name)).address
    let symbolizer = KernelSymbolizer(machine)
    for offset in [UInt64(0), 5] {
      let frame = symbolizer.resolve(address + offset)
      #expect(frame.name == name)
      #expect(frame.offset == offset)
      #expect(frame.object == nil)
    }
    #expect(symbolizer.failure == nil)
  }

  @Test func namesAProgramThatCameAfterTheSymbolsWereRead() throws {
    let root = try FileSystem.makeTemporaryDirectory(prefix: "kallsyms-")
    defer { try? FileSystem.removeTree(root) }
    try FileSystem.createDirectory("\(root)/proc")
    let kernel = "ffffffff81000000 T start\nffffffff81000100 T end\n"
    let old = "ffffffffc0001000 t bpf_prog_1_old\t[bpf]\n"
    let new = "ffffffffc0001200 t bpf_prog_2_new\t[bpf]\n"
    try FileSystem.write(Array((kernel + old).utf8), to: "\(root)/proc/kallsyms")
    let symbolizer = KernelSymbolizer(DirectoryMachine(root: root))
    #expect(symbolizer.resolve(0xffff_ffff_c000_1010).name == "bpf_prog_1_old")
    try FileSystem.write(Array((kernel + old + new).utf8), to: "\(root)/proc/kallsyms")
    let address: UInt64 = 0xffff_ffff_c000_1210
    while symbolizer.resolve(address).name != "bpf_prog_2_new" { sched_yield() }
    #expect(symbolizer.resolve(address).offset == 0x10)
    #expect(symbolizer.resolve(0xffff_ffff_c000_1010).name == "bpf_prog_1_old")
  }

  @Test func knowsNamesThatWereFoundAhead() throws {
    let root = try FileSystem.makeTemporaryDirectory(prefix: "kallsyms-")
    defer { try? FileSystem.removeTree(root) }
    try FileSystem.createDirectory("\(root)/proc")
    let text = "ffffffff81000000 T start\nffffffff81000100 T end\n"
    try FileSystem.write(Array(text.utf8), to: "\(root)/proc/kallsyms")
    let symbolizer = KernelSymbolizer(DirectoryMachine(root: root))
    symbolizer.note([0xffff_ffff_8100_0010, 1, 0xffff_ffff_8100_0104])
    symbolizer.note([0xffff_ffff_8100_0010])
    symbolizer.nameNoted()
    // Now nothing can be read any more.
    try FileSystem.write([], to: "\(root)/proc/kallsyms")
    #expect(symbolizer.resolve(0xffff_ffff_8100_0010).name == "start")
    #expect(symbolizer.resolve(0xffff_ffff_8100_0104).offset == 4)
    #expect(symbolizer.resolve(0xffff_ffff_8100_0020).name == nil)
  }

  @Test func namesNothingFarBehindTheKernelAndItsModules() throws {
    let root = try FileSystem.makeTemporaryDirectory(prefix: "kallsyms-")
    defer { try? FileSystem.removeTree(root) }
    try FileSystem.createDirectory("\(root)/proc")
    let text = """
      ffffffff81000000 T start
      ffffffff81800000 T _end
      ffffffffc0001000 t init\t[one]
      ffffffffc0400000 t init\t[two]

      """
    try FileSystem.write(Array(text.utf8), to: "\(root)/proc/kallsyms")
    let symbolizer = KernelSymbolizer(DirectoryMachine(root: root))
    #expect(symbolizer.resolve(0xffff_ffff_8140_0000).name == "start")
    #expect(symbolizer.resolve(0xffff_ffff_8190_0000).name == nil)
    #expect(symbolizer.resolve(0xffff_ffff_c000_2000).object == "one")
    #expect(symbolizer.resolve(0xffff_ffff_c002_0000).name == nil)
    #expect(symbolizer.resolve(0xffff_ffff_c040_0004).object == "two")
    #expect(symbolizer.resolve(0xffff_ffff_d000_0000).name == nil)
  }

  @Test func leavesUserAddressesUnnamed() {
    let symbolizer = KernelSymbolizer(DirectoryMachine(root: "/"))
    #expect(symbolizer.resolve(0) == Frame(address: 0))
    #expect(symbolizer.resolve(0x7fff_0000_0000).name == nil)
  }
}
