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
import Syntax
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
    case .format(let source): return format(source, invocation)
    case .explain(let id): return explain(id)
    }
  }

  // MARK: Explaining

  private func explain(_ id: String) -> Int32 {
    guard let explanation = DiagnosticRegistry.explanation(of: id) else {
      let similar = NearestName.of(id, among: DiagnosticRegistry.ids)
      Messages.error(
        "There is no error or warning '\(id)'",
        hints: similar.map { ["Did you mean '\($0)'?"] } ?? [])
      return 1
    }
    Messages.plain(explanation.text)
    return 0
  }

  // MARK: Formatting

  private func format(_ source: Invocation.Source, _ invocation: Invocation) -> Int32 {
    let file: SourceFile
    switch read(source) {
    case .file(let found): file = found
    case .unreadable: return 1
    }
    if Artifact.looksLikeArtifact(file.bytes) {
      Messages.error("'\(file.name)' is a compiled script, which has no layout")
      return 1
    }
    let script = parse(file, parameters: invocation.parameters)
    if script.diagnostics.hasErrors {
      show(script.diagnostics, of: SourceMap(file), invocation)
      return 1
    }
    let text = Syntax.format(script)
    guard let path = invocation.outputPath else {
      Messages.output(text)
      return 0
    }
    return write(text, to: path, keepingPermissions: true)
  }

  // MARK: Machine

  private func machine(_ invocation: Invocation) -> DirectoryMachine {
    let host = LibBPFHost()
    var settings = DirectoryMachine.Settings()
    settings.btfPath = Environment["BPFTRACE_BTF"]
    settings.traceableFunctionsPath = invocation.traceableFunctions
    settings.debugFolders = invocation.debugFolders
    if invocation.reference == nil {
      let absent = invocation.absentFeatures
      settings.probe = {
        absent.contains($0) ? .no(reason: "it may not be used") : host.probe($0)
      }
      settings.programs = LoadedPrograms.all
      settings.linkedFunction = LinkedFunction.named
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
    if let id = invocation.targetPID {
      do throws(SystemError) { _ = try ProcessHandle(id) } catch {
        Messages.error(SessionError.target(id, error).message(verbose: false, in: .current).text)
        return 1
      }
    }
    do throws(MachineError) {
      let query = try listingQuery(on: machine, invocation)
      try Listing.list(
        pattern ?? "", query, warn: { Messages.warning($0) }, write: { Messages.output($0) })
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
    points.removeAll { $0.points.allSatisfy { $0.isRun && !$0.isExamination } }
    do throws(MachineError) {
      let query = try listingQuery(on: machine(invocation), invocation)
      var lines: [String] = []
      for (name, _) in points {
        lines.append(name)
        guard invocation.isVerbose else { continue }
        lines += try Listing.arguments(of: name, query).map { "    \($0)" }
      }
      Messages.output(lines.map { "\($0)\n" }.joined().systemBytes)
      return 0
    } catch {
      Messages.error("\(error)")
      return 1
    }
  }

  private func listingQuery(
    on machine: DirectoryMachine, _ invocation: Invocation
  ) throws(MachineError) -> ListingQuery {
    ListingQuery(
      parts: [], kernel: machine, user: machine, types: TypeTable(machine),
      architecture: try machine.architecture, targetPID: invocation.targetPID.map(Int.init),
      wantsArguments: invocation.isVerbose)
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
      if let path = invocation.executable {
        return write(artifact.executable, to: path, permissions: 0o755)
      }
      if invocation.work == .compile { return 0 }
      if artifact.manifest.probes.isEmpty {
        Messages.plain("No probes to attach")
        return 1
      }
      var options = SessionOptions()
      let parameters = ScriptParameters(for: artifact.manifest, on: machine(invocation))
      do throws(ScriptArguments.ParseError) {
        try parameters.take(
          invocation.parameters, into: &options,
          isTerminal: invocation.outputPath == nil && OutputFile.standardOutput().isTerminal)
      } catch {
        let hints = [error.hints.joined(separator: "\n")].filter { !$0.isEmpty }
        if error.asksForHelp {
          for hint in hints { Messages.line("HINT: \(hint)") }
        } else {
          Messages.error(error.message, hints: hints)
        }
        return 1
      }
      if let names = parameters.listing(for: options.arguments) {
        Messages.plain(names)
        return 0
      }
      options.targetPID = invocation.targetPID
      options.command = invocation.command
      options.isQuiet = invocation.isQuiet
      options.isVerbose = invocation.isVerbose
      options.isDryRun = invocation.isDryRun
      options.allowsUnsafe = invocation.allowsUnsafe
      options.absentFeatures = invocation.absentFeatures
      options.showsWarnings = invocation.showsWarnings
      options.debugFolders = invocation.debugFolders
      options.work = invocation.work.session
      var renderer = invocation.renderer
      if options.arguments.options[StandardOption.csv.name] == .boolean(true) {
        renderer = RendererSpec.named(StandardOption.csv.name) ?? renderer
      }
      var run = ArtifactRun(options: options, renderer: renderer)
      run.outputPath = invocation.outputPath
      run.buffering = invocation.buffering
      run.usesColor = usesColor
      run.showsRawText = invocation.showsRawText
      run.isStrict = invocation.isStrict
      if Environment[ArtifactRun.announcementVariable] != nil {
        run.announcement = ArtifactRun.announcementVariable
      }
      return run.run(artifact, host: LibBPFHost(), machine: machine(invocation)).compatibleStatus
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
    let file: SourceFile
    switch read(source) {
    case .file(let found): file = found
    case .unreadable: return .done(1)
    }
    if Artifact.looksLikeArtifact(file.bytes) {
      do throws(ManifestError) {
        let artifact = try Artifact(reading: file.bytes)
        return .artifact(artifact.keepingProbes(invocation.probeFilter))
      } catch {
        Messages.error("'\(file.name)' cannot be run: \(error.clause)")
        return .done(1)
      }
    }
    return compile(file, invocation, generatesCode)
  }

  private enum ReadSource {
    case file(SourceFile)
    /// Which has been said.
    case unreadable
  }

  private func read(_ source: Invocation.Source) -> ReadSource {
    switch source {
    case .text(let text): return .file(SourceFile(name: "stdin", bytes: text.systemBytes))
    case .file(let path):
      do throws(SystemError) {
        return .file(SourceFile(name: path, bytes: try FileSystem.read(path)))
      } catch {
        Messages.error("failed to open file '\(path)': \(error.reason)")
        return .unreadable
      }
    case .standardInput:
      do throws(SystemError) {
        return .file(SourceFile(name: "stdin", bytes: try FileSystem.read("/dev/stdin")))
      } catch {
        Messages.error("failed to read the standard input: \(error.reason)")
        return .unreadable
      }
    }
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
    let isFinal = invocation.emitArtifact == nil && invocation.executable == nil
    var target = AnalysisTarget(
      kernel: machine, user: machine, architecture: architecture, parameters: words,
      parametersAreFinal: isFinal, targetPID: invocation.targetPID.map(Int.init),
      allowsUnsafe: invocation.allowsUnsafe, knowsTaskFilters: !isFinal,
      startsCommand: invocation.command != nil,
      reportsEveryFailure: invocation.reportsEveryFailure,
      omitsRuntimeChecks: !invocation.showsWarnings, absentFeatures: invocation.absentFeatures,
      compatibility: invocation.compatibility, environment: environment,
      headers: MachineHeaders(
        script: file.name.contains("/") ? file.name : nil, folders: invocation.headerFolders),
      includedHeaders: invocation.includedHeaders,
      compiler: InstalledClang(folders: invocation.headerFolders))
    target.isForThisKernel = isFinal && invocation.reference == nil
    target.isVerbose = invocation.isVerbose
    if let filter = invocation.probeFilter { target.keepsProbe = { filter.matches($0) } }
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
    return link(artifact, result.linked)
  }

  /// The artifact with the objects that it calls functions of.
  private func link(_ artifact: Artifact, _ objects: [ImportedObject]) -> Loaded {
    guard !objects.isEmpty else { return .artifact(artifact) }
    do throws(LinkError) {
      let object = try ObjectLinker.link([artifact.object] + objects.map(\.bytes))
      return .artifact(Artifact(object: object, manifest: artifact.manifest))
    } catch {
      switch error {
      case .refused(let index, let reason) where index > 0:
        Messages.error("\(objects[index - 1].path) cannot be linked: \(reason)")
      case .refused(_, let reason), .unfinished(let reason):
        Messages.error("the imported objects cannot be linked: \(reason)")
      case .system(let cause):
        Messages.error("the imported objects cannot be linked: \(cause.reason)")
      }
      return .done(1)
    }
  }

  /// The most messages about one script that anyone will read.
  private static let mostMessages = 200

  private func show(
    _ diagnostics: DiagnosticList, of sources: SourceMap, _ invocation: Invocation
  ) {
    var shown = diagnostics
    if !invocation.showsWarnings { shown = DiagnosticList(diagnostics.errors) }
    switch invocation.diagnosticsFormat {
    case .text: break
    case .json: return Messages.errorBytes(DiagnosticJSON(sources).lines(shown))
    case .sarif:
      return Messages.errorBytes(DiagnosticJSON(sources).sarif(shown, version: Release.version))
    }
    guard !shown.isEmpty else { return }
    let rest = shown.count - Self.mostMessages
    if rest > 0 { shown = DiagnosticList(shown.inOrderOfReport.prefix(Self.mostMessages)) }
    Messages.errorBytes(DiagnosticRenderer(sources, usesColor: usesColor).render(shown))
    if rest > 0 { Messages.line("\(rest) more messages are not shown.") }
  }

  /// Writes a file whole or not at all.
  private func write(
    _ bytes: [UInt8], to path: String, permissions: UInt32 = 0o644, keepingPermissions: Bool = false
  ) -> Int32 {
    do throws(SystemError) {
      var permissions = permissions
      if keepingPermissions, FileSystem.exists(path) {
        permissions = try FileSystem.info(of: path).mode & 0o777
      }
      try FileSystem.write(bytes, to: path, permissions: permissions)
      return 0
    } catch {
      Messages.error("failed to write '\(path)': \(error.reason)")
      return 1
    }
  }
}

extension Invocation.Work {
  /// Which probes the run is about.
  fileprivate var session: SessionWork {
    switch self {
    case .trace, .compile, .format: .trace
    case .test: .test
    case .bench: .benchmark
    }
  }
}

extension Artifact {
  /// This with no probes but those whose full names match, and those that the command itself runs.
  fileprivate func keepingProbes(_ filter: RegularExpression?) -> Artifact {
    guard let filter else { return self }
    var manifest = manifest
    manifest.probes.removeAll { probe in
      let isAlwaysKept = probe.points.allSatisfy { $0.isRun && !$0.isExamination }
      return !isAlwaysKept && !filter.matches(probe.name)
    }
    return Artifact(object: object, manifest: manifest)
  }
}
