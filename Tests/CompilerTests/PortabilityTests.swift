import Compiler
import Diagnostics
import Foundation
import Lowering
import MachineView
import Semantics
import TestKit
import Testing
import TraceIR
import TraceModel

/// What is compiled must not depend on the kernel whose types were looked at, unless it says so.
@Suite struct PortabilityTests {
  private static let kernels = ["x86_64-6.18", "x86_64-5.10"]

  /// Everything that goes into an object: the backend sees nothing else.
  private struct Outcome: Equatable {
    var module: IRModule
    var manifest: Manifest
  }

  private static func outcome(_ fixture: ScriptFixture, on kernel: String) throws -> Outcome {
    let machine = DirectoryMachine(root: Fixtures.kernel(kernel))
    let script = ScriptUnderTest(fixture, on: machine)
    var lowered = try #require(script.lowered(), "on \(kernel): \(script.messages)")
    #expect(!lowered.diagnostics.hasErrors, "on \(kernel)")
    lowered.finish()
    return Outcome(module: lowered.module, manifest: lowered.manifest)
  }

  private static let tools: [ScriptFixture] = {
    let folder = URL(fileURLWithPath: Fixtures.path).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("tools").path
    return ScriptFixture.all(at: folder)
  }()

  /// What the recording of the old kernel has nothing of: its iterators.
  private static let newer: Set<String> = ["probes/pinned-iterator"]

  private static let scripts =
    (ScriptFixture.all(in: "Lowering") + ScriptFixture.all(in: "Programs"))
    .filter { !newer.contains($0.name) }

  @Test(arguments: scripts)
  func isTheSameFromEitherKernelOrSaysWhyNot(_ fixture: ScriptFixture) throws {
    try expectSame(try Self.kernels.map { try Self.outcome(fixture, on: $0) }, of: fixture)
  }

  /// The recording of an old kernel lacks what some tools trace; all others are the same from it.
  @Test(arguments: tools)
  func toolsAreBoundToNoKernel(_ tool: ScriptFixture) throws {
    let outcome = try Self.outcome(tool, on: Self.kernels[0])
    #expect(outcome.manifest.bound == nil)
    let old = ScriptUnderTest(tool, on: DirectoryMachine(root: Fixtures.kernel(Self.kernels[1])))
    if !old.diagnostics.hasErrors {
      try expectSame([outcome, try Self.outcome(tool, on: Self.kernels[1])], of: tool)
    }
  }

  private func expectSame(_ outcomes: [Outcome], of fixture: ScriptFixture) throws {
    for reason in outcomes.compactMap(\.manifest.bound) {
      // Where it begins, and what it is.
      #expect(reason.contains("\(fixture.name).bt:"), "\(reason)")
    }
    guard outcomes.allSatisfy({ $0.manifest.bound == nil }) else { return }
    #expect(outcomes[0].manifest == outcomes[1].manifest)
    #expect(
      IRPrinter.text(of: outcomes[0].module) == IRPrinter.text(of: outcomes[1].module))
    #expect(outcomes[0] == outcomes[1])
  }

  // MARK: Reasons

  private static func bound(
    _ text: String, on kernel: String = "x86_64-6.18", unsafe: Bool = false
  ) throws -> String? {
    var target = AnalysisTarget.test(DirectoryMachine(root: Fixtures.kernel(kernel)))
    target.allowsUnsafe = unsafe
    let script = ScriptUnderTest(text, on: target)
    return try #require(script.lowered(), "\(script.messages)").manifest.bound
  }

  /// What is found out by the loader or the runtime binds nothing.
  @Test(arguments: [
    "kprobe:vfs_* { @[probe] = count(); }", "kretprobe:vfs_* { @[func] = count(); }",
    "begin { print(sizeof(struct task_struct)); }",
    "begin { print(offsetof(struct task_struct, se.vruntime)); }",
    "begin { print(PIDTYPE_TGID); print(NET_TX_SOFTIRQ); printf(\"%s\", TCP_LISTEN); }",
    "begin { $t = curtask; $t++; print($t + 2); print($t[3].pid); }",
    "begin { print(curtask.signal.rlim[7].rlim_cur); print(curtask.cred.uid.val); }",
    "begin { if (curtask.exit_state == PIDTYPE_SID) { exit(); } }",
    "begin { print(str(curtask.comm, sizeof(struct rlimit))); }",
    "tracepoint:sched:sched_switch { print(args.next_comm); }",
    "tracepoint:syscalls:sys_enter_openat { print(args.flags); }",
    "kprobe:vfs_read { print(arg0); print(ctx); }",
    "begin { print(sizeof((1, (uint64)2))); print(sizeof(enum pid_type)); }",
  ])
  func whatCanBeFoundOutLaterIsPortable(_ script: String) throws {
    #expect(try Self.bound(script) == nil)
    #expect(try Self.bound(script, on: "x86_64-5.10") == nil)
  }

  @Test(arguments: [
    (
      "tracepoint:sched:sched_* { @ = count(); }",
      "stdin:1:1: sched:sched_* stands for what matches it on this machine"
    ),
    (
      "rawtracepoint:sched_* { @ = count(); }",
      "stdin:1:1: sched_* stands for what matches it on this machine"
    ),
    (
      "begin { print(*curtask.cred); }",
      "stdin:1:9: a structure is copied whole, as this kernel lays it out"
    ),
    (
      "begin { print((1, *curtask.cred)); }",
      "stdin:1:9: a structure is copied whole, as this kernel lays it out"
    ),
    (
      "begin { @[*(struct qstr *)0] = 1; }",
      "a structure is copied whole, as this kernel lays it out"
    ),
    (
      "begin { print(((kuid_t *)0).val); }",
      "stdin:1:15: a structure without a name is taken as this kernel lays it out"
    ),
    (
      "begin { print((1, 2)[PIDTYPE_TGID]); }",
      "stdin:1:22: the value of pid_type.PIDTYPE_TGID is built in"
    ),
    (
      "begin { @ = lhist(1, 0, sizeof(struct task_struct), 100); }",
      "stdin:1:25: the size of task_struct is built in"
    ),
    (
      "begin { @ = hist(1, TIMER_SOFTIRQ); }",
      "stdin:1:21: the value of TIMER_SOFTIRQ is built in"
    ),
    (
      "config = { missing_probes = \"warn\" } kprobe:no_such_function, begin { @ = 1; }",
      "stdin:1:38: a probe is left out, for this machine has no kprobe no_such_function"
    ),
  ])
  func whatIsBuiltInBindsWithItsPlace(_ script: String, _ reason: String) throws {
    #expect(try Self.bound(script) == reason)
  }

  @Test func anAddressOfThisKernelBinds() throws {
    #expect(
      try Self.bound("kprobe:0xffffffff81000000 { @ = 1; }", unsafe: true)
        == "stdin:1:1: a probe is at an address of this kernel")
  }
}
