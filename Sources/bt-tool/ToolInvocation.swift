import CommandLineKit
import CommandLines
import CommandSession
import LinuxSystem
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

  /// Reads the words after the tool's name.
  init(_ words: [String], of command: CommandSpec, manifest: Manifest) throws(Problem) {
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
    try takeToolOptions(parsed, manifest)
    try takeTarget(parsed)
    try takeOutput(parsed)
    session.isQuiet = parsed.contains("runner-quiet")
    session.isVerbose = parsed.contains("runner-verbose")
    session.isDryRun = parsed.contains("runner-dry-run")
  }

  // MARK: The tool's own

  private mutating func takeToolOptions(
    _ parsed: ParsedArguments, _ manifest: Manifest
  ) throws(Problem) {
    let options = ToolOption.all(of: manifest)
    var operands = parsed.operands[...]
    for option in options {
      let text: String
      if option.isPositional {
        guard let word = operands.popFirst() else { continue }
        text = word
      } else {
        guard parsed.contains(option.name) else { continue }
        text = parsed.value(of: option.name) ?? ""
      }
      session.arguments.options[option.name] = try Self.value(text, of: option)
    }
    if !manifest.takesParameters, let word = operands.first {
      throw Problem(text: "unexpected argument '\(word)'")
    }
    session.arguments.positional = Array(operands)
  }

  private static func value(
    _ text: String, of option: ToolOption
  ) throws(Problem) -> ScriptOption.Value {
    let heading =
      option.isPositional
      ? option.valueName ?? option.name
      : option.short.map { "-\($0)" } ?? "--\(option.long ?? option.name)"
    do throws(ArgumentValueError) {
      switch option.parameter.defaultValue {
      case .boolean: return .boolean(!option.isNegation)
      case .string: return .string(text)
      case .unsigned:
        guard let number = try Self.number(text, of: option).unsigned else {
          throw .invalidInteger(text)
        }
        return .unsigned(number)
      case .signed:
        guard let number = try Self.number(text, of: option).signed else { throw .overflow(text) }
        return .signed(number)
      }
    } catch {
      switch option.meaning {
      case .systemCall: throw Problem(text: "\(heading): there is no system call '\(text)'")
      case .errorNumber: throw Problem(text: "\(heading): there is no error '\(text)'")
      case .number, .time: throw Problem(text: "\(heading): \(error.message)")
      }
    }
  }

  /// A number, or what else its meaning allows.
  private static func number(
    _ text: String, of option: ToolOption
  ) throws(ArgumentValueError) -> IntegerArgument {
    switch option.meaning {
    case .number: break
    case .time(let unit):
      // A bare number counts units.
      guard UInt64(text) == nil else { break }
      let nanoseconds = try parseDuration(text).wholeNanoseconds
      guard nanoseconds > 0, nanoseconds % Int64(unit) == 0 else { throw .invalidDuration(text) }
      return try IntegerArgument(String(UInt64(nanoseconds) / unit))
    case .systemCall, .errorNumber:
      let machine = KernelIdentity.current().machine
      if let number = option.number(named: text, architecture: machine) {
        return try IntegerArgument(String(number))
      }
    }
    return try IntegerArgument(text)
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
    if let text = parsed.value(of: "runner-duration") {
      do throws(ArgumentValueError) { session.duration = try parseDuration(text) } catch {
        throw Problem(text: "--duration: \(error.message)")
      }
    }
  }

  private mutating func takeOutput(_ parsed: ParsedArguments) throws(Problem) {
    outputPath = parsed.value(of: "runner-output")
    if let name = parsed.value(of: "runner-format") {
      guard let found = RendererSpec.named(name) else {
        throw Problem(
          text: "-f: there is no format '\(name)', only "
            + RendererSpec.all.map(\.name).joined(separator: ", "))
      }
      renderer = found
    }
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
}

extension Duration {
  fileprivate var wholeNanoseconds: Int64 {
    components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000
  }
}
