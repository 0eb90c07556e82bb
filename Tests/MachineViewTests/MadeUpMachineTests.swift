import BTF
import Foundation
import LinuxSystem
import MachineView
import Testing

/// Cases that no recorded kernel shows, in folders made for the test.
@Suite struct MadeUpMachineTests {
  @Test func readsEveryKindOfField() throws {
    let scratch = try ScratchMachine([
      "sys/kernel/debug/tracing/events/odd/one/format": """
      name: one
      ID: 7
      format:
      \tfield:unsigned short common_type;\toffset:0;\tsize:2;\tsigned:0;
      \tfield:int common_pid;\toffset:4;\tsize:4;\tsigned:1;

      \tfield:__data_loc char[] name;\toffset:8;\tsize:4;\tsigned:0;
      \tfield:__rel_loc char[] relative;\toffset:12;\tsize:4;\tsigned:0;
      \tfield:const char * filename;\toffset:16;\tsize:8;\tsigned:0;
      \tfield:__u8 saddr[sizeof(struct sockaddr_in6)];\toffset:24;\tsize:28;\tsigned:0;
      \tfield:unsigned long args[6];\toffset:56;\tsize:48;\tsigned:0;
      \tfield:enum color color;\toffset:104;\tsize:4;\tsigned:1;
      \tfield:void *ptr;\toffset:108;\tsize:8;\tsigned:0;
      \tfield:u32 words[COUNT];\toffset:116;\tsize:12;\tsigned:0;

      print fmt: "%s", REC->filename
      """
    ])
    let format = try #require(
      try scratch.machine().tracepointFormat(TracepointName(category: "odd", event: "one")))
    #expect(
      format.ownFields.map(\.declaration) == [
        "__data_loc char[] name", "__rel_loc char[] relative", "const char * filename",
        "__u8 saddr[28]", "unsigned long args[6]", "enum color color", "void * ptr",
        "u32 words[3]",
      ])
    #expect(
      try scratch.machine().tracepointDeclarations(TracepointName(category: "odd", event: "one"))
        == format.ownFields.map(\.declaration))
    #expect(format.ownFields.map(\.dynamic).prefix(3) == [.fromRecord, .fromField, nil])
    #expect(format.printFormat == "\"%s\", REC->filename")
  }

  /// The kernel prints a format anew for each reader, which takes longer than all else about a tracepoint.
  @Test func knowsTheNumberOfATracepointWithoutItsFormat() throws {
    let scratch = try ScratchMachine([
      "sys/kernel/debug/tracing/events/odd/one/id": "7\n",
      "sys/kernel/debug/tracing/events/odd/one/format": "not to be read",
      "sys/kernel/debug/tracing/events/odd/two/format":
        "name: two\nID: 8\nformat:\n\nprint fmt: \"\"\n",
    ])
    func id(_ event: String) throws -> Int? {
      try scratch.machine().tracepointID(TracepointName(category: "odd", event: event))
    }
    #expect(try id("one") == 7)
    #expect(try id("two") == 8)
    #expect(try id("three") == nil)
  }

  @Test func readsEventsOfPerformanceMonitoringUnits() throws {
    let units = "sys/bus/event_source/devices"
    let scratch = try ScratchMachine([
      "\(units)/cpu/type": "4\n",
      "\(units)/cpu/format/event": "config:0-7,32-35\n",
      "\(units)/cpu/format/umask": "config:8-15\n",
      "\(units)/cpu/format/inv": "config:23\n",
      "\(units)/cpu/format/ldlat": "config1:0-15\n",
      "\(units)/cpu/format/all": "config2:0-63\n",
      "\(units)/cpu/events/cache-misses": "event=0x64,umask=0x09\n",
      "\(units)/power/type": "22\n",
      "\(units)/power/cpumask": "0,4\n",
      "\(units)/power/format/event": "config:0-7\n",
      "\(units)/power/events/energy-cores": "event=0x01\n",
      "\(units)/power/events/energy-cores.scale": "2.3283064365386962890625e-10\n",
    ])
    let machine = scratch.machine()
    func event(_ text: String) throws -> Result<PerformanceEvent, PerformanceEventProblem> {
      try machine.performanceEvent(try #require(PerformanceEventName(text)))
    }
    #expect(try event("r01c2") == .success(PerformanceEvent(type: 4, settings: [0x1c2, 0, 0])))
    #expect(
      try event("cpu/cache-misses,inv/")
        == .success(PerformanceEvent(type: 4, settings: [0x80_0964, 0, 0])))
    #expect(
      try event("cpu/event=0x3c0,ldlat=3,all=18446744073709551615/")
        == .success(PerformanceEvent(type: 4, settings: [0x3_0000_00c0, 3, .max])))
    #expect(
      try event("cpu/config=0x10,r2/")
        == .success(PerformanceEvent(type: 4, settings: [0x12, 0, 0])))
    #expect(
      try event("power/energy-cores/")
        == .success(PerformanceEvent(type: 22, settings: [1, 0, 0], cpus: [0, 4])))
    #expect(try event("cpux/a/") == .failure(.noUnit("cpux", among: ["cpu", "power"])))
    #expect(
      try event("power/energy-core/")
        == .failure(
          .noTerm("energy-core", unit: "power", among: ["event", "energy-cores"])))
    #expect(
      try event("cpu/umask=256/") == .failure(.valueTooLarge("umask", value: 256, bits: 8)))
    for text in ["cycles", "rx", "/e/", "cpu/", "cpu//", "cpu/e/x", "cpu/e=/", "cpu/a,,b/"] {
      #expect(PerformanceEventName(text) == nil, "\(text)")
    }
    #expect(
      try machine.performanceEvents(matching: NamePattern("cpu/*")) == ["cpu/cache-misses/"])
    #expect(
      try machine.performanceEvents(matching: .any) == ["cpu/cache-misses/", "power/energy-cores/"])
  }

  @Test func saysThatTracefsIsMissing() throws {
    let scratch = try ScratchMachine([:])
    #expect(throws: MachineError.noTracefs(.host)) {
      try scratch.machine().tracepoints(category: .any, event: .any)
    }
    let container = Surroundings(isContainer: true)
    #expect(throws: MachineError.noTracefs(container)) {
      try scratch.machine(.init(surroundings: container))
        .tracepointFormat(TracepointName(category: "sched", event: "sched_switch"))
    }
  }

  /// A recorded machine has nothing that could be mounted.
  @Test func mountsTracefsOnTheMachineThatRunsOnly() throws {
    let scratch = try ScratchMachine(["sys/kernel/tracing/README": ""])
    #expect(throws: MachineError.noTracefs(.host)) {
      try scratch.machine(.init(mountsTracefs: true)).tracepoints(category: .any, event: .any)
    }
  }

  @Test func saysInOneSentenceWhatToDo() {
    let container = Surroundings(isContainer: true)
    #expect(
      "\(MachineError.noTracefs(.host))"
        == "tracefs is not mounted, please run mount -t tracefs tracefs /sys/kernel/tracing")
    #expect(
      "\(MachineError.noTracefs(container))"
        == """
        tracefs is not mounted, please start the container with \
        -v /sys/kernel/tracing:/sys/kernel/tracing
        """)
    #expect(
      "\(MachineError.tracefsDenied(path: "/sys/kernel/tracing", container))"
        == """
        tracefs (/sys/kernel/tracing) cannot be read by this user, please start the container with \
        --user 0
        """)
    #expect(
      "\(MachineError.noKernelTypes(.host))"
        == """
        the kernel's type information (/sys/kernel/btf/vmlinux) is missing, please boot a kernel \
        that is built with CONFIG_DEBUG_INFO_BTF=y
        """)
    #expect(
      "\(MachineError.noKernelTypes(container))"
        == """
        the kernel's type information (/sys/kernel/btf/vmlinux) is missing, please start the \
        container with -v /sys/kernel/btf:/sys/kernel/btf:ro
        """)
  }

  @Test func refusesAFormatThatIsNone() throws {
    let scratch = try ScratchMachine([
      "sys/kernel/tracing/events/odd/one/format": "name: one\n\tfield:int;\n"
    ])
    #expect(throws: MachineError.self) {
      try scratch.machine().tracepointFormat(TracepointName(category: "odd", event: "one"))
    }
  }

  @Test func fallsBackToSymbolsAndSaysSo() throws {
    let scratch = try ScratchMachine([
      "sys/kernel/tracing/events/x/y/format": "",
      "proc/kallsyms": """
      0000000000000000 A fixed_percpu_data
      ffffffff81000000 T _text
      ffffffff81000010 T vfs_read
      ffffffff81000020 t vfs_read.part.0
      ffffffff81000030 t vfs_read.cold
      ffffffff81000040 D vfs_data
      ffffffffc0000000 t nfs_read\t[nfs]
      ffffffffc0000100 t vfs_helper\t[nfs]
      ffffffff81000050 t vfs_read
      ffffffffc0001000 t bpf_prog_1234\t[bpf]

      """,
    ])
    let machine = scratch.machine()
    let list = try machine.functions(module: .any, name: NamePattern("vfs_*"))
    #expect(
      list.functions == [
        KernelFunction(module: "nfs", name: "vfs_helper"),
        KernelFunction(module: "vmlinux", name: "vfs_read"),
      ])
    guard case .symbols(.system(let error)) = list.source else {
      Issue.record("\(list.source)")
      return
    }
    #expect(error.isAbsence)
    #expect(
      try machine.functions(module: NamePattern("nfs"), name: .any).functions.map(\.name)
        == ["nfs_read", "vfs_helper"])
    #expect(try machine.kernelSymbol(at: 0xFFFF_FFFF_8100_0015)?.name == "vfs_read")
    #expect(try machine.kernelSymbol(at: 0xFFFF_FFFF_8100_0055)?.offset == 5)
    #expect(
      try machine.kernelSymbol(at: 0xFFFF_FFFF_C000_0102)
        == KernelSymbol(
          name: "vfs_helper", address: 0xFFFF_FFFF_C000_0100, offset: 2, module: "nfs"))
    #expect(try machine.kernelSymbol(named: "vfs_data")?.address == 0xFFFF_FFFF_8100_0040)
    #expect(try machine.kernelSymbol(named: "nfs_read")?.module == "nfs")
  }

  @Test func findsTheSameKernelSymbolsWhereAllAreLookedForAtOnce() throws {
    let filler = String(repeating: "x", count: 5000)
    let scratch = try ScratchMachine([
      "proc/kallsyms": """
      0000000000001000 A number_of_cpu
      ffffffff81000000 T _text
      ffffffff81000000 T start
      ffffffff81000020 t \(filler)
      ffffffff81000100 T twice
      ffffffff81000100 t again
      no line at all
      ffffffff81100000 T _end
      ffffffffc0401000 t second\t[b]
      ffffffffc0402000 t last\t[b]
      ffffffffc0001000 t first\t[a]
      ffffffffc0001800 t bpf_prog_1\t[bpf]
      """
    ])
    let machine = scratch.machine()
    let places: [UInt64] = [
      0x8100_0000, 0x8100_0010, 0x8100_0020, 0x8100_00ff, 0x8100_0100, 0x8110_0000, 0xc000_1000,
      0xc000_1800, 0xc040_1000, 0xc040_2000,
    ]
    let near = places.flatMap { place in
      [0, 1, 0xfff, 0xffff, 0x1_0000, 0x2_0000].map { 0xffff_ffff_0000_0000 + place + $0 }
    }
    let addresses = Set(near + [1, 0x1000, 0xffff_ffff_80ff_ffff, .max]).sorted()
    let found = try machine.kernelSymbols(at: addresses)
    for (address, symbol) in zip(addresses, found) {
      #expect(symbol == (try machine.kernelSymbol(at: address)))
    }
    #expect(Set(found.map(\.?.name)).count == 9)
    #expect(try machine.kernelSymbols(at: []) == [])
  }

  @Test func saysThatKernelSymbolsAreHiddenWhereAllAreLookedForAtOnce() throws {
    let scratch = try ScratchMachine(["proc/kallsyms": "0000000000000000 T start\n"])
    #expect(throws: MachineError.addressesHidden) {
      try scratch.machine().kernelSymbols(at: [0xffff_ffff_8100_0000])
    }
  }

  @Test func leavesFunctionsOutOfPatternsWhoseProbesCanBringTheKernelDown() throws {
    let scratch = try ScratchMachine([
      "list": "arch_cpu_idle\ncall_rcu\ndefault_idle\nrcu_barrier\nrcutorture_init [rcutorture]\n"
    ])
    let machine = scratch.machine(.init(traceableFunctionsPath: "\(scratch.root)/list"))
    #expect(
      try machine.functions(module: .any, name: .any).functions.map(\.name)
        == ["call_rcu", "rcutorture_init"])
    #expect(try machine.functions(module: .any, name: NamePattern("rcu_b*")).functions.isEmpty)
    #expect(
      try machine.functions(module: .any, name: NamePattern("rcu_barrier")).functions.count == 1)
  }

  @Test func ordersFunctionsByModuleAsTheirTextsAreOrdered() throws {
    let scratch = try ScratchMachine([
      "list": "b [nf]\na [nf2]\nz\na [nf]\na [other]\n"
    ])
    let machine = scratch.machine(.init(traceableFunctionsPath: "\(scratch.root)/list"))
    let names = try machine.functionNames(module: .any, name: .any)
      .filter { _, module in module != "other" }
    var texts: [String] = []
    names.forEachInModules { module, name in
      texts.append("\(module):\(String(decoding: name, as: UTF8.self))")
    }
    #expect(texts == ["nf2:a", "nf:a", "nf:b", "vmlinux:z"])
  }

  @Test func readsTheListOfTraceableFunctionsThatTheUserGives() throws {
    let scratch = try ScratchMachine([
      "list": "vfs_read\nvfs_read.part.0\nnfs_read [nfs]\n__ftrace_invalid_address___16\n"
    ])
    let machine = scratch.machine(.init(traceableFunctionsPath: "\(scratch.root)/list"))
    let all = try machine.functions(module: .any, name: .any)
    #expect(all.source == .traceable(path: "\(scratch.root)/list"))
    #expect(
      all.functions == [
        KernelFunction(module: "nfs", name: "nfs_read"),
        KernelFunction(module: "vmlinux", name: "vfs_read"),
      ])
    #expect(
      try machine.functions(module: .any, name: NamePattern("vfs_read.part.0")).functions.count
        == 1)
  }

  @Test func asksTheTypesBeforeTheSymbols() throws {
    let scratch = try ScratchMachine([:])
    let recorded = try Data(
      contentsOf: URL(filePath: "\(recordedKernels)/x86_64-6.18/sys/kernel/btf/vmlinux"))
    try scratch.add("sys/kernel/btf/vmlinux", recorded)
    let list = try scratch.machine().functions(module: .any, name: NamePattern("vfs_read"))
    #expect(list.functions == [KernelFunction(module: "vmlinux", name: "vfs_read")])
    #expect(list.source == .symbols(reason: .noTracefs(.host)))
  }

  @Test func saysThatAddressesAreHidden() throws {
    let scratch = try ScratchMachine([
      "proc/kallsyms": "0000000000000000 T _text\n0000000000000000 T vfs_read\n"
    ])
    #expect(throws: MachineError.addressesHidden) {
      try scratch.machine().kernelSymbol(named: "vfs_read")
    }
  }

  @Test func survivesOddSymbolLines() throws {
    let scratch = try ScratchMachine([
      "proc/kallsyms": "ffffffff81000000\n\nxyz T a\nffffffff81000010 T\nffffffff81000020 T b"
    ])
    let machine = scratch.machine()
    #expect(try machine.kernelSymbol(named: "b")?.address == 0xFFFF_FFFF_8100_0020)
    #expect(try machine.kernelSymbol(named: "a") == nil)
  }

  @Test func takesModulesTypesOnTopOfTheKernels() throws {
    let scratch = try ScratchMachine([:])
    let recorded = try Data(
      contentsOf: URL(filePath: "\(recordedKernels)/x86_64-6.18/sys/kernel/btf/vmlinux"))
    try scratch.add("sys/kernel/btf/vmlinux", recorded)
    // A module without types of its own: an empty type section, and no strings.
    var empty: [UInt8] = [0x9F, 0xEB, 1, 0, 24, 0, 0, 0]
    empty += [UInt8](repeating: 0, count: 16)
    try scratch.add("sys/kernel/btf/nfs", Data(empty))
    let machine = scratch.machine()
    #expect(try machine.modulesWithBTF == ["nfs"])
    let types = try #require(try machine.btf("nfs"))
    #expect(try types.find("task_struct", .structure) != nil)
    #expect(types.ownIDs.isEmpty)
    #expect(try machine.btf("xfs") == nil)
    #expect(
      try machine.rawTracepoints(module: NamePattern("nfs"), event: NamePattern("sched_switch"))
        .isEmpty)
  }

  @Test func hasNoTypesWithoutTheFile() throws {
    #expect(try ScratchMachine([:]).machine().btf(nil) == nil)
    let scratch = try ScratchMachine(["types": "not BTF at all"])
    #expect(throws: MachineError.badBTF(.notBTF, module: "vmlinux")) {
      try scratch.machine(.init(btfPath: "\(scratch.root)/types")).btf(nil)
    }
  }

  @Test func readsMountsAndModules() throws {
    let scratch = try ScratchMachine([
      "proc/mounts": "none /mnt/a\\040b tmpfs rw,relatime 0 0\n",
      "proc/modules": "xfs 1 0 - Live 0x0\nnfs 1 0 - Live 0x0\n",
    ])
    let machine = scratch.machine()
    #expect(
      try machine.mounts == [
        Mount(
          source: "none", mountPoint: "/mnt/a b", fileSystem: "tmpfs",
          options: ["rw", "relatime"])
      ])
    #expect(try machine.modules == ["nfs", "xfs"])
  }

  @Test func findsCgroupsByPathAndID() throws {
    let scratch = try ScratchMachine([
      "proc/mounts": "c /cg cgroup2 rw 0 0\nold /v1 cgroup rw,relatime,cpu,cpuacct 0 0\n",
      "cg/user.slice/session/cgroup.procs": "",
      "v1/x/tasks": "",
    ])
    let machine = scratch.machine()
    let id = try machine.cgroupID("/user.slice/session")
    #expect(try machine.cgroupID("/cg/user.slice/session") == id)
    #expect(try machine.cgroupID("user.slice/session") == id)
    #expect(
      try machine.cgroups(withID: id) == [
        Cgroup(hierarchy: "unified", path: "/user.slice/session")
      ])
    let old = try FileSystem.info(of: "\(scratch.root)/v1/x").inode
    #expect(
      try machine.cgroups(withID: old) == [Cgroup(hierarchy: "cpu,cpuacct", path: "/x")])
    #expect(throws: MachineError.self) { try machine.cgroupID("/nope") }
    let folder = "\(scratch.root)/cg/user.slice/session"
    #expect(try machine.cgroupFolder("user.slice/session") == folder)
    #expect(try machine.cgroupFolder("/cg/user.slice/session") == folder)
    // A folder, but of no cgroup.
    #expect(throws: MachineError.self) { try machine.cgroupFolder("/v1/x") }
  }
}
