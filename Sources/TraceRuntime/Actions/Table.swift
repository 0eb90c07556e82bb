internal import Output
internal import TraceModel

extension EventHandler {
  /// `table(@m, "format", lines)`: a line for each element, the largest first.
  func showTable(_ map: MapSpec, _ format: Printf?, _ fields: [Value]) throws(DecodingError) {
    guard let format else { return }
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
    guard kind == .statistics else { return }
    entries.sort { left, right in
      guard case .value(.stats(let one)) = left.value, case .value(.stats(let other)) = right.value
      else { return false }
      return one.total < other.total
    }
  }
}

extension Value {
  /// The parts of a key, each a column.
  fileprivate var columns: [Value] {
    switch self {
    case .tuple(let elements): elements
    case .none: []
    default: [self]
    }
  }
}

extension MapSnapshot.EntryValue {
  /// A number is one column; statistics are their count, their total and their average.
  fileprivate func columns(dividedBy divisor: Int64) -> [Value] {
    switch self {
    case .value(.stats(let stats)):
      [
        .integer(stats.count), .integer(stats.total / divisor), .integer(stats.average / divisor),
      ]
    case .value(.integer(let number)): [.integer(number / divisor)]
    case .value(.unsigned(let number)): [.unsigned(number / divisor.magnitude)]
    case .value(let value): value.columns
    case .histogram(let histogram): [.unsigned(histogram.total)]
    }
  }
}
