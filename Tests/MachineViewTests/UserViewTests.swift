import Foundation
import LinuxSystem
import MachineView
import ObjectFiles
import Testing

@Suite struct UserViewTests {
  @Test func readsMappedBinaries() throws {
    let scratch = try ScratchMachine([
      "proc/42/comm": "my tool\n",
      "proc/42/maps": """
      55d000000000-55d000001000 r--p 00000000 fe:00 11 /usr/bin/tool
      55d000001000-55d000002000 r-xp 00001000 fe:00 11 /usr/bin/tool
      55d000002000-55d000003000 r-xp 00002000 fe:00 11 /usr/bin/tool
      7f0000000000-7f0000001000 r-xp 00000000 fe:00 12 /usr/lib/my lib.so (deleted)
      7f0000001000-7f0000002000 r-xp 00000000 00:00 0
      7f0000002000-7f0000003000 r-xp 00000000 00:05 13 /memfd:jit (deleted)
      7ffe00000000-7ffe00001000 r-xp 00000000 00:00 0 [vdso]

      """,
      "proc/7/comm": "kthreadd\n",
      "proc/7/maps": "",
      "proc/version": "",
    ])
    let machine = scratch.machine()
    #expect(try machine.processes == [7, 42])
    #expect(try machine.process(42)?.name == "my tool")
    #expect(try machine.process(8) == nil)
    #expect(
      try machine.binaries(of: 42) == [
        MappedBinary(
          path: "/usr/bin/tool", openPath: "\(scratch.root)/usr/bin/tool", inode: 11,
          isDeleted: false),
        MappedBinary(
          path: "/usr/lib/my lib.so",
          openPath: "\(scratch.root)/proc/42/map_files/7f0000000000-7f0000001000", inode: 12,
          isDeleted: true),
      ])
    #expect(try machine.binaries(of: 7).isEmpty)
    try scratch.add("usr/bin/tool", Data())
    #expect(
      try machine.binaries(matching: "*", process: nil) == ["\(scratch.root)/usr/bin/tool"])
  }

  @Test func resolvesPathsNamesAndWildcards() throws {
    let scratch = try ScratchMachine([
      "proc/sys/kernel/arch": "x86_64\n", "opt/app/one.so": "", "opt/app/two.so": "",
      "usr/lib/x86_64-linux-gnu/libfoo.so.3": "",
    ])
    try scratch.add("usr/bin/tool", Data(), executable: true)
    try scratch.add("usr/bin/tools", Data(), executable: true)
    let machine = scratch.machine(.init(searchPath: "/usr/bin:/bin"))
    func paths(_ target: String) throws -> [String] {
      try machine.binaries(matching: target, process: nil).map {
        String($0.dropFirst(scratch.root.count))
      }
    }
    #expect(try paths("tool") == ["/usr/bin/tool"])
    #expect(try paths("too*") == ["/usr/bin/tool", "/usr/bin/tools"])
    #expect(try paths("/opt/app/one.so") == ["/opt/app/one.so"])
    #expect(try paths("/opt/*/*.so") == ["/opt/app/one.so", "/opt/app/two.so"])
    #expect(try paths("/opt/app") == [])
    #expect(try paths("nope") == [])
    #expect(try paths("libfoo") == ["/usr/lib/x86_64-linux-gnu/libfoo.so.3"])
    #expect(try paths("libfoo.so") == ["/usr/lib/x86_64-linux-gnu/libfoo.so.3"])
    #expect(try paths("libfo") == [])
  }

  @Test func asksTheLinkersCacheForLibraries() throws {
    let machine = DirectoryMachine()
    let found = try machine.binaries(matching: "libc", process: nil)
    let path = try #require(found.first)
    #expect(path.contains("libc.so"))
    #expect(try machine.binaries(matching: "libc.so.6", process: nil) == found)
    let functions = try machine.functions(in: path, matching: NamePattern("mallo*"))
    #expect(functions.contains { $0.name.hasPrefix("malloc") })
    #expect(try !machine.functions(in: path, matching: NamePattern("malloc")).isEmpty)
  }

  @Test func seesItself() throws {
    let machine = DirectoryMachine()
    let me = try #require(try machine.process(CurrentProcess.id))
    #expect(me.root == "")
    #expect(try me.executable == CurrentProcess.executablePath)
    let executable = try #require(me.executable)
    #expect(try machine.binaries(of: me.id).contains { $0.path == executable })
    #expect(
      try machine.binaries(matching: "*", process: me.id).contains(executable))
  }
}
