import CommandTestKit
import Foundation
import Testing

/// A script that no one can run.
struct BadScript: Sendable, CustomStringConvertible {
  let name: String
  let bytes: [UInt8]

  var description: String { name }

  init(_ name: String, _ text: String) {
    self.name = name
    bytes = Array(text.utf8)
  }

  init(_ name: String, bytes: [UInt8]) {
    self.name = name
    self.bytes = bytes
  }

  /// The scripts of the data file, one on each line.
  static func recorded() throws -> [BadScript] {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fixtures/BadScripts/scripts.txt")
    return try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
      .filter { !$0.hasPrefix("#") }.map { BadScript(String($0), String($0)) }
  }

  /// Those that are too large, or of bytes that no line of text can hold.
  static let extreme: [BadScript] = [
    BadScript("a NUL in the text", "begin { print(1\0); }"),
    BadScript("a NUL at the beginning", "\0begin { print(1); }"),
    BadScript("nothing but NUL", bytes: [UInt8](repeating: 0, count: 1000)),
    BadScript(
      "invalid UTF-8 as a name", bytes: Array("begin { print(".utf8) + [0xff, 0xfe, 0x80]),
    BadScript("invalid UTF-8 between probes", bytes: [0xc3, 0x28] + Array("begin { }".utf8)),
    BadScript("half a character", bytes: Array("begin { $x = 1 } ".utf8) + [0xe2, 0x82]),
    BadScript("control characters", "begin \u{1}{ \u{7f}print(1); }"),
    BadScript(
      "10 MB of opening parentheses",
      "begin { print(" + String(repeating: "(", count: 10_000_000)),
    BadScript(
      "10 MB of closing parentheses", "begin { print(1" + String(repeating: ")", count: 10_000_000)),
    BadScript(
      "a million parentheses that match",
      "begin { print(" + String(repeating: "(", count: 1_000_000) + "1"
        + String(repeating: ")", count: 1_000_000) + "); }"),
    BadScript("a million blocks", "begin " + String(repeating: "{", count: 1_000_000)),
    BadScript(
      "a million signs", "begin { print(" + String(repeating: "- ", count: 1_000_000) + "1); }"),
    BadScript(
      "a million conditions",
      "begin { print(" + String(repeating: "1 ? ", count: 1_000_000) + "1); }"),
    BadScript(
      "a million indices", "begin { print(@a" + String(repeating: "[0", count: 1_000_000)),
    BadScript("a million branches", "begin { " + String(repeating: "if (1) { ", count: 1_000_000)),
    BadScript(
      "a string of 10 MB that never ends",
      "begin { print(\"" + String(repeating: "x", count: 10_000_000)),
    BadScript(
      "a name of 1 MB", "begin { print(" + String(repeating: "n", count: 1_000_000) + "); }"),
    BadScript(
      "a number of 1 MB", "begin { print(" + String(repeating: "9", count: 1_000_000) + "); }"),
    BadScript(
      "a hundred thousand mistakes",
      "begin { " + String(repeating: "print($x); ", count: 100_000) + "}"),
    BadScript("a comment of 10 MB", "/*" + String(repeating: "*", count: 10_000_000)),
    BadScript("ten thousand line ends", "begin {" + String(repeating: "\n", count: 10_000) + "$"),
  ]
}

/// Every mistake in a script ends in a message that names its place, and never in a crash.
@Suite struct BadScriptTests {
  @Test(arguments: try BadScript.recorded())
  func isAnsweredByALocatedMessage(_ script: BadScript) throws {
    try expectLocatedMessage(for: script)
  }

  @Test(arguments: BadScript.extreme)
  func isAnsweredByALocatedMessageHoweverExtreme(_ script: BadScript) throws {
    try expectLocatedMessage(for: script, timeout: 180)
  }

  /// - Parameter timeout: In seconds; without optimisation, 10 MB take a while.
  private func expectLocatedMessage(for script: BadScript, timeout: Int = 30) throws {
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("bad-\(UUID().uuidString).bt")
    try Data(script.bytes).write(to: file)
    defer { try? FileManager.default.removeItem(at: file) }
    let command = commandsUnderTest.appendingPathComponent("bpftrace").path
    let outcome = try Machine.host.run(
      "\(shellQuoted(command)) \(shellQuoted(file.path))", timeout: timeout)
    let errors = String(decoding: outcome.errors.prefix(10_000), as: UTF8.self)
    #expect(outcome.status == 1, "\(errors)")
    let place = shellQuoted(file.lastPathComponent).dropFirst().dropLast()
    #expect(
      errors.range(of: place + #":\d+(:\d+)?-\d+: ERROR: "#, options: .regularExpression) != nil,
      "no place is named: \(errors)")
  }
}
