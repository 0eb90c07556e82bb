internal import LinuxSystem
internal import MachineView
package import TraceModel

/// A parameter of a script as an option of the tool: what `getopt` says, read by the convention for
/// descriptions.
///
/// A description begins with what the option looks like on the command line, then a colon and a
/// phrase for the usage:
///
/// | description               | on the command line             |
/// | ------------------------- | ------------------------------- |
/// | `-x: failed calls only`   | `-x`, `--failed`                |
/// | `-p PID: one process`     | `-p PID`, `--pid PID`           |
/// | `--max-args N: at most N` | `--max-args N`                  |
/// | `-m, --milli: in ms`      | `-m`, `--milli`                 |
/// | `[INTERVAL]: seconds`     | the next word that is no option |
/// | anything else             | `--name` or `--name VALUE`      |
///
/// A number's name in the usage says how else it may be given:
///
/// | name           | may be                                             |
/// | -------------- | -------------------------------------------------- |
/// | SECS, INTERVAL | a length of time in whole seconds: `90`, `2m`      |
/// | MS, US, NS     | one in milliseconds and so on                      |
/// | SYSCALL        | the name of a system call                          |
/// | ERRNO          | the name of an error: `ENOENT`                     |
package struct ToolOption: Hashable, Sendable {
  /// The parameter of the script.
  package let parameter: ScriptOption
  /// The letter of `-x`.
  package let short: Character?
  /// The word of `--word`; nil for a positional argument.
  package let long: String?
  /// What the usage calls the value; nil for a switch.
  package let valueName: String?
  /// One phrase for the usage.
  package let help: String
  /// What a number stands for.
  package let meaning: Meaning

  /// What a number stands for, as its name in the usage tells.
  package enum Meaning: Hashable, Sendable {
    case number
    /// A length of time, in a unit of so many nanoseconds.
    case time(unit: UInt64)
    case systemCall
    case errorNumber
  }
  /// Whether giving the switch makes a parameter false that is true without it.
  package let isNegation: Bool

  /// Whether it is a word without dashes.
  package var isPositional: Bool { long == nil }

  /// The parameter's name.
  package var name: String { parameter.name }

  /// Reads the description of `parameter`.
  package init(_ parameter: ScriptOption) {
    self.parameter = parameter
    let look = Look(parameter.description)
    help = look?.help ?? parameter.description
    isNegation = parameter.defaultValue == .boolean(true)
    if look?.isPositional == true {
      (short, long) = (nil, nil)
    } else {
      short = look?.short
      let word = parameter.name.split(separator: "_", omittingEmptySubsequences: false)
        .joined(separator: "-")
      long = look?.long ?? (isNegation ? "no-\(word)" : word)
    }
    valueName =
      switch parameter.defaultValue {
      case .boolean: nil
      case .unsigned, .signed: look?.valueName ?? "N"
      case .string: look?.valueName ?? "TEXT"
      }
    meaning =
      switch valueName {
      case "SECS", "INTERVAL": .time(unit: 1_000_000_000)
      case "MS": .time(unit: 1_000_000)
      case "US": .time(unit: 1_000)
      case "NS": .time(unit: 1)
      case "SYSCALL": .systemCall
      case "ERRNO": .errorNumber
      default: .number
      }
  }

  /// The number that a name stands for; nil for any other text.
  ///
  /// - Parameter architecture: `uname -m` of the machine whose system calls are meant.
  package func number(named name: String, architecture: String) -> Int64? {
    switch meaning {
    case .number, .time: return nil
    case .systemCall:
      let names = Architecture.named(architecture)?.systemCallNames ?? [:]
      return names.first { $0.value == name }.map { Int64($0.key) }
    case .errorNumber:
      return (1...largestError).first { SystemError.name(of: CInt($0)) == name.uppercased() }
        .map { Int64($0) }
    }
  }

  /// Every name that `number(named:architecture:)` knows, sorted.
  package func valueNames(architecture: String) -> [String] {
    switch meaning {
    case .number, .time: []
    case .systemCall: (Architecture.named(architecture)?.systemCallNames ?? [:]).values.sorted()
    case .errorNumber: (1...largestError).compactMap { SystemError.name(of: CInt($0)) }.sorted()
    }
  }

  /// All options of a script, in the order of their first use.
  package static func all(of manifest: Manifest) -> [ToolOption] {
    manifest.options.map(ToolOption.init)
  }
}

/// The kernel's error numbers are at most this.
private let largestError = 4095

/// The first part of a description that follows the convention.
private struct Look {
  var short: Character?
  var long: String?
  var valueName: String?
  var isPositional = false
  let help: String

  /// Nil if the description does not follow it.
  init?(_ description: String) {
    guard let colon = description.firstIndex(of: ":") else { return nil }
    var help = description[description.index(after: colon)...]
    while help.first == " " { help.removeFirst() }
    self.help = String(help)
    var words = description[..<colon].split(separator: " ")[...]
    guard let first = words.first else { return nil }
    if first.hasPrefix("["), first.hasSuffix("]"), first.count > 2, words.count == 1 {
      isPositional = true
      valueName = String(first.dropFirst().dropLast())
      return
    }
    while let word = words.first, word.hasPrefix("-") {
      let name = word.last == "," ? word.dropLast() : word
      if name.hasPrefix("--"), name.count > 2 {
        long = String(name.dropFirst(2))
      } else if name.count == 2, name.last != "-" {
        short = name.last
      } else {
        return nil
      }
      words.removeFirst()
    }
    guard short != nil || long != nil, words.count <= 1 else { return nil }
    valueName = words.first.map(String.init)
  }
}
