/// A tool that was found: a script, its artifact, or both, side by side.
package struct Tool: Hashable, Sendable {
  /// What it is called by.
  package let name: String
  /// The path of `NAME.bt`.
  package let script: String?
  /// The path of `NAME.btobj`.
  package let artifact: String?

  package init(name: String, script: String?, artifact: String?) {
    self.name = name
    self.script = script
    self.artifact = artifact
  }

  /// The ending of scripts.
  package static let scriptEnding = ".bt"
  /// The ending of artifacts.
  package static let artifactEnding = ".btobj"

  /// `file` without folders and without either ending.
  package static func name(of file: String) -> String {
    var name = file.split(separator: "/").last.map(String.init) ?? file
    for ending in [artifactEnding, scriptEnding]
    where name.hasSuffix(ending) && name.count > ending.count {
      name.removeLast(ending.count)
      break
    }
    return name
  }
}
