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

  @Test func leavesUserAddressesUnnamed() {
    let symbolizer = KernelSymbolizer(DirectoryMachine(root: "/"))
    #expect(symbolizer.resolve(0) == Frame(address: 0))
    #expect(symbolizer.resolve(0x7fff_0000_0000).name == nil)
  }
}
