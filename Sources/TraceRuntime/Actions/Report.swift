internal import LinuxSystem
internal import Output
internal import TraceModel

extension EventHandler {
  /// Shows what the tables hold, and empties them.
  ///
  /// - Parameter skipsEmpty: Whether nothing is shown if all of them are empty.
  func showTables(_ tables: [ReportedTable], _ options: ReportOptions, skipsEmpty: Bool) {
    var snapshots: [TableSnapshot] = []
    for (number, table) in tables.enumerated() {
      do {
        var snapshot = TableSnapshot(table: number, rows: try table.rows(maps, of: object))
        if options.showsTime { snapshot.time = clock.time }
        if let heading = table.heading {
          snapshot.line = Presenter.time(
            Int64(bitPattern: Clock.realtime.now), format: heading, own: "f")
        } else if number == 0 {
          snapshot.line = snapshot.time
        }
        snapshots.append(snapshot)
      } catch {
        outlet.emit(.message(.error, "a table cannot be read: \(error)"))
      }
    }
    if skipsEmpty, snapshots.allSatisfy(\.rows.isEmpty) { return }
    for snapshot in snapshots { outlet.emit(.table(snapshot)) }
    var cleared: Set<String> = []
    for map in tables.flatMap(\.maps) where cleared.insert(map.symbol).inserted {
      change(map, .clear)
    }
  }
}
