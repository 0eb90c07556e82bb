/// What a command line said: options in the order given, and the words that are not options.
package struct ParsedArguments: Hashable, Sendable {
  /// One option as it was given.
  package struct Match: Hashable, Sendable {
    /// The `OptionSpec.id` of the option.
    package let id: String
    /// The name by which it was given, with its dashes; a long one in full.
    package let spelling: String
    /// Its value; nil for a switch, or for an optional value that was left out.
    package let value: String?
  }

  /// Every option given, repeated ones included.
  package var matches: [Match] = []
  /// The words that are no options, in order.
  package var operands: [String] = []
  /// How many of `operands` came before `--`; all of them when there was none.
  package var operandsBeforeTerminator = 0

  /// The words after `--`, none when there was no `--`.
  package var operandsAfterTerminator: [String] {
    Array(operands[operandsBeforeTerminator...])
  }

  /// A command line without a word.
  package init() {}

  /// Whether the option was given at all.
  package func contains(_ id: String) -> Bool { matches.contains { $0.id == id } }

  /// How often the option was given.
  package func count(of id: String) -> Int { matches.count { $0.id == id } }

  /// The option as it was given last.
  package func last(_ id: String) -> Match? { matches.last { $0.id == id } }

  /// The value given last.
  package func value(of id: String) -> String? { last(id)?.value }

  /// All values given, in order.
  package func values(of id: String) -> [String] {
    matches.filter { $0.id == id }.compactMap(\.value)
  }
}

/// Why a command line cannot be understood; the cases of `getopt_long(3)`.
package enum UsageError: Error, Hashable, Sendable {
  /// No option has this letter.
  case invalidShort(Character)
  /// No option has this name; the text is what followed the dashes, a value included.
  case unrecognizedLong(String)
  /// Several options begin like this; the names come in the order of declaration.
  case ambiguousLong(String, possibilities: [String])
  /// The letter stands last, but its option wants a value.
  case missingValueOfShort(Character)
  /// The name stands last, but its option wants a value.
  case missingValueOfLong(String)
  /// `--name=value` for an option that is a switch.
  case unexpectedValue(String)

  /// The line that `getopt_long(3)` of glibc writes, without the line's end.
  ///
  /// - Parameter program: The name the command was called by.
  package func message(program: String) -> String {
    switch self {
    case .invalidShort(let letter):
      "\(program): invalid option -- '\(letter)'"
    case .unrecognizedLong(let text):
      "\(program): unrecognized option '--\(text)'"
    case .ambiguousLong(let text, let possibilities):
      "\(program): option '--\(text)' is ambiguous; possibilities:"
        + possibilities.map { " '--\($0)'" }.joined()
    case .missingValueOfShort(let letter):
      "\(program): option requires an argument -- '\(letter)'"
    case .missingValueOfLong(let name):
      "\(program): option '--\(name)' requires an argument"
    case .unexpectedValue(let name):
      "\(program): option '--\(name)' doesn't allow an argument"
    }
  }
}

/// Takes a command line apart by the rules of GNU's `getopt_long(3)`.
///
/// Long names may be shortened while they stay unambiguous, and have `_` for `-`; letters may be joined (`-qv`) and carry
/// their value (`-p123`), and `--` ends the options.
package struct ArgumentParser: Sendable {
  /// Where options may stand.
  package enum Ordering: Hashable, Sendable {
    /// Anywhere before `--`; the words between them are operands.
    case permute
    /// Before the first operand only: it and all that follows are operands, options of a
    /// subcommand included.
    case stopAtFirstOperand
  }

  private let options: [OptionSpec]
  private let ordering: Ordering

  /// Prepares to parse `options`; earlier ones win where names clash.
  package init(_ options: [OptionSpec], ordering: Ordering = .permute) {
    self.options = options
    self.ordering = ordering
  }

  /// Parses the words after the command's name.
  ///
  /// - Throws: The first mistake, as `getopt_long` would report it.
  package func parse(_ arguments: some Sequence<String>) throws(UsageError) -> ParsedArguments {
    var parsed = ParsedArguments()
    var words = Array(arguments)[...]
    var terminated = false
    while let word = words.popFirst() {
      if word == "--" {
        terminated = true
        break
      } else if word.hasPrefix("--") {
        try parseLong(word.dropFirst(2), following: &words, into: &parsed)
      } else if word.hasPrefix("-"), word != "-" {
        try parseShort(word.dropFirst(), following: &words, into: &parsed)
      } else {
        parsed.operands.append(word)
        if ordering == .stopAtFirstOperand { break }
      }
    }
    if terminated || ordering == .permute {
      parsed.operandsBeforeTerminator = parsed.operands.count
      parsed.operands += words
    } else {
      parsed.operands += words
      parsed.operandsBeforeTerminator = parsed.operands.count
    }
    return parsed
  }

  private func parseLong(
    _ text: Substring, following words: inout ArraySlice<String>,
    into parsed: inout ParsedArguments
  ) throws(UsageError) {
    let name = text.prefix { $0 != "=" }
    let attached = name.endIndex == text.endIndex ? nil : String(text[name.endIndex...].dropFirst())
    let (option, spelling) = try lookUpLong(String(name), as: String(text))
    switch option.argument {
    case .none:
      guard attached == nil else { throw .unexpectedValue(spelling) }
      parsed.matches.append(.init(id: option.id, spelling: "--\(spelling)", value: nil))
    case .optional:
      parsed.matches.append(.init(id: option.id, spelling: "--\(spelling)", value: attached))
    case .required:
      guard let value = attached ?? words.popFirst() else { throw .missingValueOfLong(spelling) }
      parsed.matches.append(.init(id: option.id, spelling: "--\(spelling)", value: value))
    }
  }

  /// Finds the option that `name` spells out or abbreviates; `text` is what a message quotes.
  private func lookUpLong(
    _ name: String, as text: String
  ) throws(UsageError) -> (option: OptionSpec, spelling: String) {
    var candidates: [(option: OptionSpec, spelling: String)] = []
    // Some commands have always had words like `--flag_filter`.
    let dashed = String(name.map { $0 == "_" ? "-" : $0 })
    for option in options {
      for spelling in option.longNames {
        if spelling == name || spelling == dashed { return (option, spelling) }
        if spelling.hasPrefix(dashed) { candidates.append((option, spelling)) }
      }
    }
    guard let first = candidates.first else { throw .unrecognizedLong(text) }
    guard candidates.allSatisfy({ $0.option.id == first.option.id }) else {
      throw .ambiguousLong(text, possibilities: candidates.map(\.spelling))
    }
    return first
  }

  private func parseShort(
    _ text: Substring, following words: inout ArraySlice<String>,
    into parsed: inout ParsedArguments
  ) throws(UsageError) {
    var letters = text
    while let letter = letters.popFirst() {
      guard let option = options.first(where: { $0.has(letter: letter) }) else {
        throw .invalidShort(letter)
      }
      switch option.argument {
      case .none:
        parsed.matches.append(.init(id: option.id, spelling: "-\(letter)", value: nil))
      case .optional:
        parsed.matches.append(
          .init(
            id: option.id, spelling: "-\(letter)", value: letters.isEmpty ? nil : String(letters)))
        letters = ""
      case .required:
        guard let value = letters.isEmpty ? words.popFirst() : String(letters) else {
          throw .missingValueOfShort(letter)
        }
        parsed.matches.append(.init(id: option.id, spelling: "-\(letter)", value: value))
        letters = ""
      }
    }
  }
}
