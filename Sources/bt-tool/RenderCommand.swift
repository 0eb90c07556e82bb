import CommandLineKit
import CommandLines
import CommandSession
import LinuxSystem
import Output
import TraceModel
import TraceRuntime

/// `bt-tool render`: shows a recording as its run was, or would have been in another format.
struct RenderCommand {
  /// Whether messages are coloured.
  let usesColor: Bool

  private static let name = "\(RunnerCommandLine.name) render"

  /// - Returns: The exit status: 1 also if the recording is not whole.
  func run(_ words: [String]) -> Int32 {
    let parsed: ParsedArguments
    do throws(UsageError) {
      parsed = try ArgumentParser(RunnerCommandLine.rendering).parse(words)
    } catch { return fail(error.message(program: Self.name)) }
    if parsed.contains("help") {
      Messages.plain(usageText(of: RunnerCommandLine.renderCommand))
      return 0
    }
    guard let path = parsed.operands.first else {
      return fail("which recording? \(Self.name) RECORDING")
    }
    let format = parsed.value(of: "format") ?? RendererSpec.all[0].name
    guard let spec = RendererSpec.named(format) else {
      return fail(
        "there is no output format '\(format)'; there are "
          + RendererSpec.all.map(\.name).joined(separator: ", "))
    }
    do throws(SystemError) {
      let bytes = try FileSystem.read(path)
      guard Recording.looksLikeRecording(bytes) else {
        return fail("'\(path)' is not a recording, as -f record -o \(path) writes it")
      }
      return try render(bytes, of: path, as: spec, to: parsed.value(of: "output"))
    } catch {
      if error.isBrokenPipe { return 128 + Signal.pipe.rawValue }
      return fail("'\(error.subject)': \(error.reason)")
    }
  }

  private func render(
    _ bytes: [UInt8], of path: String, as spec: RendererSpec, to outputPath: String?
  ) throws(SystemError) -> Int32 {
    let recording: Recording
    do throws(ManifestError) { recording = try Recording(bytes) } catch {
      return fail("'\(path)' cannot be shown: \(error.clause)")
    }
    let output: OutputFile
    if let outputPath {
      output = try OutputFile.create(outputPath)
    } else {
      output = OutputFile.standardOutput()
      if spec.isBinary, output.isTerminal {
        return fail("-f \(spec.name) is not for a terminal: name a file with -o")
      }
    }
    var replay = Replay(recording)
    let complaints = try replay.run(
      with: spec, RendererOptions(usesColor: usesColor),
      into: FileSink(output: output, messages: OutputFile.standardError()))
    for complaint in complaints { Messages.warning("'\(path)': \(complaint)") }
    return complaints.isEmpty ? 0 : 1
  }

  /// Prints what a recording says of its run.
  func showHeader(_ bytes: [UInt8], of path: String) -> Int32 {
    do throws(ManifestError) {
      Messages.plain(try Recording(bytes).header.shown.lines().joined(separator: "\n"))
      return 0
    } catch { return fail("'\(path)' cannot be shown: \(error.clause)") }
  }

  private func fail(_ text: String) -> Int32 {
    Messages.error(text)
    return 1
  }
}
