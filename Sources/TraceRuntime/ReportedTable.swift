internal import BPF
internal import Output
internal import TraceModel

/// A table of a run: the columns that its options show, what is in them, and in which order.
struct ReportedTable {
  /// As renderers know it.
  let shown: ShownTable
  /// What strftime makes the line above it of.
  let heading: String?
  /// The maps that its values come from, each once.
  let maps: [MapSpec]
  /// Of its columns, and of what it is sorted by if that is no column.
  private let sources: [ColumnSpec.Contents]
  /// The maps of `sources`, by their index in the manifest.
  private let mapNumbers: [Int]
  private let sortColumn: Int
  /// The most rows; nil for all.
  private let top: Int?
  /// Whether rows with the same functions in their stacks are one.
  private let joinsSameFunctions: Bool

  /// - Parameter needs: What those who show it need to know.
  /// - Returns: Nil if the options show nothing of it.
  init?(
    _ spec: TableSpec, of manifest: Manifest, _ conditions: RunConditions, _ options: ReportOptions,
    _ needs: RendererNeeds
  ) {
    var columns = spec.columns.filter { conditions.shows($0) }
    let values = columns.indices.filter { columns[$0].map != nil }
    guard let last = values.last else { return nil }
    var numbers: [Int] = []
    for number in columns.compactMap(\.map)
    where !numbers.contains(number) && manifest.maps.indices.contains(number) {
      numbers.append(number)
    }
    mapNumbers = numbers
    maps = numbers.map { manifest.maps[$0] }
    if maps.isEmpty { return nil }
    heading = conditions.holds(spec.headingCondition) ? spec.heading : nil
    let look = Self.look(of: maps, columns)
    shown = ShownTable(
      columns: columns.map { column in
        var shown = ShownColumn(column)
        // Programs have divided what has no format.
        if column.map != nil, column.format.isEmpty { shown.divisor = 1 }
        // Whatever it is, it has a place in the line.
        if look == .lines, shown.format.isEmpty { shown.format = "%s" }
        return shown
      }, look: look, isFolded: options.isFolded, isDelimited: options.isDelimited,
      isAnnotated: options.isAnnotated, hasOffsets: options.hasOffsets,
      hasAddresses: options.hasAddresses)
    if let name = options.sortColumn, !columns.contains(where: { $0.name == name }) {
      columns += spec.sortable(conditions).filter { $0.name == name }.prefix(1)
    }
    sources = columns.map(\.source)
    sortColumn =
      options.sortColumn.flatMap { name in columns.firstIndex { $0.name == name } } ?? last
    joinsSameFunctions =
      !needs.contains(.offsets) && !options.hasOffsets && !options.hasAddresses
    let most = options.top ?? 0
    top = most == 0 ? nil : Int(clamping: most)
  }

  private static func look(of maps: [MapSpec], _ columns: [ColumnSpec]) -> ShownTable.Look {
    if maps.contains(where: { !$0.value.shape.hasPrintableElements }) { return .distributions }
    guard let key = maps.first?.key else { return .lines }
    let hasStack = columns.contains { column in
      if case .key(let index) = column.source { key.part(index)?.isStack ?? false } else { false }
    }
    return hasStack ? .stacks : .lines
  }

  // MARK: Reading

  /// What the maps have, in the order in which it is shown.
  func rows(
    _ reader: MapReader, of object: any HostedObject
  ) throws(MapReader.ReadError) -> Rows {
    guard shown.look == .stacks, let map = maps.first, maps.count == 1 else {
      return .read(try joinedRows(reader, of: object))
    }
    var contents = try reader.contents(of: map, object)
    do {
      if joinsSameFunctions {
        try contents.nameAhead(0..<contents.count)
        let entries = try contents.joinSameFunctions()
        return .stacks(contents, order(of: contents, entries))
      }
      let order = order(of: contents, Array(0..<contents.count))
      try contents.nameAhead(order)
      return .stacks(contents, order)
    } catch { throw .decoding(error) }
  }

  /// Rows in an order.
  enum Rows {
    case read([[Value]])
    /// The entries of the only map; their stacks are large and read when they are shown.
    case stacks(MapContents, [Int])

    var count: Int {
      switch self {
      case .read(let rows): rows.count
      case .stacks(_, let order): order.count
      }
    }
  }

  /// The values of some of the rows.
  func values(
    of rows: Rows, _ places: Range<Int>
  ) throws(DecodingError) -> ArraySlice<[Value]> {
    switch rows {
    case .read(let rows):
      if sources.count == shown.columns.count { return rows[places] }
      return rows[places].map { Array($0.prefix(shown.columns.count)) }[...]
    case .stacks(let contents, let order):
      var values: [[Value]] = []
      for entry in order[places] {
        let key = try contents.key(entry)
        values.append(
          shown.columns.indices.map { column in
            sources[column].isKey
              ? sources[column].part(of: key) : value(of: contents, entry, column)
          })
      }
      return values[...]
    }
  }

  /// Some entries of a map, as many as are wanted, the largest last.
  private func order(of contents: MapContents, _ entries: [Int]) -> [Int] {
    let columns = [sortColumn] + sources.indices.filter { sources[$0].isKey }
    let order = entries.sorted { left, right in
      for column in columns {
        let comparison =
          if case .key(let part) = sources[column] {
            // A key that cannot be read has no order; that it cannot is told when it is shown.
            (try? contents.compareKeys(left, right, part: part)) ?? 0
          } else {
            value(of: contents, left, column).compare(value(of: contents, right, column))
          }
        if comparison != 0 { return comparison < 0 }
      }
      return false
    }
    return Array(order.suffix(top ?? order.count))
  }

  /// What a column that is no key shows of an entry.
  private func value(of contents: MapContents, _ entry: Int, _ column: Int) -> Value {
    guard case .map(_, let part) = sources[column] else { return .none }
    return contents.values[entry].part(part)
  }

  private func joinedRows(
    _ reader: MapReader, of object: any HostedObject
  ) throws(MapReader.ReadError) -> [[Value]] {
    var rows: [[Value]] = []
    var places: [Value: Int] = [:]
    for (number, map) in zip(mapNumbers, maps) {
      for entry in try reader.read(map, of: object).entries {
        let place: Int
        if mapNumbers.count > 1, let known = places[entry.key] {
          place = known
        } else {
          place = rows.count
          rows.append(sources.map { $0.part(of: entry.key) })
          if mapNumbers.count > 1 { places[entry.key] = place }
        }
        for (column, source) in sources.enumerated() {
          if case .map(number, let part) = source { rows[place][column] = entry.value.part(part) }
        }
      }
    }
    return sorted(rows)
  }

  /// The largest first where there are lines, last elsewhere; as many as are wanted.
  private func sorted(_ rows: [[Value]]) -> [[Value]] {
    let order = [sortColumn] + sources.indices.filter { sources[$0].isKey }
    var rows = rows.sorted { left, right in
      for column in order {
        let comparison = left[column].compare(right[column])
        if comparison != 0 { return comparison < 0 }
      }
      return false
    }
    if shown.look == .lines {
      // Names are looked for from their beginning.
      if !(rows.first?[sortColumn].isNumber ?? true) {
        return Array(rows.prefix(top ?? rows.count))
      }
      rows.reverse()
      return Array(rows.prefix(top ?? rows.count))
    }
    return Array(rows.suffix(top ?? rows.count))
  }
}

extension TableSpec {
  /// The columns that lines can be sorted by: those that are shown, and other values of their maps.
  func sortable(_ conditions: RunConditions) -> [ColumnSpec] {
    let maps = Set(columns.filter { conditions.shows($0) }.compactMap(\.map))
    return columns.filter { conditions.shows($0) || $0.map.map(maps.contains) == true }
  }
}

extension ColumnSpec {
  /// The map that its values come from.
  var map: Int? { if case .map(let number, _) = source { number } else { nil } }

  /// The part of the table's keys that it shows.
  var key: Int? { if case .key(let number) = source { number } else { nil } }
}

extension ColumnSpec.Contents {
  fileprivate var isKey: Bool { if case .key = self { true } else { false } }

  /// The part of a key that it is; nothing for other columns.
  fileprivate func part(of key: Value) -> Value {
    guard case .key(let index) = self else { return .none }
    let parts = key.columns
    return parts.indices.contains(index) ? parts[index] : .none
  }
}

extension Value {
  /// A part of statistics; numbers are their own, and nil means all.
  fileprivate func part(_ part: ColumnSpec.Part?) -> Value {
    guard let part, case .stats(let stats) = self else { return self }
    switch part {
    case .count: return .integer(stats.count)
    case .total: return Value(bitPattern: stats.total, signed: stats.signed)
    case .average: return Value(bitPattern: stats.average, signed: stats.signed)
    }
  }

  /// Whether larger ones come first.
  fileprivate var isNumber: Bool {
    switch self {
    case .string, .text, .buffer, .enumeration: false
    default: true
    }
  }
}
