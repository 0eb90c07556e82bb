internal import LinuxSystem
internal import Output
internal import TraceModel

extension EventHandler {
  /// Shows what the tables hold, and empties them.
  ///
  /// - Parameter skipsEmpty: Whether nothing is shown if all of them are empty.
  func showTables(_ tables: [ReportedTable], _ options: ReportOptions, skipsEmpty: Bool) {
    var found: [(number: Int, rows: ReportedTable.Rows)] = []
    for (number, table) in tables.enumerated() {
      do { found.append((number, try table.rows(maps, of: object))) } catch { report(error) }
    }
    if skipsEmpty, found.allSatisfy({ $0.rows.count == 0 }) { return }
    for (number, rows) in found { show(rows, of: tables[number], number, options) }
    var cleared: Set<String> = []
    for map in tables.flatMap(\.maps) where cleared.insert(map.symbol).inserted {
      change(map, .clear)
    }
  }

  /// Shows a table; of stacks some at a time, so that neither their frames nor their text are in memory as a whole.
  private func show(
    _ rows: ReportedTable.Rows, of table: ReportedTable, _ number: Int, _ options: ReportOptions
  ) {
    var snapshot = TableSnapshot(table: number, rows: [])
    if options.showsTime { snapshot.time = clock.time }
    if let heading = table.heading {
      snapshot.line = Presenter.time(
        Int64(bitPattern: Clock.realtime.now), format: heading, own: "f")
    } else if number == 0 {
      snapshot.line = snapshot.time
    }
    let size = table.shown.look == .stacks ? MapReader.portionOfStacks : max(1, rows.count)
    for start in stride(from: 0, to: max(1, rows.count), by: size) {
      let end = min(start + size, rows.count)
      snapshot.isContinuation = start > 0
      snapshot.isContinued = end < rows.count
      do { snapshot.rows = Array(try table.values(of: rows, start..<end)) } catch {
        (snapshot.rows, snapshot.isContinued) = ([], false)
        outlet.emit(.table(snapshot))
        return report(.decoding(error))
      }
      outlet.emit(.table(snapshot))
    }
  }

  private func report(_ error: MapReader.ReadError) {
    outlet.emit(.message(.error, "a table cannot be read: \(error)"))
  }
}
