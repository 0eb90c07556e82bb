internal import SystemText
internal import TraceModel

extension RendererSpec {
  package static let csv = RendererSpec(
    name: "csv", summary: "Rows and tables with commas between the values.",
    make: { CSVRenderer(messages: TextRenderer(usesColor: $0.usesColor)) })
}

/// Rows and tables as lines of values with commas between them, below a line of headings.
///
/// Numbers are exact. Whatever else a script writes is no part of that and goes where messages go.
package struct CSVRenderer: Renderer {
  private var messages: TextRenderer
  private var shown = Page()
  private var columns: [Column] = []
  private var tables: [(shown: ShownTable, columns: [Column])] = []
  /// What the heading above is about; nil if there is none.
  private var block: Block?

  /// Lines that belong under one heading.
  private enum Block: Hashable {
    case rows
    case table(Int, hasTime: Bool)
    /// One value of a table of distributions.
    case distribution(Int, value: Int, hasTime: Bool)
  }

  package init(messages: TextRenderer) { self.messages = messages }

  package var eventForm: EventForm { .record }

  package func objection(to header: SessionHeader) -> String? {
    guard header.columns.isEmpty, header.tables.isEmpty else { return nil }
    return "the format csv is for rows and tables, and the script has neither"
  }

  package mutating func begin(_ header: SessionHeader, into page: inout Page) {
    messages.begin(header, into: &shown)
    page.messages += shown.output + shown.messages
    shown.clear()
    columns = header.columns.map(Column.init)
    tables = header.tables.map { ($0, $0.columns.map(Column.init)) }
  }

  package mutating func render(_ record: Record, of event: EventInfo?, into page: inout Page) {
    switch record {
    case .rowHeading: open(.rows, headings(of: columns), &page.output)
    case .row(let row):
      open(.rows, headings(of: columns), &page.output)
      line(zip(columns, row).map { $0.cell($1) }, &page.output)
    case .table(let snapshot):
      if tables.indices.contains(snapshot.table) { append(snapshot, to: &page.output) }
    case .clearScreen, .ending: break
    default:
      messages.render(record, of: event, into: &shown)
      page.messages += shown.output + shown.messages
      shown.clear()
    }
  }

  private mutating func append(_ snapshot: TableSnapshot, to text: inout [UInt8]) {
    let (table, columns) = tables[snapshot.table]
    let snapshot = snapshot.fitted(to: table)
    let time = snapshot.time.map { [$0.systemBytes] } ?? []
    let timeHeading = snapshot.time == nil ? [] : [Array("TIME".utf8)]
    guard table.look == .distributions else {
      open(
        .table(snapshot.table, hasTime: snapshot.time != nil),
        timeHeading + headings(of: columns), &text)
      for row in snapshot.rows {
        line(time + zip(columns, row).map { $0.cell($1) }, &text)
      }
      return
    }
    let keys = table.keys
    for place in table.values {
      let buckets = ["MIN", "MAX", "COUNT"].map { Array($0.utf8) }
      open(
        .distribution(snapshot.table, value: place, hasTime: snapshot.time != nil),
        timeHeading + headings(of: keys.map { columns[$0] }) + buckets, &text)
      for row in snapshot.rows {
        let start = time + keys.map { columns[$0].cell(row[$0]) }
        for bucket in Self.buckets(of: row[place]) { line(start + bucket, &text) }
      }
    }
  }

  /// Lowest and highest value of each bucket, as far as it has such, and how many there are; of what is no
  /// histogram, its value alone.
  private static func buckets(of value: Value) -> [[[UInt8]]] {
    switch value {
    case .histogram(let histogram):
      histogram.shownBuckets.map { bucket in
        [
          bucket.lower.map { "\($0)" } ?? "", bucket.upper.map { "\($0 - 1)" } ?? "",
          "\(bucket.count)",
        ].map(\.systemBytes)
      }
    case .none: []
    default: [[[], [], value.text]]
    }
  }

  // MARK: Lines

  private func headings(of columns: [Column]) -> [[UInt8]] { columns.map(\.heading) }

  /// Writes headings unless they are above already; what came before ends with an empty line.
  private mutating func open(_ block: Block, _ headings: [[UInt8]], _ text: inout [UInt8]) {
    guard block != self.block else { return }
    if self.block != nil { text.append(UInt8(ascii: "\n")) }
    self.block = block
    line(headings, &text)
  }

  private func line(_ cells: [[UInt8]], _ text: inout [UInt8]) {
    for (index, cell) in cells.enumerated() {
      if index > 0 { text.append(UInt8(ascii: ",")) }
      Self.append(cell, to: &text)
    }
    text.append(UInt8(ascii: "\n"))
  }

  /// Appends a cell, in quotation marks if it could be taken for something else.
  private static func append(_ cell: [UInt8], to text: inout [UInt8]) {
    let quote = UInt8(ascii: "\"")
    let special = [UInt8(ascii: ","), quote, UInt8(ascii: "\n"), UInt8(ascii: "\r")]
    guard cell.contains(where: { special.contains($0) }) else {
      return text.append(contentsOf: cell)
    }
    text.append(quote)
    for byte in cell {
      if byte == quote { text.append(quote) }
      text.append(byte)
    }
    text.append(quote)
  }
}

/// A column of rows or of a table.
private struct Column {
  let heading: [UInt8]
  private let divisor: UInt64
  private let form: Form

  /// How its values are written.
  private enum Form {
    case text
    case number
    /// A number in hexadecimal or octal digits, as the column shows it.
    case digits(FormatString.Conversion)
  }

  init(_ column: ShownColumn) {
    heading = (column.heading.isEmpty ? column.name : column.heading).systemBytes
    divisor = column.divisor
    let format = ColumnFormat(column)
    var conversion = format.conversion
    if format.number == nil {
      form = .text
    } else if ["x", "X", "o"].contains(conversion.letter) {
      conversion.width = nil
      form = .digits(conversion)
    } else {
      form = .number
    }
  }

  /// The bytes of a value: numbers in the unit of their column, exactly; stacks in one line.
  func cell(_ value: Value) -> [UInt8] {
    if case .none = value { return [UInt8(ascii: "0")] }
    if case .stack(let stack) = value {
      return Array(stack.foldedFrames.joined(separator: ";".utf8))
    }
    var text: [UInt8] = []
    switch form {
    case .digits(let conversion): Printf.append(value, as: conversion, to: &text)
    case .text where divisor == 1: return value.text
    case .text, .number:
      guard let number = value.wholeNumber else { return value.text }
      value.appendExact(number, divisor, to: &text)
    }
    return text
  }
}
