/// How an option looks on the command line and what it accepts, as the `options` of a script say.
package struct OptionDeclaration: Hashable, Sendable {
  /// Letters after one dash, each a text of one character; the first is the one that is documented.
  package var letters: [String]
  /// Words after two dashes, the first of which is documented; empty for a positional argument.
  package var words: [String]
  /// What the usage calls a positional argument; nil for an option with dashes.
  package var position: String?
  package var kind: OptionKind
  /// Whether it takes several values between commas.
  package var isList: Bool
  /// The names of options that may not be given beside it.
  package var excluded: [String] = []
  /// The name of the option whose value it may not be below.
  package var minimum: String?
  /// The kind whose names this switch lists, in place of a run.
  package var listed: OptionKind?

  /// The most values of a list.
  package static let mostValues = 16

  package init(
    letters: [String] = [], words: [String] = [], position: String? = nil, kind: OptionKind,
    isList: Bool = false
  ) {
    self.letters = letters
    self.words = words
    self.position = position
    self.kind = kind
    self.isList = isList
  }
}

/// What the value of an option stands for.
package enum OptionKind: Hashable, Sendable {
  /// No value: given or not.
  case toggle
  /// A number within limits that are part of it.
  case number(lowest: Int64, highest: Int64)
  /// A length of time, in nanoseconds. A bare number on the command line counts units of so many.
  case time(unit: UInt64)
  /// A number of bytes.
  case size
  case text
  case path
  /// One of some words.
  case choice([String])
  case user
  case process
  case thread
  case cpu
  case port
  case signal
  case errorNumber
  case systemCall
  /// Names of flags of open(2): the bits of all of them.
  case openFlags
  /// A disk or partition: its device number as the kernel keeps it.
  case disk
  /// The name of a column of the script.
  case column
  /// A thread's name as the kernel keeps it, or a part of one.
  case commandName
}

extension OptionKind {
  /// The value of an option of that kind that is neither given nor has a default of its own.
  package var absentValue: ScriptOption.Value {
    switch self {
    case .toggle: .boolean(false)
    case .number(let lowest, _): lowest < 0 ? .signed(0) : .unsigned(0)
    case .time, .size, .openFlags, .disk: .unsigned(0)
    case .text, .path, .choice, .column, .commandName: .string("")
    case .user, .process, .thread, .cpu, .port, .signal, .errorNumber, .systemCall: .signed(-1)
    }
  }
}

extension ScriptOption.Value {
  /// Whether an option with this value counts as given, in conditions of columns.
  package var isOn: Bool {
    switch self {
    case .boolean(let flag): flag
    case .unsigned(let number): number != 0
    case .signed(let number): number > 0
    case .string(let text): !text.isEmpty
    }
  }
}

// MARK: Encoding

extension OptionDeclaration: WireStruct {
  package static let wireName = "declaration of an option"

  package static let blank = OptionDeclaration(kind: .toggle)

  package static let wireFields: [WireField<OptionDeclaration>] = [
    WireField(1, "letters", \.letters),
    WireField(2, "words", \.words),
    WireField(3, "position", \.position),
    WireField(4, "kind", \.kind, .required),
    WireField(5, "isList", \.isList),
    WireField(6, "excluded", \.excluded),
    WireField(7, "minimum", \.minimum),
    WireField(8, "listed", \.listed),
  ]
}

extension OptionKind: WireEnum {
  package static let wireName = "kind of option"

  package static let wireCases: [WireCase<OptionKind>] = [
    WireCase(0, "toggle", .toggle),
    WireCase(1, "number", WirePart<Int64>(1, "lowest"), WirePart<Int64>(2, "highest")) {
      .number(lowest: $0, highest: $1)
    } take: {
      if case .number(let lowest, let highest) = $0 { (lowest, highest) } else { nil }
    },
    WireCase(2, "time", WirePart<UInt64>(1, "unit")) {
      .time(unit: $0)
    } take: {
      if case .time(let unit) = $0 { unit } else { nil }
    },
    WireCase(3, "size", .size),
    WireCase(4, "text", .text),
    WireCase(5, "path", .path),
    WireCase(6, "choice", WirePart<[String]>(1, "words")) {
      .choice($0)
    } take: {
      if case .choice(let words) = $0 { words } else { nil }
    },
    WireCase(7, "user", .user),
    WireCase(8, "process", .process),
    WireCase(9, "thread", .thread),
    WireCase(10, "cpu", .cpu),
    WireCase(11, "port", .port),
    WireCase(12, "signal", .signal),
    WireCase(13, "errorNumber", .errorNumber),
    WireCase(14, "systemCall", .systemCall),
    WireCase(15, "openFlags", .openFlags),
    WireCase(16, "disk", .disk),
    WireCase(17, "column", .column),
    WireCase(18, "commandName", .commandName),
  ]
}
