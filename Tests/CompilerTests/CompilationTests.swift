import Compiler
import Diagnostics
import MachineView
import Semantics
import TestKit
import Testing
import TraceModel

private let machine = DirectoryMachine(root: Fixtures.kernel())

private func compiled(
  _ text: String, stages: Set<CompilationStage> = [], generatesCode: Bool = true
) -> CompilationResult {
  compile(
    SourceFile(name: "stdin", text: text), for: .test(machine),
    options: CompilationOptions(
      producer: "test 1", stages: stages, generatesCode: generatesCode))
}

@Suite struct CompilationTests {
  @Test func theArtifactCarriesItsManifest() throws {
    let artifact = try #require(
      compiled("// Says hello.\nbegin { printf(\"hello %d\\n\", $#); @n[pid] = count(); }")
        .artifact)
    let read = try Artifact(reading: artifact.object)
    #expect(read.manifest == artifact.manifest)
    #expect(read.manifest.producer == "test 1")
    #expect(read.manifest.architecture == "x86_64")
    #expect(read.manifest.manual == "Says hello.")
    #expect(ELFSections(artifact.object)?.contents(of: "bt/raw_tp/begin") != nil)
  }

  @Test func stagesAreShownInOrder() {
    let result = compiled("begin { $x = 1; print($x); }", stages: Set(CompilationStage.allCases))
    #expect(result.dumps.map(\.stage) == CompilationStage.allCases)
    for (stage, part) in [
      (CompilationStage.types, "variable $x: int8"), (.ir, "program 0 begin_0 in raw_tp/begin"),
      (.codegen, "define"), (.codegenOptimized, "define"),
    ] {
      let text = result.dumps.first { $0.stage == stage }?.text ?? ""
      #expect(text.contains(part), "\(stage)")
    }
  }

  @Test func aWrongScriptGivesDiagnosticsAndWhatWasReached() {
    let result = compiled("begin { print($nope); }", stages: [.ast, .types])
    #expect(result.artifact == nil)
    #expect(result.diagnostics.hasErrors)
    #expect(result.dumps.map(\.stage) == [.ast, .types])
  }

  @Test func withoutCodeGenerationTheScriptIsOnlyChecked() {
    let result = compiled("begin { print(1); }", generatesCode: false)
    #expect(result.artifact == nil)
    #expect(result.script != nil)
    #expect(!result.diagnostics.hasErrors)
  }

  @Test func equalScriptsMakeEqualArtifacts() {
    let script = "begin { @a[comm] = hist(pid); for ($kv : @b) { print($kv); } @b[1] = 2; }"
    #expect(compiled(script).artifact?.object == compiled(script).artifact?.object)
  }
}
