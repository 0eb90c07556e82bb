package import Diagnostics
package import Lowering
package import MachineView
package import Semantics
import Syntax
import TraceModel

/// A script taken as far as a test wants, on a recorded kernel or the running one.
package struct ScriptUnderTest {
  package let source: SourceFile
  package let target: AnalysisTarget
  package let script: TypedScript
  package let diagnostics: DiagnosticList

  /// Parses and analyses.
  package init(_ text: String, on target: AnalysisTarget, name: String = "stdin") {
    source = SourceFile(name: name, text: text)
    self.target = target
    let parsed = parse(source, parameters: target.parameters)
    (script, diagnostics) = Analysis.analyze(parsed, for: target)
  }

  /// Parses and analyses a fixture by its directives.
  package init(_ fixture: ScriptFixture, on machine: DirectoryMachine) {
    var target = AnalysisTarget.test(machine)
    target.parametersAreFinal = fixture.directive("any-machine") == nil && !fixture.isTool
    target.isForThisKernel = fixture.directive("this-kernel") != nil
    target.parameters = fixture.directive("parameters") ?? []
    target.allowsUnsafe = fixture.directive("unsafe") != nil
    target.reportsEveryFailure = fixture.directive("every-failure") != nil
    target.omitsRuntimeChecks = fixture.directive("no-checks") != nil
    self.init(fixture.text, on: target, name: fixture.name + ".bt")
  }

  /// The diagnostics as the command would show them.
  package var messages: String {
    DiagnosticRenderer(SourceMap(source)).text(diagnostics)
  }

  /// The lowered script; nil if it has errors.
  package func lowered() -> LoweredScript? {
    guard !diagnostics.hasErrors else { return nil }
    return lower(script, for: target, name: source.name, producer: "test")
  }
}

extension AnalysisTarget {
  /// The target of tests on a machine, which has the architecture the fixtures were made on.
  package static func test(_ machine: DirectoryMachine) -> AnalysisTarget {
    AnalysisTarget(
      kernel: machine, user: machine,
      architecture: (try? machine.architecture) ?? .amd64)
  }
}
