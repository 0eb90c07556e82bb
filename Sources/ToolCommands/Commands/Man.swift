internal import CommandLineKit
internal import CommandSession
internal import LinuxSystem
internal import ToolLibrary

extension ToolCommand {
  static let man = ToolCommand(
    "man", "[NAME]", "show the man page of a tool, or what there is of it as text", offer: .tools
  ) { parsed, runner throws(CommandFailure) in
    guard let name = parsed.operands.first, name != ToolRunner.name else {
      try runner.openManual(page: "man1/\(ToolRunner.name).1")
      return runner.showUsage()
    }
    let tool = try runner.find(name)
    // The page of a tool that has several names is that of its script.
    let script = Tool.name(of: tool.script ?? tool.artifact ?? tool.name) + Tool.scriptEnding
    try runner.openManual(page: "man8/\(script).8")
    return try runner.run(tool, as: "\(ToolRunner.name) \(tool.name)", ["--help"])
  }
}

extension ToolRunner {
  /// Goes on as man(1) with a page that belongs to this command; returns where there is none, or nothing
  /// to show it.
  fileprivate func openManual(page: String) throws(CommandFailure) {
    guard let viewer = ExecutableSearch.first("man", path: variable("PATH")) else { return }
    for folder in manualFolders {
      for path in ["\(folder)/\(page)", "\(folder)/\(page).gz"]
      where FileSystem.isRegularFile(path) {
        do throws(SystemError) { try CurrentProcess.become(viewer, ["-l", path]) } catch {
          throw CommandFailure("'\(error.subject)' cannot be executed: \(error.reason)")
        }
      }
    }
  }

  /// Where the manual may be, by the place of the command.
  private var manualFolders: [String] {
    tools.folders.system.map { folder in
      folder.hasSuffix(ToolFolders.library)
        ? folder.dropLast(ToolFolders.library.count) + "share/man"
        : folder.split(separator: "/", omittingEmptySubsequences: false).dropLast()
          .joined(separator: "/") + "/man"
    }
  }
}
