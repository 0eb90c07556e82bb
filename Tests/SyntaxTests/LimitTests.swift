import Diagnostics
import Syntax
import Testing

/// Inputs that are large or deep in one way; none may take long or much stack.
@Suite struct LimitTests {
  private func first(_ text: String) -> String? { messages(text).first }

  private func repeated(_ text: String, _ count: Int) -> String {
    String(repeating: text, count: count)
  }

  @Test(arguments: [
    "(", "[", "{", "((", "-", "!", "*", "~", "&", "++", "(int8)", "comptime ", "f(", "@x[", "$x[",
    "1 ? ", "1 ?: ", "1 + ", "1 ? 2 : ", "if (", "if 1 { ", "{ { ", "while (", "sizeof(",
    "sizeof((", "(typeof(", "f(typeof(", "(a = ", "(1, ", "1 || ", "1 ? { ", "-(", "!{",
    "if 1 { } else { ",
  ])
  func endlessNestingIsAnError(piece: String) throws {
    try checkNesting(piece, size: 300_000)
  }

  @Test func tenMegabytesOfParenthesesAreAnError() throws {
    try checkNesting("(", size: 10_000_000)
  }

  private func checkNesting(_ piece: String, size: Int) throws {
    var bytes = Array("begin { ".utf8)
    while bytes.count < size { bytes += Array(piece.utf8) }
    let script = parse(SourceFile(name: "stdin", bytes: bytes))
    let first = try #require(script.diagnostics.first)
    #expect(first.message.hasPrefix("syntax: "))
    #expect(first.range != nil)
  }

  @Test(arguments: [
    ("begin { _ = ", "1 + ", "1; }"), ("begin { _ = ", "1 ? 2 : ", "3; }"),
    ("begin { _ = ", "-", "1; }"), ("begin { _ = $x", ".a", "; }"),
    ("begin { _ = $x", "[1]", "; }"),
    ("begin { _ = ", "(", "1; }"), ("begin { ", "{", " }"), ("begin { _ = ", "(int8)", "1; }"),
    ("begin { _ = $x", "++", "; }"), ("begin { let $x: int8", "*", "; }"),
  ])
  func deepTreesAreRefused(head: String, piece: String, tail: String) {
    #expect(first(head + repeated(piece, 100) + tail)?.contains("too deeply") != true)
    #expect(
      first(head + repeated(piece, 5000) + tail)?.contains(
        "syntax: nested too deeply, the limit is")
        == true)
  }

  @Test func longListsAreFine() {
    #expect(messages("begin { f(\(repeated("1, ", 20_000))1); }") == [])
    #expect(messages("begin { _ = (\(repeated("1, ", 20_000))1); }") == [])
    #expect(messages("begin { \(repeated("$x = 1; ", 20_000)) }") == [])
    #expect(messages("begin { \(repeated(";", 20_000)) }") == [])
    #expect(messages(repeated("begin { } ", 10_000)) == [])
    #expect(messages("\(repeated("kprobe:a, ", 10_000))kprobe:b { }") == [])
    #expect(messages("begin { if (1) { } \(repeated("else if (2) { } ", 10_000)) }") == [])
    #expect(messages("begin { _ = \"\(repeated("a", 1_000_000))\"; }") == [])
    #expect(messages("/*\(repeated("*", 1_000_000))*/ begin { }") == [])
    #expect(
      messages("struct a { \(repeated("{", 50_000))\(repeated("}", 50_000)) } begin { }") == [])
  }

  @Test func aChainOfOperatorsMayBeLong() {
    #expect(messages("begin { _ = \(repeated("$x == 1 || ", 400))1; }") == [])
  }

  @Test func everyByteIsAccepted() {
    for byte in UInt8.min...UInt8.max {
      for text in ["begin { \u{1} }", "kprobe:\u{1} { }", "\u{1}", "begin { _ = \"\u{1}\"; }"] {
        let bytes = text.utf8.map { $0 == 1 ? byte : $0 }
        let script = parse(SourceFile(name: "stdin", bytes: bytes))
        #expect(script.diagnostics.allSatisfy { $0.range != nil })
      }
    }
  }
}
