import Foundation
import Synchronization

/// What a shell command gave.
package struct Outcome: Sendable {
  package let status: Int
  package let output: [UInt8]
  package let errors: [UInt8]
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
      guard let feature = Feature.named(name) else {
        throw MalformedDataFile(description: "\(test.location): unknown feature \(name)")
      }
      if try !has(feature) { return feature }
    }
    return nil
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
private func runProcess(_ words: [String]) throws -> Outcome {
  let folder = FileManager.default.temporaryDirectory
    .appendingPathComponent("command-\(UUID().uuidString)")
  try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  defer { try? FileManager.default.removeItem(at: folder) }
  func stream(_ name: String) throws -> (URL, FileHandle) {
    let url = folder.appendingPathComponent(name)
    _ = FileManager.default.createFile(atPath: url.path, contents: nil)
    return (url, try FileHandle(forWritingTo: url))
  }
  let (outputFile, output) = try stream("output")
  let (errorFile, errors) = try stream("errors")
  let process = Process()
  process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
  process.arguments = words
  process.standardInput = FileHandle.nullDevice
  process.standardOutput = output
  process.standardError = errors
  let ended = DispatchSemaphore(value: 0)
  process.terminationHandler = { _ in ended.signal() }
  try process.run()
  ended.wait()
  try output.close()
  try errors.close()
  let status = Int(process.terminationStatus)
  return Outcome(
    status: process.terminationReason == .uncaughtSignal ? 128 + status : status,
    output: Array(try Data(contentsOf: outputFile)), errors: Array(try Data(contentsOf: errorFile)))
}
