import CommandLineKit
import CommandLines
import CommandSession
import LinuxSystem
import MachineView
import Output
import SystemText
import ToolLibrary
import TraceModel
import TraceRuntime

/// A tool's command line, read by what its manifest declares.
struct ToolInvocation {
  enum Request: Equatable {
    case help
    case version
    /// To list names.
    case names(OptionKind)
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
  /// Whether texts of traced processes reach terminals as they are.
  private(set) var showsRawText = false
  /// Name or id of the container that the run is about.
  private(set) var container: String?

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
    let reader = ValueReader(values: OptionReader(for: manifest, on: kernel))
    try takeToolOptions(parsed, ToolOption.all(of: manifest), manifest, reader)
    try takeTarget(parsed, reader)
    showsRawText = parsed.contains("runner-raw")
    session.isQuiet = parsed.contains("runner-quiet")
    session.isVerbose = parsed.contains("runner-verbose")
    session.isDryRun = parsed.contains("runner-dry-run")
    isStrict = parsed.contains("runner-strict")
  }

  // MARK: The tool's own

  private mutating func takeToolOptions(
    _ parsed: ParsedArguments, _ options: [ToolOption], _ manifest: Manifest, _ reader: ValueReader
  ) throws(Problem) {
    var operands = parsed.operands[...]
    var given = GivenOptions()
    for option in options {
      let id = RunnerCommandLine.id(of: option)
      if let reading = try reader.read(option, id, from: parsed) {
        session.arguments.take(reading, of: option.parameter)
        if let listed = option.listed { request = .names(listed) }
        let last = parsed.last(id)
        given.add(
          option, as: last?.spelling ?? option.spelling, text: last?.value ?? "", reading: reading)
      } else if option.isPositional, let word = operands.popFirst() {
        let reading = try reader.read(operand: word, of: option)
        session.arguments.take(reading, of: option.parameter)
        given.add(option, as: option.spelling, text: word, reading: reading)
      }
    }
    if let sentence = given.contradiction(among: options) { throw Problem(text: sentence) }
    if !manifest.takesParameters, let word = operands.first {
      throw Problem(text: "unexpected argument '\(word)'")
    }
    session.arguments.positional = Array(operands)
    session.takeStandardOptions(
      among: options.map(\.parameter),
      isTerminal: outputPath == nil && OutputFile.standardOutput().isTerminal)
    if session.arguments.options[StandardOption.csv.name] == .boolean(true) {
      if let format = parsed.last("runner-format"), format.value != StandardOption.csv.name {
        let csv = parsed.last(StandardOption.csv.name)?.spelling ?? "--csv"
        throw Problem(
          text: "\(format.spelling) \(format.value ?? "") and \(csv) exclude each other")
      }
      try takeFormat(StandardOption.csv.name, of: "--csv")
    }
  }

  // MARK: The runner's

  private mutating func takeTarget(
    _ parsed: ParsedArguments, _ reader: ValueReader
  ) throws(Problem) {
    session.command = parsed.value(of: "runner-command")
    session.restrictsAllToCommand = true
    session.skipsOwnProcess = true
    session.needsObservers = true
    for filter in TaskFilter.allCases {
      let option = ToolOption(filter.standard)
      guard
        case .value(let value)? = try reader.read(
          option, RunnerCommandLine.id(of: filter), from: parsed)
      else { continue }
      switch TaskFilter.Operand(value, kind: option.kind) {
      case .number(let process) where filter == .process:
        if session.command != nil { throw Problem(text: "-c and -p exclude each other") }
        session.targetPID = Int32(truncatingIfNeeded: process)
      case let operand: session.taskFilters[filter] = operand
      }
    }
    container = parsed.value(of: RunnerCommandLine.containerID)
    if container != nil, session.taskFilters[.cgroup] != nil {
      throw Problem(text: "--container and --cgroup exclude each other")
    }
  }

  private mutating func takeOutput(_ parsed: ParsedArguments) throws(Problem) {
    outputPath = parsed.value(of: "runner-output")
    if let given = parsed.last("runner-format"), let name = given.value {
      try takeFormat(name, of: given.spelling)
    }
    if let given = parsed.last("runner-buffer-pages"), let text = given.value {
      guard let pages = try? parseCount(text), (1...RingBufferSize.mostPages).contains(pages) else {
        throw Problem(
          text: "\(given.spelling): expects 1 to \(RingBufferSize.mostPages), not '\(text)'")
      }
      session.ringBufferPages = pages
    }
    if let given = parsed.last("runner-buffering"), let name = given.value {
      guard let found = OutputFile.Buffering(rawValue: name) else {
        throw Problem(text: "\(given.spelling): expects line, full or none, not '\(name)'")
      }
      buffering = found
    }
  }

  /// - Parameter option: The option that names the format, as it was given.
  private mutating func takeFormat(_ name: String, of option: String) throws(Problem) {
    guard let found = RendererSpec.named(name) else {
      throw Problem(
        text: "\(option): there is no format '\(name)', only "
          + RendererSpec.all.map(\.name).joined(separator: ", "))
    }
    renderer = found
  }
}

/// Reads values of a command line by what its options are.
private struct ValueReader {
  let values: OptionReader

  /// What was given for an option that is called `id` there; nil if it was not.
  func read(
    _ option: ToolOption, _ id: String, from parsed: ParsedArguments
  ) throws(ToolInvocation.Problem) -> OptionReading? {
    guard let given = parsed.last(id) else { return nil }
    return try read(parsed.values(of: id), of: option, heading: given.spelling)
  }

  /// A word without dashes.
  func read(
    operand word: String, of option: ToolOption
  ) throws(ToolInvocation.Problem) -> OptionReading {
    try read([word], of: option, heading: option.valueName ?? option.name)
  }

  private func read(
    _ texts: [String], of option: ToolOption, heading: String
  ) throws(ToolInvocation.Problem) -> OptionReading {
    do throws(OptionReader.Problem) { return try values.read(texts, of: option) } catch {
      throw ToolInvocation.Problem(text: "\(heading): \(error.text)")
    }
  }
}
