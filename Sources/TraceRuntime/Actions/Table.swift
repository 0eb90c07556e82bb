internal import Output
internal import TraceModel

extension EventHandler {
  /// `table(@m, "format", lines)`: a line for each element, the largest first.
  func showTable(_ map: MapSpec, _ format: Printf, _ fields: [Value]) throws(DecodingError) {
    var snapshot: MapSnapshot
    do { snapshot = try maps.read(map, of: object) } catch {
      switch error {
      case .decoding(let error): throw error
      case .system(let error): return report(map, error)
      }
    }
    snapshot.sortByTotal()
    guard fields.count == 2, case .unsigned(let lines) = fields[0],
      case .unsigned(let divisor) = fields[1]
    else { return }
    if lines > 0 { snapshot.keepTop(Int(clamping: lines)) }
    text.removeAll(keepingCapacity: true)
    for entry in snapshot.entries.reversed() {
      format.append(
        entry.key.columns + entry.value.columns(dividedBy: Int64(clamping: max(1, divisor))),
        to: &text)
    }
    if !text.isEmpty { outlet.emit(.text(.printf, text)) }
  }
}

extension MapSnapshot {
  /// Orders statistics by what they add up to; everything else is in order already.
  fileprivate mutating func sortByTotal() {
    guard shape == .statistics else { return }
    entries.sort { if case .stats(let stats) = $0 { Int128(stats.total) } else { 0 } }
  }
}
