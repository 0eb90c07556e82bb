import Foundation

/// The sources, as text.
package enum SourceText {
  private static let root = URL(fileURLWithPath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// All Swift files of these modules.
  package static func files(of modules: [String]) throws -> [String] {
    try modules.flatMap { module in
      let folder = root.appendingPathComponent("Sources/\(module)")
      let names = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String }
      return try (names ?? []).filter { $0.hasSuffix(".swift") }.sorted().map {
        try String(contentsOf: folder.appendingPathComponent($0), encoding: .utf8)
      }
    }
  }

  /// The names of the cases in the declaration of an enum.
  static func cases(of name: Substring, in files: [String]) -> [String]? {
    for file in files {
      let lines = file.split(separator: "\n", omittingEmptySubsequences: false)
      guard let start = lines.firstIndex(where: { $0.contains("enum \(name):") }) else { continue }
      let margin = lines[start].prefix { $0 == " " } + "  "
      var cases: [String] = []
      for line in lines[(start + 1)...] {
        if line == margin.dropLast(2) + "}" { return cases }
        guard line.hasPrefix(margin) else { continue }
        var declared = line.dropFirst(margin.count)
        if declared.hasPrefix("indirect ") { declared = declared.dropFirst(9) }
        guard declared.hasPrefix("case ") else { continue }
        declared = declared.dropFirst(5)
        // Several of them on a line: only those without associated values.
        if declared.contains("(") {
          cases.append(String(declared.prefix { $0 != "(" }))
        } else {
          cases += declared.split(separator: ",").map {
            $0.trimmingCharacters(in: .whitespaces).split(separator: " ").first.map(String.init)
              ?? ""
          }
        }
      }
    }
    return nil
  }
}
