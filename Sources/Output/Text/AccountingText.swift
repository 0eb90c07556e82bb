internal import SystemText

/// Writes what came of each probe, as a table for people, and which maps were full.
struct AccountingText {
  private typealias Row = [String?]

  private static let unknown = "-"

  func append(_ accounting: Record.Accounting, to page: inout [UInt8]) {
    if !accounting.probes.isEmpty { append(accounting.probes, to: &page) }
    for map in accounting.fullMaps {
      page.append(
        "\(map.name) was full: \(map.refused) \(map.refused == 1 ? "update was" : "updates were") "
          + "lost, it has room for \(map.maxEntries) "
          + "\(map.maxEntries == 1 ? "element" : "elements")\n")
    }
  }

  /// A column of which nothing is known is left out.
  private func append(_ probes: [Record.Accounting.Probe], to page: inout [UInt8]) {
    var columns: [(heading: String, cells: Row)] = [
      ("PROBE", probes.map { $0.name ?? "functions of the script" }),
      ("FIRED", probes.map { $0.fired.map { "\($0)" } }),
      ("MISSED", probes.map { $0.missed.map { "\($0)" } }),
      ("DROPPED", probes.map { "\($0.dropped.total)" }),
    ]
    columns.removeAll { $0.cells.allSatisfy { $0 == nil } }
    let widths = columns.map { column in
      ([column.heading] + column.cells.map { $0 ?? Self.unknown }).map(\.utf8.count).max() ?? 0
    }
    func line(_ cells: Row) {
      for (index, (cell, width)) in zip(cells, widths).enumerated() {
        let text = (cell ?? Self.unknown).systemBytes
        let room = [UInt8](repeating: UInt8(ascii: " "), count: max(0, width - text.count))
        // The names on the left, the numbers on the right of their columns.
        page += index == 0 ? text + room : [UInt8(ascii: " "), UInt8(ascii: " ")] + room + text
      }
      page.append(UInt8(ascii: "\n"))
    }
    line(columns.map(\.heading))
    for row in probes.indices { line(columns.map { $0.cells[row] }) }
  }
}
