internal import CommandLineKit
internal import CommandSession
internal import LinuxSystem
internal import ToolLibrary
internal import TraceModel

extension ToolCommand {
  static let compile = ToolCommand(
    "compile", "FILE", "compile a script with bpftrace to an artifact, which runs without it",
    options: [
      OptionSpec(
        "output", short: "o", long: "output", argument: .required("ARTIFACT"), completion: .file,
        summary: "write the artifact to this file, not beside the script")
    ], offer: .toolsAndFiles
  ) { parsed, runner throws(CommandFailure) in
    let tool = try runner.findFileOrTool(parsed.operands[0])
    let (script, _) = try runner.script(of: tool)
    guard let compiler = runner.loader.compiler else { throw CommandFailure(.noBpftrace) }
    let stem =
      script.hasSuffix(Tool.scriptEnding)
      ? String(script.dropLast(Tool.scriptEnding.count)) : script
    let path = parsed.value(of: "output") ?? stem + Tool.artifactEnding
    let outcome: HelperProgram.Outcome
    do throws(SystemError) {
      outcome = try HelperProgram.run(compiler, ["--emit-artifact", path, script])
    } catch { throw CommandFailure(.compiler(error)) }
    guard outcome.succeeded else { throw CommandFailure(.bytes(outcome.errors)) }
    Messages.errorBytes(outcome.errors)
    let made = ToolEntry(of: Tool(name: tool.name, script: nil, artifact: path))
    if let reason = made.manifest?.bound {
      Messages.warning("'\(path)' fits the running kernel only (\(reason))")
    }
    return .success
  }
}
