import TestKit
import Testing

/// Whole scripts, compiled and run in the kernel.
@Suite(.enabled(if: ProgramRun.isPossible, "running programs takes root"))
struct ProgramTests {
  /// Each `.bt` file under `Fixtures/Programs` has what it writes beside it: standard output, and if
  /// there is any, standard error after a line `--- messages`.
  @Test(arguments: ScriptFixture.all(in: "Programs"))
  func writesWhatIsRecorded(_ fixture: ScriptFixture) throws {
    let outcome = ProgramRun.run(
      fixture.text, parameters: fixture.directive("parameters") ?? [],
      allowsUnsafe: fixture.directive("unsafe") != nil,
      reportsEveryFailure: fixture.directive("every-failure") != nil)
    var text = outcome.output
    if !outcome.messages.isEmpty { text += "--- messages\n\(outcome.messages)" }
    if outcome.status != 0 { text += "--- status \(outcome.status)\n" }
    let difference = try Golden.difference(
      text, from: String(fixture.path.dropLast(3)) + ".out")
    #expect(difference == nil, "\(difference ?? "")")
  }

  /// The verifier takes everything that the lowering is tested with, on small and large machines.
  @Test(arguments: ScriptFixture.all(in: "Lowering"), [2, 256])
  func theKernelAcceptsTheProgram(_ fixture: ScriptFixture, cpuCount: Int) {
    let rejection = ProgramRun.rejection(of: fixture, cpuCount: cpuCount)
    #expect(rejection == nil, "\(rejection ?? "")")
  }
}
