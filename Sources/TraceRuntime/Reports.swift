internal import LinuxSystem
internal import Output
internal import TraceModel

/// When a run reports, and what.
struct Reports {
  let tables: [ReportedTable]
  let options: ReportOptions
  /// How often it has reported.
  private(set) var made: UInt64 = 0
  /// Whether there is nothing more to report, not even at the end.
  private(set) var isOver = false

  /// Of a script that reports nothing.
  init() {
    tables = []
    options = ReportOptions()
  }

  /// - Parameter options: What the run was told; the script's own defaults stand in for the rest.
  init(
    of manifest: Manifest, _ conditions: RunConditions, _ options: ReportOptions
  ) throws(SessionError) {
    let options = conditions.completed(options)
    self.options = options
    tables = manifest.tables.compactMap { ReportedTable($0, of: manifest, conditions, options) }
    if let name = options.sortColumn, !manifest.tables.isEmpty {
      let columns = manifest.tables.flatMap(\.columns).filter { conditions.shows($0) }
      guard columns.contains(where: { $0.isNamed(name) }) else {
        throw .noSuchColumn(name, columns: columns.map(\.heading))
      }
    }
  }

  /// The time between reports, if there is more than one.
  var interval: Duration? { options.interval.map { .nanoseconds(Int64(clamping: $0)) } }

  /// Takes note of a report, which is the last one if so many are wanted or the script ends the run.
  mutating func note(isLast: Bool) {
    made += 1
    isOver = isLast || options.count.map { made >= $0 } ?? false
  }
}

extension RunConditions {
  /// The options of a run, with what the script's declarations add to them.
  func completed(_ given: ReportOptions) -> ReportOptions {
    var options = given
    if options.interval == nil, let number = number(of: .interval) {
      options.interval = number.multipliedReportingOverflow(by: unit(of: .interval)).partialValue
    }
    if options.interval == 0 { options.interval = nil }
    if options.count == nil { options.count = number(of: .count) }
    if options.count == 0 { options.count = nil }
    if options.top == nil { options.top = number(of: .top) }
    if options.sortColumn == nil { options.sortColumn = text(of: .sort) }
    options.isFolded = options.isFolded || isOn(.folded)
    options.isDelimited = options.isDelimited || isOn(.delimited)
    return options
  }

  private func isOn(_ option: StandardOption) -> Bool {
    arguments.isOn(option.name, of: options)
  }

  private func declared(_ option: StandardOption) -> ScriptOption? {
    options.first { $0.name == option.name }
  }

  /// The number that was given, or that the script has if none is; nil if there is neither.
  private func number(of option: StandardOption) -> UInt64? {
    switch arguments.options[option.name] ?? declared(option)?.defaultValue {
    case .unsigned(let number)?: number
    case .signed(let number)?: UInt64(clamping: number)
    case .boolean, .string, nil: nil
    }
  }

  private func text(of option: StandardOption) -> String? {
    switch arguments.options[option.name] ?? declared(option)?.defaultValue {
    case .string(let text)? where !text.isEmpty: text
    default: nil
    }
  }

  /// The nanoseconds of its unit.
  private func unit(of option: StandardOption) -> UInt64 {
    for kind in [declared(option)?.declaration?.kind, option.kind] {
      if case .time(let unit)? = kind { return unit }
    }
    return 1
  }
}
