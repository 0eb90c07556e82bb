import Diagnostics
import Foundation
import Syntax
import Testing

/// A script of a data file, and the first line of what must be said about it.
struct BadScript: CustomTestStringConvertible {
  var name: String
  var bytes: [UInt8]
  var expected: String
  /// The script as the file has it.
  fileprivate var text: String

  var testDescription: String { name }

  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Fixtures/BadScripts")

  /// Reads `name`: the comment at its top and its cases.
  static func read(_ name: String) throws -> (head: String, cases: [BadScript]) {
    let text = try String(contentsOf: folder.appending(path: name), encoding: .utf8)
    var sections = text.components(separatedBy: "\n### ")
    let head = sections.removeFirst()
    let cases = try sections.map { section in
      let nameEnd = try #require(section.firstIndex(of: "\n"))
      let body = section[section.index(after: nameEnd)...]
      let mark = try #require(body.range(of: "\n>>> "))
      let script = String(body[..<mark.lowerBound])
      let expected = body[mark.upperBound...].trimmingCharacters(in: .newlines)
      return BadScript(
        name: String(section[..<nameEnd]), bytes: decoded(script), expected: expected, text: script)
    }
    return (head, cases)
  }

  /// Replaces each `%{ff}` by its byte.
  private static func decoded(_ text: String) -> [UInt8] {
    var pieces = text.components(separatedBy: "%{")
    var bytes = Array(pieces.removeFirst().utf8)
    for piece in pieces {
      guard let end = piece.firstIndex(of: "}"), let byte = UInt8(piece[..<end], radix: 16) else {
        bytes += Array("%{\(piece)".utf8)
        continue
      }
      bytes.append(byte)
      bytes += Array(piece[piece.index(after: end)...].utf8)
    }
    return bytes
  }

  /// Returns the first lines of all that is said about the script.
  func messages() -> [String] {
    SyntaxTests.messages(parse(SourceFile(name: "stdin", bytes: bytes)))
  }

  static func update(_ name: String) throws {
    let (head, cases) = try read(name)
    let sections = cases.map { script in
      "### \(script.name)\n\(script.text)\n>>> \(script.messages().first ?? "nothing")\n"
    }
    let text = ([head] + sections).joined(separator: "\n")
    try Data(text.utf8).write(to: folder.appending(path: name))
  }
}

@Suite struct BadScriptTests {
  static let cases: [BadScript] = {
    do {
      if ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] != nil {
        try BadScript.update("syntax.txt")
      }
      return try BadScript.read("syntax.txt").cases
    } catch {
      Issue.record("cannot read the scripts: \(error)")
      return []
    }
  }()

  @Test(arguments: cases)
  func saysWhereAndWhatIsWrong(_ script: BadScript) {
    let first = script.messages().first
    #expect(first == script.expected)
    #expect(first?.hasPrefix("stdin:") == true)
  }

  @Test func thereAreManyOfThem() {
    #expect(Self.cases.count >= 200)
    #expect(Set(Self.cases.map(\.name)).count == Self.cases.count)
  }
}
