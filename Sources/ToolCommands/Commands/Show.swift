internal import CommandLineKit
internal import CommandSession
internal import LinuxSystem
internal import Output
internal import ToolLibrary
internal import TraceModel

extension ToolCommand {
  static let show = ToolCommand(
    "show", "TOOL", "print a tool's script, or what its artifact says about itself",
    options: [
      OptionSpec(
        "manifest", long: "manifest",
        summary: "print as text what a tool's artifact, or the file TOOL, says about itself")
    ], offer: .toolsAndFiles, isForContainers: true
  ) { parsed, runner throws(CommandFailure) in
    let name = parsed.operands[0]
    guard parsed.contains("manifest") else {
      Messages.output(try runner.script(of: try runner.find(name)).bytes)
      return .success
    }
    if FileSystem.isRegularFile(name) {
      let bytes: [UInt8]
      do throws(SystemError) { bytes = try FileSystem.read(name) } catch {
        throw CommandFailure(.unreadable(error))
      }
      if Recording.looksLikeRecording(bytes) {
        runner.say(try header(of: bytes, name))
        return .success
      }
    }
    let tool = try runner.findFileOrTool(name)
    do throws(ToolError) { runner.say(try runner.loader.manifest(toShow: tool).text) } catch {
      throw CommandFailure(error)
    }
    return .success
  }

  /// What a recording says of its run.
  private static func header(of bytes: [UInt8], _ path: String) throws(CommandFailure) -> String {
    do throws(ManifestError) {
      return try Recording(bytes).header.shown.lines().joined(separator: "\n")
    } catch { throw CommandFailure("'\(path)' cannot be shown: \(error.clause)") }
  }
}

extension ToolRunner {
  /// The script of a tool: where it is, and its bytes.
  func script(of tool: Tool) throws(CommandFailure) -> (path: String, bytes: [UInt8]) {
    guard let script = tool.script else {
      throw CommandFailure("the script of \(tool.name) is not here, only what was made of it")
    }
    do throws(SystemError) { return (script, try FileSystem.read(script)) } catch {
      throw CommandFailure(.unreadable(error))
    }
  }
}
