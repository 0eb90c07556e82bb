import Foundation

/// The names of the kinds of diagnostic, as the sources have them.
package enum DiagnosticIDs {
  /// Returns the ids that stand in calls of `error`, `warning` and `syntax` anywhere in the sources.
  package static func inSources() throws -> Set<String> {
    let root = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../../Sources").standardizedFileURL
    let pattern = #/[^A-Za-z](?:error|warning|syntax)\(\s*"([a-z][a-z0-9-]*[a-z0-9])"\s*,/#
    var ids: Set<String> = []
    let files = FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil)
    while let file = files?.nextObject() as? URL {
      guard file.pathExtension == "swift" else { continue }
      let text = try String(contentsOf: file, encoding: .utf8)
      ids.formUnion(text.matches(of: pattern).map { String($0.1) })
    }
    return ids
  }
}
