internal import SystemText
internal import TraceModel

extension RendererSpec {
  package static let json = RendererSpec(
    name: "json", summary: "One JSON object on each line.", escapesControls: true,
    make: { JSONRenderer(escapesControls: $0.escapesControls) })
}

/// One object on each line: `{"type": TYPE, "data": DATA}`.
package struct JSONRenderer: Renderer {
  private let values: JSONText
  private var columns: [ShownColumn] = []
  private var tables: [ShownTable] = []

  package var eventForm: EventForm { .record }
  package var needs: RendererNeeds { .offsets }

  /// - Parameter escapesControls: Whether there are no control characters in texts at all, those included
  ///   that JSON does not mind.
  package init(escapesControls: Bool = false) {
    values = JSONText(escapesControls: escapesControls)
  }

  package mutating func begin(_ header: SessionHeader, into page: inout Page) {
    columns = header.columns
    tables = header.tables
    if !columns.isEmpty { describe(columns, of: "row", &page.output) }
    for table in tables { describe(table.columns, of: "table", &page.output) }
  }

  /// Appends the line that says what the members of rows are.
  private func describe(_ columns: [ShownColumn], of type: String, _ text: inout [UInt8]) {
    text.append(#"{"type": "columns", "of": "\#(type)", "data": {"#)
    for (index, column) in columns.enumerated() {
      if index > 0 { text.append(", ") }
      values.append(string: column.name.systemBytes, to: &text)
      text.append(#": {"heading": "#)
      values.append(string: column.heading.systemBytes, to: &text)
      if let unit = column.unit {
        text.append(#", "unit": "#)
        values.append(string: unit.systemBytes, to: &text)
      }
      text.append("}")
    }
    text.append("}}\n")
  }

  package mutating func render(_ record: Record, of event: EventInfo?, into page: inout Page) {
    switch record {
    case .attached(let count):
      page.output.append(
        #"{"type": "attached_probes", "count": \#(count), "data": {"probes": \#(count)}}"# + "\n")
    case .text(let source, let bytes):
      line(source.typeName, &page.output) { values.append(string: bytes, to: &$0) }
    case .value(let value):
      line("value", &page.output) { values.append(value, to: &$0) }
    case .rowHeading, .clearScreen: break
    case .row(let row):
      line("row", &page.output) { append(row, columns, to: &$0) }
    case .table(let snapshot):
      if tables.indices.contains(snapshot.table) {
        append(snapshot, of: tables[snapshot.table], to: &page.output)
      }
    case .map(let snapshot):
      if !snapshot.entries.isEmpty { append(snapshot, to: &page.output) }
    case .lostEvents(let count):
      page.output.append(
        #"{"type": "lost_events", "count": \#(count), "data": {"events": \#(count)}}"# + "\n")
    case .totalLostEvents(let count): MessageText().appendTotalLost(count, to: &page.messages)
    case .accounting(let accounting):
      line("accounting", &page.output) { append(accounting, to: &$0) }
    case .message(let severity, let text):
      MessageText().append(severity, text: text.systemBytes, at: nil, to: &page.messages)
    case .note(let text): page.messages.append(text + "\n")
    case .scriptMessage(let severity, let text, let position):
      message(severity == .error ? "errorf" : "warnf", text, nil, position, &page.output)
    case .failure(let failure):
      message(
        failure.helper == nil ? "runtime_error" : "helper_error", failure.text.systemBytes,
        failure.helper, failure.position, &page.output)
    case .childMessages(let bytes): page.messages.append(contentsOf: bytes)
    case .tests, .testStart, .testSummary, .benchmarks, .ending: break
    case .testResult(let result):
      named("test_result", result.name, &page.output) { text in
        text.append(
          #""duration": \#(result.duration), "passed": \#(result.hasPassed), "output": "#)
        values.append(string: result.output, to: &text)
      }
    case .benchmarkResult(let result):
      named("benchmark_result", result.name, &page.output) { text in
        text.append(#""average": \#(result.average), "iters": \#(result.iterations)"#)
      }
    }
  }

  /// Appends the line of a table, or that part of it which a portion is: a list of its rows.
  private func append(
    _ snapshot: TableSnapshot, of table: ShownTable, to text: inout [UInt8]
  ) {
    let snapshot = snapshot.fitted(to: table)
    if !snapshot.isContinuation { open(snapshot, to: &text) }
    for (index, row) in snapshot.rows.enumerated() {
      if index > 0 || snapshot.isContinuation { text.append(", ") }
      append(
        row.map { $0 == .none && table.look != .distributions ? .unsigned(0) : $0 },
        table.columns, to: &text)
    }
    if !snapshot.isContinued { text.append("]}\n") }
  }

  private func open(_ snapshot: TableSnapshot, to text: inout [UInt8]) {
    text.append(#"{"type": "table", "#)
    if let time = snapshot.time {
      text.append(#""time": "#)
      values.append(string: time.systemBytes, to: &text)
      text.append(", ")
    }
    text.append(#""data": ["#)
  }

  /// Appends a row as an object with its columns.
  private func append(_ row: [Value], _ columns: [ShownColumn], to text: inout [UInt8]) {
    text.append("{")
    for (index, (column, value)) in zip(columns, row).enumerated() {
      if index > 0 { text.append(", ") }
      values.append(string: column.name.systemBytes, to: &text)
      text.append(": ")
      value.append(json: column, to: &text)
    }
    text.append("}")
  }

  /// Appends what came of each probe; null is what is not known.
  private func append(_ accounting: Record.Accounting, to text: inout [UInt8]) {
    func number(_ number: UInt64?) -> String { number.map { "\($0)" } ?? "null" }
    text.append(#"{"probes": ["#)
    for (index, probe) in accounting.probes.enumerated() {
      text.append(index > 0 ? #", {"name": "# : #"{"name": "#)
      if let name = probe.name {
        values.append(string: name.systemBytes, to: &text)
      } else {
        text.append("null")
      }
      let dropped = probe.dropped
      text.append(
        #", "fired": \#(number(probe.fired)), "missed": \#(number(probe.missed)), "dropped": "#
          + #"{"data": \#(dropped.data), "failures": \#(dropped.failures), "#
          + #""actions": \#(dropped.actions), "ends": \#(dropped.ends)}}"#)
    }
    text.append(#"], "full_maps": ["#)
    for (index, map) in accounting.fullMaps.enumerated() {
      text.append(index > 0 ? #", {"name": "# : #"{"name": "#)
      values.append(string: map.name.systemBytes, to: &text)
      text.append(#", "max_entries": \#(map.maxEntries), "refused": \#(map.refused)}"#)
    }
    text.append("]}")
  }

  private func line(_ type: String, _ text: inout [UInt8], data: (inout [UInt8]) -> Void) {
    text.append(#"{"type": "\#(type)", "data": "#)
    data(&text)
    text.append("}\n")
  }

  /// The line of something that has a name.
  private func named(
    _ type: String, _ name: String, _ text: inout [UInt8], members: (inout [UInt8]) -> Void
  ) {
    line(type, &text) { text in
      text.append("{")
      values.append(string: name.systemBytes, to: &text)
      text.append(": {")
      members(&text)
      text.append("}}")
    }
  }

  private func message(
    _ type: String, _ message: [UInt8], _ helper: Record.Failure.Helper?,
    _ position: ScriptPosition?, _ text: inout [UInt8]
  ) {
    text.append(#"{"type": "\#(type)", "msg": "#)
    values.append(string: message, to: &text)
    if let helper {
      text.append(#", "helper": "\#(helper.name)", "retcode": \#(helper.code)"#)
    }
    if let position {
      text.append(#", "filename": "#)
      values.append(string: position.file.systemBytes, to: &text)
      text.append(#", "line": \#(position.line), "col": \#(position.columns.lowerBound)"#)
    }
    text.append("}\n")
  }

  /// Appends the line of a map, or that part of it which a portion is.
  private func append(_ snapshot: MapSnapshot, to text: inout [UInt8]) {
    if !snapshot.isContinuation {
      text.append(#"{"type": "\#(snapshot.shape.typeName)", "data": {"\#(snapshot.name)": "#)
      if !snapshot.isScalar { text.append("{") }
    }
    var key: [UInt8] = []
    for (index, entry) in snapshot.entries.enumerated() {
      if index > 0 || snapshot.isContinuation { text.append(", ") }
      if !snapshot.isScalar {
        key.removeAll(keepingCapacity: true)
        ValueText(spacing: .none).appendKey(entry.key, to: &key)
        values.append(string: key, to: &text)
        text.append(": ")
      }
      values.append(entry.value, to: &text)
    }
    if !snapshot.isContinued { text.append(snapshot.isScalar ? "}}\n" : "}}}\n") }
  }
}

extension Record.TextSource {
  fileprivate var typeName: String {
    switch self {
    case .printf: "printf"
    case .time: "time"
    case .cat: "cat"
    case .join: "join"
    case .system: "syscall"
    }
  }
}

extension MapShape {
  fileprivate var typeName: String {
    switch self {
    case .plain: "map"
    case .average, .statistics: "stats"
    case .histogram: "hist"
    case .series: "tseries"
    }
  }
}
