import Diagnostics
import MachineView
import Semantics
import TestKit
import Testing

/// What `--explain` tells: of every kind, and nothing that is not so.
@Suite struct ExplanationTests {
  /// What no text of a script brings about.
  private static let withoutExample: Set<String> = [
    "ambiguous-source-file", "no-code-at-line", "no-debug-information", "no-parameters",
    "no-source-file", "unreadable-argument",
    "c-header-part", "program-size", "code-generation", "config-environment", "import-c",
    "import-compiler", "go-return", "indirect-function", "inlined-calls",
    "import-config", "import-license", "import-object", "repeated-import",
    "uncallable-function",
    "invalid-utf8", "no-user-symbol", "not-supported",
    "unknown-object", "machine",
    "needs-btf", "too-deep",
    "too-many-errors", "tracefs", "unknown-structure",
  ]

  @Test func everyKindIsExplainedOnce() {
    #expect(Set(DiagnosticRegistry.ids).count == DiagnosticRegistry.ids.count)
  }

  @Test(arguments: DiagnosticRegistry.explanations)
  func theExampleShowsWhatIsMeant(_ explanation: DiagnosticExplanation) {
    guard let example = explanation.example else {
      #expect(Self.withoutExample.contains(explanation.id))
      return
    }
    #expect(!Self.withoutExample.contains(explanation.id))
    var target = AnalysisTarget.test(DirectoryMachine(root: Fixtures.kernel()))
    target.allowsUnsafe = example.contains("--unsafe")
    let script = ScriptUnderTest(example, on: target)
    #expect(
      script.diagnostics.contains { $0.id == explanation.id }, "\(example)\n\(script.messages)")
  }

  @Test(arguments: DiagnosticRegistry.explanations)
  func theTextsAreSentences(_ explanation: DiagnosticExplanation) {
    for text in [explanation.meaning, explanation.remedy] {
      #expect(text.first?.isUppercase == true || text.first == "`" || text.first == "$")
      #expect(text.hasSuffix(".") || text.hasSuffix(".`"))
      #expect(!text.contains("\n"))
    }
  }
}
