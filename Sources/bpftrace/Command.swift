import BPF
import CommandLineKit
import CommandLines
import CommandSession
import Compiler
import Diagnostics
import Glibc
import Language
import LinuxSystem
import MachineView
import Output
import Semantics
import SystemText
import TraceModel
import TraceRuntime

/// The command, from its arguments to its exit status.
@main
struct Command {
  static func main() {
    exit(Command().run(Array(ProcessArguments.all.dropFirst())))
  }

  private func run(_ arguments: [String]) -> Int32 {
    CurrentProcess.ignore(.pipe)
    let invocation: Invocation
    do throws(Invocation.Problem) { invocation = try Invocation(arguments) } catch {
      if error.isPlain {
        if !error.text.isEmpty { Messages.line(error.text) }
      } else {
        Messages.error(error.text, hints: error.hints)
      }
      if error.showsUsage {
        Messages.errorBytes(Array(usageText(of: CompilerCommandLine.command).utf8))
      }
      return 1
    }
    switch invocation.mode {
    case .help:
      Messages.plain(usageText(of: CompilerCommandLine.command))
      return 0
    case .version:
      Messages.plain("bpftrace \(Release.version)")
      return 0
    case .info: return SystemReport.show(machine(invocation))
    case .list(let pattern): return list(pattern, invocation)
    case .listScript(let source): return listScript(source, invocation)
    case .run(let source): return run(source, invocation)
    }
  }

  // MARK: Machine

  private func machine(_ invocation: Invocation) -> DirectoryMachine {
    let host = LibBPFHost()
    var settings = DirectoryMachine.Settings()
    settings.btfPath = Environment["BPFTRACE_BTF"]
    settings.traceableFunctionsPath = invocation.traceableFunctions
    if invocation.reference == nil {
      let absent = invocation.absentFeatures
      settings.probe = {
        absent.contains($0) ? .no(reason: "it may not be used") : host.probe($0)
      }
      settings.surroundings = .current
      settings.mountsTracefs = true
    }
    return DirectoryMachine(root: invocation.reference ?? "/", settings: settings)
  }

  /// The environment as the configuration reads it.
  private var environment: [String: String] {
    var result: [String: String] = [:]
    for entry in Environment.all {
      let parts = entry.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      if parts.count == 2, parts[0].hasPrefix("BPFTRACE_") {
        result[String(parts[0])] = String(parts[1])
      }
    }
    return result
  }

  /// Whether messages are coloured.
  private var usesColor: Bool {
    switch Environment["BPFTRACE_COLOR"] {
    case "always": return true
    case "never": return false
    case "auto", nil: break
    case let other?:
      Messages.warning(
        "Invalid env value! The valid values of `BPFTRACE_COLOR` are [auto|always|never]. The "
          + "current value is \(other)!")
    }
    return OutputFile.standardOutput().isTerminal && OutputFile.standardError().isTerminal
  }

  // MARK: Listing

  private func list(_ pattern: String?, _ invocation: Invocation) -> Int32 {
    if let pattern, pattern.hasSuffix(".bt") {
      Messages.warning(
        "It appears that '\(pattern)' is a filename but the file does not exist. Treating "
          + "'\(pattern)' as a search pattern.")
    }
    let machine = machine(invocation)
    do throws(MachineError) {
      let query = ListingQuery(
        parts: [], kernel: machine, user: machine, types: TypeTable(machine),
        architecture: try machine.architecture, targetPID: invocation.targetPID.map(Int.init),
        wantsArguments: invocation.isVerbose)
      try Listing.list(pattern ?? "", query) { Messages.output($0) }
      return 0
    } catch {
      Messages.error("\(error)")
      return 1
    }
  }

  private func listScript(_ source: Invocation.Source, _ invocation: Invocation) -> Int32 {
    var points: [(name: String, points: [AttachPoint])] = []
    switch load(source, invocation, generatesCode: false) {
    case .artifact(let artifact): points = artifact.manifest.probes.map { ($0.name, $0.points) }
    case .script(let script):
      points = script.probes.flatMap(\.group.members).map { ($0.name, $0.points) }
    case .done: return 1
    }
    let names = points.filter { !$0.points.allSatisfy(\.isRun) }.map(\.name)
    Messages.output(names.map { "\($0)\n" }.joined().systemBytes)
    return 0
  }

  // MARK: Running

  private func run(_ source: Invocation.Source, _ invocation: Invocation) -> Int32 {
    if invocation.traces,
      let obstacle = Privileges.obstacle(to: "bpftrace", in: .current)
    {
      Messages.error(obstacle)
      return 1
    }
    switch load(source, invocation) {
    case .done(let status): return status
    case .script: preconditionFailure("a script that is to run has its code generated")
    case .artifact(let artifact):
      if let path = invocation.emitArtifact { return write(artifact.object, to: path) }
      if artifact.manifest.probes.isEmpty {
        Messages.plain("No probes to attach")
        return 1
      }
      var options = SessionOptions()
      do throws(ScriptArguments.ParseError) {
        options.arguments = try ScriptArguments(
          parsing: invocation.parameters, for: artifact.manifest.options)
      } catch {
        let hints = [error.hints.joined(separator: "\n")].filter { !$0.isEmpty }
        if error.asksForHelp {
          for hint in hints { Messages.line("HINT: \(hint)") }
        } else {
          Messages.error(error.message, hints: hints)
        }
        return 1
      }
      options.targetPID = invocation.targetPID
      options.command = invocation.command
      options.isQuiet = invocation.isQuiet
      options.isVerbose = invocation.isVerbose
      options.isDryRun = invocation.isDryRun
      options.allowsUnsafe = invocation.allowsUnsafe
      options.absentFeatures = invocation.absentFeatures
      options.showsWarnings = invocation.showsWarnings
      var run = ArtifactRun(options: options, renderer: invocation.renderer)
      run.outputPath = invocation.outputPath
      run.buffering = invocation.buffering
      run.usesColor = usesColor
      if Environment[ArtifactRun.announcementVariable] != nil {
        run.announcement = ArtifactRun.announcementVariable
      }
      return run.run(artifact, host: LibBPFHost(), machine: machine(invocation))
    }
  }

  private enum Loaded {
    case artifact(Artifact)
    /// What a script means, where no code was wanted.
    case script(TypedScript)
    /// There is nothing more to do; the exit status.
    case done(Int32)
  }

  /// Reads an artifact, or reads and compiles a script; tells about mistakes.
  private func load(
    _ source: Invocation.Source, _ invocation: Invocation, generatesCode: Bool = true
  ) -> Loaded {
    let name: String
    let bytes: [UInt8]
    switch source {
    case .text(let text): (name, bytes) = ("stdin", text.systemBytes)
    case .file(let path):
      do throws(SystemError) { (name, bytes) = (path, try FileSystem.read(path)) } catch {
        Messages.error("failed to open file '\(path)': \(error.reason)")
        return .done(1)
      }
    case .standardInput:
      do throws(SystemError) { (name, bytes) = ("stdin", try FileSystem.read("/dev/stdin")) } catch
      {
        Messages.error("failed to read the standard input: \(error.reason)")
        return .done(1)
      }
    }
    if Artifact.looksLikeArtifact(Array(bytes.prefix(4))) {
      do throws(ManifestError) { return .artifact(try Artifact(reading: bytes)) } catch {
        Messages.error("'\(name)' cannot be run: \(error.clause)")
        return .done(1)
      }
    }
    return compile(SourceFile(name: name, bytes: bytes), invocation, generatesCode)
  }

  private func compile(
    _ file: SourceFile, _ invocation: Invocation, _ generatesCode: Bool
  ) -> Loaded {
    let machine = machine(invocation)
    let architecture: Architecture
    do throws(MachineError) { architecture = try machine.architecture } catch {
      Messages.error("\(error)")
      return .done(1)
    }
    let words = invocation.parameters.filter { !$0.hasPrefix("--") || $0.count == 2 }
    let isFinal = invocation.emitArtifact == nil
    let target = AnalysisTarget(
      kernel: machine, user: machine, architecture: architecture, parameters: words,
      parametersAreFinal: isFinal, targetPID: invocation.targetPID.map(Int.init),
      allowsUnsafe: invocation.allowsUnsafe, knowsTaskFilters: !isFinal,
      startsCommand: invocation.command != nil,
      reportsEveryFailure: invocation.reportsEveryFailure,
      omitsRuntimeChecks: !invocation.showsWarnings, absentFeatures: invocation.absentFeatures,
      environment: environment,
      headers: MachineHeaders(
        script: file.name.contains("/") ? file.name : nil, folders: invocation.headerFolders),
      includedHeaders: invocation.includedHeaders)
    let wanted = Set(invocation.stages)
    var options = CompilationOptions(producer: "bpftrace \(Release.version)")
    options.generatesCode = generatesCode
    options.stages =
      wanted.contains("all")
      ? Set(CompilationStage.allCases) : Set(wanted.compactMap(CompilationStage.init))
    let showsStages = !options.stages.isEmpty
    if invocation.emitGeneratedCode != nil { options.stages.insert(.codegenOptimized) }
    let result = Compiler.compile(file, for: target, options: options)
    let environmental = result.diagnostics.errors.filter { $0.id == "config-environment" }
    if !environmental.isEmpty {
      for diagnostic in environmental { Messages.line(diagnostic.message) }
      return .done(2)
    }
    show(result.diagnostics, of: result.sources, invocation)
    if showsStages {
      for dump in result.dumps where wanted.contains("all") || wanted.contains(dump.stage.rawValue)
      {
        if result.dumps.count > 1 { Messages.plain("-- \(dump.stage.rawValue) --") }
        Messages.plain(dump.text)
      }
      return .done(result.diagnostics.hasErrors ? 1 : 0)
    }
    if result.diagnostics.hasErrors {
      // Without types, what is said of a script may be true of this machine only.
      do throws(MachineError) {
        if try machine.btf(nil) == nil { throw .noKernelTypes(machine.settings.surroundings) }
      } catch { Messages.error("\(error)") }
      return .done(1)
    }
    if let path = invocation.emitGeneratedCode {
      let text = result.dumps.first { $0.stage == .codegenOptimized }?.text ?? ""
      return .done(write(Array(text.utf8), to: path))
    }
    if !generatesCode, let script = result.script { return .script(script) }
    guard let artifact = result.artifact else {
      Messages.plain("No probes to attach")
      return .done(1)
    }
    return .artifact(artifact)
  }

  /// The most messages about one script that anyone will read.
  private static let mostMessages = 200

  private func show(
    _ diagnostics: DiagnosticList, of sources: SourceMap, _ invocation: Invocation
  ) {
    var shown = diagnostics
    if !invocation.showsWarnings { shown = DiagnosticList(diagnostics.errors) }
    guard !shown.isEmpty else { return }
    let rest = shown.count - Self.mostMessages
    if rest > 0 { shown = DiagnosticList(shown.inOrderOfReport.prefix(Self.mostMessages)) }
    Messages.errorBytes(DiagnosticRenderer(sources, usesColor: usesColor).render(shown))
    if rest > 0 { Messages.line("\(rest) more messages are not shown.") }
  }

  private func write(_ bytes: [UInt8], to path: String) -> Int32 {
    do throws(SystemError) {
      try FileSystem.write(bytes, to: path)
      return 0
    } catch {
      Messages.error("failed to write '\(path)': \(error.reason)")
      return 1
    }
  }
}
