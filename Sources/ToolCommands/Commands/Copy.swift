internal import CommandLineKit
internal import CommandSession
internal import LinuxSystem
internal import ToolLibrary

extension ToolCommand {
  /// Makes a tool one's own. What is there already stays.
  static let copy = ToolCommand(
    "copy", "NAME [FILE]", "copy a tool's script to edit it, to the folder of your own tools",
    offer: .tools
  ) { parsed, runner throws(CommandFailure) in
    let tool = try runner.find(parsed.operands[0])
    let (script, bytes) = try runner.script(of: tool)
    let name = Tool.name(of: script) + Tool.scriptEnding
    let path: String
    if let given = parsed.operands.dropFirst().first {
      path = FileSystem.isDirectory(given) ? "\(given)/\(name)" : given
    } else {
      guard let folder = runner.tools.folders.own else {
        throw CommandFailure(
          "there is no folder of your own tools, as neither XDG_DATA_HOME nor HOME is set: name a file"
        )
      }
      do throws(SystemError) { try FileSystem.createDirectory(folder) } catch {
        throw CommandFailure(error)
      }
      path = "\(folder)/\(name)"
    }
    do throws(SystemError) {
      let permissions = try FileSystem.info(of: script).mode & 0o777 | 0o200
      try FileSystem.create(path, bytes, permissions: permissions)
    } catch {
      if error.isExistence { throw CommandFailure("'\(path)' is there already") }
      throw CommandFailure("'\(path)': \(error.reason)")
    }
    runner.say(path)
    return .success
  }
}
