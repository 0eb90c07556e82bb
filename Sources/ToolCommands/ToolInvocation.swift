import CommandLineKit
import CommandLines
import CommandSession
import LinuxSystem
import MachineView
import Output
import ToolLibrary
import TraceModel
import TraceRuntime

/// A tool's command line, read by what its manifest declares.
struct ToolInvocation {
  enum Request: Equatable {
    case help
    case version
    case run
  }

  /// A mistake on the command line, as one sentence.
  struct Problem: Error {
    let text: String
  }

  private(set) var request = Request.run
  private(set) var session = SessionOptions()
  private(set) var renderer = RendererSpec.all[0]
  private(set) var outputPath: String?
  private(set) var buffering: OutputFile.Buffering?
  /// Whether losing events is a failure.
  private(set) var isStrict = false

  /// Reads the words after the tool's name.
  ///
  /// - Parameter kernel: Whose system calls, disks and so on are meant by names.
  init(
    _ words: [String], of command: CommandSpec, manifest: Manifest, on kernel: any KernelView
  ) throws(Problem) {
    let parsed: ParsedArguments
    do throws(UsageError) { parsed = try ArgumentParser(command.options).parse(words) } catch {
      throw Problem(text: error.message(program: command.name))
    }
    if parsed.contains("runner-help") {
      request = .help
      return
    }
    if parsed.contains("runner-version") {
      request = .version
      return
    }
    try takeOutput(parsed)
    try takeToolOptions(parsed, manifest, kernel)
    try takeTarget(parsed)
    session.isQuiet = parsed.contains("runner-quiet")
    session.isVerbose = parsed.contains("runner-verbose")
    session.isDryRun = parsed.contains("runner-dry-run")
    isStrict = parsed.contains("runner-strict")
  }

  // MARK: The tool's own

  private mutating func takeToolOptions(
    _ parsed: ParsedArguments, _ manifest: Manifest, _ kernel: any KernelView
  ) throws(Problem) {
    let options = ToolOption.all(of: manifest)
    let reader = OptionReader(for: manifest, on: kernel)
    var operands = parsed.operands[...]
    for option in options {
      var texts: [String] = []
      if option.isPositional {
        guard let word = operands.popFirst() else { continue }
        texts = [word]
      } else {
        let id = RunnerCommandLine.id(of: option)
        guard parsed.contains(id) else { continue }
        texts = parsed.values(of: id)
      }
      do throws(OptionReader.Problem) {
        session.arguments.take(try reader.read(texts, of: option), of: option.parameter)
      } catch { throw Problem(text: "\(option.heading): \(error.text)") }
    }
    if !manifest.takesParameters, let word = operands.first {
      throw Problem(text: "unexpected argument '\(word)'")
    }
    session.arguments.positional = Array(operands)
    session.takeStandardOptions(
      among: options.map(\.parameter),
      isTerminal: outputPath == nil && OutputFile.standardOutput().isTerminal)
    if session.arguments.options[StandardOption.csv.name] == .boolean(true) {
      try takeFormat(StandardOption.csv.name)
    }
  }

  // MARK: The runner's

  /// The largest process id a kernel may be configured for.
  private static let largestPID: UInt64 = 4_194_304

  private mutating func takeTarget(_ parsed: ParsedArguments) throws(Problem) {
    session.command = parsed.value(of: "runner-command")
    session.restrictsAllToCommand = true
    if let text = parsed.value(of: "runner-pid") {
      if session.command != nil { throw Problem(text: "-c and -p exclude each other") }
      let pid: UInt64
      do throws(ArgumentValueError) { pid = try parseCount(text) } catch {
        throw Problem(text: "-p: \(error.message)")
      }
      guard (1...Self.largestPID).contains(pid) else {
        throw Problem(text: "-p: pid out of range: \(text)")
      }
      session.targetPID = Int32(pid)
    }
    for filter in TaskFilter.allCases {
      session.taskFilters[filter] = parsed.value(of: RunnerCommandLine.id(of: filter))
    }
  }

  private mutating func takeOutput(_ parsed: ParsedArguments) throws(Problem) {
    outputPath = parsed.value(of: "runner-output")
    if let name = parsed.value(of: "runner-format") { try takeFormat(name) }
    if let text = parsed.value(of: "runner-buffer-pages") {
      let pages: UInt64
      do throws(ArgumentValueError) { pages = try parseCount(text) } catch {
        throw Problem(text: "--buffer-pages: \(error.message)")
      }
      guard (1...RingBufferSize.mostPages).contains(pages) else {
        throw Problem(text: "--buffer-pages: expects 1 to \(RingBufferSize.mostPages), not \(text)")
      }
      session.ringBufferPages = pages
    }
    if let name = parsed.value(of: "runner-buffering") {
      guard let found = OutputFile.Buffering(rawValue: name) else {
        throw Problem(text: "-B: expects line, full or none (value: \(name))")
      }
      buffering = found
    }
  }

  private mutating func takeFormat(_ name: String) throws(Problem) {
    guard let found = RendererSpec.named(name) else {
      throw Problem(
        text: "-f: there is no format '\(name)', only "
          + RendererSpec.all.map(\.name).joined(separator: ", "))
    }
    renderer = found
  }
}
