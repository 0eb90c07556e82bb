import Diagnostics
import Syntax
import Testing

@Suite struct RecoveryTests {
  @Test func reportsSeveralStatements() {
    #expect(
      messages(
        """
        begin {
          $a = ;
          print(1;
          $b = 2 $c = 3;
          if ($x { f(); } else { g(); }
          $d = 1 +;
        }
        end { $e = ; }
        """) == [
          "stdin:2:8-9: ERROR: syntax: expected expression",
          "stdin:3:10-11: ERROR: syntax: expected ')'",
          "stdin:4:10-12: ERROR: syntax: expected ';'",
          "stdin:5:10-11: ERROR: syntax: expected ')'",
          "stdin:6:11-12: ERROR: syntax: expected expression",
          "stdin:8:12-13: ERROR: syntax: expected expression",
        ])
  }

  @Test func keepsWhatIsRight() {
    #expect(
      dump("begin { f(); $a = ; g(); } end { }") == """
        stdin:1:19-20: ERROR: syntax: expected expression
        probe
          attach point "begin"
          block
            call f
            call g
        probe
          attach point "end"
          block

        """)
  }

  @Test func aMissingSemicolonCostsOneError() {
    let script = parsed("begin {\n  $x = 1\n  $y = 2;\n  f()\n  g();\n}")
    #expect(
      messages(script) == [
        "stdin:3:3-5: ERROR: syntax: expected ';'", "stdin:5:3-4: ERROR: syntax: expected ';'",
      ])
    #expect(script.tree.statements.count == 4)
  }

  @Test func recoversInsideNestedBlocks() {
    let script = parsed("begin { if (1) { $a = ; f(); } g(); }")
    #expect(messages(script).count == 1)
    let calls = script.tree.expressions.compactMap {
      if case .call(let call) = $0.kind { call.name } else { nil }
    }
    #expect(calls == ["f", "g"])
  }

  @Test func goesOnWithTheNextItem() {
    let script = parsed(
      "config = { a = ; b = 1 } import ; macro ( { } let @m = ; fn f { } kprobe { } end { }")
    #expect(messages(script).count == 5)
    #expect(script.tree.probes.count == 2)
    #expect(script.tree.config?.entries.map(\.key) == ["b"])
  }

  @Test func garbageBetweenProbesIsOneError() {
    let script = parsed("begin { } }}}) ] end { }")
    #expect(messages(script) == ["stdin:1:11-12: ERROR: syntax: expected attach point"])
    #expect(script.tree.probes.count == 2)
  }

  @Test func aBrokenPredicateDoesNotHideTheBody() {
    #expect(
      messages("begin /pid ==/ { $x = ; }") == [
        "stdin:1:14-15: ERROR: syntax: expected expression",
        "stdin:1:23-24: ERROR: syntax: expected expression",
      ])
  }

  @Test func givesUpAfterManyErrors() {
    let script = parsed("begin { \(String(repeating: "$a = ; ", count: 1000)) }")
    #expect(script.diagnostics.errorCount == 101)
    #expect(script.diagnostics.last?.message == "syntax: too many errors, giving up")
  }
}
