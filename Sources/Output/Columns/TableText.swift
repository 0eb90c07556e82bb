internal import SystemText
internal import TraceModel

/// Writes tables for people.
struct TableText {
  /// - Parameter appendMap: What `print` does with a map.
  func append(
    _ snapshot: TableSnapshot, of table: ShownTable, to text: inout [UInt8],
    appendMap: (MapSnapshot, inout [UInt8]) -> Void
  ) {
    let snapshot = snapshot.fitted(to: table)
    if let line = snapshot.line, !snapshot.isContinuation { text.append(line + "\n") }
    switch table.look {
    case .lines: appendLines(snapshot, table, to: &text)
    case .distributions:
      for map in table.maps(of: snapshot) { appendMap(map, &text) }
    case .stacks:
      for row in snapshot.rows { StackedRow(row, of: table).append(to: &text) }
    }
  }

  /// A heading, lines, and an empty one.
  private func appendLines(
    _ snapshot: TableSnapshot, _ table: ShownTable, to text: inout [UInt8]
  ) {
    let lines = RowText(table.columns)
    if !snapshot.isContinuation { lines.appendHeading(to: &text) }
    for row in snapshot.rows {
      lines.append(row.map { $0 == .none ? .unsigned(0) : $0 }, to: &text)
    }
    if !snapshot.isContinued { text.append(UInt8(ascii: "\n")) }
  }
}

extension ShownTable {
  /// The places of the columns that are keys.
  var keys: [Int] { columns.indices.filter { columns[$0].isKey } }

  /// The places of the columns that are values.
  var values: [Int] { columns.indices.filter { !columns[$0].isKey } }

  /// What the table holds as maps, one for each value: `@usecs_by_pid`.
  func maps(of snapshot: TableSnapshot) -> [MapSnapshot] {
    let keys = keys
    return values.map { place in
      let suffix = keys.first.map { "_by_" + columns[$0].name } ?? ""
      let entries = snapshot.rows.filter { $0[place] != .none }.map { row in
        MapSnapshot.Entry(
          key: keys.isEmpty ? .none : keys.count == 1 ? row[keys[0]] : .tuple(keys.map { row[$0] }),
          value: row[place])
      }
      let isHistogram = entries.contains { if case .histogram = $0.value { true } else { false } }
      var map = MapSnapshot(
        name: "@" + columns[place].heading + suffix, shape: isHistogram ? .histogram : .plain,
        isScalar: keys.isEmpty, entries: entries)
      map.sort()
      return map
    }
  }
}

/// A row whose keys have stacks: frames, what else is known, and numbers.
struct StackedRow {
  private let stacks: [Stack]
  /// Other keys that are text, and that are numbers.
  private let names: [[UInt8]]
  private let numbers: [[UInt8]]
  /// The values.
  private let counts: [[UInt8]]
  private let table: ShownTable

  init(_ row: [Value], of table: ShownTable) {
    self.table = table
    var stacks: [Stack] = []
    var names: [[UInt8]] = []
    var numbers: [[UInt8]] = []
    for place in table.keys {
      if case .stack(let stack) = row[place] {
        stacks.append(stack)
      } else if row[place].wholeNumber != nil {
        numbers.append(row[place].text)
      } else {
        names.append(row[place].text)
      }
    }
    // The way from the program into the kernel, innermost first.
    self.stacks = stacks.filter { $0.space == .kernel } + stacks.filter { $0.space != .kernel }
    self.names = names
    self.numbers = numbers
    counts = table.values.map { place in
      var column = table.columns[place]
      column.format = "%d"
      var text: [UInt8] = []
      ColumnFormat(column).append(row[place] == .none ? .unsigned(0) : row[place], to: &text)
      return text
    }
  }

  func append(to text: inout [UInt8]) {
    if table.isFolded { appendFolded(to: &text) } else { appendFrames(to: &text) }
  }

  private func appendFrames(to text: inout [UInt8]) {
    for (index, stack) in stacks.enumerated() {
      if index > 0, isDelimited(before: index) { text.append("    --\n") }
      for frame in stack.frames {
        for name in names(of: frame, in: stack) {
          text.append("    ")
          if table.hasAddresses { text.append("\(frame.shownAddress) ") }
          text.append(contentsOf: name)
          text.append(UInt8(ascii: "\n"))
        }
      }
    }
    if !names.isEmpty || !numbers.isEmpty {
      text.append("    -                ")
      text.append(contentsOf: names.joined(separator: " ".utf8))
      if !numbers.isEmpty {
        text.append(names.isEmpty ? "(" : " (")
        text.append(contentsOf: numbers.joined(separator: ", ".utf8))
        text.append(")")
      }
      text.append("\n")
    }
    text.append("        ")
    text.append(contentsOf: counts.joined(separator: " ".utf8))
    text.append("\n\n")
  }

  /// `comm;outermost;...;innermost count`: what flame graphs are made of.
  private func appendFolded(to text: inout [UInt8]) {
    var parts = names.isEmpty ? numbers : names
    for (index, stack) in stacks.enumerated().reversed() {
      if index < stacks.count - 1, isDelimited(before: index + 1) {
        parts.append([UInt8(ascii: "-")])
      }
      parts += stack.frames.reversed().flatMap { names(of: $0, in: stack).reversed() }
    }
    text.append(contentsOf: parts.joined(separator: ";".utf8))
    text.append(UInt8(ascii: " "))
    text.append(contentsOf: counts.joined(separator: " ".utf8))
    text.append(UInt8(ascii: "\n"))
  }

  /// The functions at a frame's address, innermost first, as the run wants to see them.
  private func names(of frame: Stack.Frame, in stack: Stack) -> [[UInt8]] {
    var names = frame.names
    if table.hasOffsets, frame.symbol != nil, let last = names.indices.last {
      names[last].append("+0x\(String(frame.offset, radix: 16))")
    }
    if table.isAnnotated, stack.space == .kernel {
      for index in names.indices { names[index].append("_[k]") }
    }
    return names
  }

  /// Whether a mark stands where the stack before one ends.
  private func isDelimited(before index: Int) -> Bool {
    table.isDelimited && !stacks[index - 1].frames.isEmpty && !stacks[index].frames.isEmpty
  }
}

extension Stack {
  /// The names of its functions, outermost first.
  var foldedFrames: [[UInt8]] { frames.reversed().flatMap { $0.names.reversed() } }
}

extension Stack.Frame {
  /// The address in as many digits as the highest has.
  fileprivate var shownAddress: String {
    let digits = String(address, radix: 16)
    return String(repeating: "0", count: 16 - digits.utf8.count) + digits
  }

  /// The functions at its address, innermost first, without offsets.
  fileprivate var names: [[UInt8]] {
    inlined.map { $0.symbol.systemBytes } + [symbol?.systemBytes ?? Array("[unknown]".utf8)]
  }
}
