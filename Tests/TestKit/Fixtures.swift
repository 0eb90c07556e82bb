import Foundation

/// The folder `Tests/Fixtures`.
package enum Fixtures {
  /// Its path, without a slash at the end.
  package static let path: String = {
    let kit = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    return kit.deletingLastPathComponent().appendingPathComponent("Fixtures").path
  }()

  /// The path of a recorded kernel.
  package static func kernel(_ name: String = "x86_64-6.18") -> String {
    "\(path)/Kernels/\(name)"
  }
}

/// A script that a test is about, and what its head says about how to compile it.
///
/// Lines at the top that begin with `//!` are directives: `parameters WORD...` gives `$1` and so on,
/// `unsafe` allows unsafe functions, `every-failure` and `no-checks` are `-k` and `--no-warnings`, and with
/// `this-kernel` the programs need not run on any other.
package struct ScriptFixture: Sendable, CustomStringConvertible {
  /// The path of the `.bt` file.
  package let path: String
  /// From the fixtures' folder, without extension: `maps/scalar`.
  package let name: String
  package let text: String

  package var description: String { name }

  /// Whether it is one of the tools, which are made for any machine.
  package var isTool: Bool { text.hasPrefix("#!") }

  /// All scripts below `Fixtures/<folder>`, sorted.
  package static func all(in folder: String) -> [ScriptFixture] {
    all(at: "\(Fixtures.path)/\(folder)")
  }

  /// All scripts below a folder, sorted.
  package static func all(at root: String) -> [ScriptFixture] {
    let files = FileManager.default.enumerator(atPath: root)?.compactMap { $0 as? String } ?? []
    return files.filter { $0.hasSuffix(".bt") }.sorted().compactMap { file in
      let path = "\(root)/\(file)"
      guard let text = try? String(contentsOfFile: path, encoding: .utf8) else { return nil }
      return ScriptFixture(path: path, name: String(file.dropLast(3)), text: text)
    }
  }

  /// The words of a directive; nil if it is not there.
  package func directive(_ name: String) -> [String]? {
    for line in text.split(separator: "\n") where line.hasPrefix("//!") {
      let words = line.dropFirst(3).split(separator: " ").map(String.init)
      if words.first == name { return Array(words.dropFirst()) }
    }
    return nil
  }
}

/// Texts that a test expects, in files of their own.
///
/// With `UPDATE_GOLDENS=1` in the environment the files are written instead of compared:
/// `UPDATE_GOLDENS=1 swift test --filter LoweringTests`.
package enum Golden {
  package static var isUpdating: Bool {
    ProcessInfo.processInfo.environment["UPDATE_GOLDENS"] == "1"
  }

  /// Returns what differs between `text` and the file at `path`; nil if nothing does.
  package static func difference(_ text: String, from path: String) throws -> String? {
    if isUpdating {
      try text.write(toFile: path, atomically: true, encoding: .utf8)
      return nil
    }
    guard let wanted = try? String(contentsOfFile: path, encoding: .utf8) else {
      return "\(path) is missing; make it with UPDATE_GOLDENS=1"
    }
    if wanted == text { return nil }
    let (old, new) = (
      wanted.split(separator: "\n", omittingEmptySubsequences: false),
      text.split(separator: "\n", omittingEmptySubsequences: false)
    )
    let changes = new.difference(from: old).map { change in
      switch change {
      case .insert(let line, let text, _): "+\(line + 1): \(text)"
      case .remove(let line, let text, _): "-\(line + 1): \(text)"
      }
    }
    return "\(path) differs:\n" + changes.joined(separator: "\n")
  }
}
