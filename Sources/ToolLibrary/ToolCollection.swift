internal import Diagnostics
internal import LinuxSystem
internal import TraceModel

/// The tools of this machine.
package struct ToolCollection: Sendable {
  package let folders: ToolFolders

  package init(_ folders: ToolFolders) { self.folders = folders }

  /// Finds a tool by its name or another name of it, with or without `.bt`, or by a path (a word with a
  /// slash). Found by another name, that is what it is called.
  ///
  /// - Throws: `notFound`, with the nearest name there is; `unreadable` for a path.
  package func find(_ word: String) throws(ToolError) -> Tool {
    if word.contains("/") { return try at(path: word) }
    let name = Tool.name(of: word)
    for folder in folders.all {
      if let tool = tool(name, in: folder) { return tool }
    }
    let entries = all().map { ToolEntry(of: $0) }
    for entry in entries where entry.aliases.contains(where: { $0.name == name }) {
      return Tool(name: name, script: entry.tool.script, artifact: entry.tool.artifact)
    }
    let names = entries.flatMap { [$0.tool.name] + $0.aliases.map(\.name) }
    throw .notFound(
      name, similar: NearestName.of(name, among: names), searched: folders.all)
  }

  /// The tool at a path: a script with the artifact beside it, or an artifact alone.
  ///
  /// The endings may be left out; a file of another ending is told apart by its contents.
  package func at(path: String) throws(ToolError) -> Tool {
    let name = Tool.name(of: path)
    if path.hasSuffix(Tool.artifactEnding) {
      // Whoever names the artifact wants this one, whatever the script next to it says by now.
      return Tool(name: name, script: nil, artifact: path)
    }
    if path.hasSuffix(Tool.scriptEnding) {
      return Tool(name: name, script: path, artifact: artifact(beside: path))
    }
    if !FileSystem.exists(path), let slash = path.lastIndex(of: "/"),
      let tool = tool(name, in: String(path[..<slash]))
    {
      return tool
    }
    do throws(SystemError) {
      let start = try FileSystem.read(path).prefix(512)
      return Artifact.looksLikeArtifact(Array(start))
        ? Tool(name: name, script: nil, artifact: path)
        : Tool(name: name, script: path, artifact: nil)
    } catch { throw .unreadable(error) }
  }

  /// Every tool there is by name, each once, sorted.
  package func all() -> [Tool] {
    var found: [String: Tool] = [:]
    for folder in folders.all {
      guard let files = try? FileSystem.list(folder) else { continue }  // most folders do not exist
      for file in files {
        guard file.hasSuffix(Tool.scriptEnding) || file.hasSuffix(Tool.artifactEnding) else {
          continue
        }
        let name = Tool.name(of: file)
        if found[name] == nil { found[name] = tool(name, in: folder) }
      }
    }
    return found.values.sorted { $0.name < $1.name }
  }

  private func tool(_ name: String, in folder: String) -> Tool? {
    let script = existing("\(folder)/\(name)\(Tool.scriptEnding)")
    let tool = Tool(
      name: name, script: script,
      artifact: script.map { artifact(beside: $0) }
        ?? existing("\(folder)/\(name)\(Tool.artifactEnding)"))
    return tool.script == nil && tool.artifact == nil ? nil : tool
  }

  /// The artifact beside a script, or beside the file that the script's path is a link to: a script
  /// is made a command by a link in a folder of commands, where nobody wants artifacts.
  private func artifact(beside script: String) -> String? {
    func beside(_ path: String) -> String? {
      existing(path.dropLast(Tool.scriptEnding.count) + Tool.artifactEnding)
    }
    if let artifact = beside(script) { return artifact }
    guard let target = try? FileSystem.realPath(script), target.hasSuffix(Tool.scriptEnding)
    else { return nil }
    return beside(target)
  }

  private func existing(_ path: some StringProtocol) -> String? {
    FileSystem.isRegularFile(String(path)) ? String(path) : nil
  }
}
