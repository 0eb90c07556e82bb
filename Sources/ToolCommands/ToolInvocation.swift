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
    try takeToolOptions(parsed, manifest, kernel)
    try takeTarget(parsed)
    showsRawText = parsed.contains("runner-raw")
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
    session.skipsOwnProcess = true
    if let text = parsed.value(of: RunnerCommandLine.id(of: .process)) {
      if session.command != nil { throw Problem(text: "-c and -p exclude each other") }
      session.targetPID = Int32(try Self.processNumber(text, "-p"))
    }
    for filter in TaskFilter.guarded {
      guard let text = parsed.value(of: RunnerCommandLine.id(of: filter)) else { continue }
      session.taskFilters[filter] = try Self.operand(text, of: filter)
    }
    container = parsed.value(of: RunnerCommandLine.containerID)
    if container != nil, session.taskFilters[.cgroup] != nil {
      throw Problem(text: "--container and --cgroup exclude each other")
    }
  }

  /// What a filter compares with.
  private static func operand(
    _ text: String, of filter: TaskFilter
  ) throws(Problem) -> TaskFilter.Operand {
    let heading = "--\(filter.word)"
    switch filter {
    case .cgroup, .cgroupMap, .mountNamespaceMap: return .path(text)
    case .process, .thread, .parent: return .number(try processNumber(text, heading))
    case .user: return .number(Int64(try user(text, heading)))
    case .commandName:
      guard (1..<TaskFilter.nameCapacity).contains(text.systemBytes.count) else {
        throw Problem(
          text: "\(heading): names have 1 to \(TaskFilter.nameCapacity - 1) bytes, not '\(text)'")
      }
      return .text(text)
    case .mountNamespace:
      do throws(ArgumentValueError) {
        return .number(Int64(bitPattern: try parseCount(text)))
      } catch { throw Problem(text: "\(heading): \(error.message)") }
    }
  }

  private static func processNumber(
    _ text: String, _ heading: String
  ) throws(Problem) -> Int64 {
    let number: UInt64
    do throws(ArgumentValueError) { number = try parseCount(text) } catch {
      throw Problem(text: "\(heading): \(error.message)")
    }
    guard (1...largestPID).contains(number) else {
      throw Problem(text: "\(heading): pid out of range: \(text)")
    }
    return Int64(number)
  }

  /// The number of a user, by name or number.
  private static func user(_ text: String, _ heading: String) throws(Problem) -> UInt32 {
    if let number = UInt32(text) { return number }
    let users: UserNames
    do throws(SystemError) { users = try UserNames() } catch {
      throw Problem(text: "\(heading): \(error)")
    }
    guard let number = users.number(of: text) else {
      throw Problem(text: "\(heading): there is no user '\(text)'")
    }
    return number
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
