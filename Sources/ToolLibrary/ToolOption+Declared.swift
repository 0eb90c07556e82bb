internal import TraceModel

extension ToolOption {
  init(_ parameter: ScriptOption, _ declaration: OptionDeclaration) {
    self.parameter = parameter
    isOffered = false
    standard = StandardOption.named(parameter.name)
    isPositional = declaration.position != nil
    letters = isPositional ? [] : declaration.letters.compactMap(\.first)
    words =
      isPositional
      ? [] : declaration.words.isEmpty ? [Self.word(parameter.name)] : declaration.words
    kind = declaration.kind
    isList = declaration.isList
    isNegation = parameter.defaultValue == .boolean(true)
    valueName =
      declaration.position ?? standard?.valueName ?? Self.valueName(of: declaration, of: parameter)
    summary = parameter.description.isEmpty ? standard?.summary ?? "" : parameter.description
    notes = [declaration.kind.wordsToChooseFrom, parameter.shownDefault].compactMap { $0 }
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
  var valueName: String? {
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
    case .commandName: "NAME"
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
    case .unsigned(let number):
      if case .time(let unit) = declaration.kind { return "\(number / unit)" }
      return "\(number)"
    case .signed(let number): return "\(number)"
    case .string(let text): return text
    }
  }
}
