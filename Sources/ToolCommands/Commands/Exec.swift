internal import CommandLineKit
internal import CommandSession
internal import LinuxSystem
internal import ToolLibrary

extension ToolCommand {
  /// What a container's engine is given as a command, so that tools are commands there.
  static let exec = ToolCommand(
    "exec", "[WORD [ARGUMENT...]]",
    "run what WORD stands for: a tool, bpftrace, a script or artifact, or any command",
    offer: .words { words, completer in completer.executable(words) }, takesWordsAsTheyAre: true
  ) { parsed, runner throws(CommandFailure) in
    guard let word = parsed.operands.first else {
      _ = runner.showUsage()
      runner.say("\nTOOLS:")
      return try list.run([], in: runner)
    }
    if word.hasPrefix("-") || ToolCommand.named(word)?.isForContainers == true {
      return try runner.answer(ToolRunner.name, parsed.operands)
    }
    let rest = Array(parsed.operands.dropFirst())
    let runnable: Runnable
    do throws(ToolError) {
      runnable = try runner.tools.runnable(word, compiler: runner.loader.compiler)
    } catch {
      switch error {
      case .nothingToRun, .noBpftrace:
        throw CommandFailure(.error(error.message, hints: error.hints), .notThere)
      default: throw CommandFailure(error)
      }
    }
    switch runnable {
    case .tool(let tool): return try runner.run(tool, as: tool.name, rest)
    case .program(let path):
      do throws(SystemError) { try CurrentProcess.become(path, rest) } catch {
        throw CommandFailure(ToolError.notExecutable(error).message, .notExecutable)
      }
    }
  }
}
