/// One command-line option, declared once: parser, usage, completion and man page read this value.
///
/// A command's own options are known when it is built; a tool's are read from its manifest when it
/// is run. Both become values of this type.
package struct OptionSpec: Hashable, Sendable {
  /// What a word on the command line has to carry besides the option itself.
  package enum Argument: Hashable, Sendable {
    /// A switch: `--quiet`.
    case none
    /// `-p PID`, `-pPID`, `--pid PID` or `--pid=PID`; the value's name is shown in the usage.
    case required(String)
    /// `--flag` or `--flag=VALUE`; never takes the following word.
    case optional(String)
  }

  /// What a shell offers to complete an option's value with.
  package enum Completion: Hashable, Sendable {
    /// Nothing is offered.
    case nothing
    /// Names of files.
    case file
    /// Names of folders.
    case directory
    /// Ids of processes.
    case process
    /// Names of programs.
    case command
    /// A fixed list of words.
    case words([String])
    /// Several of a fixed list of words, between commas.
    case list([String])
  }

  /// What `ParsedArguments` is asked by; unique in one command, never shown.
  package let id: String
  /// The letter of `-x`.
  package let short: Character?
  /// Further letters that mean the same and are accepted without being shown.
  package var otherLetters: [Character]
  /// The word of `--word`, without the dashes.
  package let long: String?
  /// Further words that mean the same and are accepted without being shown.
  package var aliases: [String]
  /// Whether the option takes a value, and the value's name.
  package let argument: Argument
  /// What completes the value.
  package var completion: Completion
  /// Whether giving the option several times adds up; otherwise the last one counts.
  package let isRepeatable: Bool
  /// One phrase for the usage text, in the imperative, without a full stop.
  package let summary: String
  /// Further sentences, shown in the man page only.
  package var details: String
  /// Accepted, but neither in the usage nor in completion or man page.
  package let isHidden: Bool
  /// The heading under which the usage shows the option; options of one section stand together.
  package let section: String

  /// Declares an option.
  ///
  /// - Precondition: There is a short or a long name.
  package init(
    _ id: String, short: Character? = nil, otherLetters: [Character] = [], long: String? = nil,
    aliases: [String] = [],
    argument: Argument = .none, completion: Completion = .nothing, isRepeatable: Bool = false,
    isHidden: Bool = false, section: String = "Options", summary: String, details: String = ""
  ) {
    precondition(short != nil || long != nil, "an option has a short or a long name")
    self.id = id
    self.short = short
    self.otherLetters = otherLetters
    self.long = long
    self.aliases = aliases
    self.argument = argument
    self.completion = completion
    self.isRepeatable = isRepeatable
    self.summary = summary
    self.details = details
    self.isHidden = isHidden
    self.section = section
  }

  /// The value's name in the usage, when there is a value.
  package var valueName: String? {
    switch argument {
    case .none: nil
    case .required(let name), .optional(let name): name
    }
  }

  /// Whether a letter after one dash names the option.
  func has(letter: Character) -> Bool { short == letter || otherLetters.contains(letter) }

  /// All words that name the option after two dashes.
  var longNames: [String] {
    (long.map { [$0] } ?? []) + aliases
  }
}

/// One command as its usage, completion and man page need to know it.
package struct CommandSpec: Hashable, Sendable {
  /// One way to call the command, without its name: `[options] FILE [arguments]`.
  package typealias Synopsis = String

  /// A headed list of names and explanations below the options: environment, examples.
  package struct Appendix: Hashable, Sendable {
    /// One name with its explanation.
    package struct Entry: Hashable, Sendable {
      package let name: String
      package let explanation: String

      /// Makes one line of the list.
      package init(_ name: String, _ explanation: String) {
        self.name = name
        self.explanation = explanation
      }
    }

    package let title: String
    package let entries: [Entry]

    /// Makes a list that the usage shows under `title`.
    package init(title: String, entries: [Entry]) {
      self.title = title
      self.entries = entries
    }
  }

  /// The name that usage and completion use, without a path.
  package let name: String
  /// One phrase that says what the command is for.
  package let summary: String
  /// The ways to call it.
  package let synopses: [Synopsis]
  /// The options, in the order in which the usage shows them.
  package let options: [OptionSpec]
  /// What stands below the options.
  package let appendices: [Appendix]

  /// Describes a command.
  package init(
    name: String, summary: String, synopses: [Synopsis], options: [OptionSpec],
    appendices: [Appendix] = []
  ) {
    self.name = name
    self.summary = summary
    self.synopses = synopses
    self.options = options
    self.appendices = appendices
  }

  /// The options that usage, completion and man page show.
  package var visibleOptions: [OptionSpec] { options.filter { !$0.isHidden } }

  /// The visible options by section, sections in the order of their first option.
  package var visibleSections: [(title: String, options: [OptionSpec])] {
    var sections: [(title: String, options: [OptionSpec])] = []
    for option in visibleOptions {
      if let index = sections.firstIndex(where: { $0.title == option.section }) {
        sections[index].options.append(option)
      } else {
        sections.append((option.section, [option]))
      }
    }
    return sections
  }
}
