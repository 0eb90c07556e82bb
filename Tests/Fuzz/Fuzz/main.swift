import Diagnostics
import Foundation
import Syntax

/// A mutation fuzzer over lexer and parser.
///
///     SyntaxFuzz [--seconds N] [--seed N] [--corpus FOLDER]...   look for inputs that break it
///     SyntaxFuzz --run FILE...                                   parse these, print what was found
///
/// The input in work is in `syntax-fuzz-current.bin` of the temporary folder, so that it survives
/// a crash; what breaks a rule or takes too long is written beside it.

var seconds = 10.0
var seed: UInt64 = 1
var folders: [String] = []
var files: [String] = []
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
  switch argument {
  case "--seconds": seconds = arguments.popFirst().flatMap(Double.init) ?? seconds
  case "--seed": seed = arguments.popFirst().flatMap { UInt64($0) } ?? seed
  case "--corpus": folders += arguments.popFirst().map { [$0] } ?? []
  case "--run":
    files += Array(arguments)
    arguments = []
  default:
    print("unknown argument \(argument)")
    exit(2)
  }
}

func contents(_ path: String) -> [UInt8] {
  guard let data = FileManager.default.contents(atPath: path) else {
    print("cannot read \(path)")
    exit(2)
  }
  return Array(data)
}

if !files.isEmpty {
  for path in files {
    let start = ContinuousClock.now
    let file = SourceFile(name: path, bytes: contents(path))
    let script = parse(file)
    let time = ContinuousClock.now - start
    print(DiagnosticRenderer(SourceMap(file)).text(script.diagnostics), terminator: "")
    if file.bytes.count < 10_000 { print(script.tree.dump(), terminator: "") }
    print("\(path): \(file.bytes.count) bytes, \(time), \(brokenRules(by: script) ?? "rules kept")")
  }
  exit(0)
}

var corpus = Corpus(folders: folders)
print("\(corpus.entries.count) inputs, seed \(seed), \(seconds) seconds")
var fuzzer = Fuzzer(corpus: corpus, seed: seed)
exit(fuzzer.run(for: .seconds(seconds)) ? 0 : 1)
