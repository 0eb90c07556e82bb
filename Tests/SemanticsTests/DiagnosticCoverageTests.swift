import Diagnostics
import Foundation
import MachineView
import Semantics
import Syntax
import TestKit
import Testing

/// Every kind of diagnostic is explained, and shown by a fixture.
@Suite struct DiagnosticCoverageTests {
  /// What no script on the recorded machine can cause, and what would.
  private static let elsewhere = [
    "ambiguous-source-file": "a binary; see the command-line tests",
    "no-code-at-line": "a binary; see the command-line tests",
    "no-debug-information": "a binary; see the command-line tests",
    "no-parameters": "a binary; see the command-line tests",
    "no-source-file": "a binary; see the command-line tests",
    "unreadable-argument": "a binary; see the command-line tests",
    "c-header-part": "a header of the system; see the tests of headers",
    "code-generation": "a mistake of ours",
    "config-environment": "a variable of the environment; see the command-line tests",
    "go-return": "a binary; see the command-line tests",
    "indirect-function": "a binary; see the command-line tests",
    "inlined-calls": "a binary; see the command-line tests",
    "import-c": "a compiler of C; see the command-line tests",
    "machine": "a machine whose types cannot be read",
    "needs-btf": "a machine without types",
    "no-user-symbol": "a binary; see the command-line tests",
    "not-supported": "what checks let pass and no code can be made of, a mistake of ours",
    "program-size": "a thousand lines; see the command-line tests",
    "too-deep": "thousands of parentheses; see the tests of the parser",
    "too-many-errors": "hundreds of mistakes; see the tests of the parser",
    "tracefs": "a machine whose tracefs cannot be read",
    "unknown-object": "what becomes of it; see the command-line tests",
    "unknown-structure": "a structure that the kernel only declares",
  ]

  @Test func theRegistryHasWhatTheSourcesUse() throws {
    let used = try DiagnosticIDs.inSources()
    #expect(used.subtracting(DiagnosticRegistry.ids) == [])
    #expect(Set(DiagnosticRegistry.ids).subtracting(used) == [])
  }

  @Test func everyKindIsReportedForSomeFixture() throws {
    let shown = try Self.shownByScripts().union(Self.shownBySyntaxCases())
    let missing = Set(DiagnosticRegistry.ids).subtracting(shown)
    #expect(missing.sorted() == Self.elsewhere.keys.sorted())
  }

  private static func shownByScripts() -> Set<String> {
    let machine = DirectoryMachine(root: Fixtures.kernel())
    var shown: Set<String> = []
    for fixture in ScriptFixture.all(in: "Semantics") {
      let script = fixture.text.components(separatedBy: "\n")
        .map { $0.components(separatedBy: "  //~ ")[0] }.joined(separator: "\n")
      var target = AnalysisTarget.test(machine)
      target.parameters = fixture.directive("parameters") ?? []
      target.allowsUnsafe = fixture.directive("unsafe") != nil
      shown.formUnion(ScriptUnderTest(script, on: target).diagnostics.map(\.id))
    }
    return shown
  }

  /// What the parser says of `BadScripts/syntax.txt`, where `%{ff}` is a byte.
  private static func shownBySyntaxCases() throws -> Set<String> {
    let file = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures/BadScripts/syntax.txt")
    let text = try String(contentsOf: file, encoding: .utf8)
    var shown: Set<String> = []
    for section in text.components(separatedBy: "\n### ").dropFirst() {
      let body = section.drop { $0 != "\n" }.dropFirst()
      var pieces = String(body).components(separatedBy: "\n>>> ")[0].components(separatedBy: "%{")
      var bytes = Array(pieces.removeFirst().utf8)
      for piece in pieces {
        bytes += UInt8(piece.prefix(2), radix: 16).map { [$0] } ?? []
        bytes += Array(piece.dropFirst(3).utf8)
      }
      shown.formUnion(parse(SourceFile(name: "stdin", bytes: bytes)).diagnostics.map(\.id))
    }
    return shown
  }
}
