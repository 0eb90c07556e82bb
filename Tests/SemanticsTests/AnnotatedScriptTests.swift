import Diagnostics
import Foundation
import Language
import MachineView
import Semantics
import Syntax
import TestKit
import Testing

/// Scripts under `Fixtures/Semantics` say in `//~` comments what must be reported on a line, and
/// nothing else may be. `UPDATE_GOLDENS=1` rewrites the comments.
@Suite struct AnnotatedScriptTests {
  private static let machine = DirectoryMachine(root: Fixtures.kernel())

  /// `error[id]: text` for a diagnostic.
  private static func annotation(_ diagnostic: Diagnostic) -> String {
    "\(diagnostic.severity == .error ? "error" : "warning")[\(diagnostic.id)]: "
      + diagnostic.message
  }

  /// The script without annotations, and the annotations by line, counted from 1.
  private static func split(_ text: String) -> (script: String, annotations: [Int: [String]]) {
    var lines: [String] = []
    var annotations: [Int: [String]] = [:]
    for (index, line) in text.components(separatedBy: "\n").enumerated() {
      var parts = line.components(separatedBy: "  //~ ")
      lines.append(parts.removeFirst())
      if !parts.isEmpty { annotations[index + 1] = parts }
    }
    return (lines.joined(separator: "\n"), annotations)
  }

  /// What is reported about the script, by line; what has no place is on line 0.
  private static func reports(_ script: String, _ fixture: ScriptFixture) -> [Int: [String]] {
    var target = AnalysisTarget.test(machine)
    target.parameters = fixture.directive("parameters") ?? []
    target.allowsUnsafe = fixture.directive("unsafe") != nil
    let file = SourceFile(name: "script", text: script)
    let parsed = parse(file, parameters: target.parameters)
    let (_, diagnostics) = Analysis.analyze(parsed, for: target)
    var result: [Int: [String]] = [:]
    for diagnostic in diagnostics {
      let line = diagnostic.range.map { file.position(of: $0.start).line } ?? 0
      result[line, default: []].append(annotation(diagnostic))
    }
    return result
  }

  @Test(arguments: ScriptFixture.all(in: "Semantics"))
  func reportsExactlyTheAnnotatedDiagnostics(_ fixture: ScriptFixture) throws {
    let (script, annotations) = Self.split(fixture.text)
    let reports = Self.reports(script, fixture)
    if Golden.isUpdating {
      let lines = script.components(separatedBy: "\n").enumerated().map { index, line in
        ([line] + (reports[index + 1] ?? [])).joined(separator: "  //~ ")
      }
      try lines.joined(separator: "\n").write(
        toFile: fixture.path, atomically: true, encoding: .utf8)
      return
    }
    #expect(reports == annotations)
  }

  @Test func suggestsTheVariableThatWasMeant() {
    let checked = ScriptUnderTest(
      "begin { $count = 1; print($cuont) }", on: .test(Self.machine))
    #expect(checked.diagnostics.errors.first?.fixIts.first?.replacement == "$count")
  }

  @Test func suggestsTheFieldThatWasMeant() {
    let checked = ScriptUnderTest(
      "tracepoint:sched:sched_switch { print(args.prev_cmm) }", on: .test(Self.machine))
    #expect(checked.diagnostics.errors.first?.hints == ["Did you mean 'prev_comm'?"])
  }
}
