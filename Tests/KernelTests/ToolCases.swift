import CommandTestKit
import Foundation

/// A tool of the library with what belongs to it.
struct ToolUnderTest: Sendable, CustomStringConvertible {
  let name: String
  /// The lines of its script.
  let script: [String]
  /// Its cases, by the data file of its name; empty if there is none.
  let cases: [CommandCase]

  var description: String { name }

  /// The project's folder.
  static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// The cases of all data files, in the order of the tools' names.
  static let cases = Result {
    try CommandCase.all(under: root.appendingPathComponent("Tests/Fixtures/Tools"))
  }

  /// All tools, in the order of their names.
  static let all = Result {
    let folder = root.appendingPathComponent("tools")
    let cases = try Dictionary(grouping: Self.cases.get(), by: \.tool)
    return try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
      .filter { $0.hasSuffix(".bt") }.map { file in
        let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
        let name = String(file.dropLast(3))
        return ToolUnderTest(
          name: name, script: text.components(separatedBy: "\n"), cases: cases[name] ?? [])
      }
  }

  /// The lines of code, with their numbers; comments and empty lines are left out.
  var code: [(number: Int, text: String)] {
    script.enumerated().compactMap { index, line in
      let text = line.trimmingCharacters(in: .whitespaces)
      return text.isEmpty || text.hasPrefix("//") || text.hasPrefix("#!")
        ? nil : (index + 1, text)
    }
  }
}

extension CommandCase {
  /// The name of the tool whose data file this is from.
  var tool: String { String(location.prefix { $0 != "." }) }
}
