import CommandTestKit
import Foundation

extension FuzzTarget {
  /// Scripts from checker to verifier: what is accepted must load, what is not has a place.
  ///
  /// The command that was built beside this one runs them as far as everything is attached, so this
  /// wants root.
  static let scripts = FuzzTarget(
    name: "scripts", summary: "well-formed scripts, by the whole compiler and the verifier",
    samples: [Array("begin { print(1); }".utf8)], corpus: ["Tests/Fuzz/Corpus/Scripts"], words: [],
    generate: generateScript, secondsAllowed: 60, check: tryScript)

  private static func generateScript(_ random: inout SeededGenerator) -> [UInt8] {
    var generator = ScriptGenerator(SeededGenerator(state: random.next()))
    return Array(generator.script().utf8)
  }

  private static func tryScript(_ input: [UInt8]) -> String? {
    let file = FileManager.default.temporaryDirectory
      .appending(path: "fuzz-scripts-\(ProcessInfo.processInfo.processIdentifier).bt")
    let command = commandsUnderTest.appending(path: "bpftrace")
    do {
      try Data(input).write(to: file)
      let outcome = try Machine.host.run(
        "\(shellQuoted(command.path)) --dry-run \(shellQuoted(file.path))", timeout: 60)
      return problem(in: outcome)
    } catch { return "cannot be tried: \(error)" }
  }

  /// What is wrong with how the command ended, nil if nothing.
  private static func problem(in outcome: Outcome) -> String? {
    let errors = String(decoding: outcome.errors.prefix(10_000), as: UTF8.self)
    let first = errors.split(separator: "\n").first { $0.contains("ERROR") } ?? ""
    switch outcome.status {
    case 0: return nil
    case 1:
      let isLocated = first.firstMatch(of: #/:\d+(:\d+)?-\d+: ERROR: /#) != nil
      return isLocated ? nil : "no place: \(errors.prefix(300))"
    case 124: return "no end"
    default: return "status \(outcome.status): \(errors.prefix(300))"
    }
  }
}
