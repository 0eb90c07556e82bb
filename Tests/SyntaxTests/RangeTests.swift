import Diagnostics
import Syntax
import Testing

@Suite struct RangeTests {
  /// Returns the source text of the first expression whose label in a dump begins so.
  private func covered(_ text: String, by isWanted: (ExpressionSyntax.Kind) -> Bool) -> String? {
    let script = parsed("begin { \(text) }")
    return script.tree.expressions.last { isWanted($0.kind) }
      .map { script.file.text(in: $0.range) }
  }

  private func statement(_ text: String) -> String? {
    let script = parsed("begin { \(text) }")
    guard let body = script.tree.probes.first?.body, let id = script.tree[body].statements.first
    else { return nil }
    return script.file.text(in: script.tree[id].range)
  }

  @Test func aCallReachesToItsParenthesis() {
    #expect(
      covered("print ( 1 ) ;") { if case .call = $0 { true } else { false } } == "print ( 1 )")
  }

  @Test func namesCoverTheirToken() {
    #expect(covered("f( $x );") { $0 == .variable("$x") } == "$x")
    #expect(covered("f( pid );") { $0 == .identifier("pid") } == "pid")
    #expect(covered("f( @m );") { $0 == .map("@m") } == "@m")
    #expect(covered("f( 0x1f );") { if case .integer = $0 { true } else { false } } == "0x1f")
    #expect(covered(#"f( "a\n" );"#) { if case .string = $0 { true } else { false } } == #""a\n""#)
  }

  @Test func aMapElementReachesToItsBracket() {
    #expect(
      covered("f( @m[1, 2] );") { if case .mapElement = $0 { true } else { false } } == "@m[1, 2]")
  }

  @Test func anOperationReachesFromOperandToOperand() {
    #expect(
      covered("f( (1 + 2) * (int8)$x );") {
        if case .binary(.multiply, _, _) = $0 { true } else { false }
      }
        == "(1 + 2) * (int8)$x")
    #expect(
      covered("f( (1 + 2) * 3 );") { if case .binary(.add, _, _) = $0 { true } else { false } }
        == "1 + 2")
    #expect(covered("f( - $x );") { if case .unary = $0 { true } else { false } } == "- $x")
    #expect(covered("f( $x ++ );") { if case .step = $0 { true } else { false } } == "$x ++")
    #expect(covered("f( ++$x );") { if case .step = $0 { true } else { false } } == "++$x")
    #expect(
      covered("f( 1 ? 2 : 3 );") { if case .ternary = $0 { true } else { false } } == "1 ? 2 : 3")
  }

  @Test func aCastCoversTheTypeOnly() {
    #expect(
      covered("f( (struct a *)$x );") { if case .cast = $0 { true } else { false } }
        == "(struct a *)")
  }

  @Test func accessesCoverTheWhole() {
    #expect(covered("f( $x.y.z );") { if case .field = $0 { true } else { false } } == "$x.y.z")
    #expect(covered("f( (*$x)->y );") { if case .field = $0 { true } else { false } } == "(*$x)->y")
    #expect(covered("f( $x.0 );") { if case .tupleElement = $0 { true } else { false } } == "$x.0")
    #expect(covered("f( $x[1] );") { if case .index = $0 { true } else { false } } == "$x[1]")
  }

  @Test func tuplesAndRecordsIncludeTheirParentheses() {
    #expect(covered("f( (1, 2) );") { if case .tuple = $0 { true } else { false } } == "(1, 2)")
    #expect(covered("f( (a = 1) );") { if case .record = $0 { true } else { false } } == "(a = 1)")
  }

  @Test(arguments: [
    ("$x = 1 ;", "$x = 1"), ("@m[1] += 2 ;", "@m[1] += 2"), ("let $x ;", "let $x"),
    ("let $x: int8 ;", "let $x"), ("let $x: int8 = 3 ;", "let $x: int8 = 3"),
    ("return 1 + 2 ;", "return 1 + 2 ;"), ("break ;", "break ;"), ("f(1) ;", "f(1) ;"),
    ("if (1) { } else { } ;", "if (1) { } else { }"), ("while (1) { }", "while (1) { }"),
    ("for ($i : 1..2) { }", "for ($i : 1..2) { }"), ("unroll 3 { }", "unroll 3 { }"),
    ("_ = 3 ;", "_ = 3"), ("(int8)$x ;", "(int8)$x ;"), ("import \"a\" ;", "import \"a\""),
  ])
  func onlyJumpsAndExpressionsIncludeTheirSemicolon(text: String, expected: String) {
    #expect(statement(text) == expected)
  }

  @Test func aCompoundAssignmentKnowsItsOperator() throws {
    let script = parsed("begin { $x += 2; }")
    guard case .assign(let assignment) = try #require(script.tree.statements.first).kind else {
      Issue.record("no assignment")
      return
    }
    #expect(script.file.text(in: assignment.operatorRange) == "+=")
  }

  @Test func itemsCoverTheirHeads() throws {
    let script = parsed(
      """
      config = { a = 1; b=x }
      import "a" ;
      let @m = hash( 2 ) ;
      macro m( $a, b ) { }
      fn f($a : int8) : struct x * { }
      n=kprobe:a , kprobe:$1 / 1 == 1 / { }
      """)
    let tree = script.tree
    func text(_ range: SourceRange?) -> String? { range.map(script.file.text) }
    #expect(messages(script) == [])
    #expect(tree.config?.entries.map { script.file.text(in: $0.range) } == ["a = 1", "b=x"])
    #expect(text(tree.imports.first?.range) == "import \"a\"")
    #expect(text(tree.mapDeclarations.first?.range) == "let @m = hash( 2 ) ;")
    #expect(text(tree.macros.first?.range) == "macro m")
    #expect(text(tree.functions.first?.range) == "fn f($a : int8) : struct x *")
    let probe = try #require(tree.probes.first)
    #expect(text(probe.range) == "n=kprobe:a , kprobe:$1")
    #expect(probe.attachPoints.map { text($0.range) } == ["n=kprobe:a", "kprobe:$1"])
    #expect(text(probe.predicate?.range) == " 1 == 1 ")
    #expect(text(tree[probe.body].range) == "{ }")
  }
}
