import BTF
import Lowering
import MachineView
import Semantics
import TestKit
import Testing
import TraceIR
import TraceModel

private let machine = DirectoryMachine(root: Fixtures.kernel())

private func lowered(
  _ text: String, parameters: [String] = [], everyFailure: Bool = false, noChecks: Bool = false,
  filters: Bool = false
) throws -> LoweredScript {
  var target = AnalysisTarget.test(machine)
  target.parameters = parameters
  target.reportsEveryFailure = everyFailure
  target.omitsRuntimeChecks = noChecks
  target.knowsTaskFilters = filters
  // Filters are what artifacts have, which do not know their kernel.
  target.isForThisKernel = !filters
  let script = ScriptUnderTest(text, on: target)
  return try #require(script.lowered(), "\(script.messages)")
}

/// A machine on which a BPF program `traced(void *)` is loaded, which returns an `int`.
private func machineWithProgram() -> DirectoryMachine {
  var writer = BTFWriter()
  let int = writer.add(.int)
  let pointer = writer.add(.pointer(to: .void))
  let prototype = writer.add(
    .functionPrototype(
      BTFPrototype(
        returns: int, parameters: [BTFParameter(name: "ctx", type: pointer)],
        isVariadic: false)))
  let function = writer.add(.function(name: "traced", prototype: prototype, linkage: .global))
  let program = LoadedProgram(id: 7, functions: [function.rawValue], types: writer.bytes)
  var settings = DirectoryMachine.Settings()
  settings.programs = { [program] }
  return DirectoryMachine(root: Fixtures.kernel(), settings: settings)
}

@Suite struct ManifestTests {
  /// Where the result is in the context depends on what the verifier made of the function.
  @Test func asksTheKernelWhatAFunctionOfAProgramReturns() throws {
    let script = ScriptUnderTest(
      "fexit:bpf:traced { @[retval] = count(); }", on: AnalysisTarget.test(machineWithProgram()))
    let lowered = try #require(script.lowered(), "\(script.messages)")
    #expect(lowered.manifest.requires.contains(KernelFeature.functionResult.name))
    #expect(IRPrinter.text(of: lowered.module).contains("get_func_ret"))
    let without = ScriptUnderTest(
      "fexit:bpf:traced { @ = count(); }", on: AnalysisTarget.test(machineWithProgram()))
    #expect(
      try #require(without.lowered()).manifest.requires.contains("get_func_ret") == false)
    let atEntry = ScriptUnderTest(
      "fentry:bpf:traced { @[retval] = count(); }",
      on: AnalysisTarget.test(machineWithProgram()))
    #expect(atEntry.messages.contains("The retval builtin can only be used"))
  }

  /// One that took the whole code for each had the time to compile grow with the square of their number.
  @Test func argumentsOfStaticTracepointsShareTheirCode() throws {
    func instructions(arguments: Int) throws -> Int {
      var target = AnalysisTarget.test(machine)
      // The binary is not here.
      target.parametersAreFinal = false
      let sum = (0..<arguments).map { "arg\($0)" }.joined(separator: " + ")
      let script = ScriptUnderTest("usdt:/opt/shop:shop:sale { @ = \(sum); }", on: target)
      return try #require(script.lowered(), "\(script.messages)").module.functions
        .flatMap(\.blocks).reduce(0) { $0 + $1.instructions.count }
    }
    #expect(try instructions(arguments: 255) - instructions(arguments: 55) <= 200 * 4)
  }

  @Test func namesProgramsByProbeAndIndex() throws {
    let manifest = try lowered(
      "tracepoint:sched:sched_switch { @ = count(); } begin { @ = count(); }"
    ).manifest
    #expect(
      manifest.programs.map(\.symbol) == ["tracepoint_sched_sched_switch_0", "begin_1"])
    #expect(manifest.probes.map(\.name) == ["tracepoint:sched:sched_switch", "begin"])
  }

  @Test func describesMapsAsTheKernelSeesThem() throws {
    let manifest = try lowered(
      """
      let @few = lruhash(7);
      begin { @few[comm, 1] = (uint32)2; @n = 300; @hist[pid] = hist(1); }
      """
    ).manifest
    let few = try #require(manifest.maps.first { $0.name == "@few" })
    #expect(few.kind == .lruHash)
    #expect(few.maxEntries == 7)
    #expect(few.keySize == 17)
    #expect(few.value == .value(.integer(bytes: 4, signed: false)))
    let scalar = try #require(manifest.maps.first { $0.name == "@n" })
    #expect(scalar.isScalar)
    #expect(scalar.maxEntries == 1)
    let histogram = try #require(manifest.maps.first { $0.name == "@hist" })
    #expect(histogram.value == .aggregation(.log2Histogram(bits: 0)))
    #expect(histogram.kind == .perCPUHash)
  }

  /// What is left is a time, or what lies between two; a calculation may make anything of it.
  @Test(arguments: [
    ("@ = hist(nsecs - @start[tid]);", "ns"), ("@ = max(nsecs);", "ns"), ("@ = nsecs;", "ns"),
    ("@ = avg((nsecs - @start[tid]) / 1000);", nil), ("@ = count();", nil), ("@ = sum(pid);", nil),
    ("@ = nsecs - pid;", nil),
  ])
  func tellsTheUnitOfTimes(_ statement: String, _ unit: String?) throws {
    let script = "tracepoint:sched:sched_switch { @start[tid] = nsecs; \(statement) }"
    let map = try #require(try lowered(script).manifest.maps.first { $0.name == "@" })
    #expect(map.valueUnit == unit)
  }

  @Test func laysEventsOutByNaturalAlignment() throws {
    let manifest = try lowered(
      #"begin { printf("%d %s %lld %d\n", (uint8)pid, "ab", nsecs, pid); }"#
    ).manifest
    let event = try #require(manifest.events.first)
    #expect(event.kind == .printf(format: "%d %s %lld %d\n"))
    #expect(event.fields.map(\.offset) == [8, 9, 16, 24])
    #expect(event.size == 32)
    #expect(event.position == nil)
  }

  @Test func equalEventsShareOneEntry() throws {
    let manifest = try lowered("begin { @a = 1; clear(@a); clear(@a); print(@a); }").manifest
    #expect(manifest.events.count { $0.kind == .clearMap(map: 0) } == 1)
  }

  @Test func runtimeErrorsTellTheirPlace() throws {
    let manifest = try lowered("begin {\n  print(1 / pid);\n}", parameters: []).manifest
    let event = try #require(
      manifest.events.first { $0.kind == .runtimeError(.divisionByZero) })
    let position = manifest.positions[try #require(event.position)]
    #expect(position.line == 2)
    #expect(position.columns == 9..<16)
    #expect(position.text == "  print(1 / pid);")
  }

  @Test func leavesRuntimeErrorsOutOnRequest() throws {
    let script = "begin { @a[1] = 1 / pid; delete(@a, 2); }"
    let manifest = try lowered(script, noChecks: true).manifest
    #expect(manifest.events == [])
    #expect(try lowered(script).manifest.events.count == 2)
  }

  @Test func reportsFailedReadsOnlyOnRequest() throws {
    let script = "begin { @a = *(uint32 *)16; print(@a + 1); }"
    let failures = { (manifest: Manifest) in
      manifest.events.compactMap { event in
        if case .runtimeError(.helper(let failure)) = event.kind { failure.helper } else { nil }
      }
    }
    #expect(failures(try lowered(script).manifest) == ["map_update_elem"])
    #expect(
      failures(try lowered(script, everyFailure: true).manifest).sorted() == [
        "map_lookup_elem", "map_update_elem", "probe_read_kernel",
      ])
  }

  @Test func deletingIsReportedOnRequestAndOnlyWhereNobodyLooks() throws {
    let discarded = "begin { @a[1] = 2; delete(@a, 1); }"
    #expect(try lowered(discarded).manifest.events.count == 1)
    #expect(try lowered(discarded, everyFailure: true).manifest.events.count == 2)
    #expect(
      try lowered("begin { @a[1] = 2; if (delete(@a, 1)) {} }", everyFailure: true)
        .manifest.events.count == 1)
  }

  @Test func oneConstantForEachSource() throws {
    let script = try lowered(
      "begin { print($1 + $1); print($2); print($#); print(ncpus); }",
      parameters: ["4", "text"])
    let constants = script.module.constants
    #expect(
      constants.map(\.source) == [
        .positional(1), .positional(2), .positionalCount, .possibleCPUs, .eventRoom(.data),
      ])
    #expect(constants.allSatisfy { $0.offset % 8 == 0 })
    #expect(Set(constants.map(\.offset)).count == constants.count)
    #expect(constants[0].defaultInteger == 4)
    #expect(constants[1].defaultString == "text")
    #expect(script.manifest.constants == constants)
  }

  @Test func aProbeMayDependOnWhatTheMachineHas() throws {
    let manifest = try lowered(
      """
      begin /attach_point_exists("tracepoint:a:b")/ { print(1); }
      begin /!attach_point_exists("tracepoint:a:b")/ { print(2); }
      begin /pid > 1/ { print(3); }
      """
    ).manifest
    #expect(
      manifest.probes.map { $0.alternatives.map(\.conditions) } == [
        [[.constant(0, equals: 1)]], [[.constant(0, equals: 0)]], [[]],
      ])
    #expect(
      manifest.constants[0].source == .attachPointExists(.tracepoint(category: "a", event: "b")))
  }

  @Test func aProbeMayBeInTheBinaryThatAnOptionNames() throws {
    let probes = try lowered(
      """
      options = { libc  -l  path = "libc"  "the C library"; }
      uprobe:libc:getaddrinfo, uretprobe:libc:gethostbyname { print(1); }
      """
    ).manifest.probes
    #expect(
      probes.flatMap(\.points) == [
        .uprobeInOption("libc", function: "getaddrinfo", isReturn: false),
        .uprobeInOption("libc", function: "gethostbyname", isReturn: true),
      ])
    #expect(probes.allSatisfy { $0.expansion == .whenLoaded })
  }

  @Test func requiresWhatItsConstructsNeed() throws {
    let plain = try lowered("begin { print(1); }").manifest
    #expect(!plain.requires.contains(KernelFeature.loop.name))
    #expect(plain.requires.contains(KernelFeature.ringBuffer.name))
    let loops = try lowered(
      "begin { for ($i : 0..3) { @c[$i] = count(); } for ($kv : @c) { print($kv); } }"
    ).manifest
    for feature in [KernelFeature.loop, .forEachMapElement, .lookupPerCPU] {
      #expect(loops.requires.contains(feature.name))
    }
  }

  /// Without it the verifier's words were all that a kernel without these helpers said.
  @Test func ustackRequiresWhatItUnwindsBy() throws {
    let stack = "tracepoint:syscalls:sys_enter_openat { @[ustack] = count(); }"
    let needed = [KernelFeature.currentTaskPointer.name, KernelFeature.taskRegisters.name]
    let byFrames = try lowered("config = { user_stack_unwinder = call_frames } \(stack)").manifest
    #expect(Set(needed).isSubset(of: byFrames.requires))
    #expect(try Set(needed).isDisjoint(with: lowered(stack).manifest.requires))
  }

  @Test func fieldsOfTheKernelMakeItRequireTypes() throws {
    var script = try lowered("begin { print(curtask->pid); }")
    script.module.runPasses()
    script.finish()
    #expect(script.manifest.fields.map(\.text) == ["task_struct.pid"])
    #expect(script.manifest.requires.contains(KernelFeature.btf.name))
    #expect(script.manifest.bound == nil)
  }

  @Test func copyingAStructureBindsToThisKernel() throws {
    #expect(try lowered("begin { print(*curtask->cred); }").manifest.bound != nil)
  }

  @Test func aTracepointKeepsItsEvent() throws {
    let module = try lowered("tracepoint:syscalls:sys_enter_openat { @ = count(); }").module
    let ends = module.functions[0].blocks.compactMap(\.terminator)
    #expect(ends.contains(.return(.word(1))))
    #expect(!ends.contains(.return(.word(0))))
  }

  // MARK: Filters

  private static let switches = "tracepoint:sched:sched_switch { @ = count(); }"

  @Test func knowsTaskFiltersIfItIsTold() throws {
    #expect(try lowered(Self.switches).manifest.taskFilters == [])
    let script = try lowered(Self.switches, filters: true)
    #expect(script.manifest.taskFilters == TaskFilter.guarded)
    for filter in TaskFilter.guarded {
      guard let symbol = filter.mapSymbol else { continue }
      let map = try #require(script.module.maps.first { $0.symbol == symbol })
      #expect(map.keySize == filter.keySize)
    }
    // No relocation, so that a run without the filters need not look at the kernel's types.
    #expect(script.manifest.fields == [])
  }

  /// Processes that close the probes are none that a run is about.
  @Test func asksWhetherTheRunIsOverIfItIsAboutProcesses() throws {
    func asks(_ text: String, filters: Bool) throws -> Bool {
      try lowered(text, filters: filters).module.map(ObjectSymbol.runState) != nil
    }
    #expect(try asks(Self.switches, filters: true))
    #expect(try !asks(Self.switches, filters: false))
    #expect(try asks("rawtracepoint:sched_wakeup /wanted(args.p)/ { @ = count(); }", filters: true))
    #expect(try !asks("interval:s:1 { @ = count(); }", filters: true))
  }

  @Test func hasOneProgramForOneKernelAndOneMoreForOlderKernelsInArtifacts() throws {
    let text = "tracepoint:sched:sched_switch /args.prev_pid > 0/ { @ = count(); }"
    #expect(try lowered(text).manifest.probes[0].alternatives.count == 1)
    #expect(try lowered(text, filters: true).manifest.probes[0].alternatives.count == 2)
  }

  /// Its own parameter chooses processes, and not by which is running.
  @Test func leavesOutTaskFiltersWhereTheScriptFiltersProcesses() throws {
    let script = try lowered(
      "tracepoint:sched:sched_switch /getopt(\"pid\", 0) == args.next_pid/ { @ = count(); }",
      filters: true)
    #expect(script.manifest.taskFilters == [])
  }

  /// One probe asks, so none asks by itself.
  @Test func leavesTaskFiltersToAScriptThatAsks() throws {
    let asking = "rawtracepoint:sched_wakeup /wanted(args.p)/ { @ = count(); }"
    let script = try lowered(asking + Self.switches, filters: true)
    #expect(script.manifest.taskFilters == TaskFilter.guarded)
    let programs = script.module.functions.filter {
      if case .program = $0.role { true } else { false }
    }
    func asks(_ function: IRFunction) -> Bool {
      function.blocks.contains { block in
        block.instructions.contains { instruction in
          guard case .constant(let index) = instruction.operation else { return false }
          return script.module.constants[index].source == .usesTaskFilter(.user)
        }
      }
    }
    // Two programs can carry the probe that asks.
    #expect(programs.map(asks) == [true, true, false])
  }

  @Test func leavesOutTaskFiltersOfAScriptThatIsAboutNoProcess() throws {
    let script = try lowered(
      "config = { filter_processes = false } " + Self.switches, filters: true)
    #expect(script.manifest.taskFilters == [])
    #expect(!script.manifest.configuration.filtersProcesses)
    #expect(!script.manifest.constants.contains { $0.source == .targetPID })
  }

  @Test func leavesOutTaskFiltersWhereNoProcessIsMeant() throws {
    let script = try lowered("begin { @ = count(); } interval:s:1 { @ = count(); }", filters: true)
    #expect(script.manifest.taskFilters == [])
  }
}
