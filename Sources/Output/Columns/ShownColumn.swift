package import TraceModel

/// A column of rows or of a table, as a run shows it.
package struct ShownColumn: Hashable, Sendable {
  /// As JSON calls it.
  package var name: String
  /// What stands above it.
  package var heading: String
  /// One conversion of printf; empty for stacks and distributions.
  package var format: String
  /// What numbers are divided by.
  package var divisor: UInt64
  /// What they are in then: `ms`; nil if the script does not say.
  package var unit: String?
  /// Whether it is a part of a table's keys.
  package var isKey: Bool

  package init(
    name: String, heading: String, format: String, divisor: UInt64 = 1, unit: String? = nil,
    isKey: Bool = false
  ) {
    self.name = name
    self.heading = heading
    self.format = format
    self.divisor = max(1, divisor)
    self.unit = unit
    self.isKey = isKey
  }

  /// The column as a script declares it.
  package init(_ spec: ColumnSpec) {
    let isKey = if case .key = spec.source { true } else { false }
    self.init(
      name: spec.name, heading: spec.heading, format: spec.format, divisor: spec.divisor,
      unit: spec.unit, isKey: isKey)
  }
}

/// A table as a run shows it.
package struct ShownTable: Hashable, Sendable {
  /// The keys, then the values.
  package var columns: [ShownColumn]
  package var look: Look
  /// Whether stacks are on one line each.
  package var isFolded: Bool
  /// Whether the end of the kernel's part of a stack is marked.
  package var isDelimited: Bool
  /// Whether frames of the kernel are marked with `_[k]`.
  package var isAnnotated: Bool
  /// Whether frames are shown with their offsets in functions.
  package var hasOffsets: Bool
  /// Whether frames that are not folded are shown with their addresses.
  package var hasAddresses: Bool

  /// How people read it.
  package enum Look: UInt8, CaseIterable, Hashable, Sendable {
    /// A heading and a line for each key.
    case lines = 0
    /// Each value as `print` shows a map.
    case distributions = 1
    /// Frames, what else is known, and the number.
    case stacks = 2
  }

  package init(
    columns: [ShownColumn], look: Look = .lines, isFolded: Bool = false, isDelimited: Bool = false,
    isAnnotated: Bool = false, hasOffsets: Bool = false, hasAddresses: Bool = false
  ) {
    self.columns = columns
    self.look = look
    self.isFolded = isFolded
    self.isDelimited = isDelimited
    self.isAnnotated = isAnnotated
    self.hasOffsets = hasOffsets
    self.hasAddresses = hasAddresses
  }
}

/// What a table held at one moment, in the order in which it is shown.
///
/// A large one of stacks comes in portions, one after the other.
package struct TableSnapshot: Hashable, Sendable {
  /// An index into the header's tables.
  package var table: Int
  /// What people read above it: the time, or what the script puts there.
  package var line: String?
  /// The time of day, if times are shown.
  package var time: String?
  /// A value for each column; `.none` where a map has none.
  package var rows: [[Value]]
  /// Whether rows of the same table came before, in another portion.
  package var isContinuation = false
  /// Whether rows of the same table follow, in another portion.
  package var isContinued = false

  package init(table: Int, line: String? = nil, time: String? = nil, rows: [[Value]]) {
    self.table = table
    self.line = line
    self.time = time
    self.rows = rows
  }

  /// The same with rows that have a value for each column, as those of a recording need not.
  func fitted(to table: ShownTable) -> TableSnapshot {
    let count = table.columns.count
    guard rows.contains(where: { $0.count != count }) else { return self }
    var fitted = self
    fitted.rows = rows.map { row in
      Array(row.prefix(count))
        + [Value](repeating: .none, count: max(0, count - row.count))
    }
    return fitted
  }
}

// MARK: Encoding

extension ShownColumn: WireStruct {
  package static let wireName = "shown column"

  package static let blank = ShownColumn(name: "", heading: "", format: "")

  package static let wireFields: [WireField<ShownColumn>] = [
    WireField(1, "name", \.name, .required), WireField(2, "heading", \.heading),
    WireField(3, "format", \.format), WireField(4, "divisor", \.divisor),
    WireField(5, "isKey", \.isKey), WireField(6, "unit", \.unit),
  ]

  package func check() throws(ManifestError) {
    guard divisor > 0 else { throw .malformed("a column divided by zero") }
  }
}

extension ShownTable: WireStruct {
  package static let wireName = "shown table"

  package static let blank = ShownTable(columns: [])

  package static let wireFields: [WireField<ShownTable>] = [
    WireField(1, "columns", \.columns), WireField(2, "look", \.look),
    WireField(3, "isFolded", \.isFolded), WireField(4, "isDelimited", \.isDelimited),
    WireField(5, "isAnnotated", \.isAnnotated), WireField(6, "hasAddresses", \.hasAddresses),
    WireField(7, "hasOffsets", \.hasOffsets),
  ]
}

extension ShownTable.Look: WireNumbered {
  package static let wireName = "look of a table"
}

extension TableSnapshot: WireStruct {
  package static let wireName = "contents of a table"

  package static let blank = TableSnapshot(table: 0, rows: [])

  package static let wireFields: [WireField<TableSnapshot>] = [
    WireField(1, "table", \.table, .required), WireField(2, "line", \.line),
    WireField(3, "time", \.time), WireField(4, "rows", \.wireRows),
    WireField(5, "isContinuation", \.isContinuation), WireField(6, "isContinued", \.isContinued),
  ]

  /// The values of one row.
  private struct Row: WireStruct {
    var values: [Value]

    static let wireName = "row of a table"
    static let blank = Row(values: [])
    static let wireFields: [WireField<Row>] = [WireField(1, "values", \.values)]
  }

  private var wireRows: [Row] {
    get { rows.map { Row(values: $0) } }
    set { rows = newValue.map(\.values) }
  }
}
