import Diagnostics
import Syntax
import Testing

@Suite struct AttachPointTests {
  private func parts(_ text: String, parameters: [String] = []) -> [AttachPointSyntax.Part] {
    parsed("\(text) { }", parameters: parameters).tree.probes.first?.attachPoints.first?.parts ?? []
  }

  private func texts(_ text: String, parameters: [String] = []) -> [String] {
    parts(text, parameters: parameters).map { part in
      switch part {
      case .text(let text, _): text
      case .at: "@"
      }
    }
  }

  @Test(arguments: [
    ("begin", ["begin"]), ("BEGIN", ["BEGIN"]), ("kprobe:vfs_read", ["kprobe", "vfs_read"]),
    ("tracepoint:sched:*", ["tracepoint", "sched", "*"]), ("*:*foo*", ["*", "*foo*"]),
    ("kprobe:f+0x10", ["kprobe", "f+0x10"]), ("kprobe:f.constprop.*", ["kprobe", "f.constprop.*"]),
    ("uprobe:/bin/sh:main", ["uprobe", "/bin/sh", "main"]),
    ("uprobe:/a//b/*c:main", ["uprobe", "/a//b/*c", "main"]),
    (
      "uprobe:./srv:\"ns::Pool<int>::take(int, int)\"",
      ["uprobe", "./srv", "ns::Pool<int>::take(int, int)"]
    ),
    ("uprobe:./srv:cpp:\"a{b}@c\"", ["uprobe", "./srv", "cpp", "a{b}@c"]),
    (#"uprobe:a:"x\"y\\z\w""#, ["uprobe", "a", #"x"y\zw"#]),
    ("uprobe:lib\"c.so\".6:f", ["uprobe", "libc.so.6", "f"]),
    ("uprobe:/bin/x@main.c:12:3", ["uprobe", "/bin/x", "@", "main.c", "12", "3"]),
    ("uprobe:a.zip!/lib.so:f", ["uprobe", "a.zip!/lib.so", "f"]),
    ("interval:s:1", ["interval", "s", "1"]), ("interval:250ms", ["interval", "250ms"]),
    ("software:cpu:", ["software", "cpu", ""]),
    ("watchpoint:0x10000000:8:rw", ["watchpoint", "0x10000000", "8", "rw"]),
    ("uprobe:/bin/ü:main", ["uprobe", "/bin/ü", "main"]), ("kprobe:a;b", ["kprobe", "a;b"]),
  ])
  func splitsAtColonsAndAts(text: String, expected: [String]) {
    #expect(texts(text) == expected)
  }

  @Test func knowsWhatWasQuoted() {
    #expect(
      parts("uprobe:\"a*\":b") == [
        .text("uprobe", isQuoted: false), .text("a*", isQuoted: true), .text("b", isQuoted: false),
      ])
  }

  @Test(arguments: [
    ("uprobe:$1:main", ["/bin/sh"], ["uprobe", "/bin/sh", "main"]),
    ("uprobe:$2", ["x", "/bin/sh:main"], ["uprobe", "/bin/sh", "main"]),
    ("uprobe:$1$2:x$1", ["a", "b"], ["uprobe", "ab", "xa"]), ("$1:f", ["kprobe"], ["kprobe", "f"]),
    ("kprobe:$3", ["a"], ["kprobe", ""]), ("uprobe:\"$1\":f", ["a"], ["uprobe", "$1", "f"]),
    ("kprobe:$1", ["\"a:b\""], ["kprobe", "a:b"]), ("kprobe:$12", ["a"], ["kprobe", ""]),
  ])
  func fillsInParameters(text: String, parameters: [String], expected: [String]) {
    #expect(texts(text, parameters: parameters) == expected)
  }

  @Test func saysWhetherParametersWereUsed() {
    let points = parsed("kprobe:a, kprobe:$1, uprobe:\"$1\":b { }").tree.probes[0].attachPoints
    #expect(points.map(\.usesParameters) == [false, true, false])
    #expect(points.map(\.text) == ["kprobe:a", "kprobe:", "uprobe:\"$1\":b"])
    #expect(points.map(\.probeType) == ["kprobe", "kprobe", "uprobe"])
  }

  @Test func severalShareABody() {
    let expected = dump("kprobe:a, kprobe:b { }")
    #expect(dump("kprobe:a,kprobe:b{ }") == expected)
    #expect(dump("kprobe:a\n,\n kprobe:b,\n{ }") == expected)
    #expect(dump("kprobe:a, // one\nkprobe:b, /* two */ { }") == expected)
    #expect(dump("kprobe:a, kprobe:b, /1/ { }") == dump("kprobe:a, kprobe:b /1/ { }"))
  }

  @Test func namesAreTaken() {
    #expect(dump("mine=kprobe:a { }") == "probe\n  attach point mine = \"kprobe\" \"a\"\n  block\n")
    #expect(dump("mine = kprobe:a { }") == dump("mine=kprobe:a { }"))
    let points = parsed("a=begin, end { }").tree.probes[0].attachPoints
    #expect(points.map(\.name) == ["a", nil])
  }

  @Test(arguments: [
    "begin/pid == 1/{ }", "begin /pid == 1/ { }", "begin\n/\npid == 1\n/\n{ }",
    "begin /* a */ /pid == 1/ /* b */ { }",
  ])
  func predicatesFollow(text: String) {
    #expect(
      dump(text) == """
        probe
          attach point "begin"
          predicate
            binary ==
              identifier pid
              integer 1
          block

        """)
  }

  @Test func aSlashAfterAColonBelongsToThePath() {
    #expect(texts("uprobe:/bin/sh:f/pid/") == ["uprobe", "/bin/sh", "f/pid/"])
  }

  @Test(arguments: [
    ("/1 / 2/", "1 / 2"), ("/(4 / 2) == 2/", "(4 / 2) == 2"), ("/ @x[1 / 1] /", " @x[1 / 1] "),
    ("/1 /\n{", "1 "),
  ])
  func aSlashBeforeABraceEndsThePredicate(text: String, expected: String) {
    let script = parsed("begin \(text)\(text.hasSuffix("{") ? "" : " {") }")
    #expect(messages(script) == [])
    #expect(script.tree.probes.first?.predicate.map { script.file.text(in: $0.range) } == expected)
  }

  @Test func dividesOutsidePredicates() {
    #expect(messages("begin { $x = 4 / { 2 }; }") == [])
  }

  @Test(arguments: [
    (
      "kprobe:foo$bar",
      "stdin:1:11-15: ERROR: syntax: invalid positional parameter in attach point: $bar"
    ),
    (
      "kprobe:$0",
      "stdin:1:8-10: ERROR: syntax: param $0 is out of integer range [1, 9223372036854775807]"
    ),
  ])
  func refusesBadParameters(text: String, message: String) {
    #expect(messages("\(text) { }") == [message])
  }

  @Test func suggestsQuotes() {
    let hints = parsed("kprobe:foo$bar:x { }").diagnostics.flatMap(\.hints)
    #expect(hints == ["Quote the part if the '$' belongs to the name, e.g. \"$bar\"."])
  }

  @Test func takesTextFromElsewhereApart() {
    #expect(
      AttachPointText("uprobe:\"a:b\":*").parts == [
        .text("uprobe", isQuoted: false), .text("a:b", isQuoted: true), .text("*", isQuoted: false),
      ])
    #expect(AttachPointText("").parts == [.text("", isQuoted: false)])
  }
}
