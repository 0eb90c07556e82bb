internal import BPF
package import CommandLineKit
internal import CommandLines
package import CommandSession
internal import Diagnostics
internal import LinuxSystem
internal import MachineView
internal import SystemText
package import ToolLibrary
internal import TraceModel
internal import TraceRuntime

/// The command `bt-tool`: from its words to what is done about them.
package struct ToolRunner: Sendable {
  package let tools: ToolCollection
  package let loader: ArtifactLoader
  /// Reads the environment.
  let variable: @Sendable (String) -> String?
  /// The path of the running command.
  let executable: String?

  /// - Parameter executable: The path of the running command; nil if nobody knows.
  package init(variable: @escaping @Sendable (String) -> String?, executable: String?) {
    self.variable = variable
    self.executable = executable
    let loader = ArtifactLoader(variable: variable, executable: executable)
    self.loader = loader
    tools = ToolCollection(ToolFolders(variable: variable, executable: executable))
  }

  /// What the command is called.
  package static let name = RunnerCommandLine.name

  /// The option that every command has.
  static let help = OptionSpec("help", short: "h", long: "help", summary: "show this text")

  /// The command without a tool.
  package static let spec = CommandSpec(
    name: name, summary: "Runs tracing tools that are compiled already.",
    synopses: ["TOOL [options of the tool]"]
      + ToolCommand.all.map { $0.synopsis.isEmpty ? $0.name : "\($0.name) \($0.synopsis)" },
    options: [
      help, OptionSpec("version", short: "V", long: "version", summary: "print the version"),
    ],
    appendices: [
      CommandSpec.Appendix(
        title: "Commands",
        entries: [.init("TOOL", "run the tool of that name, or at that path")]
          + ToolCommand.all.map { .init($0.usage, $0.summary) }),
      CommandSpec.Appendix(
        title: "Environment",
        entries: [
          .init("BT_TOOL_PATH", "folders, between colons, where tools are looked for first"),
          .init("XDG_DATA_HOME", "its bpftrace/tools is the folder of your own tools"),
          .init("XDG_CACHE_HOME", "its bpftrace/tools keeps what your own tools were compiled to"),
        ]),
    ])

  // MARK: Which command

  /// Does what the words say, and says what went wrong.
  ///
  /// - Parameter program: What the command was called by.
  package func run(_ program: String, _ arguments: [String]) -> ExitStatus {
    do throws(CommandFailure) { return try answer(program, arguments) } catch {
      switch error.message {
      case .error(let text, let hints): Messages.error(text, hints: hints)
      case .bytes(let bytes): Messages.errorBytes(bytes)
      case .nothing: break
      }
      return error.status
    }
  }

  func answer(
    _ program: String, _ arguments: [String]
  ) throws(CommandFailure) -> ExitStatus {
    // Under another name, as through a link, it is the tool of that name.
    let called = Tool.name(of: program)
    if called != Self.name, let tool = try? tools.find(called) {
      return try run(tool, as: called, arguments)
    }
    let parsed: ParsedArguments
    do throws(UsageError) {
      parsed = try ArgumentParser(Self.spec.options, ordering: .stopAtFirstOperand)
        .parse(arguments)
    } catch { throw .usage(error.message(program: Self.name)) }
    if parsed.contains("help") { return showUsage() }
    if parsed.contains("version") { return showVersion() }
    guard let word = parsed.operands.first else {
      throw CommandFailure(.bytes(usageText(of: Self.spec).systemBytes), .usage)
    }
    let rest = Array(parsed.operands.dropFirst())
    if let command = ToolCommand.named(word) { return try command.run(rest, in: self) }
    let tool = try findToolOrCommand(word)
    return try run(tool, as: typedName(of: tool, word), rest)
  }

  /// What the user typed to run `tool`. An executable script is a command of its own: the kernel
  /// calls us with its path, as its first line says.
  private func typedName(of tool: Tool, _ word: String) -> String {
    if word.contains("/"), word == tool.script, FileSystem.isExecutable(word) {
      return tool.name + Tool.scriptEnding
    }
    return "\(Self.name) \(tool.name)"
  }

  // MARK: What the commands share

  /// The tool that a word names.
  func find(_ word: String) throws(CommandFailure) -> Tool {
    do throws(ToolError) { return try tools.find(word) } catch { throw CommandFailure(error) }
  }

  /// The tool that a word names where a command may stand, too: one may have been meant.
  func findToolOrCommand(_ word: String) throws(CommandFailure) -> Tool {
    do throws(ToolError) { return try tools.find(word) } catch {
      guard case .notFound(let name, let similar, let searched) = error else {
        throw CommandFailure(error)
      }
      let commands = ToolCommand.all.map(\.name)
      let begun = commands.filter { $0.hasPrefix(name) }
      let likely =
        begun.count == 1
        ? begun[0] : NearestName.of(name, among: (similar.map { [$0] } ?? []) + commands)
      throw CommandFailure(.notFound(name, similar: likely, searched: searched))
    }
  }

  /// What a word names: a tool, or a file even where it is no path.
  func findFileOrTool(_ word: String) throws(CommandFailure) -> Tool {
    let isFile = !word.contains("/") && FileSystem.isRegularFile(word)
    return try find(isFile ? "./\(word)" : word)
  }

  /// Prints an answer.
  func say(_ text: String) { Messages.plain(text) }

  func showUsage() -> ExitStatus {
    say(usageText(of: Self.spec))
    return .success
  }

  func showVersion() -> ExitStatus {
    say("\(Self.name) \(Release.version)")
    return .success
  }

  /// Whether messages are coloured.
  var usesColor: Bool {
    switch variable("BPFTRACE_COLOR") {
    case "always": true
    case "never": false
    default: OutputFile.standardOutput().isTerminal && OutputFile.standardError().isTerminal
    }
  }

  /// The running machine, as programs for the kernel see it.
  func machine() -> DirectoryMachine {
    let host = LibBPFHost()
    var settings = DirectoryMachine.Settings(
      btfPath: variable("BPFTRACE_BTF"), probe: { host.probe($0) }, surroundings: .current,
      mountsTracefs: true)
    settings.programs = LoadedPrograms.all
    settings.linkedFunction = LinkedFunction.named
    return DirectoryMachine(settings: settings)
  }

  // MARK: Running

  /// Runs a tool, or shows what its options ask for.
  ///
  /// - Parameter name: What the user typed.
  func run(
    _ tool: Tool, as name: String, _ words: [String]
  ) throws(CommandFailure) -> ExitStatus {
    let machine = machine()
    if !RunnerCommandLine.seemToAskForText(words) { machine.readTypesAhead() }
    let loaded: ArtifactLoader.Loaded
    do throws(ToolError) { loaded = try loader.load(tool) } catch { throw CommandFailure(error) }
    let manifest = loaded.artifact.manifest
    let alias = manifest.aliases.first { $0.name == tool.name }
    let manual = ToolManual(manifest.manual)
    let command = RunnerCommandLine.command(name: name, manual: manual, manifest: manifest)
    let invocation: ToolInvocation
    do throws(ToolInvocation.Problem) {
      invocation = try ToolInvocation(
        (alias?.words ?? []) + words, of: command, manifest: manifest, on: machine)
    } catch { throw .usage(error.text) }
    switch invocation.request {
    case .help:
      var text = usageText(of: command)
      if !manual.text.isEmpty { text += "\n\(refilled(manual.text))" }
      if manualPage(of: tool) != nil {
        text += "\nExamples are in its man page: \(Self.name) man \(tool.name)\n"
      }
      say(text)
      return .success
    case .version: return showVersion()
    case .names(let kind):
      say(OptionValues(for: manifest).listing(of: kind, OptionReader(for: manifest, on: machine)))
      return .success
    case .run: break
    }
    if let obstacle = Privileges.obstacle(to: name, in: .current) {
      throw CommandFailure(obstacle, .permission)
    }
    if invocation.session.isVerbose {
      Messages.line("Running \(loaded.path)" + (loaded.flaw.map { ": \($0.clause)" } ?? ""))
    }
    var options = invocation.session
    if let word = invocation.container {
      do throws(ContainerError) {
        switch try machine.container(word) {
        case .cgroup(let path): options.taskFilters[.cgroup] = .path(path)
        case .mountNamespace(let number):
          options.taskFilters[.mountNamespace] = .number(Int64(bitPattern: number))
        }
      } catch { throw CommandFailure("--container: \(error)") }
    }
    var run = ArtifactRun(options: options, renderer: invocation.renderer)
    run.outputPath = invocation.outputPath
    run.buffering = invocation.buffering
    run.isStrict = invocation.isStrict
    run.isTool = true
    run.usesColor = usesColor
    run.showsRawText = invocation.showsRawText
    if variable(ArtifactRun.announcementVariable) != nil {
      run.announcement = ArtifactRun.announcementVariable
    }
    return run.run(loaded.artifact, host: LibBPFHost(), machine: machine).status
  }
}
