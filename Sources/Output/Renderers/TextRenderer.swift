internal import SystemText
internal import TraceModel

extension RendererSpec {
  package static let text = RendererSpec(
    name: "text", summary: "Text for people; maps and histograms as tables.",
    make: { TextRenderer(usesColor: $0.usesColor) })
}

/// The format for people.
package struct TextRenderer: Renderer {
  private let messages: MessageText
  private var values = ValueText()
  private var rows = RowText([])
  private var tables: [ShownTable] = []
  private let examinations = ExaminationText()
  /// Whether probes are announced on standard output, as being attached.
  private var announcesAhead = false

  package var eventForm: EventForm { .text }

  package init(usesColor: Bool = false) { messages = MessageText(usesColor: usesColor) }

  package mutating func begin(_ header: SessionHeader, into page: inout Page) {
    announcesAhead = header.compatibility.precedes(.announcement)
    rows = RowText(header.columns)
    tables = header.tables
    values.showsStatisticsAsLine = header.compatibility.precedes(.statisticsRecord)
  }

  package mutating func render(_ record: Record, of event: EventInfo?, into page: inout Page) {
    switch record {
    case .attached(let count):
      let probes = "\(count) probe\(count == 1 ? "" : "s")"
      if announcesAhead {
        page.output.append("Attaching \(probes)...\n")
      } else {
        page.messages.append("Attached \(probes)\n")
      }
    case .text(let source, let bytes):
      page.output.append(contentsOf: bytes)
      // What a command wrote is followed by a line end of our own, like the joined words.
      if source == .join || source == .system { page.output.append("\n") }
    case .value(let value):
      values.append(value, to: &page.output)
      page.output.append("\n")
    case .rowHeading: rows.appendHeading(to: &page.output)
    case .row(let values): rows.append(values, to: &page.output)
    case .table(let snapshot):
      guard tables.indices.contains(snapshot.table) else { break }
      TableText().append(snapshot, of: tables[snapshot.table], to: &page.output) {
        append($0, to: &$1)
      }
    case .clearScreen: page.output.append("\u{1b}[H\u{1b}[2J")
    case .map(let snapshot): append(snapshot, to: &page.output)
    case .lostEvents(let count): page.messages.append("Lost \(count) events\n")
    case .totalLostEvents(let count): messages.appendTotalLost(count, to: &page.messages)
    case .accounting(let accounting):
      AccountingText().append(accounting, to: &page.messages)
    case .message(let severity, let text):
      messages.append(severity, text: text.systemBytes, at: nil, to: &page.messages)
    case .note(let text): page.messages.append(text + "\n")
    case .scriptMessage(let severity, let text, let position):
      messages.append(severity, text: text, at: position, to: &page.messages)
    case .failure(let failure): messages.append(failure, to: &page.messages)
    case .childMessages(let bytes): page.messages.append(contentsOf: bytes)
    case .tests(let count): examinations.appendStart(of: count, to: &page.output)
    case .testStart(let name): examinations.appendStart(of: name, to: &page.output)
    case .testResult(let result): examinations.append(result, to: &page.output)
    case .testSummary(let passed, let failed):
      examinations.append(passed: passed, failed: failed, to: &page.output)
    case .benchmarks: examinations.appendHeads(to: &page.output)
    case .benchmarkResult(let result): examinations.append(result, to: &page.output)
    case .ending: page.output.append("\n\n")
    }
  }

  private func append(_ snapshot: MapSnapshot, to text: inout [UInt8]) {
    let name = Array((snapshot.isScalar ? snapshot.name : snapshot.name + "[").utf8)
    for entry in snapshot.entries {
      text.append(contentsOf: name)
      if !snapshot.isScalar {
        values.appendKey(entry.key, to: &text)
        text.append(UInt8(ascii: "]"))
      }
      text.append(UInt8(ascii: ":"))
      text.append(UInt8(ascii: entry.value.result?.isBlock == true ? "\n" : " "))
      values.append(entry.value, to: &text)
      text.append(UInt8(ascii: "\n"))
    }
  }
}
