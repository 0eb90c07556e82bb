import Compiler
import Diagnostics
import MachineView
import Semantics
import TestKit
import Testing
import TraceModel

/// Which maps each CPU has an element of to itself.
@Suite struct OwnCPUMapTests {
  private func storage(_ script: String) throws -> [MapStorage] {
    let result = compile(
      SourceFile(name: "stdin", text: script), for: AnalysisTarget.test(DirectoryMachine()),
      options: CompilationOptions(producer: "test"))
    return try #require(result.artifact).manifest.maps.map(\.storage)
  }

  @Test func mapsOfNumbersThatAreKeyedByTheCPUAndTakenOut() throws {
    #expect(try storage("begin { @s[cpu] = nsecs; } end { delete(@s, cpu); }") == [.ownCPU])
    #expect(
      try storage("begin { @s[cpu] = 1; } end { if (find(@s, cpu, $s)) { delete(@s, cpu); } }")
        == [.ownCPU])
  }

  @Test(arguments: [
    "begin { @s[cpu] = nsecs; } end { delete(@s, 0); }",
    "begin { @s[cpu, 1] = nsecs; } end { delete(@s, (cpu, 1)); }",
    "begin { @s[cpu]++; } end { delete(@s, cpu); }",
    "begin { @s[cpu] = 1; for ($s : @s) { print($s); } } end { delete(@s, cpu); }",
    "begin { @s[cpu] = (1, 2); } end { delete(@s, cpu); }",
    "begin { @s[cpu] = 1; }",
  ])
  func othersAreHashes(_ script: String) throws {
    #expect(try storage(script) == [.hash])
  }
}
