package import TraceModel

/// An option of a tool as it is on the command line.
///
/// Most are declared in the `options` of the script; those that the runner offers with every tool that
/// has something to do with them are here too (`StandardOption`). A script without `options` says in
/// the description of each `getopt` what it looks like, then a colon and a phrase for the usage:
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
package struct ToolOption: Hashable, Sendable {
  /// The parameter of the script, or what stands for one of the runner's.
  package let parameter: ScriptOption
  /// The letters of `-x`, the first of which is documented.
  package let letters: [Character]
  /// The words of `--word`, the first of which is documented; none for a positional argument.
  package private(set) var words: [String]
  /// What the usage calls the value; nil for a switch.
  package let valueName: String?
  /// One phrase for the usage.
  package let help: String
  /// What is accepted.
  package let kind: OptionKind
  /// Whether several values may be given, between commas.
  package let isList: Bool
  /// Whether giving the switch makes a parameter false that is true without it.
  package let isNegation: Bool
  /// The option of the runner that this is, if it is one.
  package let standard: StandardOption?
  /// Whether the script does not declare it.
  package let isOffered: Bool

  /// The letter that is documented.
  package var short: Character? { letters.first }
  /// The word that is documented; nil for a positional argument.
  package var long: String? { words.first }
  /// Whether it is a word without dashes.
  package var isPositional: Bool { words.isEmpty && letters.isEmpty }
  /// The parameter's name.
  package var name: String { parameter.name }

  /// What messages about the value begin with: `-p`, `--top`, `INTERVAL`.
  package var heading: String {
    short.map { "-\($0)" } ?? long.map { "--\($0)" } ?? valueName ?? name
  }

  /// An option of a script.
  package init(_ parameter: ScriptOption) {
    if let declaration = parameter.declaration {
      self.init(parameter, declaration)
    } else {
      self.init(describedBy: parameter)
    }
  }

  /// All options of a script, in the order of their declaration or first use, then those of the
  /// runner that have something to do with it and are not filters.
  package static func all(of manifest: Manifest) -> [ToolOption] {
    var own = manifest.options.map { ToolOption($0) }
    // The usual word of one of the runner's is known whatever the script calls it.
    var known = Set(own.flatMap(\.words))
    for index in own.indices where !own[index].isPositional {
      guard let word = own[index].standard?.word, known.insert(word).inserted else { continue }
      own[index].words.append(word)
    }
    return own + StandardOption.offered(with: manifest, beside: own)
  }
}

// MARK: Declared options

extension ToolOption {
  private init(_ parameter: ScriptOption, _ declaration: OptionDeclaration) {
    self.parameter = parameter
    isOffered = false
    standard = StandardOption.named(parameter.name)
    let isPositional = declaration.position != nil
    letters = isPositional ? [] : declaration.letters.compactMap(\.first)
    words =
      isPositional
      ? [] : declaration.words.isEmpty ? [Self.word(parameter.name)] : declaration.words
    kind = declaration.kind
    isList = declaration.isList
    isNegation = parameter.defaultValue == .boolean(true)
    valueName = declaration.position ?? Self.valueName(of: declaration, of: parameter)
    let text = parameter.description.isEmpty ? standard?.summary ?? "" : parameter.description
    let notes = [declaration.kind.wordsToChooseFrom, parameter.shownDefault].compactMap { $0 }
    help = text + (notes.isEmpty ? "" : " (\(notes.joined(separator: "; ")))")
  }

  /// A name of a parameter as a word of the command line.
  static func word(_ name: String) -> String {
    name.split(separator: "_", omittingEmptySubsequences: false).joined(separator: "-")
  }

  private static func valueName(
    of declaration: OptionDeclaration, of parameter: ScriptOption
  ) -> String? {
    if case .choice = declaration.kind { return parameter.name.uppercased() }
    guard let name = declaration.kind.valueName else { return nil }
    return declaration.isList ? "\(name)[,\(name)...]" : name
  }
}

extension OptionKind {
  /// What the usage calls a value of the kind; nil for a switch.
  fileprivate var valueName: String? {
    switch self {
    case .toggle: nil
    case .number: "N"
    case .time(let unit):
      switch unit {
      case 1: "NS"
      case 1_000: "US"
      case 1_000_000: "MS"
      default: "SECS"
      }
    case .size: "SIZE"
    case .text: "TEXT"
    case .path: "PATH"
    case .choice: "WORD"
    case .user: "USER"
    case .process: "PID"
    case .thread: "TID"
    case .cpu: "CPU"
    case .port: "PORT"
    case .signal: "SIGNAL"
    case .errorNumber: "ERROR"
    case .systemCall: "SYSCALL"
    case .openFlags: "FLAGS"
    case .disk: "DISK"
    case .column: "COLUMN"
    }
  }

  /// The words of a choice as a usage lists them.
  fileprivate var wordsToChooseFrom: String? {
    if case .choice(let words) = self { words.joined(separator: ", ") } else { nil }
  }
}

extension ScriptOption {
  /// The default as a usage shows it; nil if it is none, or nothing.
  fileprivate var shownDefault: String? {
    guard let declaration, defaultValue != declaration.kind.absentValue else { return nil }
    switch defaultValue {
    case .boolean: return nil
    case .unsigned(let number): return "\(number)"
    case .signed(let number): return "\(number)"
    case .string(let text): return text
    }
  }
}

// MARK: Standard options

extension StandardOption {
  /// Those that a tool has though its script does not declare them, as far as their spelling is free.
  ///
  /// Filters of processes are offered by the runner's command line.
  fileprivate static func offered(
    with manifest: Manifest, beside own: [ToolOption]
  ) -> [ToolOption] {
    let letters = Set(own.flatMap(\.letters))
    let words = Set(own.flatMap(\.words))
    let names = Set(own.map(\.name))
    // Two words without dashes could not be told apart if one of them were the script's own.
    let takesWords = own.contains { $0.isPositional && $0.standard != .interval }
    let hasReports = !manifest.tables.isEmpty || manifest.hasReportProbe
    let isSpelledInterval = own.contains { $0.standard == .interval && !$0.isPositional }
    func isMeaningful(_ option: StandardOption) -> Bool {
      switch option {
      case .time: manifest.asksForTime
      case .interval, .count:
        hasReports && !takesWords && !isSpelledInterval && !manifest.takesParameters
      case .top, .sort: manifest.tables.contains { $0.hasLines(in: manifest) }
      case .folded, .delimited: manifest.tables.contains { $0.hasStacks(in: manifest) }
      case .duration: true
      default: false
      }
    }
    return all.compactMap { option in
      guard !names.contains(option.name), isMeaningful(option) else { return nil }
      if let word = option.word, words.contains(word) { return nil }
      let letter = option.letter.flatMap { letters.contains(Character($0)) ? nil : $0 }
      return ToolOption(
        ScriptOption(
          name: option.name, defaultValue: option.kind.absentValue, description: option.summary,
          declaration: OptionDeclaration(
            letters: letter.map { [$0] } ?? [], words: option.word.map { [$0] } ?? [],
            position: option.position, kind: option.kind)),
        offered: option)
    }
  }

  /// Whether it restricts a run to some processes.
  package var isFilter: Bool {
    switch self {
    case .pid, .tid, .uid, .comm, .ppid: true
    default: false
    }
  }
}

extension ToolOption {
  /// One of the runner's.
  fileprivate init(_ parameter: ScriptOption, offered standard: StandardOption) {
    self.parameter = parameter
    isOffered = true
    self.standard = standard
    let declaration = parameter.declaration ?? OptionDeclaration(kind: standard.kind)
    letters = declaration.letters.compactMap(\.first)
    words = declaration.words
    kind = standard.kind
    isList = false
    isNegation = false
    valueName = standard.position ?? standard.kind.valueName
    help = standard.summary
  }
}

extension Manifest {
  /// Whether a probe runs before each report.
  fileprivate var hasReportProbe: Bool { probes.contains { $0.points.contains(.report) } }

  /// Whether the time of day is shown when somebody asks for it.
  fileprivate var asksForTime: Bool {
    let isTerm = { (term: OptionCondition.Term) in term.option == StandardOption.time.name }
    return tables.contains { $0.heading == nil }
      || (row?.columns ?? []).contains { column in
        column.condition.alternatives.contains { $0.terms.contains(where: isTerm) }
      }
  }

  /// Whether the script declares what it is like as a tool.
  package var isToolByForm: Bool {
    row != nil || !tables.isEmpty || options.contains { $0.declaration != nil }
  }

  /// Whether the script looks at words on the command line.
  package var takesParameters: Bool {
    constants.contains {
      switch $0.source {
      case .positional, .positionalCount: true
      default: false
      }
    }
  }
}

extension TableSpec {
  /// The maps whose values it shows.
  private func maps(of manifest: Manifest) -> [MapSpec] {
    columns.compactMap { column in
      guard case .map(let index, _) = column.source, manifest.maps.indices.contains(index) else {
        return nil
      }
      return manifest.maps[index]
    }
  }

  /// Whether its elements are lines, so that there are more and fewer of them to show.
  fileprivate func hasLines(in manifest: Manifest) -> Bool {
    maps(of: manifest).contains(where: \.value.shape.hasPrintableElements)
  }

  /// Whether stacks are among its keys.
  fileprivate func hasStacks(in manifest: Manifest) -> Bool {
    guard hasLines(in: manifest), let key = maps(of: manifest).first?.key else { return false }
    return columns.contains { column in
      if case .key(let index) = column.source { key.part(index)?.isStack == true } else { false }
    }
  }
}

// MARK: Options by description

extension ToolOption {
  private init(describedBy parameter: ScriptOption) {
    self.parameter = parameter
    isOffered = false
    standard = nil
    isList = false
    let look = Look(parameter.description)
    help = look?.help ?? parameter.description
    isNegation = parameter.defaultValue == .boolean(true)
    if look?.isPositional == true {
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
