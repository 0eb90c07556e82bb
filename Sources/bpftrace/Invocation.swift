import CommandLineKit
import CommandLines
import Diagnostics
import LinuxSystem
import Output
import TraceModel

/// What the command line asks for.
struct Invocation {
  enum Mode: Equatable {
    case help
    case version
    case info
    /// Attach points or types that match a pattern; nil for all.
    case list(pattern: String?)
    /// The attach points of a script.
    case listScript(Source)
    case run(Source)
    /// Print a script in the usual layout.
    case format(Source)
    /// What a diagnostic means.
    case explain(id: String)
  }

  enum Source: Equatable {
    case text(String)
    case file(String)
    case standardInput
  }

  var mode: Mode
  /// The words behind the script.
  var parameters: [String] = []
  var targetPID: Int32?
  var command: String?
  var renderer: RendererSpec = RendererSpec.all[0]
  var outputPath: String?
  var buffering: OutputFile.Buffering?
  var isQuiet = false
  /// Whether texts of traced processes reach terminals as they are.
  var showsRawText = false
  var isVerbose = false
  var isStrict = false
  var reportsEveryFailure = false
  var showsWarnings = true
  var isDryRun = false
  var allowsUnsafe = false
  /// What the kernel is taken to lack.
  var absentFeatures: Set<KernelFeature> = []
  var stages: [String] = []
  var emitArtifact: String?
  var emitGeneratedCode: String?
  var reference: String?
  /// An executable file to be made of the script.
  var executable: String?
  /// Which of the script's probes run.
  var work = Work.trace
  /// Full names of the probes to keep match it.
  var probeFilter: RegularExpression?
  /// The release whose meaning of scripts is wanted.
  var compatibility = Compatibility.current
  var diagnosticsFormat = DiagnosticsFormat.text
  /// Whether the script is run, not only compiled.
  var traces: Bool {
    emitArtifact == nil && emitGeneratedCode == nil && executable == nil && stages.isEmpty
      && work != .compile
  }
  var traceableFunctions: String?
  /// Where to look for debug files first.
  var debugFolders: [String] = []
  /// Where headers are looked for, in order.
  var headerFolders: [String] = []
  /// What is included before the script's first line.
  var includedHeaders: [String] = []

  /// What is done with a script.
  enum Work: String, CaseIterable {
    /// Its probes are attached, but for tests and benchmarks.
    case trace
    /// Only its tests run.
    case test
    /// Only its benchmarks run.
    case bench
    /// It is compiled, no more.
    case compile = "codegen"
    /// It is printed in the usual layout.
    case format
  }

  /// What is wrong with a command line.
  struct Problem: Error {
    var text: String
    var hints: [String] = []
    /// Whether the usage follows.
    var showsUsage = false
    /// Whether the text is complete, without a level.
    var isPlain = false
  }

  init(_ arguments: [String]) throws(Problem) {
    mode = .help
    let parsed: ParsedArguments
    do throws(UsageError) {
      parsed = try ArgumentParser(CompilerCommandLine.command.options).parse(
        Self.withoutLegacyDebug(arguments))
    } catch {
      throw Problem(
        text: error.message(program: "bpftrace"), showsUsage: true, isPlain: true)
    }
    if arguments.isEmpty { throw Problem(text: "", showsUsage: true, isPlain: true) }
    if parsed.contains("help") { return }
    if parsed.contains("version") {
      mode = .version
      return
    }
    for option in CompilerCommandLine.later where parsed.contains(option.id) {
      throw Problem(text: "--\(option.long ?? "") is not supported yet")
    }
    if let id = parsed.value(of: "explain") {
      mode = .explain(id: id)
      return
    }
    try takeFlags(parsed)
    try takeTarget(parsed)
    try takeOutput(parsed)
    try takeWork(parsed)
    mode = try mode(parsed)
  }

  /// The arguments with `-d all` for `-d` alone, `-dd`, `-dl` and `-dv`, which had no value until 0.21.
  private static func withoutLegacyDebug(_ arguments: [String]) -> [String] {
    var result: [String] = []
    for (index, argument) in arguments.enumerated() {
      if argument == "--" { return result + arguments[index...] }
      switch argument {
      case _ where result.last == "-e": result.append(argument)
      case "-dd", "-dl": result += ["-d", "all"]
      case "-dv": result += ["-d", "all", "-v"]
      case "-d":
        let next = index + 1 < arguments.count ? arguments[index + 1] : "-"
        result.append("-d")
        if next.hasPrefix("-") || FileSystem.isRegularFile(next) { result.append("all") }
      default: result.append(argument)
      }
    }
    return result
  }

  private mutating func takeFlags(_ parsed: ParsedArguments) throws(Problem) {
    isQuiet = parsed.contains("quiet")
    showsRawText = parsed.contains("raw")
    isVerbose = parsed.contains("verbose")
    isStrict = parsed.contains("strict")
    reportsEveryFailure = parsed.contains("warnings")
    showsWarnings = !parsed.contains("no-warnings")
    if reportsEveryFailure, !showsWarnings {
      throw Problem(text: "USAGE: -k, --warnings conflicts with --no-warnings")
    }
    isDryRun = parsed.contains("dry-run")
    allowsUnsafe = parsed.contains("unsafe")
    absentFeatures = try Self.features(parsed.values(of: "no-feature"))
    emitArtifact = parsed.value(of: "emit-artifact") ?? parsed.value(of: "emit-elf")
    emitGeneratedCode = parsed.value(of: "emit-llvm")
    executable = parsed.value(of: "aot")
    reference = parsed.value(of: "reference")
    traceableFunctions = parsed.value(of: "traceable-functions")
    headerFolders = parsed.values(of: "include-dir")
    debugFolders = parsed.values(of: "debuginfo").flatMap { list in
      // A plus has checksums compared, which they always are.
      list.split(separator: ":").map { String($0.first == "+" ? $0.dropFirst() : $0) }
    }
    includedHeaders = parsed.values(of: "include").map(Self.header)
    for list in parsed.values(of: "debug") {
      for stage in list.split(separator: ",").map(String.init) {
        guard CompilerCommandLine.stageNames.contains(stage) else {
          throw Problem(text: "USAGE: invalid option for -d: \(stage)", showsUsage: false)
        }
        stages.append(stage)
      }
    }
  }

  /// A header as it is included: a file that is there by its path, so that no folder of a script
  /// comes before.
  private static func header(_ name: String) -> String {
    guard !name.hasPrefix("/"), FileSystem.isRegularFile(name) else { return name }
    do throws(SystemError) { return try FileSystem.realPath(name) } catch { return name }
  }

  /// The features in lists of names; a comma may end a list.
  private static func features(_ lists: [String]) throws(Problem) -> Set<KernelFeature> {
    var features: Set<KernelFeature> = []
    for list in lists {
      var names = list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
      if names.last == "" { names.removeLast() }
      for name in names {
        guard let feature = KernelFeature.named(name) else {
          let known = KernelFeature.all.map(\.name).sorted().joined(separator: ",")
          throw Problem(text: "USAGE: --no-feature can only have values '\(known)'.")
        }
        features.insert(feature)
      }
    }
    return features
  }

  /// The largest process id a kernel may be configured for.
  private static let largestPID: UInt64 = 4_194_304

  private mutating func takeTarget(_ parsed: ParsedArguments) throws(Problem) {
    command = parsed.value(of: "command")
    guard let text = parsed.value(of: "pid") else { return }
    if command != nil {
      throw Problem(text: "USAGE: Cannot use both -c and -p.", showsUsage: true)
    }
    let value: IntegerArgument
    do throws(ArgumentValueError) { value = try IntegerArgument(text) } catch {
      if case .invalidSuffix(_, let text) = error {
        throw Problem(text: "Failed to parse pid: invalid trailing bytes: \(text)")
      }
      throw Problem(text: "Failed to parse pid: \(error.message)")
    }
    guard let pid = value.unsigned, pid <= Self.largestPID else {
      throw Problem(text: "Pid out of range: \(text)")
    }
    targetPID = Int32(pid)
  }

  private mutating func takeOutput(_ parsed: ParsedArguments) throws(Problem) {
    outputPath = parsed.value(of: "output")
    if let name = parsed.value(of: "format") {
      guard let found = RendererSpec.named(name) else {
        throw Problem(
          text: "Invalid output format \"\(name)\"\nValid formats: "
            + RendererSpec.all.map { "'\($0.name)'" }.joined(separator: ", "))
      }
      renderer = found
    }
    if let name = parsed.value(of: "buffering") {
      guard let found = OutputFile.Buffering(rawValue: name) else {
        throw Problem(text: "USAGE: -B must be either 'line', 'full', or 'none'.")
      }
      buffering = found
    }
  }

  /// `--mode`, and the options that stand for one of its values.
  private mutating func takeWork(_ parsed: ParsedArguments) throws(Problem) {
    var chosen: Work?
    if let name = parsed.value(of: "mode") {
      guard let work = Work(rawValue: name), work != .trace else {
        let names = Work.allCases.dropFirst().map { "'\($0.rawValue)'" }
        throw Problem(
          text: "USAGE: --mode can only be \(names.dropLast().joined(separator: ", ")) or "
            + "\(names.last ?? "").")
      }
      chosen = work
    }
    for (id, work) in [("test", Work.test), ("bench", .bench), ("fmt", .format)]
    where parsed.contains(id) {
      guard chosen == nil else {
        throw Problem(text: "USAGE: --\(id) conflicts with existing --mode")
      }
      chosen = work
    }
    work = chosen ?? .trace
    if let pattern = parsed.value(of: "probe-filter") {
      guard let expression = RegularExpression(pattern) else {
        throw Problem(text: "Invalid --probe-filter regex: \(pattern)")
      }
      probeFilter = expression
    }
    if let text = parsed.value(of: "compat") {
      guard let found = Compatibility(release: text) else {
        throw Problem(text: "USAGE: --compat takes a release such as 0.21, not '\(text)'.")
      }
      compatibility = found
    }
    if let name = parsed.value(of: "diagnostics") {
      guard let found = DiagnosticsFormat(rawValue: name) else {
        let names = DiagnosticsFormat.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
        throw Problem(text: "USAGE: --diagnostics can only be one of \(names).")
      }
      diagnosticsFormat = found
    }
  }

  private mutating func mode(_ parsed: ParsedArguments) throws(Problem) -> Mode {
    if parsed.contains("info") { return .info }
    var operands = parsed.operands
    if parsed.contains("list") {
      if let script = parsed.value(of: "script") { return .listScript(.text(script)) }
      guard let pattern = operands.first else { return .list(pattern: nil) }
      if operands.count > 1 {
        throw Problem(
          text: "USAGE: -l takes one pattern; several are separated by commas.", showsUsage: true)
      }
      if FileSystem.isRegularFile(pattern) { return .listScript(.file(pattern)) }
      return .list(pattern: pattern)
    }
    if let script = parsed.value(of: "script") {
      parameters = operands
      return mode(for: .text(script))
    }
    guard let file = operands.first else {
      throw Problem(text: "USAGE: filename or -e 'program' required.")
    }
    operands.removeFirst()
    parameters = operands
    return mode(for: file == "-" ? .standardInput : .file(file))
  }

  private func mode(for source: Source) -> Mode {
    work == .format ? .format(source) : .run(source)
  }
}
