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

  init(
    of manifest: Manifest, _ conditions: RunConditions, _ options: ReportOptions,
    _ needs: RendererNeeds
  ) throws(SessionError) {
    self.options = options
    tables = manifest.tables.compactMap {
      ReportedTable($0, of: manifest, conditions, options, needs)
    }
    if let name = options.sortColumn, !manifest.tables.isEmpty {
      let columns = manifest.tables.flatMap { $0.sortable(conditions) }
      guard columns.contains(where: { $0.name == name }) else {
        throw .noSuchColumn(name, columns: columns.map(\.heading))
      }
    }
  }

  /// The time between reports, if there is more than one.
  var interval: Duration? {
    guard let interval = options.interval, interval > 0 else { return nil }
    return .nanoseconds(Int64(clamping: interval))
  }

  /// Takes note of a report, which is the last one if so many are wanted or the script ends the run.
  mutating func note(isLast: Bool) {
    made += 1
    isOver = isLast || options.count.map { made >= $0 } ?? false
  }
}
