package import TraceModel

extension SessionOptions {
  /// Does what was asked for by options of the runner, or is asked for by their defaults.
  ///
  /// - Parameters:
  ///   - options: Those of the script and those that the runner offers with it.
  ///   - isTerminal: Whether the output is a screen that can be cleared.
  package mutating func takeStandardOptions(among options: [ScriptOption], isTerminal: Bool) {
    for option in options {
      guard option.declaration != nil, let standard = StandardOption.named(option.name) else {
        continue
      }
      let given = arguments.options[option.name]
      let value = given ?? option.defaultValue
      if standard == .noclear { reports.clearsScreen = isTerminal && !value.isOn }
      // A number that was given counts, though it be zero.
      guard given != nil || value.isOn else { continue }
      take(standard, value)
    }
  }

  private mutating func take(_ standard: StandardOption, _ value: ScriptOption.Value) {
    switch standard {
    case .time: reports.showsTime = value.isOn
    case .interval: reports.interval = value.number
    case .count: reports.count = value.number
    case .top: reports.top = value.number
    case .sort: reports.sortColumn = value.isOn ? value.text : nil
    case .folded: reports.isFolded = value.isOn
    case .delimited: reports.isDelimited = value.isOn
    case .annotated: reports.isAnnotated = value.isOn
    case .offsets: reports.hasOffsets = value.isOn
    case .addresses: reports.hasAddresses = value.isOn
    case .utc: reports.isInUTC = value.isOn
    case .duration:
      duration = value.number.map { .nanoseconds(Int64(clamping: $0)) }
    default: break
    }
  }
}

extension ScriptOption.Value {
  fileprivate var number: UInt64? {
    switch self {
    case .unsigned(let number): number
    case .signed(let number): UInt64(exactly: number)
    case .boolean, .string: nil
    }
  }

  fileprivate var text: String? {
    if case .string(let text) = self { text } else { nil }
  }
}
