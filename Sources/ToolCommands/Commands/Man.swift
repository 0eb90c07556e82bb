internal import CommandLineKit
internal import CommandSession
internal import LinuxSystem
internal import ToolLibrary

extension ToolCommand {
  static let man = ToolCommand(
    "man", "[NAME]", "show the man page of a tool, or what there is of it as text", offer: .tools
  ) { parsed, runner throws(CommandFailure) in
    guard let name = parsed.operands.first, name != ToolRunner.name else {
      try runner.open(runner.path(ofPage: "man1/\(ToolRunner.name).1"))
      return runner.showUsage()
    }
    let tool = try runner.find(name)
    try runner.open(runner.manualPage(of: tool))
    return try runner.run(tool, as: "\(ToolRunner.name) \(tool.name)", ["--help"])
  }
}

extension ToolRunner {
  /// The path of a tool's man page; nil if none belongs to this command.
  func manualPage(of tool: Tool) -> String? {
    // The page of a tool that has several names is that of its script.
    let script = Tool.name(of: tool.script ?? tool.artifact ?? tool.name) + Tool.scriptEnding
    return path(ofPage: "man8/\(script).8")
  }

  /// Goes on as man(1) with a page; returns where there is none, or nothing to show it.
  fileprivate func open(_ page: String?) throws(CommandFailure) {
    guard let page, let viewer = ExecutableSearch.first("man", path: variable("PATH")) else {
      return
    }
    do throws(SystemError) { try CurrentProcess.become(viewer, ["-l", page]) } catch {
      throw CommandFailure("'\(error.subject)' cannot be executed: \(error.reason)")
    }
  }

  fileprivate func path(ofPage page: String) -> String? {
    manualFolders.flatMap { ["\($0)/\(page)", "\($0)/\(page).gz"] }
      .first { FileSystem.isRegularFile($0) }
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
