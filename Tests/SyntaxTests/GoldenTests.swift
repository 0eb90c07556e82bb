import Diagnostics
import Foundation
import Syntax
import Testing

/// Scripts with the dump of their tree beside them; UPDATE_GOLDENS=1 rewrites the dumps.
@Suite struct GoldenTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../Fixtures/Syntax")

  static let scripts: [String] = {
    do {
      return try FileManager.default.contentsOfDirectory(atPath: folder.path)
        .filter { $0.hasSuffix(".bt") }.sorted()
    } catch {
      Issue.record("cannot list the scripts: \(error)")
      return []
    }
  }()

  @Test(arguments: scripts)
  func parsesToTheExpectedTree(_ name: String) throws {
    let url = Self.folder.appending(path: name)
    let golden = url.deletingPathExtension().appendingPathExtension("ast")
    let script = parse(
      SourceFile(name: name, bytes: Array(try Data(contentsOf: url))), parameters: ["one", "2"])
    let text = messages(script).map { $0 + "\n" }.joined() + script.tree.dump()
    if ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] != nil {
      try Data(text.utf8).write(to: golden)
    }
    #expect(text == (try String(contentsOf: golden, encoding: .utf8)))
  }

  @Test func thereAreSome() { #expect(Self.scripts.count >= 5) }
}
