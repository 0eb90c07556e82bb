/// Writes rows for people: values between blanks, and stacks below them.
package struct RowText: Sendable {
  /// The columns of the line, with their places in the row.
  package let cells: [(index: Int, format: ColumnFormat)]
  /// The places of what follows the line.
  package let stacks: [Int]
  private let headings: [String]

  package init(_ columns: [ShownColumn]) {
    let inLine = columns.indices.filter { !columns[$0].format.isEmpty }
    stacks = columns.indices.filter { columns[$0].format.isEmpty }
    cells = inLine.map { ($0, ColumnFormat(columns[$0], isLast: $0 == inLine.last)) }
    headings = inLine.map { columns[$0].heading }
  }

  /// Appends the line of headings; nothing if there is only something that follows lines.
  package func appendHeading(to text: inout [UInt8]) {
    guard !cells.isEmpty else { return }
    for (place, cell) in cells.enumerated() {
      if place > 0 { text.append(UInt8(ascii: " ")) }
      cell.format.append(heading: headings[place], to: &text)
    }
    text.append(UInt8(ascii: "\n"))
  }

  /// Appends a row.
  ///
  /// - Parameter values: One for each column.
  package func append(_ values: [Value], to text: inout [UInt8]) {
    for (place, cell) in cells.enumerated() {
      if place > 0 { text.append(UInt8(ascii: " ")) }
      if values.indices.contains(cell.index) {
        cell.format.append(values[cell.index], to: &text)
      }
    }
    for index in stacks where values.indices.contains(index) {
      ValueText().append(values[index], to: &text)
    }
    text.append(UInt8(ascii: "\n"))
  }
}
