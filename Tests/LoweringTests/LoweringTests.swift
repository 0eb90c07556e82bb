import Diagnostics
import Lowering
import MachineView
import Semantics
import TestKit
import Testing
import TraceIR
import TraceModel

private let machine = DirectoryMachine(root: Fixtures.kernel())

@Suite struct LoweringTests {
  /// Each `.bt` file under `Fixtures/Lowering` has the IR it becomes beside it.
  @Test(arguments: ScriptFixture.all(in: "Lowering"))
  func becomesTheRecordedProgram(_ fixture: ScriptFixture) throws {
    let script = ScriptUnderTest(fixture, on: machine)
    let lowered = try #require(script.lowered(), "\(script.messages)")
    #expect(!lowered.diagnostics.hasErrors)
    #expect(IRChecker.faults(in: lowered.module) == [])
    let path = String(fixture.path.dropLast(3)) + ".ir"
    let difference = try Golden.difference(IRPrinter.text(of: lowered.module), from: path)
    #expect(difference == nil, "\(difference ?? "")")
  }

  /// What lowering writes survives every pass.
  @Test(arguments: ScriptFixture.all(in: "Lowering"))
  func staysSoundThroughThePasses(_ fixture: ScriptFixture) throws {
    var lowered = try #require(ScriptUnderTest(fixture, on: machine).lowered())
    lowered.module.runPasses()
    #expect(IRChecker.faults(in: lowered.module) == [])
  }
}
