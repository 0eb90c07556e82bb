internal import CommandLineKit
internal import CommandSession
internal import SystemText

extension ToolCommand {
  static let complete = ToolCommand(
    "complete", "COMMAND WORD...", "print what a shell may offer for the last word",
    takesWordsAsTheyAre: true
  ) { parsed, runner throws(CommandFailure) in
    let completer = Completer(tools: runner.tools, loader: runner.loader)
    Messages.output(completer.answer(parsed.operands).systemBytes)
    return .success
  }
}
