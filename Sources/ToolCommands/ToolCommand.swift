package import CommandLineKit
internal import CommandLines
internal import CommandSession
internal import LinuxSystem
internal import ToolLibrary

/// A word that stands in the place of a tool: how it is used, what completes it and what it does. Parser,
/// usage, completion and manual read this value.
package struct ToolCommand: Sendable {
  /// The word.
  package let name: String
  /// What may follow the options, as the usage writes it: `NAME [FILE]`, `[NAME...]`.
  package let operands: String
  /// What it does, as one phrase.
  package let summary: String
  /// Its own, and `--help`.
  package let options: [OptionSpec]
  /// What its operands are completed with.
  let offer: Offer
  /// Whether the words behind it are its operands as they are, options and all.
  let takesWordsAsTheyAre: Bool
  /// Whether it may stand where a container's engine expects a program.
  let isForContainers: Bool
  /// Does it.
  let action: @Sendable (ParsedArguments, ToolRunner) throws(CommandFailure) -> ExitStatus

  /// What completes an operand.
  enum Offer: Sendable {
    case nothing
    case tools
    case toolsAndCommands
    case files
    case toolsAndFiles
    /// What the words behind the command are completed with; the last one is being typed.
    case words(@Sendable ([String], Completer) -> CompletionOffer)
  }

  init(
    _ name: String, _ operands: String, _ summary: String, options: [OptionSpec] = [],
    offer: Offer = .nothing, takesWordsAsTheyAre: Bool = false, isForContainers: Bool = false,
    action:
      @escaping @Sendable (
        ParsedArguments, ToolRunner
      ) throws(CommandFailure) -> ExitStatus
  ) {
    self.name = name
    self.operands = operands
    self.summary = summary
    self.options = takesWordsAsTheyAre ? [] : options + [ToolRunner.help]
    self.offer = offer
    self.takesWordsAsTheyAre = takesWordsAsTheyAre
    self.isForContainers = isForContainers
    self.action = action
  }

  /// The word with what may follow it.
  package var usage: String { operands.isEmpty ? name : "\(name) \(operands)" }

  /// Its own options in brackets, then the operands.
  package var synopsis: String {
    let words = options.filter { $0.id != ToolRunner.help.id }.map { option in
      let spelling = option.short.map { "-\($0)" } ?? "--\(option.long ?? "")"
      return "[\(spelling)\(option.valueName.map { " \($0)" } ?? "")]"
    }
    return (words + (operands.isEmpty ? [] : [operands])).joined(separator: " ")
  }

  /// As the command of its own that it looks like.
  package var spec: CommandSpec {
    CommandSpec(
      name: "\(ToolRunner.name) \(name)",
      summary: summary.prefix(1).uppercased() + summary.dropFirst() + ".", synopses: [synopsis],
      options: options)
  }

  /// Reads the words behind the command and does what it does.
  func run(_ words: [String], in runner: ToolRunner) throws(CommandFailure) -> ExitStatus {
    var parsed = ParsedArguments()
    if takesWordsAsTheyAre {
      parsed.operands = words
    } else {
      do throws(UsageError) {
        parsed = try ArgumentParser(options, ordering: ordering).parse(words)
      } catch { throw .usage(error.message(program: spec.name)) }
      if parsed.contains(ToolRunner.help.id) {
        runner.say(usageText(of: spec))
        return .success
      }
    }
    try check(parsed.operands)
    return try action(parsed, runner)
  }

  /// Operands that end with the words of another command line are not to be read.
  private var ordering: ArgumentParser.Ordering {
    operands.hasSuffix("[options of the tool]") ? .stopAtFirstOperand : .permute
  }

  /// How many operands may be given.
  var mostOperands: Int {
    let words = operands.split(separator: " ")
    return words.contains(where: Self.repeats) ? .max : words.count
  }

  private static func repeats(_ operand: Substring) -> Bool {
    operand.hasSuffix("...") || operand.hasSuffix("...]") || operand.hasSuffix("...]]")
  }

  private func check(_ given: [String]) throws(CommandFailure) {
    var names = operands.split(separator: " ")[...]
    var rest = given[...]
    while let name = names.popFirst() {
      let isMissing = rest.popFirst() == nil
      if isMissing, !name.hasPrefix("[") {
        let word = Self.repeats(name) ? name.dropLast(3) : name
        throw .usage("\(word) is missing: \(spec.name) \(synopsis)")
      }
      if isMissing || Self.repeats(name) || name == "[options" { return }
    }
    if let word = rest.first { throw .usage("\(spec.name): unexpected argument '\(word)'") }
  }
}

/// Why a command could not do what it was asked for.
package struct CommandFailure: Error, Hashable, Sendable {
  /// What people are told.
  package enum Message: Hashable, Sendable {
    /// The sentence, and what to do about it.
    case error(String, hints: [String] = [])
    /// What another program has written, as it is.
    case bytes([UInt8])
    /// Nothing, because all has been said.
    case nothing
  }

  let message: Message
  let status: ExitStatus

  init(_ message: Message, _ status: ExitStatus = .failure) {
    self.message = message
    self.status = status
  }

  init(_ text: String, _ status: ExitStatus = .failure) { self.init(.error(text), status) }

  /// A mistake on the command line.
  static func usage(_ text: String) -> CommandFailure { CommandFailure(text, .usage) }

  init(_ error: ToolError) {
    if case .rejected(_, let messages) = error {
      self.init(.bytes(messages))
    } else {
      self.init(.error(error.message, hints: error.hints), error.isUsage ? .usage : .failure)
    }
  }

  /// Something about a file.
  init(_ error: SystemError) { self.init("'\(error.subject)': \(error.reason)") }
}

extension ToolError {
  /// Whether a word on the command line is wrong.
  fileprivate var isUsage: Bool {
    switch self {
    case .notFound, .nothingToRun: true
    default: false
    }
  }
}
