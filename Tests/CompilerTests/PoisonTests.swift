import BPF
import Foundation
import Language
import TestKit
import Testing
import TraceModel

/// Nothing leaves the kernel that no program put there.
///
/// All memory that a program has is full of one byte before the program writes to it. Where that byte arrives, and
/// no other of those that are used so, and where the same holds in the next run with another one, and in each
/// that follows, something went out that was never written. What merely changes from event to event, as numbers of
/// processes do, has all of them.
@Suite(.enabled(if: ProgramRun.isPossible, "running programs takes root"))
struct PoisonTests {
  /// None of them is a letter.
  private static let poisons: [UInt8] = [0xa5, 0xc7, 0x9d, 0xe3, 0xb1, 0xd9, 0x8b, 0xf6]

  @Test(arguments: ScriptFixture.all(in: "Programs"), [[], KernelFeature.shortcuts])
  func programsHandOutWhatTheyWrote(
    _ fixture: ScriptFixture, absentFeatures: Set<KernelFeature>
  ) {
    #expect(
      Self.leaks { poison, host in
        ProgramRun.run(
          fixture.text, parameters: fixture.directive("parameters") ?? [],
          allowsUnsafe: fixture.directive("unsafe") != nil,
          reportsEveryFailure: fixture.directive("every-failure") != nil,
          absentFeatures: absentFeatures, poison: poison, host: host)
      } == [])
  }

  @Test(arguments: Catalog.examples)
  func examplesOfTheCatalogHandOutWhatTheyWrote(_ example: CatalogExample) {
    #expect(
      Self.leaks { poison, host in ProgramRun.run(example.script, poison: poison, host: host) }
        == [])
  }

  @Test(.enabled(if: LibBPFHost().probe(.taskRegisters).isYes, "task_pt_regs"))
  func keysThatAreStillToBeUnwoundHandOutWhatTheyWrote() throws {
    // Of another process: the stack of this one has the poison on it.
    let text = try String(
      contentsOfFile: "\(Fixtures.path)/Lowering/maps/unwound.bt", encoding: .utf8
    ).replacing("begin {", with: "tracepoint:syscalls:sys_enter_exit_group /pid == cpid/ {")
    var outputs: [String] = []
    let leaks = Self.leaks { poison, host in
      let outcome = ProgramRun.run(text, poison: poison, host: host, command: "/bin/true")
      outputs.append(outcome.output)
      return outcome
    }
    #expect(leaks == [])
    #expect(outputs.allSatisfy { $0.contains("@steps[") })
  }

  private static let folder = URL(fileURLWithPath: Fixtures.path)
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("tools").path

  private static let tools = Result {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".bt") }
      .sorted()
  }

  /// Much that tools look at, in a second or so.
  private static let workload = """
    sh -c 'cd "$(mktemp -d)" || exit; for i in 1 2 3; do ls -lR /etc >list 2>&1; cat /etc/passwd list >copy; \
    mv copy moved; ln -s moved link; (echo text; sleep 0.01) | cat >/dev/null; sh -c "kill -0 $$"; bash -c :; \
    sync moved; rm -f link moved; cat /does/not/exist 2>/dev/null; done; rm -r "$PWD"'
    """

  @Test(arguments: try tools.get())
  func toolsHandOutWhatTheyWrote(_ name: String) throws {
    let text = try String(contentsOfFile: "\(Self.folder)/\(name)", encoding: .utf8)
    #expect(
      Self.leaks { poison, host in
        ProgramRun.run(
          text, poison: poison, host: host, command: Self.workload.replacing("\\\n", with: ""))
      } == [])
  }

  private static func leaks(
    _ run: (UInt8, WatchingHost) -> ProgramRun.Outcome
  ) -> [WatchingHost.Place] {
    var suspects: Set<WatchingHost.Place>?
    for poison in poisons {
      let host = WatchingHost(for: poisons)
      let outcome = run(poison, host)
      #expect(!outcome.messages.contains("verifier"), "\(outcome.messages)")
      var found = host.places[poison] ?? []
      for (other, places) in host.places where other != poison { found.subtract(places) }
      suspects = suspects?.intersection(found) ?? found
      if suspects?.isEmpty != false { break }
    }
    return (suspects ?? []).sorted { "\($0)" < "\($1)" }
  }
}
