import BPF
import Language
import TestKit
import Testing
import TraceModel

/// Whole scripts, compiled and run in the kernel.
@Suite(.enabled(if: ProgramRun.isPossible, "running programs takes root"))
struct ProgramTests {
  /// Each `.bt` file under `Fixtures/Programs` has what it writes beside it: standard output, and if
  /// there is any, standard error after a line `--- messages`.
  @Test(arguments: ScriptFixture.all(in: "Programs"))
  func writesWhatIsRecorded(_ fixture: ScriptFixture) throws {
    let difference = try Golden.difference(
      Self.outcome(of: fixture), from: String(fixture.path.dropLast(3)) + ".out")
    #expect(difference == nil, "\(difference ?? "")")
  }

  @Test(arguments: ScriptFixture.all(in: "Programs"))
  func writesTheSameWithoutShortcuts(_ fixture: ScriptFixture) {
    #expect(
      Self.outcome(of: fixture, absentFeatures: KernelFeature.shortcuts)
        == Self.outcome(of: fixture))
  }

  private static func outcome(
    of fixture: ScriptFixture, absentFeatures: Set<KernelFeature> = []
  ) -> String {
    let outcome = ProgramRun.run(
      fixture.text, parameters: fixture.directive("parameters") ?? [],
      allowsUnsafe: fixture.directive("unsafe") != nil,
      reportsEveryFailure: fixture.directive("every-failure") != nil,
      absentFeatures: absentFeatures)
    var text = outcome.output
    if !outcome.messages.isEmpty { text += "--- messages\n\(outcome.messages)" }
    if outcome.status != 0 { text += "--- status \(outcome.status)\n" }
    return text
  }

  /// What the manual shows is what happens.
  @Test(arguments: Catalog.examples)
  func examplesOfTheCatalogPrintWhatTheySay(_ example: CatalogExample) {
    let outcome = ProgramRun.run(example.script)
    #expect(outcome.output.split { $0 == "\n" } == example.output.split { $0 == "\n" })
    #expect(outcome.messages == "", "\(example.script)")
  }

  /// The verifier takes everything that the lowering is tested with, on small and large machines.
  @Test(arguments: ScriptFixture.all(in: "Lowering"), [2, 256])
  func theKernelAcceptsTheProgram(_ fixture: ScriptFixture, cpuCount: Int) {
    let rejection = ProgramRun.rejection(of: fixture, cpuCount: cpuCount)
    #expect(rejection == nil, "\(rejection ?? "")")
  }

  @Test(arguments: ScriptFixture.all(in: "Lowering"))
  func theKernelAcceptsTheShortcuts(_ fixture: ScriptFixture) {
    let host = LibBPFHost()
    let rejection = ProgramRun.rejection(of: fixture, cpuCount: 2) { host.probe($0).isYes }
    #expect(rejection == nil, "\(rejection ?? "")")
  }
}
