import BPF
import Foundation
import LinuxSystem
import Testing
import TraceModel

@Suite(.enabled(if: Ability.canLoad, "needs the right to load BPF programs"))
struct LoadTests {
  static let echo = """
    struct { __uint(type, BPF_MAP_TYPE_RINGBUF); __uint(max_entries, 4096); } bt_events SEC(".maps");
    MAP(PERCPU_ARRAY, bt_lost, 1, __u32, __u64);
    const volatile __u64 bt_constants[3] SEC(".rodata.bt") = {1, 2, 3};

    SEC("raw_tp/echo") int echo(struct bpf_raw_tracepoint_args *ctx) {
      __u64 record[4] = {7, bt_constants[0], bt_constants[1], bt_constants[2]};
      __u32 zero = 0;
      __u64 *lost;
      if (bpf_ringbuf_output(&bt_events, record, sizeof record, 0) < 0) {
        lost = bpf_map_lookup_elem(&bt_lost, &zero);
        if (lost) *lost += 1;
      }
      return 5;
    }
    SEC("raw_tp/argument") int argument(struct bpf_raw_tracepoint_args *ctx) {
      return ctx->args[1] + 1;
    }
    SEC("perf_event") int sample(void *ctx) { return 0; }

    """

  @Test func constantsReplaceTheFirstBytesOfTheirSection() throws {
    let plan = LoadPlan(name: "test", constants: [UInt8](words: 40, 50))
    let object = try TestObject.load(Self.echo, as: plan)
    #expect(try object.run("echo", context: []) == 5)
    #expect(try object.records() == [[UInt8](words: 7, 40, 50, 3)])
  }

  /// Taken if it is as the object says, left alone if it is larger or has larger values.
  @Test(arguments: [(4096, 4096, 8), (8192, 8192, 8), (4096, 8192, 8), (4096, 4096, 16)])
  func mapsMadeAheadStandIn(size: Int, made: Int, valueSize: Int) throws {
    let host = LibBPFHost()
    host.makeAhead([
      .ringBuffer(made),
      MapAhead(
        symbol: "bt_lost", kind: .perCPUArray, keySize: 4, valueSize: valueSize, maxEntries: 1),
    ])
    let plan = LoadPlan(name: "test", ringBufferSize: size)
    let object = try host.load(try TestObject.compile(Self.echo), as: plan)
    #expect(try object.run("echo", context: []) == 5)
    #expect(try object.records() == [[UInt8](words: 7, 1, 2, 3)])
    #expect(try object.entries(of: "bt_lost").valueStride == 8)
  }

  @Test func testRunsPassTheirContext() throws {
    let object = try TestObject.load(Self.echo)
    #expect(try object.run("argument", context: [0, 41]) == 42)
  }

  @Test func moreConstantsThanTheSectionHoldsAreRefused() throws {
    let plan = LoadPlan(name: "test", constants: [UInt8](words: 1, 2, 3, 4))
    #expect(throws: LoadError.tooManyConstants(given: 32, room: 24)) {
      try TestObject.load(Self.echo, as: plan)
    }
  }

  @Test func skippedProgramsAreNotThere() throws {
    let plan = LoadPlan(name: "test", skippedPrograms: ["echo"])
    let object = try TestObject.load(Self.echo, as: plan)
    #expect(throws: SystemError.noEntry("BPF_PROG_TEST_RUN", "echo")) {
      try object.run("echo", context: [])
    }
    #expect(try object.run("argument", context: [0, 0]) == 1)
  }

  @Test func unknownNamesInThePlanAreRefused() throws {
    #expect(throws: LoadError.noSuchProgram("nope")) {
      try TestObject.load(Self.echo, as: LoadPlan(name: "test", skippedPrograms: ["nope"]))
    }
    #expect(throws: LoadError.noSuchMap("AT_nope")) {
      try TestObject.load(Self.echo, as: LoadPlan(name: "test", maxEntries: ["AT_nope": 1]))
    }
  }

  @Test func bytesThatAreNoObjectAreRefused() throws {
    do {
      _ = try LibBPFHost().load(Array("no object".utf8), as: LoadPlan(name: "test"))
      Issue.record("loaded")
    } catch {
      guard case .notAnObject(_, let messages) = error else { throw error }
      #expect(messages.contains { $0.level == .warning && !$0.text.isEmpty })
    }
  }

  @Test func verboseLoadsKeepDebugMessages() throws {
    let quiet = try TestObject.load(Self.echo)
    #expect(!quiet.messages.contains { $0.level == .debug })
    let verbose = try TestObject.load(Self.echo, as: LoadPlan(name: "test", isVerbose: true))
    #expect(verbose.messages.contains { $0.level == .debug && $0.text.contains("bt_events") })
  }

  @Test func descriptorIsReadableWhileRecordsWait() throws {
    let object = try TestObject.load(Self.echo)
    guard let descriptor = try object.eventsDescriptor() else {
      Issue.record("there is no descriptor")
      return
    }
    let before = descriptor.waitUntilReadable(timeout: .zero)
    try object.run("echo", context: [])
    let meanwhile = descriptor.waitUntilReadable(timeout: .zero)
    _ = try object.records()
    let after = descriptor.waitUntilReadable(timeout: .zero)
    #expect([before, meanwhile, after] == [false, true, false])
  }

  @Test func consumingStopsAtTheLimitAndWhenToldTo() throws {
    let object = try TestObject.load(Self.echo)
    for _ in 0..<5 { try object.run("echo", context: []) }
    #expect(try object.records(limit: 2).count == 2)
    #expect(try object.consumeEvents(limit: .max, next: .anyRecord) { _ in .stop } == 1)
    #expect(try object.records().count == 2)
  }

  @Test func eventsWithoutRoomAreCountedAndTheBufferWrapsAround() throws {
    let object = try TestObject.load(Self.echo)
    // 40 bytes each with the header: 102 fit into a page.
    for _ in 0..<150 { try object.run("echo", context: []) }
    #expect(try object.lostEvents() == 48)
    #expect(try object.records().count == 102)
    for _ in 0..<50 { try object.run("echo", context: []) }
    #expect(try object.records() == Array(repeating: [UInt8](words: 7, 1, 2, 3), count: 50))
    #expect(try object.lostEvents() == 48)
  }

  @Test func ringBufferSizeIsThePlans() throws {
    let object = try TestObject.load(
      Self.echo, as: LoadPlan(name: "test", ringBufferSize: 16 * 4096))
    for _ in 0..<150 { try object.run("echo", context: []) }
    #expect(try object.lostEvents() == 0)
    #expect(try object.records().count == 150)
  }
}

@Suite(.enabled(if: Ability.canLoad, "needs the right to load BPF programs"))
struct KernelTypesTests {
  /// The local layout is wrong on purpose.
  static let source = """
    MAP(ARRAY, AT_out, 1, __u32, __u64);
    struct task_struct { int wrong; int tgid; } __attribute__((preserve_access_index));

    SEC("raw_tp/tgid") int tgid(void *ctx) {
      struct task_struct *task = (void *)bpf_get_current_task();
      __u32 zero = 0;
      int value = 0;
      bpf_probe_read_kernel(&value, sizeof value, __builtin_preserve_access_index(&task->tgid));
      __u64 wide = value;
      bpf_map_update_elem(&AT_out, &zero, &wide, BPF_ANY);
      return 0;
    }

    """

  private func check(_ types: LoadPlan.KernelTypes, _ bytes: [UInt8]) throws {
    let object = try LibBPFHost().load(bytes, as: LoadPlan(name: "test", kernelTypes: types))
    try object.run("tgid", context: [])
    #expect(try object.counter("AT_out") == UInt64(CurrentProcess.id))
  }

  @Test(.enabled(if: Ability.has(.btf), "needs the kernel's types"))
  func fieldsAreRelocatedAgainstTheRunningKernel() throws {
    let bytes = try TestObject.compile(Self.source)
    try check(.running, bytes)
    try check(.file("/sys/kernel/btf/vmlinux"), bytes)
  }

  @Test(.enabled(if: Ability.has(.btf) && FileSystem.exists("/usr/sbin/bpftool"), "needs bpftool"))
  func fieldsAreRelocatedAgainstASubset() throws {
    let bytes = try TestObject.compile(Self.source)
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (object, subset) = (folder.appending(path: "t.o"), folder.appending(path: "t.btf"))
    try Data(bytes).write(to: object)
    try TestObject.run(
      "/usr/sbin/bpftool",
      ["gen", "min_core_btf", "/sys/kernel/btf/vmlinux", subset.path, object.path])
    let types = [UInt8](try Data(contentsOf: subset))
    #expect(types.count < 10_000)
    try check(.bytes(types), bytes)
  }
}
