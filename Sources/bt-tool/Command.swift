import BPF
import CommandLineKit
import CommandSession
import Glibc
import LinuxSystem
import MachineView
import ToolLibrary
import TraceModel
import TraceRuntime

/// The command, from its arguments to its exit status.
@main
struct Command {
  private let tools: ToolCollection
  private let loader: ArtifactLoader

  static func main() {
    CurrentProcess.ignore(.pipe)
    let arguments = CommandLine.arguments
    exit(Command().run(arguments.first ?? "bt-tool", Array(arguments.dropFirst())))
  }

  private init() {
    let executable = try? CurrentProcess.executablePath
    func variable(_ name: String) -> String? { Environment[name] }
    tools = ToolCollection(ToolFolders(variable: variable, executable: executable))
    loader = ArtifactLoader(variable: variable, executable: executable)
  }

  private static let name = "bt-tool"

  private static let spec = CommandSpec(
    name: name, summary: "Runs tracing tools that are compiled already.",
    synopses: [
      "TOOL [options of the tool]", "run FILE [options of the tool]", "list [-v]", "help [TOOL]",
      "show TOOL",
    ],
    options: RunnerOptions.own,
    appendices: [
      CommandSpec.Appendix(
        title: "Commands",
        entries: [
          .init("TOOL", "run the tool of that name, or at that path"),
          .init("run FILE", "run a script or an artifact"),
          .init("list", "show the tools there are"),
          .init("help TOOL", "show a tool's manual and options"),
          .init("show TOOL", "print a tool's script"),
        ]),
      CommandSpec.Appendix(
        title: "Environment",
        entries: [
          .init("BT_TOOL_PATH", "folders, between colons, where tools are looked for first"),
          .init("XDG_DATA_HOME", "its bpftrace/tools is the folder of your own tools"),
          .init("XDG_CACHE_HOME", "its bpftrace/tools keeps what was compiled of your own tools"),
        ]),
    ])

  // MARK: Which command

  private func run(_ program: String, _ arguments: [String]) -> Int32 {
    // Under another name, as through a link, it is the tool of that name.
    let called = Tool.name(of: program)
    if called != Self.name, let tool = try? tools.find(called) {
      return run(tool, as: called, arguments)
    }
    let parsed: ParsedArguments
    do throws(UsageError) {
      parsed = try ArgumentParser(RunnerOptions.own, ordering: .stopAtFirstOperand)
        .parse(arguments)
    } catch { return fail(error.message(program: Self.name)) }
    if parsed.contains("help") { return showUsage() }
    if parsed.contains("version") { return showVersion() }
    guard let word = parsed.operands.first else {
      Messages.errorBytes(Array(usageText(of: Self.spec).utf8))
      return 1
    }
    let rest = Array(parsed.operands.dropFirst())
    switch word {
    case "list": return list(rest)
    case "help":
      guard let name = rest.first else { return showUsage() }
      return withTool(name) { run($0, as: "\(Self.name) \($0.name)", ["--help"]) }
    case "show":
      guard let name = rest.first else { return fail("which tool? bt-tool show TOOL") }
      return withTool(name, show)
    case "run":
      guard let path = rest.first else { return fail("which file? bt-tool run FILE") }
      return withTool(path.contains("/") ? path : "./\(path)") {
        run($0, as: "\(Self.name) run \(path)", Array(rest.dropFirst()))
      }
    default:
      return withTool(word) { run($0, as: typedName(of: $0, word), rest) }
    }
  }

  /// What the user typed to run `tool`. An executable script is a command of its own: the kernel
  /// calls us with its path, as its first line says.
  private func typedName(of tool: Tool, _ word: String) -> String {
    if word.contains("/"), word == tool.script, FileSystem.isExecutable(word) {
      return tool.name + Tool.scriptEnding
    }
    return "\(Self.name) \(tool.name)"
  }

  private func withTool(_ word: String, _ action: (Tool) -> Int32) -> Int32 {
    do throws(ToolError) { return action(try tools.find(word)) } catch { return fail(error) }
  }

  // MARK: Telling

  private func fail(_ text: String) -> Int32 {
    Messages.error(text)
    return 1
  }

  private func fail(_ error: ToolError) -> Int32 {
    if case .rejected(_, let messages) = error {
      Messages.errorBytes(messages)
      return 1
    }
    Messages.error(error.message, hints: error.hints)
    return 1
  }

  private func showUsage() -> Int32 {
    Messages.plain(usageText(of: Self.spec))
    return 0
  }

  private func showVersion() -> Int32 {
    Messages.plain("\(Self.name) \(Release.version)")
    return 0
  }

  private func show(_ tool: Tool) -> Int32 {
    guard let script = tool.script else {
      return fail("the script of \(tool.name) is not here, only what was made of it")
    }
    do throws(SystemError) {
      Messages.output(try FileSystem.read(script))
      return 0
    } catch { return fail(.unreadable(error)) }
  }

  private func list(_ words: [String]) -> Int32 {
    let parsed: ParsedArguments
    do throws(UsageError) { parsed = try ArgumentParser(RunnerOptions.listing).parse(words) } catch
    {
      return fail(error.message(program: "\(Self.name) list"))
    }
    if parsed.contains("help") {
      Messages.plain(
        usageText(
          of: CommandSpec(
            name: "\(Self.name) list", summary: "Shows the tools there are.",
            synopses: ["[-v] [WORD]"], options: RunnerOptions.listing)))
      return 0
    }
    let wanted = NamePattern("*\(parsed.operands.first ?? "")*")
    let entries = tools.all().map { ($0, manual(of: $0)) }
      .filter { wanted.matches($0.name) || wanted.matches($1.summary) }
    let width = entries.map(\.0.name.count).max() ?? 0
    var text = ""
    for (tool, manual) in entries {
      let padding = String(repeating: " ", count: width - tool.name.count)
      text += "\(tool.name)\(padding)  \(manual.summary)\n"
      if parsed.contains("verbose") {
        let margin = String(repeating: " ", count: width + 2)
        text += "\(margin)\(tool.script ?? tool.artifact ?? "")\n"
        if let flaw = loader.flaw(of: tool) {
          text += "\(margin)compiled when it is run: \(flaw.clause)\n"
        }
      }
    }
    Messages.output(Array(text.utf8))
    return 0
  }

  private func manual(of tool: Tool) -> ToolManual {
    if let script = tool.script, let text = try? FileSystem.read(script) {
      return ToolManual(script: text)
    }
    return ToolManual(loader.manifest(of: tool)?.manual ?? "")
  }

  // MARK: Running

  private func run(_ tool: Tool, as name: String, _ words: [String]) -> Int32 {
    let loaded: ArtifactLoader.Loaded
    do throws(ToolError) { loaded = try loader.load(tool) } catch { return fail(error) }
    let manifest = loaded.artifact.manifest
    let manual = ToolManual(manifest.manual)
    let command = ToolInvocation.command(name: name, manual: manual, manifest: manifest)
    let invocation: ToolInvocation
    do throws(ToolInvocation.Problem) {
      invocation = try ToolInvocation(words, of: command, manifest: manifest)
    } catch { return fail(error.text) }
    switch invocation.request {
    case .help:
      Messages.plain(usageText(of: command) + (manual.text.isEmpty ? "" : "\n\(manual.text)\n"))
      return 0
    case .version: return showVersion()
    case .run: break
    }
    guard (try? CurrentProcess.capabilities.allowsTracing) == true else {
      return fail("Missing CAP_BPF capability, please run \(name) as the root user.")
    }
    if invocation.session.isVerbose {
      Messages.line("Running \(loaded.path)" + (loaded.flaw.map { ": \($0.clause)" } ?? ""))
    }
    var run = ArtifactRun(options: invocation.session, renderer: invocation.renderer)
    run.outputPath = invocation.outputPath
    run.buffering = invocation.buffering
    run.usesColor = usesColor
    if Environment[ArtifactRun.announcementVariable] != nil {
      run.announcement = ArtifactRun.announcementVariable
    }
    let host = LibBPFHost()
    let settings = DirectoryMachine.Settings(
      btfPath: Environment["BPFTRACE_BTF"], probe: { host.probe($0) })
    return run.run(loaded.artifact, host: host, machine: DirectoryMachine(settings: settings))
  }

  /// Whether messages are coloured.
  private var usesColor: Bool {
    switch Environment["BPFTRACE_COLOR"] {
    case "always": true
    case "never": false
    default: OutputFile.standardOutput().isTerminal && OutputFile.standardError().isTerminal
    }
  }
}
