internal import CommandLineKit
internal import CommandSession
internal import ToolLibrary

extension ToolCommand {
  static let help = ToolCommand(
    "help", "[NAME]", "show the manual and options of a tool, or the usage of a command",
    offer: .toolsAndCommands, isForContainers: true
  ) { parsed, runner throws(CommandFailure) in
    guard let name = parsed.operands.first else { return runner.showUsage() }
    if let command = ToolCommand.named(name) {
      runner.say(usageText(of: command.spec))
      return .success
    }
    let tool = try runner.findToolOrCommand(name)
    return try runner.run(tool, as: "\(ToolRunner.name) \(tool.name)", ["--help"])
  }
}
