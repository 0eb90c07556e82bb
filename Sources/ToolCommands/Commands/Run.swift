internal import CommandLineKit
internal import CommandSession
internal import ToolLibrary

extension ToolCommand {
  static let run = ToolCommand(
    "run", "FILE [options of the tool]", "run a script or an artifact",
    offer: .words { words, completer in completer.file(words) }
  ) { parsed, runner throws(CommandFailure) in
    let path = parsed.operands[0]
    let tool = try runner.find(path.contains("/") ? path : "./\(path)")
    return try runner.run(
      tool, as: "\(ToolRunner.name) run \(path)", Array(parsed.operands.dropFirst()))
  }
}
