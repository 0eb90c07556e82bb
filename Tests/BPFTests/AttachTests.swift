import BPF
import Foundation
import Glibc
import LinuxSystem
import Testing
import TraceModel

/// Each test counts what its own process does, so one runs after the other.
@Suite(.serialized, .enabled(if: Ability.canLoad, "needs the right to load BPF programs"))
struct AttachTests {
  static let source = """
    MAP(ARRAY, AT_hits, 1, __u32, __u64);
    MAP(ARRAY, AT_cpus, 1, __u32, __u64);
    const volatile __u64 bt_constants[1] SEC(".rodata.bt") = {0};

    static __attribute__((always_inline)) int hit(int everyone) {
      __u32 zero = 0;
      __u64 *hits = bpf_map_lookup_elem(&AT_hits, &zero);
      __u64 *cpus = bpf_map_lookup_elem(&AT_cpus, &zero);
      if (!everyone && bpf_get_current_pid_tgid() >> 32 != bt_constants[0]) return 0;
      if (hits) __sync_fetch_and_add(hits, 1);
      if (cpus) *cpus |= 1ull << bpf_get_smp_processor_id();
      return 0;
    }
    SEC("tracepoint/tp") int tp(void *ctx) { return hit(0); }
    SEC("raw_tp/raw") int raw(struct bpf_raw_tracepoint_args *ctx) { return hit(0); }
    SEC("kprobe/kp") int kp(void *ctx) { return hit(0); }
    SEC("kretprobe/krp") int krp(void *ctx) { return hit(0); }
    SEC("uprobe/up") int up(void *ctx) { return hit(0); }
    SEC("uretprobe/urp") int urp(void *ctx) { return hit(0); }
    SEC("perf_event") int mine(void *ctx) { return hit(0); }
    SEC("perf_event") int all(void *ctx) { return hit(1); }

    """

  static let compiled = Result { try TestObject.compile(source) }

  private func load() throws -> any HostedObject {
    let plan = LoadPlan(name: "test", constants: [UInt8](words: UInt64(CurrentProcess.id)))
    return try LibBPFHost().load(try Self.compiled.get(), as: plan)
  }

  /// Runs `action` with the program attached, then again detached, and returns the hits of both.
  private func hits(
    of program: String, at target: AttachTarget, during action: () -> Void
  ) throws -> (attached: UInt64, detached: UInt64) {
    let object = try load()
    let attachment = try object.attach(
      AttachRequest(program: program, probe: "test:\(program)", target: target))
    action()
    object.detach(attachment)
    let attached = try object.counter("AT_hits")
    // A process that another test is just starting has copies of all descriptors until it calls exec.
    let deadline = ContinuousClock.now + .seconds(20)
    var detached: UInt64
    repeat {
      let before = try object.counter("AT_hits")
      action()
      detached = try object.counter("AT_hits") - before
    } while detached > 0 && ContinuousClock.now < deadline
    return (attached, detached)
  }

  private func callFiveTimes() { for _ in 0..<5 { _ = getpgid(CurrentProcess.id) } }

  /// Keeps this thread busy for `duration` of its own processor time.
  private func spin(_ duration: Duration) {
    let clock = { (Double(Glibc.clock()) / Double(CLOCKS_PER_SEC)) }
    let end = clock() + Double(duration.nanosecondCount) / 1e9
    while clock() < end {}
  }

  // MARK: Tracepoints

  private func uprobe(
    path: String, offset: UInt64, isReturn: Bool, pid: Int32?
  ) -> AttachTarget {
    AttachTarget(
      .uprobe(path: path, symbol: nil, offset: offset, isReturn: isReturn),
      at: offset, process: pid)
  }

  private func kprobe(_ function: String, offset: UInt64 = 0, isReturn: Bool = false)
    -> AttachTarget
  {
    AttachTarget(
      .kprobe(module: nil, function: function, offset: offset, isReturn: isReturn),
      places: [.init(offset, function: function)])
  }

  private func tracepoint(id: UInt64) -> AttachTarget {
    AttachTarget(.tracepoint(category: "", event: ""), places: [.init(id)])
  }

  private static let eventFolder = "/sys/kernel/tracing/events/syscalls/sys_enter_getpgid"

  @Test(.enabled(if: FileSystem.exists(eventFolder), "needs tracepoints of system calls"))
  func aTracepointFiresWhileAttached() throws {
    let text = try FileSystem.readText("\(Self.eventFolder)/id").filter(\.isNumber)
    let id = try #require(UInt64(text))
    let counts = try hits(of: "tp", at: tracepoint(id: id), during: callFiveTimes)
    #expect(counts.attached >= 5)
    #expect(counts.detached == 0)
  }

  @Test func anUnknownTracepointIsNamed() throws {
    #expect(throws: AttachError.noSuchTracepoint("test:tp")) {
      _ = try hits(of: "tp", at: tracepoint(id: 4_000_000), during: {})
    }
    #expect(throws: AttachError.noSuchTracepoint("nope")) {
      _ = try hits(of: "raw", at: AttachTarget(.rawTracepoint(event: "nope")), during: {})
    }
  }

  @Test func aRawTracepointFiresWhileAttached() throws {
    let counts = try hits(
      of: "raw", at: AttachTarget(.rawTracepoint(event: "sys_enter")), during: callFiveTimes)
    #expect(counts.attached >= 5)
    #expect(counts.detached == 0)
  }

  @Test func theSameProgramAttachesAgainAndToSeveralPlaces() throws {
    let object = try load()
    let request = AttachRequest(
      program: "raw", probe: "rawtracepoint:sys_enter",
      target: AttachTarget(.rawTracepoint(event: "sys_enter")))
    let first = try object.attach(request)
    object.detach(first)
    _ = try object.attach(request)
    callFiveTimes()
    object.detachAll()
    #expect(try object.counter("AT_hits") >= 5)
  }

  @Test func anUnknownProgramIsNamed() throws {
    #expect(throws: AttachError.noSuchProgram("nope")) {
      _ = try hits(of: "nope", at: AttachTarget(.rawTracepoint(event: "sys_enter")), during: {})
    }
  }

  // MARK: Functions of the kernel

  @Test(.enabled(if: Ability.has(.kprobe), "needs kprobes"))
  func kprobesFireAtEntryAndReturn() throws {
    for (program, isReturn) in [("kp", false), ("krp", true)] {
      let target = kprobe("__x64_sys_getpgid", isReturn: isReturn)
      let counts = try hits(of: program, at: target, during: callFiveTimes)
      #expect(counts.attached >= 5)
      #expect(counts.detached == 0)
    }
  }

  @Test(.enabled(if: Ability.has(.kprobe), "needs kprobes"))
  func kprobesFireAtAnAddress() throws {
    let symbol = try FileSystem.readText("/proc/kallsyms").split(separator: "\n")
      .first { $0.hasSuffix(" __x64_sys_getpgid") }
    let address = try #require(symbol.flatMap { UInt64($0.prefix { $0 != " " }, radix: 16) })
    let counts = try hits(
      of: "kp", at: AttachTarget(.kprobeAddress(address)), during: callFiveTimes)
    #expect(counts.attached >= 5)
  }

  @Test(.enabled(if: Ability.has(.kprobe), "needs kprobes"))
  func unknownFunctionsOfTheKernelAreNamed() throws {
    #expect(throws: AttachError.noSuchFunction("no_such_function")) {
      let target = kprobe("no_such_function")
      _ = try hits(of: "kp", at: target, during: {})
    }
  }

  /// Attaches `kp` to an entry and detaches it.
  private func tryKprobe(_ function: String, offset: UInt64 = 0) throws {
    let target = kprobe(function, offset: offset)
    _ = try hits(of: "kp", at: target, during: {})
  }

  /// A traceable function of a loaded module, as `module:function`.
  private static let functionOfModule: String? = {
    let path = "/sys/kernel/tracing/available_filter_functions"
    let lines = (try? FileSystem.readText(path))?.split(separator: "\n") ?? []
    for line in lines where line.hasSuffix("]") {
      // As "xfs_attr_get [xfs]".
      let fields = line.split { $0 == " " || $0 == "\t" }
      guard fields.count == 2, !fields[0].contains("."), !fields[0].hasPrefix("__") else {
        continue
      }
      return "\(fields[1].dropFirst().dropLast()):\(fields[0])"
    }
    return nil
  }()

  @Test(.enabled(if: Ability.has(.kprobe) && functionOfModule != nil, "needs kprobes and a module"))
  func kprobesFindFunctionsOfModules() throws {
    try tryKprobe(try #require(Self.functionOfModule))
    #expect(throws: AttachError.noSuchFunction("no_such_module:vfs_read")) {
      try tryKprobe("no_such_module:vfs_read")
    }
  }

  @Test(.enabled(if: Ability.has(.kprobe), "needs kprobes"))
  func aKprobeInsideAnInstructionIsRefused() throws {
    // The first instruction of every traceable function is longer than a byte.
    #expect(throws: AttachError.insideInstruction("test:kp")) {
      try tryKprobe("__x64_sys_getpgid", offset: 1)
    }
  }

  private static let blacklist = "/sys/kernel/debug/kprobes/blacklist"

  @Test(
    .enabled(if: Ability.has(.kprobe) && FileSystem.isReadable(blacklist), "needs the blacklist"))
  func functionsThatMustNotBeProbedAreNamed() throws {
    // As "0xffffffff81000000-0xffffffff81000010<tab>name".
    let names = try FileSystem.readText(Self.blacklist).split(separator: "\n")
      .compactMap { $0.split(separator: "\t").last.map(String.init) }
    let name = try #require(names.first { $0.contains("int3") && !$0.contains(".") })
    #expect(throws: AttachError.notTraceable(name)) { try tryKprobe(name) }
  }

  @Test(.enabled(if: !Ability.has(.kprobe), "is about kernels without kprobes"))
  func aKernelWithoutKprobesIsSaidToLackThem() throws {
    #expect(throws: AttachError.unsupported(.kprobe)) {
      let target = kprobe("vfs_read")
      _ = try hits(of: "kp", at: target, during: {})
    }
    #expect(throws: AttachError.unsupported(.kprobe)) {
      _ = try hits(of: "kp", at: AttachTarget(.kprobeAddress(4096)), during: {})
    }
  }

  // MARK: Functions of programs

  /// The file and the offset in it of libc's `getpgid`.
  private func placeOfGetpgid() throws -> (path: String, offset: UInt64) {
    let symbol = unsafe try #require(dlsym(nil, "getpgid"))
    let address = UInt64(UInt(bitPattern: symbol))
    for line in try FileSystem.readText("/proc/self/maps").split(separator: "\n") {
      let fields = line.split(separator: " ", omittingEmptySubsequences: true)
      let ends = fields[0].split(separator: "-").compactMap { UInt64($0, radix: 16) }
      guard fields.count >= 6, ends[0] <= address, address < ends[1] else { continue }
      let start = try #require(UInt64(fields[2], radix: 16))
      return (String(fields[5]), address - ends[0] + start)
    }
    throw SystemError.noEntry("find", "getpgid")
  }

  @Test(.enabled(if: Ability.has(.uprobe), "needs uprobes"), arguments: [false, true])
  func uprobesFireAtEntryAndReturn(isReturn: Bool) throws {
    let (path, offset) = try placeOfGetpgid()
    for pid in [nil, CurrentProcess.id] {
      let target = uprobe(path: path, offset: offset, isReturn: isReturn, pid: pid)
      let counts = try hits(of: isReturn ? "urp" : "up", at: target, during: callFiveTimes)
      #expect(counts.attached == 5)
      #expect(counts.detached == 0)
    }
  }

  @Test(.enabled(if: Ability.has(.uprobe), "needs uprobes"))
  func uprobesOfAnotherProcessDoNotFireHere() throws {
    let (path, offset) = try placeOfGetpgid()
    let target = uprobe(path: path, offset: offset, isReturn: false, pid: 1)
    #expect(try hits(of: "up", at: target, during: callFiveTimes).attached == 0)
  }

  @Test(.enabled(if: Ability.has(.uprobe), "needs uprobes"))
  func missingFilesAndProcessesAreNamed() throws {
    #expect(throws: AttachError.noSuchFile("/nonexistent")) {
      let target = uprobe(path: "/nonexistent", offset: 0, isReturn: false, pid: nil)
      _ = try hits(of: "up", at: target, during: {})
    }
    let (path, offset) = try placeOfGetpgid()
    #expect(throws: AttachError.noSuchProcess(99_999_999)) {
      let target = uprobe(
        path: path, offset: offset, isReturn: false, pid: 99_999_999)
      _ = try hits(of: "up", at: target, during: {})
    }
  }

  // MARK: Links of many functions

  /// Adds a bit for each cookie that it sees.
  private static let cookieSource = """
    MAP(ARRAY, AT_cookies, 1, __u32, __u64);
    SEC("uprobe/up") int up(void *ctx) {
      __u32 zero = 0;
      __u64 *cookies = bpf_map_lookup_elem(&AT_cookies, &zero);
      if (cookies) __sync_fetch_and_or(cookies, 1ull << (bpf_get_attach_cookie(ctx) & 63));
      return 0;
    }

    """

  private func loadCookies(_ attachType: ProgramKind.AttachType?) throws -> any HostedObject {
    try TestObject.load(
      Self.cookieSource,
      as: LoadPlan(
        name: "test", programs: ["up": .init(ProgramKind(.kprobe, attachType: attachType))]))
  }

  @Test(.enabled(if: Ability.has(.uprobeMulti), "needs links of many uprobes"))
  func oneLinkTellsItsFunctionsApart() throws {
    let (path, offset) = try placeOfGetpgid()
    let object = try loadCookies(.uprobeMulti)
    var used = AttachTarget.Place(offset, name: "uprobe:libc:getpgid")
    used.cookie = 5
    // The place is there twice, as functions of several names are.
    var alias = used
    alias.cookie = 6
    let point = AttachPoint.uprobeMulti(path: path, functions: "get*", isReturn: false)
    _ = try object.attach(
      AttachRequest(
        program: "up", probe: "test",
        target: AttachTarget(point, places: [used, alias], process: CurrentProcess.id)))
    callFiveTimes()
    #expect(try object.counter("AT_cookies") == 1 << 5 | 1 << 6)
  }

  @Test(.enabled(if: Ability.has(.uprobeMulti), "needs links of many uprobes"))
  func thePlacesThatALinkCannotHaveAreLeftOut() throws {
    let (path, offset) = try placeOfGetpgid()
    let object = try loadCookies(.uprobeMulti)
    let size = try FileSystem.read(path).count
    var places = (0..<5).map { AttachTarget.Place(offset, name: "good \($0)") }
    for index in places.indices { places[index].cookie = UInt64(index) }
    let bad = AttachTarget.Place(UInt64(size) * 2, name: "bad")
    places.insert(bad, at: 3)
    let point = AttachPoint.uprobeMulti(path: path, functions: "get*", isReturn: false)
    let attachment = try object.attach(
      AttachRequest(
        program: "up", probe: "test",
        target: AttachTarget(point, places: places, process: CurrentProcess.id)))
    #expect(
      object.refusals(of: attachment) == [AttachRefusal(bad, reason: .notTraceable("bad"))])
    callFiveTimes()
    #expect(try object.counter("AT_cookies") == 0b11111)
    #expect(throws: AttachError.notTraceable("bad")) {
      _ = try object.attach(
        AttachRequest(
          program: "up", probe: "test", target: AttachTarget(point, places: [bad, bad])))
    }
  }

  @Test(.enabled(if: Ability.has(.perfLink) && Ability.has(.uprobe), "needs links of perf events"))
  func linksOfPerfEventsHaveCookies() throws {
    let (path, offset) = try placeOfGetpgid()
    let object = try loadCookies(nil)
    var target = uprobe(path: path, offset: offset, isReturn: false, pid: CurrentProcess.id)
    target.places[0].cookie = 9
    _ = try object.attach(AttachRequest(program: "up", probe: "test", target: target))
    callFiveTimes()
    #expect(try object.counter("AT_cookies") == 1 << 9)
  }

  // MARK: Perf events

  private static let everyMillisecond = AttachPoint.Rate.nanoseconds(1_000_000)

  @Test(arguments: [everyMillisecond, .hertz(999)])
  func clocksSampleEveryCPU(_ rate: AttachPoint.Rate) throws {
    let counts = try hits(of: "mine", at: AttachTarget(.profile(rate))) {
      spin(.milliseconds(200))
    }
    #expect(counts.attached >= 20)
    #expect(counts.detached == 0)
  }

  @Test func intervalsFireOnOneCPUOnly() throws {
    let object = try load()
    _ = try object.attach(
      AttachRequest(
        program: "all", probe: "interval", target: AttachTarget(.interval(Self.everyMillisecond))))
    let deadline = ContinuousClock.now + .seconds(20)
    while try object.counter("AT_hits") < 20, ContinuousClock.now < deadline {
      spin(.milliseconds(10))
    }
    object.detachAll()
    #expect(try object.counter("AT_hits") >= 20)
    #expect(try object.counter("AT_cpus").nonzeroBitCount == 1)
  }

  /// Samples this process by each millisecond of its clock.
  private func sampleThisProcess() throws -> any HostedObject {
    let object = try load()
    _ = try object.attach(
      AttachRequest(
        program: "mine", probe: "profile",
        target: AttachTarget(.profile(Self.everyMillisecond), process: CurrentProcess.id)))
    return object
  }

  @Test func samplesOfAProcessAreOfAllItsThreads() throws {
    let (begin, attached, end) = (
      DispatchSemaphore(value: 0), DispatchSemaphore(value: 0), DispatchSemaphore(value: 0)
    )
    let thread = Thread {
      begin.signal()
      attached.wait()
      self.spinThread()
      end.signal()
    }
    thread.start()
    begin.wait()
    let object = try sampleThisProcess()
    attached.signal()
    end.wait()
    #expect(try object.counter("AT_hits") >= 20)
  }

  // The kernel lets threads inherit events from 5.13 on; links of perf events came soon after.
  @Test(.enabled(if: Ability.has(.perfLink), "needs events that new threads inherit"))
  func samplesOfAProcessAreOfItsNewThreadsToo() throws {
    let object = try sampleThisProcess()
    let end = DispatchSemaphore(value: 0)
    let thread = Thread {
      self.spinThread()
      end.signal()
    }
    thread.start()
    end.wait()
    #expect(try object.counter("AT_hits") >= 20)
  }

  /// Keeps the calling thread busy for 0.2 s of its own time.
  private func spinThread() {
    var now = timespec()
    func used() -> Double {
      _ = unsafe clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now)
      return Double(now.tv_sec) + Double(now.tv_nsec) / 1e9
    }
    let end = used() + 0.2
    while used() < end {}
  }

  @Test func softwareEventsCount() throws {
    // Page faults, each one.
    let target = AttachTarget(.software(config: 2, period: 1), process: CurrentProcess.id)
    let counts = try hits(of: "mine", at: target) {
      let pages = 200
      let size = pages * Machine.pageSize
      guard
        let memory = unsafe mmap(
          nil, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      else { return }
      for page in 0..<pages {
        unsafe memory.storeBytes(of: 1, toByteOffset: page * Machine.pageSize, as: UInt8.self)
      }
      unsafe munmap(memory, size)
    }
    #expect(counts.attached >= 1)
    #expect(counts.detached == 0)
  }

  @Test func hardwareEventsFireOrAreSaidToBeMissing() throws {
    let cycles = AttachTarget(.hardware(config: 0, period: 100_000))
    if Ability.has(.hardwareEvents) {
      #expect(try hits(of: "mine", at: cycles) { spin(.milliseconds(100)) }.attached > 0)
    } else {
      #expect(throws: AttachError.unsupported(.hardwareEvents)) {
        _ = try hits(of: "mine", at: cycles, during: {})
      }
    }
  }

  @Test(.enabled(if: Ability.has(.watchpoint), "needs hardware breakpoints"))
  func watchpointsSeeWrites() throws {
    let memory = UnsafeMutablePointer<UInt64>.allocate(capacity: 2)
    defer { unsafe memory.deallocate() }
    let address = UInt64(UInt(bitPattern: memory))
    func writeBoth() {
      for value in 0..<UInt64(5) {
        for index in 0..<2 {
          unsafe UnsafeMutableRawPointer(memory + index)
            .withMemoryRebound(to: UInt64.self, capacity: 1) { unsafe $0.pointee = value }
        }
      }
    }
    // Of this process alone: other tests may need the registers of all processors.
    for access in [AttachPoint.Access.write, .readWrite] {
      let target = AttachTarget(
        .watchpoint(address: address, length: 8, access), process: CurrentProcess.id)
      let counts = try hits(of: "mine", at: target, during: writeBoth)
      #expect(counts.attached == 5)
      #expect(counts.detached == 0)
    }
    #expect(throws: AttachError.unwatchable(address: address + 1, length: 8)) {
      let target = AttachTarget(
        .watchpoint(address: address + 1, length: 8, .write), process: CurrentProcess.id)
      _ = try hits(of: "mine", at: target, during: {})
    }
  }

  @Test func samplesOfAProcessThatIsGoneAreRefused() throws {
    #expect(throws: AttachError.noSuchProcess(99_999_999)) {
      let target = AttachTarget(.profile(Self.everyMillisecond), process: 99_999_999)
      _ = try hits(of: "mine", at: target, during: {})
    }
  }
}

@Suite struct AttachTargetTests {
  private struct Resolver: AttachResolver {
    func tracepointID(category: String, event: String) throws(AttachError) -> UInt64 {
      guard category == "sched" else { throw .noSuchTracepoint("\(category):\(event)") }
      return 17
    }

    func fileOffset(
      path: String, symbol: String?, offset: UInt64
    ) throws(AttachError) -> UInt64 { symbol == nil ? offset : 0x1000 + offset }

    func implementation(
      of function: String, inFile path: String
    ) -> (address: UInt64, offset: UInt64)? {
      function == "choice" ? (0x8000, 0x7000) : nil
    }

    func movesStacks(_ path: String) -> Bool { path == "/bin/go" }

    func address(ofSymbol symbol: String, inFile path: String) -> UInt64 { 0x4000 }

    func performanceEvent(_ name: String) throws(AttachError) -> PerformanceEventNumbers {
      guard name == "cpu/e/" else { throw .noSuchEvent(name) }
      return PerformanceEventNumbers(type: 4, settings: [1, 0, 0])
    }

    func hasRawTracepoint(_ event: String) -> Bool { event == "r" }

    func functions(module: String?, matching name: String) -> [(module: String, name: String)] {
      switch name {
      case "f": [("vmlinux", "f")]
      case "copied": [("vmlinux", "copied")]
      case "copied.*": [("vmlinux", "copied.cold"), ("vmlinux", "copied.constprop.0")]
      case "parted.*": [("vmlinux", "parted.part.0")]
      case "g*": [("nfs", "g1"), ("vmlinux", "g2")]
      default: []
      }
    }

    func binaries(_ target: String, process: Int32?) -> [String] {
      target == "x" || target == "*bin/x" ? ["/bin/x", "/sbin/x"] : [target]
    }

    func functions(
      inFile path: String, matching pattern: String
    ) -> [(name: String, offset: UInt64)] {
      switch (path, pattern) {
      case ("/bin/x", "m*"): [("main", 0x1000), ("more", 0x1100)]
      case ("/sbin/x", "m*"): [("main", 0x2000)]
      case ("/bin/x", "more"): [("more", 0x1100)]
      default: []
      }
    }

    func staticTracepoints(
      inFile path: String, provider: String, name: String
    ) -> [StaticTracepoint] {
      guard path == "/bin/x" else { return [] }
      return [
        StaticTracepoint(provider: "shop", name: "open", offset: 0x1000),
        StaticTracepoint(
          provider: "shop", name: "sale", offset: 0x1100, counter: 0x4000,
          arguments: [
            .init(
              text: "-4@%edi", place: SiteArgument(base: 112, sizeInBytes: 4, isSigned: true))
          ]),
        StaticTracepoint(provider: "shop", name: "sale", offset: 0x1200, counter: 0x4000),
      ]
    }

    func typeID(of target: ProgramTarget) throws(AttachError) -> UInt32 {
      guard target.name == "f" else { throw .noSuchTarget(target) }
      return 7
    }
  }

  @Test func aTracepointOfSeveralPlacesIsOneProbe() throws {
    let pattern = AttachPoint.usdt(path: "x", provider: "*", name: "*")
    let points = try pattern.matches(process: nil, Resolver())
    // Of the files that the name means, one has tracepoints.
    #expect(points == [.usdt(path: "/bin/x", provider: "*", name: "*")])
    let targets = try points.flatMap { try $0.targets(process: 7, Resolver()) }
    #expect(targets.count == 1)
    #expect(targets[0].count == 2)
    #expect(targets[0].process == 7)
    #expect(targets[0].places.map(\.number) == [0x1000, 0x1100, 0x1200])
    #expect(
      targets[0].places.map(\.name) == [
        "usdt:/bin/x:shop:open", "usdt:/bin/x:shop:sale", "usdt:/bin/x:shop:sale",
      ])
    #expect(targets[0].places.map(\.counter) == [nil, 0x4000, 0x4000])
    #expect(targets[0].places.map(\.arguments.count) == [0, 1, 0])
    #expect(try !AttachPoint.usdt(path: "/sbin/x", provider: "*", name: "*").exists(Resolver()))
  }

  @Test func patternsBecomePointsOfTheMachine() throws {
    func matches(_ point: AttachPoint) throws -> [AttachPoint] {
      try point.matches(process: nil, Resolver())
    }
    func uprobe(_ path: String, _ symbol: String?) -> AttachPoint {
      .uprobe(path: path, symbol: symbol, offset: 0, isReturn: false)
    }
    #expect(
      try matches(uprobe("x", "m*")) == [
        uprobe("/bin/x", "main"), uprobe("/bin/x", "more"), uprobe("/sbin/x", "main"),
      ])
    #expect(try matches(uprobe("y", "main")) == [uprobe("y", "main")])
    // Of the files that match, one has the function.
    #expect(try matches(uprobe("*bin/x", "more")) == [uprobe("/bin/x", "more")])
    #expect(
      try matches(.kprobe(module: "*", function: "g*", offset: 0, isReturn: true)) == [
        .kprobe(module: "nfs", function: "g1", offset: 0, isReturn: true),
        .kprobe(module: "vmlinux", function: "g2", offset: 0, isReturn: true),
      ])
    #expect(try matches(.kprobe(module: nil, function: "h*", offset: 0, isReturn: true)).isEmpty)
    #expect(try matches(.begin) == [.begin])
    let multi = AttachPoint.uprobeMulti(path: "x", functions: "m*", isReturn: true)
    let points = try matches(multi)
    #expect(points.count == 2)
    let targets = try points.flatMap { try $0.targets(process: 7, Resolver()) }
    #expect(targets.map(\.process) == [7, 7])
    #expect(
      targets.map(\.places) == [
        [
          .init(0x1000, name: "uretprobe:/bin/x:main"),
          .init(0x1100, name: "uretprobe:/bin/x:more"),
        ], [.init(0x2000, name: "uretprobe:/sbin/x:main")],
      ])
    let kernel = AttachPoint.kprobeMulti(module: nil, functions: "g*", isReturn: false)
    #expect(
      try kernel.targets(process: 7, Resolver()).map(\.places) == [
        [
          .init(0, function: "g1", name: "kprobe:g1"), .init(0, function: "g2", name: "kprobe:g2"),
        ]
      ])
  }

  @Test func aFunctionWithCopiesIsOneProbeAtAllOfThem() throws {
    func places(_ function: String, offset: UInt64 = 0) throws -> [String] {
      let point = AttachPoint.kprobe(
        module: nil, function: function, offset: offset, isReturn: false)
      let targets = try point.targets(process: nil, Resolver())
      #expect(targets.map(\.count) == [1])
      return targets.flatMap(\.places).map(\.function)
    }
    #expect(try places("copied") == ["copied", "copied.constprop.0"])
    #expect(try places("copied", offset: 4) == ["copied"])
    #expect(try places("parted") == ["parted.part.0"])
    // The kernel's list leaves out some that the kernel finds.
    #expect(try places("unlisted") == ["unlisted"])
  }

  @Test func aProbeIsLostWhereNoPlaceOfItIsLeft() {
    var places = ["a", "a", "b"].enumerated().map { AttachTarget.Place(UInt64($0), name: $1) }
    places[1].isFurther = true
    let target = AttachTarget(.begin, places: places)
    func lost(_ numbers: [Int]) -> Int {
      target.count(lostBy: numbers.map { AttachRefusal(places[$0], reason: .notTraceable("")) })
    }
    #expect(lost([]) == 0)
    #expect(lost([0]) == 0)
    #expect(lost([1, 2]) == 1)
    #expect(lost([0, 1, 2]) == 2)
  }

  @Test func attachPointsBecomeFactsOfTheMachine() throws {
    func resolve(_ point: AttachPoint) throws -> [AttachTarget] {
      try point.targets(process: 42, Resolver())
    }
    #expect(try resolve(.begin).isEmpty)
    #expect(try resolve(.selfSignal("SIGUSR1")).isEmpty)
    let tracepoint = AttachPoint.tracepoint(category: "sched", event: "x")
    #expect(try resolve(tracepoint) == [AttachTarget(tracepoint, at: 17)])
    let kprobe = AttachPoint.kprobe(module: "ext4", function: "f", offset: 4, isReturn: false)
    let place = AttachTarget.Place(4, function: "f", name: "kprobe:ext4:f+4")
    #expect(try resolve(kprobe) == [AttachTarget(kprobe, places: [place])])
    let uprobe = AttachPoint.uprobe(path: "/bin/x", symbol: "main", offset: 4, isReturn: true)
    #expect(
      try resolve(uprobe).map(\.places) == [[.init(0x1004, name: "uretprobe:/bin/x:main+4")]])
    let implementation = try resolve(
      .uprobe(path: "/bin/x", symbol: "choice", offset: 0, isReturn: false))
    #expect(implementation.flatMap(\.places).map(\.number) == [0x7000])
    #expect(implementation.flatMap(\.places).map(\.implementation) == [0x8000])
    #expect(throws: AttachError.movesStacks("/bin/go")) {
      _ = try resolve(.uprobe(path: "/bin/go", symbol: "main.f", offset: 0, isReturn: true))
    }
    #expect(throws: AttachError.noSuchTracepoint("a:b")) {
      _ = try resolve(.tracepoint(category: "a", event: "b"))
    }
  }

  @Test func onlyProfilesAreRestrictedToTheTarget() throws {
    func process(_ point: AttachPoint, _ pid: Int32?) throws -> Int32? {
      try #require(try point.targets(process: pid, Resolver()).first).process
    }
    #expect(try process(.profile(.hertz(99)), 42) == 42)
    #expect(try process(.profile(.hertz(99)), nil) == nil)
    #expect(try process(.interval(.nanoseconds(1_000_000)), 42) == nil)
  }

  @Test(arguments: [
    (AttachPoint.tracepoint(category: "sched", event: "x"), true),
    (.tracepoint(category: "other", event: "x"), false), (.rawTracepoint(event: "r"), true),
    (.rawTracepoint(event: "s"), false),
    (.kprobe(module: nil, function: "f", offset: 0, isReturn: true), true),
    (.kprobe(module: nil, function: "g", offset: 0, isReturn: true), false),
    (.kprobe(module: nil, function: "parted", offset: 0, isReturn: true), true),
    (.kprobe(module: nil, function: "g*", offset: 0, isReturn: true), true),
    (.trampoline(module: nil, function: "f", isReturn: true), true),
    (.trampoline(module: nil, function: "g", isReturn: true), false),
  ])
  func itCanBeAskedWhetherAPointExists(_ point: AttachPoint, _ expected: Bool) throws {
    #expect(try point.exists(Resolver()) == expected)
  }
}
