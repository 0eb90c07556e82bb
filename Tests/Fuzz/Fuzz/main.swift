import Diagnostics
import Foundation
import Syntax

/// A fuzzer by mutation, over what reads bytes that may come from anybody.
///
///     Fuzz [TARGET] [--seconds N] [--seed N] [--corpus PATH]...   look for inputs that break it
///     Fuzz TARGET --run FILE...                                   read these, say what was found
///
/// The target is `syntax` unless another is named, the corpus what the target has in the repository,
/// which is where this is run. The input in work is in
/// `fuzz-TARGET-current-SEED.bin` of the temporary folder, so that it survives a crash; what breaks a
/// rule or takes too long is written beside it.

var target = FuzzTarget.syntax
var seconds = 10.0
var seed: UInt64 = 1
var paths: [String] = []
var files: [String] = []
var arguments = CommandLine.arguments.dropFirst()
while let argument = arguments.popFirst() {
  switch argument {
  case "--seconds": seconds = arguments.popFirst().flatMap(Double.init) ?? seconds
  case "--seed": seed = arguments.popFirst().flatMap { UInt64($0) } ?? seed
  case "--corpus": paths += arguments.popFirst().map { [$0] } ?? []
  case "--run":
    files += Array(arguments)
    arguments = []
  default:
    guard let found = FuzzTarget.all.first(where: { $0.name == argument }) else {
      print("There is no target \(argument), only:")
      for target in FuzzTarget.all { print("  \(target.name): \(target.summary)") }
      exit(2)
    }
    target = found
  }
}

func contents(_ path: String) -> [UInt8] {
  guard let data = FileManager.default.contents(atPath: path) else {
    print("cannot read \(path)")
    exit(2)
  }
  return Array(data)
}

/// What the parser says of a script and makes of it.
func show(_ bytes: [UInt8], _ path: String) {
  let file = SourceFile(name: path, bytes: bytes)
  let script = parse(file)
  print(DiagnosticRenderer(SourceMap(file)).text(script.diagnostics), terminator: "")
  if bytes.count < 10_000 { print(script.tree.dump(), terminator: "") }
}

if !files.isEmpty {
  var isBroken = false
  for path in files {
    let bytes = contents(path)
    if target.name == FuzzTarget.syntax.name { show(bytes, path) }
    let start = ContinuousClock.now
    let problem = target.check(bytes)
    let time = ContinuousClock.now - start
    print("\(path): \(bytes.count) bytes, \(time), \(problem ?? "rules kept")")
    if problem != nil { isBroken = true }
  }
  exit(isBroken ? 1 : 0)
}

let corpus = Corpus(target, paths: paths.isEmpty ? target.corpus : paths)
print("\(target.name): \(corpus.entries.count) inputs, seed \(seed), \(seconds) seconds")
var fuzzer = Fuzzer(target, corpus: corpus, seed: seed)
exit(fuzzer.run(for: .seconds(seconds)) ? 0 : 1)
