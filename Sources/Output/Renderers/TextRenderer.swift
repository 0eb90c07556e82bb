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
  private let values = ValueText()

  package var eventForm: EventForm { .text }

  package init(usesColor: Bool = false) { messages = MessageText(usesColor: usesColor) }

  package mutating func render(_ record: Record, of event: EventInfo?, into page: inout Page) {
    switch record {
    case .attached(let count):
      page.messages.append("Attached \(count) probe\(count == 1 ? "" : "s")\n")
    case .text(let source, let bytes):
      page.output.append(contentsOf: bytes)
      // What a command wrote is followed by a line end of our own, like the joined words.
      if source == .join || source == .system { page.output.append("\n") }
    case .value(let value):
      values.append(value, to: &page.output)
      page.output.append("\n")
    case .map(let snapshot): append(snapshot, to: &page.output)
    case .lostEvents(let count): page.messages.append("Lost \(count) events\n")
    case .totalLostEvents(let count): messages.appendTotalLost(count, to: &page.messages)
    case .message(let severity, let text):
      messages.append(severity, text: text.systemBytes, at: nil, to: &page.messages)
    case .note(let text): page.messages.append(text + "\n")
    case .scriptMessage(let severity, let text, let position):
      messages.append(severity, text: text, at: position, to: &page.messages)
    case .failure(let failure): messages.append(failure, to: &page.messages)
    case .childMessages(let bytes): page.messages.append(contentsOf: bytes)
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
