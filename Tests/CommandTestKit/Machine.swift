import Foundation
import LinuxSystem
import Synchronization

/// What a shell command gave.
package struct Outcome: Sendable {
  package let status: Int
  package let output: [UInt8]
  package let errors: [UInt8]

  /// That of a case with which its machine was lost.
  package static let notEnded = Outcome(
    status: 125, output: [], errors: Array("the case has not ended".utf8))
}

/// A machine that cases are run on: this one, or a guest with another kernel.
package final class Machine: Sendable {
  /// What stands before `sh -c SCRIPT`.
  private let prefix: [String]
  private let known = Mutex<[String: Bool]>([:])

  /// This machine.
  package static let host = Machine(prefix: [])

  /// A machine reached by a command that gets a command line and a time limit.
  ///
  /// - Parameter prefix: Its words; `TIMEOUT` in them is replaced by seconds.
  package init(prefix: [String]) {
    self.prefix = prefix
  }

  /// Runs `script` by the shell; 124 is the status of what ran past `timeout` seconds.
  package func run(_ script: String, timeout: Int) throws -> Outcome {
    let words =
      prefix.isEmpty
      ? ["timeout", "-k", "2", "\(timeout)"]
      : prefix.map { $0 == "TIMEOUT" ? "\(timeout)" : $0 }
    return try runProcess(words + ["sh", "-c", script])
  }

  /// Whether the machine has `feature`.
  package func has(_ feature: Feature) throws -> Bool {
    if let answer = known.withLock({ $0[feature.name] }) { return answer }
    let answer = try run(feature.question, timeout: 30).status == 0
    known.withLock { $0[feature.name] = answer }
    return answer
  }

  /// Asks at once whether the machine has what `cases` require, which is quicker where each command costs.
  ///
  /// - Throws: `MalformedDataFile` for a feature that no one has declared.
  package func learn(requirementsOf cases: [CommandCase]) throws {
    var features: [String: Feature] = [:]
    for test in cases {
      for name in test.requirements { features[name] = try Self.feature(name, of: test) }
    }
    let script = features.values.map {
      "(\($0.question)) >/dev/null 2>&1 && echo \(shellQuoted($0.name))"
    }
    let answer = try run(script.joined(separator: "\n"), timeout: 300)
    let lines = Set(
      String(decoding: answer.output, as: UTF8.self).split(separator: "\n").map(String.init))
    known.withLock { known in
      for name in features.keys { known[name] = lines.contains(name) }
    }
  }

  /// The first requirement of `test` that the machine does not meet.
  ///
  /// - Throws: `MalformedDataFile` for a feature that no one has declared.
  package func missingRequirement(of test: CommandCase) throws -> Feature? {
    try missingFeature(of: test.requirements, for: test)
  }

  /// The first requirement of all cases of the file of `test` that the machine does not meet.
  ///
  /// - Throws: `MalformedDataFile` for a feature that no one has declared.
  package func missingRequirement(ofFileOf test: CommandCase) throws -> Feature? {
    try missingFeature(of: test.commonRequirements, for: test)
  }

  private func missingFeature(of names: [String], for test: CommandCase) throws -> Feature? {
    for name in names {
      let feature = try Self.feature(name, of: test)
      if try !has(feature) { return feature }
    }
    return nil
  }

  private static func feature(_ name: String, of test: CommandCase) throws -> Feature {
    guard let feature = Feature.named(name) else {
      throw MalformedDataFile(description: "\(test.location): unknown feature \(name)")
    }
    return feature
  }

  /// The cases that the machine meets the requirements of; says of each other one what it needs.
  ///
  /// - Throws: `MalformedDataFile` for a feature that no one has declared.
  package func runnable(_ cases: [CommandCase]) throws -> [CommandCase] {
    try cases.filter { test in
      guard let feature = try missingRequirement(of: test) else { return true }
      print("skipped: \(test.description): \(feature.sentence)")
      return false
    }
  }
}

/// Runs a program found in `PATH` with nothing on its standard input, and waits for it.
/// Runs a program with its output in files, which what it leaves behind may keep open.
///
/// Foundation's `Process` would wait for everything that the program has started, and now and then for ever.
private func runProcess(_ words: [String]) throws -> Outcome {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("command-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  let output = folder.appendingPathComponent("output")
  let errors = folder.appendingPathComponent("errors")
  let redirection = #"o=$1 e=$2; shift 2; exec "$@" </dev/null >"$o" 2>"$e""#
  var child = try ChildProcess(
    holding: "/bin/sh",
    arguments: ["-c", redirection, "sh", output.path, errors.path, "/usr/bin/env"] + words)
  try child.release()
  let status =
    switch try child.wait() {
    case .exited(let status): Int(status)
    case .signalled(let signal): 128 + Int(signal.rawValue)
    }
  return Outcome(
    status: status, output: Array(try Data(contentsOf: output)),
    errors: Array(try Data(contentsOf: errors)))
}
