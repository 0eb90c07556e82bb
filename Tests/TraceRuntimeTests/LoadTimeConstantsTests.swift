import MachineView
import Testing
import TraceModel
import TraceRuntime

@Suite struct LoadTimeConstantsTests {
  let machine: SampleMachine

  init() throws {
    machine = try SampleMachine([
      "/proc/kallsyms": Array("ffffffff81000100 T vfs_read\nffffffff81000200 T vfs_write\n".utf8),
      "/proc/mounts": Array("tracefs /sys/kernel/tracing tracefs rw 0 0\n".utf8),
      "/sys/kernel/tracing/events/sched/sched_switch/format": Array(
        "name: sched_switch\nID: 314\nformat:\n\nprint fmt: \"\"\n".utf8),
      "/sys/kernel/tracing/events/sched/sched_switch/id": Array("314\n".utf8),
    ])
  }

  private func fill(
    _ constants: [LoadTimeConstant], _ arguments: ScriptArguments = .init(),
    taskFilters: [TaskFilter: TaskFilter.Operand] = [:],
    pidNamespace: (device: UInt64, inode: UInt64)? = nil,
    features: Set<KernelFeature> = [.taiClock]
  ) throws -> LoadTimeConstants {
    try LoadTimeConstants(
      constants,
      from: machineSources(
        arguments, taskFilters: taskFilters, pidNamespace: pidNamespace, features: features))
  }

  private func machineSources(
    _ arguments: ScriptArguments = .init(), taskFilters: [TaskFilter: TaskFilter.Operand] = [:],
    pidNamespace: (device: UInt64, inode: UInt64)? = nil,
    features: Set<KernelFeature> = [.taiClock]
  ) -> LoadTimeConstants.Sources {
    .init(
      arguments: arguments,
      processes: ProcessChoice(
        targetPID: 123, childPID: 45, taskFilters: taskFilters, pidNamespace: pidNamespace),
      kernel: machine.kernel, resolver: MachineResolver(machine.kernel),
      hasFeature: features.contains,
      startTime: 1000, taiOffset: -7, eventBufferSize: 1 << 16)
  }

  private func value(
    _ source: LoadTimeConstant.Source, _ arguments: ScriptArguments = .init(), default: Int64 = 0,
    taskFilters: [TaskFilter: TaskFilter.Operand] = [:],
    pidNamespace: (device: UInt64, inode: UInt64)? = nil,
    features: Set<KernelFeature> = [.taiClock]
  ) throws -> Int64 {
    let constant = LoadTimeConstant(
      source: source, shape: .integer, offset: 0, defaultInteger: `default`)
    let filled = try fill(
      [constant], arguments, taskFilters: taskFilters, pidNamespace: pidNamespace,
      features: features)
    #expect(filled.section == [UInt8](of: filled.integers[0]))
    return filled.integers[0]
  }

  private static func kprobe(_ function: String) -> AttachPoint {
    .kprobe(module: nil, function: function, offset: 0, isReturn: false)
  }

  private static let sources: [(LoadTimeConstant.Source, Int64)] = [
    (.targetPID, 123), (.childPID, 45), (.possibleCPUs, 4),
    (.startTime, 1000), (.taiOffset, -7), (.kernelSymbol("vfs_write"), -0x7eff_fe00),
    (.feature("get_tai_ns"), 1), (.feature("btf"), 0),
    (.feature("unheard_of"), 0), (.cgroupID("/no/such/group"), 0),
    (.attachPointExists(.tracepoint(category: "sched", event: "sched_switch")), 1),
    (.attachPointExists(.tracepoint(category: "sched", event: "nothing")), 0),
    (.attachPointExists(kprobe("vfs_read")), 1), (.attachPointExists(kprobe("nothing")), 0),
    (.eventRoom(.data), 57344), (.eventRoom(.end), 65536),
    (.pidNamespaceDevice, 0), (.pidNamespaceInode, 0), (.positionalCount, 0),
  ]

  @Test(arguments: sources)
  func takesValuesFromTheMachine(_ source: LoadTimeConstant.Source, _ expected: Int64) throws {
    #expect(try value(source, features: [.taiClock, .kprobe]) == expected)
  }

  @Test func findsNoAttachPointsOfAKindThatTheKernelLacks() throws {
    let point = LoadTimeConstant.Source.attachPointExists(Self.kprobe("vfs_read"))
    #expect(try value(point, features: [.kprobe]) == 1)
    #expect(try value(point, features: []) == 0)
  }

  /// Reading the names of all functions takes a while.
  @Test func looksForNoFunctionWhereNoneCanBeProbed() throws {
    let empty = try SampleMachine([:])
    var sources = machineSources(features: [])
    sources.resolver = MachineResolver(empty.kernel)
    let constants = [
      LoadTimeConstant(
        source: .attachPointExists(Self.kprobe("vfs_read")), shape: .integer, offset: 0)
    ]
    #expect(try LoadTimeConstants(constants, from: sources).integers == [0])
    sources.hasFeature = { $0 == .kprobe }
    #expect(throws: LoadTimeConstants.FillError.self) {
      try LoadTimeConstants(constants, from: sources)
    }
  }

  @Test func namesAPIDNamespaceThatIsNotTheInitialOne() throws {
    #expect(try value(.pidNamespaceDevice, pidNamespace: (4, 99)) == 4)
    #expect(try value(.pidNamespaceInode, pidNamespace: (4, 99)) == 99)
  }

  @Test func asksWhatEachKindOfProgramMayCall() throws {
    var sources = machineSources()
    sources.allowsCall = { $0 == "f" && $1 == .perfEvent }
    let questions: [(String, ProgramKind)] = [
      ("f", .perfEvent), ("f", .rawTracepoint), ("g", .perfEvent),
    ]
    let constants = questions.enumerated().map { index, question in
      LoadTimeConstant(
        source: .kernelCallAllowed(question.0, from: question.1), shape: .integer,
        offset: 8 * index)
    }
    #expect(try LoadTimeConstants(constants, from: sources).integers == [1, 0, 0])
  }

  @Test func takesOptionsByName() throws {
    let arguments = ScriptArguments(options: [
      "b": .boolean(true), "u": .unsigned(.max), "s": .signed(-9),
    ])
    #expect(try value(.option("b"), arguments) == 1)
    #expect(try value(.option("u"), arguments) == -1)
    #expect(try value(.option("s"), arguments) == -9)
    #expect(try value(.option("other"), arguments, default: 77) == 77)
  }

  @Test func takesPositionalParameters() throws {
    let arguments = ScriptArguments(positional: ["0x20", "", "word"])
    #expect(try value(.positional(1), arguments) == 32)
    #expect(try value(.positional(2), arguments, default: 6) == 6)
    #expect(try value(.positional(4), arguments, default: 5) == 5)
    #expect(try value(.positionalCount, arguments) == 3)
    #expect(throws: LoadTimeConstants.FillError.notAnInteger(position: 3, value: "word")) {
      try value(.positional(3), arguments)
    }
  }

  @Test func writesTextAndNumbersAtTheirPlaces() throws {
    let filled = try fill(
      [
        .init(source: .positional(1), shape: .string(capacity: 5), offset: 8),
        .init(source: .targetPID, shape: .integer, offset: 24),
        .init(
          source: .option("name"), shape: .string(capacity: 8), offset: 16, defaultString: "ab"),
      ], ScriptArguments(positional: ["overlong"]))
    #expect(
      filled.section == [UInt8](repeating: 0, count: 8) + [UInt8]("over", capacity: 8)
        + [UInt8]("ab", capacity: 8) + [UInt8](of: Int64(123)))
    #expect(filled.integers == [0, 123, 0])
  }

  @Test func tellsWhichTaskFiltersAreUsed() throws {
    #expect(try value(.usesTaskFilter(.cgroup)) == 0)
    #expect(try value(.usesTaskFilter(.cgroup), taskFilters: [.cgroup: .path("x")]) == 1)
    #expect(try value(.usesTaskFilter(.cgroup), taskFilters: [.cgroupMap: .path("x")]) == 0)
    // The target is one by itself.
    #expect(try value(.usesTaskFilter(.process)) == 1)
  }

  @Test func knowsWhatFiltersCompareWith() throws {
    #expect(try value(.operand(of: .user)) == 0)
    #expect(try value(.operand(of: .user), taskFilters: [.user: .number(65534)]) == 65534)
    let name = LoadTimeConstant(
      source: .operand(of: .commandName), shape: .string(capacity: 16), offset: 0)
    #expect(
      try fill([name], taskFilters: [.commandName: .text("ssh")]).section
        == [UInt8]("ssh", capacity: 16))
    #expect(try fill([name]).section == [UInt8](repeating: 0, count: 16))
  }

  @Test func takesTheIDOfACgroupThatAFilterComparesWith() throws {
    try machine.add("/cg/box/cgroup.procs", [])
    try machine.add("/proc/mounts", Array("c /cg cgroup2 rw 0 0\n".utf8))
    let id = try machine.kernel.cgroupID("/box")
    #expect(
      try value(.operand(of: .cgroup), taskFilters: [.cgroup: .path("/box")]) == Int64(id))
    #expect(throws: LoadTimeConstants.FillError.self) {
      try value(.operand(of: .cgroup), taskFilters: [.cgroup: .path("/none")])
    }
  }

  @Test func knowsTheTracerOnlyInARunThatIsAboutACommand() throws {
    for scope in LoadTimeConstant.CommandScope.allCases {
      #expect(try value(.tracerTask(scope)) == 0)
    }
    #expect(try value(.parentOffset) == 0)
    #expect(try value(.executionOffset) == 0)
  }

  @Test func looksForFieldsOnlyForAFilterThatIsUsed() throws {
    let source = LoadTimeConstant.Source.fieldOffset("task.tgid", for: .mountNamespaceMap)
    #expect(try value(source, taskFilters: [.cgroup: .path("x")]) == 0)
    #expect(throws: LoadTimeConstants.FillError.noKernelTypes) {
      try value(source, taskFilters: [.mountNamespaceMap: .path("x")])
    }
  }

  @Test func findsFieldsInTheKernelsTypes() throws {
    let filter = TaskFilter.mountNamespaceMap
    try machine.add("/sys/kernel/btf/vmlinux", SampleTypes.bytes)
    for (field, offset) in [("task.pid", 0), ("task.tgid", 4), ("task.in.x", 12)] as [(String, _)] {
      #expect(
        try value(.fieldOffset(field, for: filter), taskFilters: [filter: .path("x")]) == offset)
    }
    for field in ["task.nothing", "nothing.pid", "task.pid.x", ""] {
      #expect(throws: LoadTimeConstants.FillError.noField(field)) {
        try value(.fieldOffset(field, for: filter), taskFilters: [filter: .path("x")])
      }
    }
  }

  @Test func readsTheCurrentTaskOnlyWhereTheKernelLetsPrograms() throws {
    let source = LoadTimeConstant.Source.currentTaskField("task.tgid")
    #expect(try value(source, features: [.currentTaskPointer]) == 0)
    try machine.add("/sys/kernel/btf/vmlinux", SampleTypes.bytes)
    #expect(try value(source) == 0)
    #expect(try value(source, features: [.currentTaskPointer]) == 4)
    for field in ["task.nothing", "nothing.tgid"] {
      #expect(try value(.currentTaskField(field), features: [.currentTaskPointer]) == 0)
    }
  }

  @Test func findsEnumeratorsInTheKernelsTypes() throws {
    try machine.add("/sys/kernel/btf/vmlinux", SampleTypes.bytes)
    #expect(try value(.enumerator("BLUE", module: nil)) == 8)
    #expect(throws: LoadTimeConstants.FillError.noEnumerator("GREEN")) {
      try value(.enumerator("GREEN", module: nil))
    }
  }

  @Test func refusesEnumeratorsOfAKernelWithoutTypes() {
    #expect(throws: LoadTimeConstants.FillError.noKernelTypes) {
      try value(.enumerator("BLUE", module: nil))
    }
  }

  @Test func refusesKernelSymbolsThatDoNotExist() {
    #expect(throws: LoadTimeConstants.FillError.noKernelSymbol("nothing")) {
      try value(.kernelSymbol("nothing"))
    }
  }

  @Test func refusesImpossiblePlaces() {
    #expect(throws: LoadTimeConstants.FillError.misplaced(offset: -8)) {
      try fill([.init(source: .targetPID, shape: .integer, offset: -8)])
    }
  }
}
