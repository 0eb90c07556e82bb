internal import CommandLineKit
internal import CommandSession
internal import LinuxSystem
internal import Output
internal import TraceModel
internal import TraceRuntime

extension ToolCommand {
  /// Shows a recording as its run was, or would have been in another format. One that is not whole is a
  /// failure.
  static let render = ToolCommand(
    "render", "RECORDING", "show what -f record -o RECORDING has recorded",
    options: [
      OptionSpec(
        "format", short: "f", long: "format", argument: .required("FORMAT"),
        completion: .words(RendererSpec.all.map(\.name)),
        summary: "print as " + RendererSpec.all.map(\.name).joined(separator: " or ")),
      OptionSpec(
        "output", short: "o", long: "output", argument: .required("FILE"), completion: .file,
        summary: "write to this file"),
      OptionSpec(
        "raw", long: "raw",
        summary: "show control characters in texts as they are, also on a terminal"),
    ], offer: .files, isForContainers: true
  ) { parsed, runner throws(CommandFailure) in
    let path = parsed.operands[0]
    let format = parsed.value(of: "format") ?? RendererSpec.all[0].name
    guard let spec = RendererSpec.named(format) else {
      throw .usage(
        "there is no output format '\(format)'; there are "
          + RendererSpec.all.map(\.name).joined(separator: ", "))
    }
    let bytes: [UInt8]
    do throws(SystemError) { bytes = try FileSystem.read(path) } catch {
      throw CommandFailure(error)
    }
    guard Recording.looksLikeRecording(bytes) else {
      throw CommandFailure("'\(path)' is not a recording, as -f record -o \(path) writes it")
    }
    let recording: Recording
    do throws(ManifestError) { recording = try Recording(bytes) } catch {
      throw CommandFailure("'\(path)' cannot be shown: \(error.clause)")
    }
    var replay = Replay(recording)
    let output = try output(at: parsed.value(of: "output"), for: spec)
    let isShown = output.isTerminal && !parsed.contains("raw")
    let complaints: [String]
    do throws(SystemError) {
      complaints = try replay.run(
        with: spec, RendererOptions(usesColor: runner.usesColor, escapesControls: isShown),
        escapesText: isShown && !spec.escapesControls,
        into: FileSink(output: output, messages: OutputFile.standardError()))
    } catch {
      if error.isBrokenPipe { return .signal(.pipe) }
      throw CommandFailure(error)
    }
    for complaint in complaints { Messages.warning("'\(path)': \(complaint)") }
    return complaints.isEmpty ? .success : .failure
  }

  /// The file at a path, or standard output.
  private static func output(
    at path: String?, for spec: RendererSpec
  ) throws(CommandFailure) -> OutputFile {
    if let path {
      do throws(SystemError) { return try OutputFile.create(path) } catch {
        throw CommandFailure(error)
      }
    }
    let output = OutputFile.standardOutput()
    if spec.isBinary, output.isTerminal {
      throw .usage("-f \(spec.name) is not for a terminal: name a file with -o")
    }
    return output
  }
}
