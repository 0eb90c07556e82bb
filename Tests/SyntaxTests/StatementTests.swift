import Syntax
import Testing

/// Returns the dump of what is in `begin { <text> }`.
private func blockDump(_ text: String) -> String {
  dump("begin { \(text) }").split(separator: "\n").dropFirst(3)
    .map { String($0.dropFirst(4)) }.joined(separator: "\n")
}

@Suite struct StatementTests {
  @Test(arguments: [
    ("=", "="), ("+=", "+="), ("-=", "-="), ("*=", "*="), ("/=", "/="), ("%=", "%="), ("&=", "&="),
    ("|=", "|="), ("^=", "^="), ("<<=", "<<="), (">>=", ">>="),
  ])
  func assigns(sign: String, label: String) {
    #expect(blockDump("$x \(sign) 1;") == "assign \(label)\n  variable $x\n  integer 1")
    #expect(blockDump("@ \(sign) 1") == "assign \(label)\n  map @\n  integer 1")
    #expect(
      blockDump("@m[1] \(sign) 2")
        == "assign \(label)\n  map element @m\n    integer 1\n  integer 2")
  }

  @Test func lastStatementNeedsNoSemicolon() {
    #expect(blockDump("$x = 1") == blockDump("$x = 1;"))
    #expect(blockDump("return") == blockDump("return;"))
    #expect(blockDump("let $x") == blockDump("let $x;"))
    #expect(blockDump("_ = 1") == blockDump("_ = 1;"))
    #expect(blockDump("f()") == "result\n  call f")
    #expect(blockDump("f();") == "call f")
  }

  @Test func emptyStatementsCountForNothing() {
    #expect(blockDump(";;f();;;g();;") == "call f\ncall g")
    #expect(dump("begin { ; };;end { };") == dump("begin { } end { }"))
  }

  @Test func declares() {
    #expect(blockDump("let $x") == "let $x")
    #expect(blockDump("let $x = 1") == "let $x\n  integer 1")
    #expect(blockDump("let $x: uint8") == "let $x\n  type uint8")
    #expect(
      blockDump("let $x: struct a*[3] = 1") == "let $x\n  type struct a*[3]\n  integer 1")
    #expect(blockDump("let $x: int8*= 1") == "let $x\n  type int8*\n  integer 1")
    #expect(
      blockDump("let $x: typeof($y)")
        == "let $x\n  type typeof(...)\n    variable $y")
  }

  @Test func loops() {
    #expect(
      blockDump("for ($i : 1..f(2)) { break; }")
        == "for $i\n  range\n    integer 1\n    call f\n      integer 2\n  block\n    break")
    #expect(
      blockDump("for $kv : @m { continue }") == "for $kv\n  map @m\n  block\n    continue")
    #expect(
      blockDump("for ($i : (-2)..$n) { }")
        == "for $i\n  range\n    unary -\n      integer 2\n    variable $n\n  block")
    #expect(
      blockDump("for ($i : @a..@b[1]) { }")
        == "for $i\n  range\n    map @a\n    map element @b\n      integer 1\n  block")
    #expect(blockDump("while ($x < 3) { }") == blockDump("while $x < 3 { }"))
    #expect(blockDump("while (1) { f(); }") == "while\n  integer 1\n  block\n    call f")
    #expect(blockDump("unroll (4) { }") == "unroll\n  integer 4\n  block")
    #expect(blockDump("unroll $1 { }") == "unroll\n  positional $1\n  block")
  }

  @Test func returns() {
    #expect(blockDump("return 1 + 2;") == "return\n  binary +\n    integer 1\n    integer 2")
  }

  @Test func ifNeedsNoSemicolon() {
    #expect(
      blockDump("if (1) { } f(); if (2) { } else { }; g();") == """
        if
          integer 1
          block
        call f
        if
          integer 2
          block
          else
            block
        call g
        """)
  }

  @Test func aTrailingIfIsTheResult() {
    #expect(blockDump("if (1) { 2 }").hasPrefix("result\n  if"))
    #expect(blockDump("{ 2 }").hasPrefix("result\n  block"))
  }

  @Test func importsInsideABlock() {
    #expect(blockDump("import \"a/b.h\"; f()") == "import \"a/b.h\"\nresult\n  call f")
  }

  @Test func underscoreIsAnIdentifierElsewhere() {
    #expect(blockDump("f(_);") == "call f\n  identifier _")
    #expect(blockDump("_ == 1;") == "binary ==\n  identifier _\n  integer 1")
  }
}
