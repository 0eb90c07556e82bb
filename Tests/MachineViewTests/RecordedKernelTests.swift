import BTF
import MachineView
import Testing
import TraceModel

/// What the views say of a recorded kernel.
@Suite struct RecordedKernelTests {
  let machine = recordedMachine()

  @Test func tellsWhatItIs() throws {
    #expect(try machine.release.hasPrefix("6.18"))
    #expect(try machine.architecture == .amd64)
    #expect(try machine.bootTimeInSeconds == 1_700_000_000)
    #expect(try machine.possibleCPUs == [0, 1, 2, 3])
    #expect(try machine.onlineCPUs.count == 4)
    #expect(try machine.configuration["CONFIG_KPROBES"] == "y")
    #expect(machine.pageSizeInBytes == 4096)
  }

  @Test func answersForFeatures() {
    #expect(machine.supports(.btf) == .yes)
    #expect(!machine.supports(.hardwareEvents).isYes)
    let unknown = KernelFeature(name: "time-travel", since: nil, summary: "")
    #expect(machine.supports(unknown) == .no(reason: "not recorded"))
  }

  @Test func knowsTheTypesThatScriptsAskFor() throws {
    let types = try #require(try machine.btf(nil))
    for (name, path) in [
      ("task_struct", "mm"), ("mm_struct", "arg_start"), ("file", "f_inode"),
      ("sock", "__sk_common"), ("sock_common", "skc_daddr"), ("linux_binprm", "filename"),
      ("trace_event_raw_sched_switch", "prev_comm"), ("trace_event_raw_sys_enter", "args"),
      ("pt_regs", "di"), ("bpf_iter__task", "task"), ("cred", "uid"), ("request", "__sector"),
    ] {
      let id = try #require(try types.find(name, .structure), "\(name)")
      #expect(try types.field(named: path, in: id) != nil, "\(name).\(path)")
    }
    #expect(try types.enumValue(named: "TCP_ESTABLISHED")?.value.value == 1)
    #expect(try types.function(named: "vfs_read")?.parameters.count == 4)
  }

  @Test func findsTracepointsByPattern() throws {
    func names(_ category: String, _ event: String) throws -> [String] {
      try machine.tracepoints(category: NamePattern(category), event: NamePattern(event)).map {
        "\($0.category):\($0.event)"
      }
    }
    #expect(try names("sched", "sched_switch") == ["sched:sched_switch"])
    #expect(
      try names("*", "sys_*_openat")
        == ["syscalls:sys_enter_openat", "syscalls:sys_exit_openat"])
    #expect(try names("sched", "sched_wak*").contains("sched:sched_wakeup_new"))
    #expect(try names("nope", "*").isEmpty)
    #expect(try names("sched", "nope").isEmpty)
    #expect(try names("..", "*").isEmpty)
    #expect(try names("*", "*").count > 100)
  }

  @Test func readsFormats() throws {
    let format = try #require(
      try machine.tracepointFormat(TracepointName(category: "sched", event: "sched_switch")))
    #expect(format.name == "sched_switch")
    #expect(format.id > 0)
    #expect(format.fields.map(\.isCommon).prefix(5) == [true, true, true, true, false])
    #expect(format.ownFields.first?.declaration == "char prev_comm[16]")
    #expect(format.ownFields.first?.offset == 8)
    let pid = try #require(format.ownFields.first { $0.name == "prev_pid" })
    #expect(pid.type == "pid_t")
    #expect(pid.isSigned)
    #expect(pid.sizeInBytes == 4)
    #expect(
      try machine.tracepointFormat(TracepointName(category: "sched", event: "nope")) == nil)
  }

  @Test func agreesWithItsTypesOnTheRecordsOfTracepoints() throws {
    let types = try #require(try machine.btf(nil))
    let format = try #require(
      try machine.tracepointFormat(TracepointName(category: "sched", event: "sched_switch")))
    let record = try #require(try types.tracepointRecord("sched_switch"))
    for field in format.ownFields {
      let member = try #require(try types.field(named: field.name, in: record))
      #expect(member.byteOffset == field.offset)
      #expect(try types.size(of: member.type) == field.sizeInBytes)
    }
  }

  @Test func listsRawTracepointsFromTypes() throws {
    let found = try machine.rawTracepoints(module: .any, event: NamePattern("sched_swit*"))
    #expect(found == [RawTracepoint(module: "vmlinux", event: "sched_switch")])
    #expect(
      try machine.rawTracepoints(module: NamePattern("vmlinux"), event: NamePattern("sys_enter"))
        .count == 1)
    #expect(
      try machine.rawTracepoints(module: NamePattern("nfs"), event: NamePattern("sys_enter"))
        .isEmpty)
    let types = try #require(try machine.btf("vmlinux"))
    let arguments = try #require(try types.rawTracepointArguments("sched_switch"))
    #expect(arguments.map(\.name).prefix(3) == ["preempt", "prev", "next"])
  }

  @Test func listsTraceableFunctions() throws {
    let list = try machine.functions(module: .any, name: NamePattern("vfs_re*"))
    #expect(list.functions.contains(KernelFunction(module: "vmlinux", name: "vfs_read")))
    guard case .traceable = list.source else {
      Issue.record("no list: \(list.source)")
      return
    }
    #expect(try machine.functions(module: .any, name: NamePattern("nope")).functions.isEmpty)
  }

  @Test func findsSymbolsBothWays() throws {
    let read = try #require(try machine.kernelSymbol(named: "vfs_read"))
    #expect(read.address > 0xFFFF_0000_0000_0000)
    #expect(read.module == nil)
    let inside = try #require(try machine.kernelSymbol(at: read.address + 5))
    #expect(inside == KernelSymbol(name: "vfs_read", address: read.address, offset: 5))
    #expect(try machine.kernelSymbol(named: "vfs_rea") == nil)
    #expect(try machine.kernelSymbol(at: 4096) == nil)
  }

  @Test func listsIterators() throws {
    #expect(try machine.iterators.contains("task"))
    #expect(try machine.iterators.contains("task_file"))
  }
}
