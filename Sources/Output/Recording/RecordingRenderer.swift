internal import TraceModel

extension RendererSpec {
  /// Everything, so that `bt-tool render` can show it later in another format.
  package static let record = RendererSpec(
    name: "record", summary: "A recording, for `bt-tool render`.", isBinary: true,
    make: { RecordingRenderer(messages: TextRenderer(usesColor: $0.usesColor)) })
}

/// Writes records as they are, to be rendered later; messages are shown all the same.
package struct RecordingRenderer: Renderer {
  private var text: TextRenderer
  private var frame = WireWriter()
  private var shown = Page()

  /// - Parameter messages: What shows messages.
  package init(messages: TextRenderer = TextRenderer()) { text = messages }

  package var eventForm: EventForm { .record }

  package var needs: RendererNeeds { [.event, .values, .time, .offsets] }

  package mutating func begin(_ header: SessionHeader, into page: inout Page) {
    page.output.append(contentsOf: RecordingFormat.start.start)
    let bytes = RecordingFormat.start.message { header.writeFields(to: &$0) }
    RecordingFormat.append(bytes, to: &page.output)
    text.begin(header, into: &shown)
    shown.clear()
  }

  package mutating func render(_ record: Record, of event: EventInfo?, into page: inout Page) {
    frame.removeAll()
    RecordingFormat.Frame(event: event, record: record).writeFields(to: &frame)
    RecordingFormat.append(frame.bytes, to: &page.output)
    text.render(record, of: event, into: &shown)
    page.messages.append(contentsOf: shown.messages)
    shown.clear()
  }

  package mutating func finish(into page: inout Page) {
    frame.removeAll()
    RecordingFormat.Frame(isEnd: true).writeFields(to: &frame)
    RecordingFormat.append(frame.bytes, to: &page.output)
  }
}
