import BPF
import CommandLineKit
import CommandLines
import CommandSession
import Glibc
import LinuxSystem
import MachineView
import Output
import SystemText
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
    let arguments = ProcessArguments.all
    exit(Command().run(arguments.first ?? "bt-tool", Array(arguments.dropFirst())))
  }

  private init() {
    let executable = try? CurrentProcess.executablePath
    func variable(_ name: String) -> String? { Environment[name] }
    tools = ToolCollection(ToolFolders(variable: variable, executable: executable))
    loader = ArtifactLoader(variable: variable, executable: executable)
  }

  private static let name = RunnerCommandLine.name

  // MARK: Which command

  private func run(_ program: String, _ arguments: [String]) -> Int32 {
    // Under another name, as through a link, it is the tool of that name.
    let called = Tool.name(of: program)
    if called != Self.name, let tool = try? tools.find(called) {
      return run(tool, as: called, arguments)
    }
    let parsed: ParsedArguments
    do throws(UsageError) {
      parsed = try ArgumentParser(RunnerCommandLine.own, ordering: .stopAtFirstOperand)
        .parse(arguments)
    } catch { return fail(error.message(program: Self.name)) }
    if parsed.contains("help") { return showUsage() }
    if parsed.contains("version") { return showVersion() }
    guard let word = parsed.operands.first else {
      Messages.errorBytes(Array(usageText(of: RunnerCommandLine.command).utf8))
      return 1
    }
    let rest = Array(parsed.operands.dropFirst())
    switch word {
    case "list": return list(rest)
    case "complete":
      Messages.output(Completer(tools: tools, loader: loader).answer(rest).systemBytes)
      return 0
    case "help":
      guard let name = rest.first else { return showUsage() }
      return withTool(name) { run($0, as: "\(Self.name) \($0.name)", ["--help"]) }
    case "show": return show(rest)
    case "render": return RenderCommand(usesColor: usesColor).run(rest)
    case "run":
      guard let path = rest.first else { return fail("which file? bt-tool run FILE") }
      return withTool(path.contains("/") ? path : "./\(path)") {
        run($0, as: "\(Self.name) run \(path)", Array(rest.dropFirst()))
      }
    case "exec": return execute(rest)
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

  // MARK: Any command

  /// What a container's engine is given as a command, so that tools are commands there.
  private func execute(_ words: [String]) -> Int32 {
    guard let word = words.first else {
      _ = showUsage()
      Messages.plain("\nTOOLS:")
      return list([])
    }
    let rest = Array(words.dropFirst())
    if word.hasPrefix("-") || Self.ownCommands.contains(word) {
      return run(Self.name, words)
    }
    do throws(ToolError) {
      switch try tools.runnable(word, compiler: loader.compiler) {
      case .tool(let tool): return run(tool, as: tool.name, rest)
      case .program(let path):
        do throws(SystemError) { try CurrentProcess.become(path, rest) } catch {
          throw .notExecutable(error)
        }
      }
    } catch {
      let status = fail(error)
      // As a shell says it.
      switch error {
      case .nothingToRun, .noBpftrace: return 127
      case .notExecutable: return 126
      default: return status
      }
    }
  }

  /// The commands of ours that `exec` knows too.
  private static let ownCommands: Set<String> = ["list", "help", "show", "render"]

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
    Messages.plain(usageText(of: RunnerCommandLine.command))
    return 0
  }

  private func showVersion() -> Int32 {
    Messages.plain("\(Self.name) \(Release.version)")
    return 0
  }

  private func show(_ words: [String]) -> Int32 {
    let parsed: ParsedArguments
    do throws(UsageError) {
      parsed = try ArgumentParser(RunnerCommandLine.showing).parse(words)
    } catch { return fail(error.message(program: "\(Self.name) show")) }
    if parsed.contains("help") {
      Messages.plain(usageText(of: RunnerCommandLine.showCommand))
      return 0
    }
    guard let name = parsed.operands.first else {
      return fail("which tool? bt-tool show TOOL")
    }
    guard parsed.contains("manifest") else { return withTool(name, showScript) }
    if FileSystem.isRegularFile(name) {
      do throws(SystemError) {
        let bytes = try FileSystem.read(name)
        if Recording.looksLikeRecording(bytes) {
          return RenderCommand(usesColor: usesColor).showHeader(bytes, of: name)
        }
      } catch { return fail(.unreadable(error)) }
    }
    let isFile = !name.contains("/") && FileSystem.isRegularFile(name)
    return withTool(isFile ? "./\(name)" : name) { tool in
      do throws(ToolError) {
        Messages.plain(try loader.manifest(toShow: tool).text)
        return 0
      } catch { return fail(error) }
    }
  }

  private func showScript(_ tool: Tool) -> Int32 {
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
    do throws(UsageError) {
      parsed = try ArgumentParser(RunnerCommandLine.listing).parse(words)
    } catch {
      return fail(error.message(program: "\(Self.name) list"))
    }
    if parsed.contains("help") {
      Messages.plain(usageText(of: RunnerCommandLine.listCommand))
      return 0
    }
    let wanted = NamePattern("*\(parsed.operands.first ?? "")*")
    let entries = tools.all().map { ($0, loader.manual(of: $0)) }
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
    Messages.output(text.systemBytes)
    return 0
  }

  // MARK: Running

  private func run(_ tool: Tool, as name: String, _ words: [String]) -> Int32 {
    let loaded: ArtifactLoader.Loaded
    do throws(ToolError) { loaded = try loader.load(tool) } catch { return fail(error) }
    let manifest = loaded.artifact.manifest
    let manual = ToolManual(manifest.manual)
    let command = RunnerCommandLine.command(name: name, manual: manual, manifest: manifest)
    let surroundings = Surroundings.current
    let host = LibBPFHost()
    let settings = DirectoryMachine.Settings(
      btfPath: Environment["BPFTRACE_BTF"], probe: { host.probe($0) },
      surroundings: surroundings, mountsTracefs: true)
    let machine = DirectoryMachine(settings: settings)
    let invocation: ToolInvocation
    do throws(ToolInvocation.Problem) {
      invocation = try ToolInvocation(words, of: command, manifest: manifest, on: machine)
    } catch { return fail(error.text) }
    switch invocation.request {
    case .help:
      Messages.plain(usageText(of: command) + (manual.text.isEmpty ? "" : "\n\(manual.text)\n"))
      return 0
    case .version: return showVersion()
    case .run: break
    }
    if let obstacle = Privileges.obstacle(to: name, in: surroundings) { return fail(obstacle) }
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
    return run.run(loaded.artifact, host: host, machine: machine)
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
