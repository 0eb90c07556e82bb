import Diagnostics
import Syntax
import Testing

@Suite struct LexicalTests {
  private func string(_ text: String) -> [UInt8]? {
    guard let (tree, id) = expression(text), case .string(let bytes) = tree[id].kind else {
      return nil
    }
    return bytes
  }

  @Test(
    arguments: [
      (#""""#, []), (#""a b""#, Array("a b".utf8)), (#""\n\t\r\"\\""#, [10, 9, 13, 34, 92]),
      (#""\0""#, [0]), (#""\377""#, [255]), (#""\1234""#, [0o123, 0x34]), (#""\18""#, [1, 0x38]),
      (#""\x4""#, [4]), (#""\x41\X42C""#, [0x41, 0x42, 0x43]), (#""\xfFf""#, [255, 0x66]),
      (#""äß""#, Array("äß".utf8)), (#""// no /* comment""#, Array("// no /* comment".utf8)),
    ] as [(String, [UInt8])])
  func decodesStrings(text: String, bytes: [UInt8]) {
    #expect(string(text) == bytes)
  }

  @Test func bytesThatAreNotUTF8PassThroughStringsWithAWarning() throws {
    let bytes = Array("begin { _ = \"".utf8) + [0xff, 0x61] + Array("\"; }".utf8)
    let script = parse(SourceFile(name: "stdin", bytes: bytes))
    #expect(messages(script) == ["stdin:1:13-17: WARNING: String is not valid UTF-8"])
    #expect(!script.diagnostics.hasErrors)
    #expect(script.tree.expressions.map(\.kind) == [.string([0xff, 0x61])])
  }

  @Test func reportsEveryBadEscape() {
    #expect(
      messages(#"begin { print("\q\w\400"); }"#) == [
        #"stdin:1:17-19: ERROR: syntax: invalid escape character '\q'"#,
        #"stdin:1:19-21: ERROR: syntax: invalid escape character '\w'"#,
        #"stdin:1:20-24: ERROR: syntax: octal escape sequence out of range '\400'"#,
      ])
  }

  @Test func commentsMayStandBetweenAnyTokens() {
    let plain = dump("kprobe:a, kprobe:b /pid/ { print(1 + 2); }")
    #expect(
      dump(
        "/*a*/kprobe:a /**/ , // c\n kprobe:b //x\n /pid/ /*{*/ { print/*}*/(1//)\n+ 2/***/); } // e"
      ) == plain)
  }

  @Test func listsComments() {
    let script = parsed("// one\nkprobe:a,/* two */kprobe:b { $x(1/*three*/); /*four*/ }\n//five")
    #expect(
      script.comments.map(script.file.text) == [
        "// one", "/* two */", "/*three*/", "/*four*/", "//five",
      ])
  }

  @Test(arguments: [
    "#!/usr/bin/env bpftrace\nbegin { }", " \n\t#!bpftrace\nbegin { }",
    "\u{feff}#!bpftrace\nbegin { }",
  ])
  func skipsTheFirstLineOfACommand(text: String) {
    #expect(dump(text) == dump("begin { }"))
  }

  @Test func aShebangComesFirstOrNotAtAll() {
    #expect(parsed("begin { }\n#!/bin/sh").diagnostics.hasErrors)
  }

  @Test func carriageReturnsAreWhiteSpace() {
    #expect(dump("begin\r\n{\r\n print(1);\r\n}\r\n") == dump("begin { print(1); }"))
  }

  @Test func anEmptyScriptIsNoError() {
    #expect(dump("") == "")
    #expect(dump(" \n// nothing\n") == "")
  }

  @Test func namesKeepTheirSigils() {
    #expect(expressionDump("$x_1") == "variable $x_1")
    #expect(expressionDump("@") == "map @")
    #expect(expressionDump("@m") == "map @m")
    #expect(expressionDump("$let") == "variable $let")
    #expect(expressionDump("@for") == "map @for")
    #expect(expressionDump("$12") == "positional $12")
    #expect(expressionDump("$#") == "positional count")
    #expect(expressionDump("true") == "boolean true")
  }

  @Test func goesOnAfterAByteThatBeginsNothing() {
    #expect(
      messages("begin { $a = 1 ` + 2; $b = ´3; }") == [
        "stdin:1:16-17: ERROR: syntax: invalid character '`'",
        "stdin:1:28-30: ERROR: syntax: invalid character '´'",
      ])
  }
}
