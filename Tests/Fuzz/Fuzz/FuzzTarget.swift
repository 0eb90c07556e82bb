import Diagnostics
import Foundation
import Syntax

/// A reader of bytes that may come from anybody.
struct FuzzTarget: Sendable {
  let name: String
  /// What it reads, as a phrase.
  let summary: String
  /// Inputs to begin with, which need no files.
  let samples: [[UInt8]]
  /// Files, and folders of files, with more of them, below the repository.
  let corpus: [String]
  /// What of a file is an input.
  var extract: @Sendable ([UInt8]) -> [UInt8] = { $0 }
  /// Pieces that are put anywhere.
  let words: [[UInt8]]
  /// Makes an input; without it, inputs are mutations of samples and corpus.
  var generate: (@Sendable (inout SeededGenerator) -> [UInt8])?
  /// How long reading 10 kB may take.
  var secondsAllowed = 1.0
  /// Reads an input; an error is as good as a result. Returns which rule was broken, nil if none.
  let check: @Sendable ([UInt8]) -> String?

  static let all = [
    syntax, format, c, btf, manifest, artifact, elf, debugInformation, operands, packed, processes,
    callFrames, recording, scripts,
  ]

  static let syntax = FuzzTarget(
    name: "syntax", summary: "scripts, by lexer and parser",
    samples: [Array("begin { print(1); }".utf8)],
    corpus: [
      "tools", "Tests/Fuzz/Corpus/Syntax", "Tests/Fixtures/Syntax", "Tests/Fixtures/BadScripts",
    ],
    words: languageWords
  ) { input in
    brokenRules(
      by: parse(SourceFile(name: "fuzz", bytes: input), parameters: ["a:b", "\"c", "", "$1"]))
  }

  static let format = FuzzTarget(
    name: "format", summary: "scripts, by the formatter", samples: syntax.samples,
    corpus: syntax.corpus + ["Tests/Fuzz/Corpus/Format"], words: languageWords
  ) { input in
    let parameters = ["a:b", "c"]
    let script = parse(SourceFile(name: "fuzz", bytes: input), parameters: parameters)
    return script.diagnostics.hasErrors
      ? nil : brokenLayout(of: script, parameters: parameters)
  }

  /// Numbers at which lengths, offsets and counts go wrong.
  static let edges: [[UInt8]] = [
    [0], [1], [0x7f], [0x80], [0xff], [0, 0, 0, 0], [0xff, 0xff, 0xff, 0xff],
    [0xff, 0xff, 0xff, 0x7f], [0, 0, 0, 0x80], [UInt8](repeating: 0xff, count: 8),
    [UInt8](repeating: 0xff, count: 7) + [0x7f], [UInt8](repeating: 0, count: 16),
  ]
}

/// Pieces of the language, to be put anywhere.
private let languageWords: [[UInt8]] =
  [
    "begin", "kprobe:", "uprobe:/bin/sh:", "\"", "\\", "\\x", "/*", "*/", "//", "#", "#!", "{",
    "}",
    "(", ")", "[", "]", "/", " / {", ";", ",", ":", "..", ".", "->", "?", "?:", "=", "==", "+=",
    "++",
    "--", "<<=", "&&", "&", "*", "-", "!", "~", "@", "@m", "@m[", "$", "$x", "$1", "$#", "$0",
    "0x",
    "1_", "5e3", "12e3", "3ms", "18446744073709551616", "7ull", "if (", "else", "while (",
    "for ($i : ",
    "unroll 3 {", "break", "continue", "return", "let $x: ", "let @m = hash(1);", "macro m(",
    "fn f(",
    "import \"a\";", "config = {", "struct a {", "union", "enum", "__attribute__((", "sizeof(",
    "offsetof(", "typeof(", "typeinfo(", "comptime", "true", "(int8)", "(struct a *)", "_ = ",
    "_",
    "config", "args", "pid", "\n", "\r", "\t", "\0", "é", "\u{feff}", "%{ff}",
  ].map { Array($0.utf8) } + [[0xff], [0x80], [0xe2, 0x82], [0x7f], [0x1b]]
