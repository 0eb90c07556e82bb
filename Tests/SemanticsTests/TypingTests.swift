import Diagnostics
import Language
import MachineView
import Semantics
import Syntax
import TestKit
import Testing

/// The types that expressions, variables and maps get.
@Suite struct TypingTests {
  private static let machine = DirectoryMachine(root: Fixtures.kernel())

  private func maps(_ script: String) -> [String: String] {
    let checked = ScriptUnderTest(script, on: .test(Self.machine))
    let entries = checked.script.maps.map { map in
      (map.name, (map.key.map { "[\($0.text)] " } ?? "") + map.value.text)
    }
    return Dictionary(entries, uniquingKeysWith: { first, _ in first })
  }

  private func variables(_ script: String) -> [String: String] {
    let checked = ScriptUnderTest(script, on: .test(Self.machine))
    let entries = (checked.script.probes.first?.body.variables ?? []).map {
      ($0.name, $0.type.text)
    }
    return Dictionary(entries, uniquingKeysWith: { first, _ in first })
  }

  @Test(arguments: [
    ("begin { $x = 1; }", "int8"), ("begin { $x = 200; }", "int16"),
    ("begin { $x = 1; $x = 70000; }", "int32"), ("begin { $x = pid; }", "uint32"),
    ("begin { $x = 0; $x = pid; }", "uint32"), ("begin { $x = pid; $x = -1; }", "int64"),
    ("begin { $x = nsecs; $x = 5; }", "uint64"), ("begin { $x = 1 + pid; }", "uint64"),
    ("begin { $x = pid - 1; }", "int64"), ("begin { $x = 1; $x++; }", "int64"),
    ("begin { let $x: uint8 = 5; $x++; }", "uint8"),
    ("begin { $x = \"ab\"; $x = \"abcd\"; }", "string[5]"),
    ("begin { $x = comm; }", "string[16]"),
    ("begin { $x = (1, \"a\"); $x = (300, \"abc\"); }", "(int16,string[4])"),
    ("begin { $x = pid == 1; }", "bool"), ("begin { $x = curtask; }", "struct task_struct *"),
    ("begin { $x = curtask.pid; }", "int32"), ("begin { $x = curtask.comm; }", "string[16]"),
    ("begin { $x = (a = 1, b = \"x\"); }", "record { .a = int8, .b = string[2] }"),
    ("begin { $x = kstack(perf, 3); }", "kstack_perf_3"),
    ("begin { $x = 18446744073709551615; }", "uint64"),
  ])
  func variableHasTheTypeOfAllThatIsAssigned(_ script: String, _ type: String) {
    #expect(variables(script)["$x"] == type)
  }

  @Test(arguments: [
    ("begin { @ = 1; }", "int8"), ("begin { @ = count(); }", "count_t"),
    ("begin { @ = sum(pid); }", "usum_t"), ("begin { @ = sum(pid); @ = sum(-1); }", "sum_t"),
    ("begin { @[1] = 1; @[pid] = 2; }", "[uint32] int8"),
    ("begin { @[1, \"a\"] = 1; }", "[(int8,string[2])] int8"),
    ("begin { @[(1, \"a\")] = 1; }", "[(int8,string[2])] int8"),
    ("begin { @[\"a\"] = 1; @[comm] = 1; }", "[string[16]] int8"),
    ("begin { @++; }", "int64"), ("begin { @[comm] += 5; }", "[string[16]] int64"),
    ("begin { @a = count(); @ = (int64)@a; }", "int64"), ("begin { @ = hist(5); }", "hist_t"),
    ("begin { @ = nsecs; }", "uint64"),
    ("begin { @[kstack] = count(); }", "[kstack_bpftrace_127] count_t"),
  ])
  func mapHasTheTypesOfAllThatIsAssigned(_ script: String, _ type: String) {
    #expect(maps(script)["@"] == type)
  }

  @Test func typesFlowBackwards() {
    let script = "interval:s:1 { $x = @m; @n = $x; } interval:s:2 { @m = nsecs; }"
    #expect(maps(script) == ["@m": "uint64", "@n": "uint64"])
  }

  @Test func typesFlowThroughAnyNumberOfMaps() {
    let copies = (0..<60).map { "@m\($0) = @m\($0 + 1);" }.joined(separator: " ")
    #expect(maps("begin { \(copies) @m60 = nsecs; }")["@m0"] == "uint64")
  }

  /// How many attach points each body stands for, in order.
  private func members(_ script: String) -> [Int] {
    ScriptUnderTest(script, on: .test(Self.machine)).script.probes.map(\.group.members.count)
  }

  @Test(arguments: [
    ("tracepoint:sched:sched_wak* { @ = count(); }", [4]),
    ("tracepoint:sched:sched_wakeup* { @[args.pid] = count(); }", [2]),
    ("tracepoint:sched:sched_wakeup, tracepoint:sched:sched_waking { @ = count(); }", [2]),
    // Where the script lists the probes, their names are constants.
    (
      "tracepoint:sched:sched_wakeup, tracepoint:sched:sched_waking { @[probe] = count(); }",
      [1, 1]
    ),
    // The same name at another place.
    (
      "tracepoint:syscalls:sys_enter_open, tracepoint:syscalls:sys_enter_openat { print(args.mode); }",
      [1, 1]
    ),
    ("tracepoint:syscalls:sys_*_openat { @ = count(); }", [1, 1]),
    ("begin, end { @ = count(); }", [1, 1]),
    ("interval:s:1, interval:s:2 { @ = count(); }", [2]),
    ("tracepoint:sched:sched_wakeup { } tracepoint:sched:sched_wakeup { }", [1, 1]),
  ])
  func aBodyIsCheckedOnceWhereItMeansTheSame(_ script: String, _ expected: [Int]) {
    #expect(members(script) == expected)
  }

  @Test func aPatternIsOneProbeHoweverManyFunctionsMatch() throws {
    let script = ScriptUnderTest(
      "kprobe:vfs_* { @[probe] = count(); }", on: .test(Self.machine)
    ).script
    #expect(script.probes.count == 1)
    let group = try #require(script.probes.first?.group)
    #expect(group.members.count > 10)
    #expect(group.pattern?.name == "kprobe:vfs_*")
    let longest = group.members.map(\.name.utf8.count).max() ?? 0
    #expect(script.maps.first?.key == .string(capacity: longest + 1))
  }

  @Test func factsSurviveMistakes() {
    let checked = ScriptUnderTest(
      "begin { $x = comm; $y = nope(); @m[$x] = nsecs; print($x + 1); }", on: .test(Self.machine))
    #expect(checked.diagnostics.hasErrors)
    #expect(
      checked.script.probes.first?.body.variables.map(\.type) == [
        .string(capacity: 16), .unresolved,
      ])
    #expect(checked.script.maps.map(\.key) == [.string(capacity: 16)])
  }

  @Test func factsSurviveWhatEarlierPassesRefuse() {
    let checked = ScriptUnderTest(
      "config = { nonesuch = 1 } tracepoint:no:such { $x = 1; } begin { $x = pid; }",
      on: .test(Self.machine))
    #expect(checked.diagnostics.errors.map(\.id) == ["config-key"])
    #expect(checked.script.probes.map(\.body.variables.first?.type) == [.uint32])
  }

  @Test(arguments: [
    ("attach_point_exists(\"tracepoint:sched:sched_switch\")", true),
    ("!attach_point_exists(\"tracepoint:sched:sched_switch\")", false),
    ("kfunc_allowed(\"f\")", true), ("getopt(\"x\")", true), ("!!getopt(\"x\")", true),
  ])
  func aPredicateForTheLoaderIsAnAttachCondition(_ predicate: String, _ expected: Bool) {
    let checked = ScriptUnderTest("begin /\(predicate)/ { }", on: .test(Self.machine))
    #expect(checked.script.probes.first?.attachConditions.first?.expected == expected)
  }

  @Test(arguments: ["getopt(\"n\", 5)", "pid", "1"])
  func aPredicateForTheProgramIsNone(_ predicate: String) {
    let checked = ScriptUnderTest("begin /\(predicate)/ { }", on: .test(Self.machine))
    #expect(!checked.diagnostics.hasErrors)
    #expect(checked.script.probes.first.map { $0.attachConditions.first == nil } == true)
  }

  @Test(arguments: ["getopt(\"x\") && pid", "pid && getopt(\"x\")"])
  func aPartOfAPredicateForTheLoaderIsAnAttachCondition(_ predicate: String) throws {
    let checked = ScriptUnderTest("begin /\(predicate)/ { }", on: .test(Self.machine))
    let probe = try #require(checked.script.probes.first)
    #expect(probe.attachConditions.map(\.expected) == [true])
    #expect(!probe.predicateIsDecided)
  }

  @Test func argumentsOfTracepointsAreTyped() {
    let script = """
      tracepoint:syscalls:sys_enter_openat { @a = args.dfd; @b = str(args.filename); @c = args.flags; }
      tracepoint:sched:sched_switch { @d = args.prev_comm; @e = args.next_pid; @f = args.prev_state; }
      tracepoint:sched:sched_process_exec { @g = args.filename; }
      tracepoint:raw_syscalls:sys_enter { @h = args.id; @i = args.args[2]; }
      """
    #expect(
      maps(script) == [
        "@a": "int32", "@b": "string[1024]", "@c": "int32", "@d": "string[16]", "@e": "int32",
        "@f": "int64", "@g": "string[1024]", "@h": "int64", "@i": "uint64",
      ])
  }

  @Test func parametersAreNumbersOrText() {
    var target = AnalysisTarget.test(Self.machine)
    target.parameters = ["0x10", "word"]
    let checked = ScriptUnderTest("begin { @a = $1; @b = $2; @c = str($1); }", on: target)
    #expect(checked.script.maps.map(\.value.text) == ["int64", "string[5]", "string[5]"])
  }
}
