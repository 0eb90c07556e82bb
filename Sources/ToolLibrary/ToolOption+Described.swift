internal import TraceModel

/// Options by the descriptions that a script without `options` gives its `getopt` calls: what one looks
/// like, then a colon and a phrase for the usage.
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
/// A number's name in such a description says how else it may be given:
///
/// | name           | may be                                             |
/// | -------------- | -------------------------------------------------- |
/// | SECS, INTERVAL | a length of time in whole seconds: `90`, `2m`      |
/// | MS, US, NS     | one in milliseconds and so on                      |
/// | SYSCALL        | the name of a system call                          |
/// | ERRNO          | the name of an error: `ENOENT`                     |
extension ToolOption {
  init(describedBy parameter: ScriptOption) {
    self.parameter = parameter
    isOffered = false
    standard = nil
    isList = false
    let look = Look(parameter.description)
    summary = look?.help ?? parameter.description
    isNegation = parameter.defaultValue == .boolean(true)
    isPositional = look?.isPositional == true
    if isPositional {
      (letters, words) = ([], [])
    } else {
      letters = look?.short.map { [$0] } ?? []
      let word = Self.word(parameter.name)
      words = [look?.long ?? (isNegation ? "no-\(word)" : word)]
    }
    switch parameter.defaultValue {
    case .boolean:
      valueName = nil
      kind = .toggle
    case .string:
      valueName = look?.valueName ?? "TEXT"
      kind = valueName == "FILE" || valueName == "PATH" ? .path : .text
    case .unsigned, .signed:
      valueName = look?.valueName ?? "N"
      let lowest = parameter.defaultValue.isSigned ? Int64.min : 0
      kind = OptionKind(called: valueName) ?? .number(lowest: lowest, highest: .max)
    }
  }
}

extension OptionKind {
  /// What a number is by its name in a usage; nil for one like any other.
  fileprivate init?(called name: String?) {
    switch name {
    case "SECS", "INTERVAL": self = .time(unit: 1_000_000_000)
    case "MS": self = .time(unit: 1_000_000)
    case "US": self = .time(unit: 1_000)
    case "NS": self = .time(unit: 1)
    case "SYSCALL": self = .systemCall
    case "ERRNO": self = .errorNumber
    default: return nil
    }
  }
}

extension ScriptOption.Value {
  fileprivate var isSigned: Bool {
    if case .signed = self { true } else { false }
  }
}

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
