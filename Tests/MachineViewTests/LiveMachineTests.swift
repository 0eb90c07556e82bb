import BTF
import Foundation
import LinuxSystem
import MachineView
import Testing

/// The same questions to the machine that runs the tests.
@Suite struct LiveMachineTests {
  let machine = DirectoryMachine()

  @Test func tellsWhatItIs() throws {
    #expect(try machine.release == KernelIdentity.current().release)
    #expect(try machine.possibleCPUs.count >= machine.onlineCPUs.count)
    #expect(try machine.bootTimeInSeconds > 1_000_000_000)
    #expect(try !machine.mounts.isEmpty)
  }

  @Test(
    .enabled(
      if: FileSystem.isReadable("/sys/kernel/tracing/events/sched/sched_switch/format"),
      "tracefs is not mounted or not readable"))
  func readsEveryFormat() throws {
    let names = try machine.tracepoints(category: .any, event: .any)
    #expect(names.count > 500)
    for name in names {
      let format = try #require(try machine.tracepointFormat(name), "\(name)")
      #expect(format.name == name.event)
      #expect(try machine.tracepointID(name) == format.id)
      #expect(
        try machine.tracepointDeclarations(name) == format.ownFields.map(\.declaration), "\(name)")
      for field in format.ownFields {
        #expect(!field.type.isEmpty && !field.name.isEmpty, "\(name) \(field)")
        if let count = field.elementCount, count > 0 {
          #expect(field.sizeInBytes % count == 0, "\(name) \(field.declaration)")
        }
      }
    }
  }

  @Test(
    .enabled(if: FileSystem.isReadable("/sys/kernel/btf/vmlinux"), "this kernel has no BTF"))
  func derivesRawTracepointsFromTypes() throws {
    let all = try machine.rawTracepoints(module: .any, event: .any)
    #expect(all.contains(RawTracepoint(module: "vmlinux", event: "sched_switch")))
    #expect(try machine.iterators.contains("task"))
  }

  @Test(.enabled(if: CurrentProcess.isRoot, "needs root to see addresses"))
  func findsSymbols() throws {
    let symbol = try #require(try machine.kernelSymbol(named: "vfs_read"))
    #expect(try machine.kernelSymbol(at: symbol.address + 1)?.name == "vfs_read")
    let list = try machine.functions(module: .any, name: NamePattern("vfs_read"))
    #expect(list.functions == [KernelFunction(module: "vmlinux", name: "vfs_read")])
  }
}
