/// Bytes on their way out, by destination.
package struct Page: Hashable, Sendable {
  /// Standard output or the file of `-o`.
  package var output: [UInt8] = []
  /// Standard error.
  package var messages: [UInt8] = []

  package init() {}

  /// Whether there is nothing on it.
  package var isEmpty: Bool { output.isEmpty && messages.isEmpty }

  /// Forgets the bytes but keeps the memory.
  package mutating func clear() {
    output.removeAll(keepingCapacity: true)
    messages.removeAll(keepingCapacity: true)
  }
}

/// Turns records into bytes, one after the other.
///
/// A renderer opens no files and writes none: who feeds it decides where the page goes.
package protocol Renderer {
  /// In which form it wants what a script writes with `printf`.
  var eventForm: EventForm { get }

  /// What it wants to know of events beside the text that is made of them.
  var needs: RendererNeeds { get }

  /// Why the format is of no use for a run; nil if it is.
  func objection(to header: SessionHeader) -> String?

  /// Appends what comes before the first record.
  mutating func begin(_ header: SessionHeader, into page: inout Page)

  /// Appends what `record` looks like; nothing if the format has no place for it.
  ///
  /// - Parameter event: What the record was made of, if it was made of an event and the renderer
  ///   needs to know of them.
  mutating func render(_ record: Record, of event: EventInfo?, into page: inout Page)

  /// Appends what comes after the last record.
  mutating func finish(into page: inout Page)
}

extension Renderer {
  package var needs: RendererNeeds { [] }

  package func objection(to header: SessionHeader) -> String? { nil }

  package mutating func begin(_ header: SessionHeader, into page: inout Page) {}

  package mutating func finish(into page: inout Page) {}

  /// Appends what a record looks like that was made of no event.
  package mutating func render(_ record: Record, into page: inout Page) {
    render(record, of: nil, into: &page)
  }
}

/// What a renderer wants to know of events. Nothing of it is made unless one does.
package struct RendererNeeds: OptionSet, Hashable, Sendable {
  package let rawValue: Int

  package init(rawValue: Int) { self.rawValue = rawValue }

  /// Which event a record was made of.
  package static let event = RendererNeeds(rawValue: 1)
  /// The values of the event's fields.
  package static let values = RendererNeeds(rawValue: 2)
  /// When the program sent it.
  package static let time = RendererNeeds(rawValue: 4)
  /// Where inside of their functions the frames of tables are. Rows that differ in nothing else are one if nobody
  /// needs that.
  package static let offsets = RendererNeeds(rawValue: 8)
}

/// In which form events reach a renderer.
package enum EventForm: Hashable, Sendable {
  /// As their text, which goes into the page as it is: no record is made of them.
  case text
  /// As records, one for each.
  case record
}

/// What a renderer may be told beside the records.
package struct RendererOptions: Hashable, Sendable {
  /// Whether messages may be coloured.
  package var usesColor: Bool
  /// Whether the output goes to a terminal, which may not be controlled by what is shown.
  package var escapesControls: Bool

  package init(usesColor: Bool = false, escapesControls: Bool = false) {
    self.usesColor = usesColor
    self.escapesControls = escapesControls
  }
}

/// One output format as `-f` knows it.
package struct RendererSpec: Sendable {
  /// The word after `-f`.
  package let name: String
  /// One line for the manual.
  package let summary: String
  /// Whether its output is for programs only.
  package let isBinary: Bool
  /// Whether it has a form of its own for control characters in texts, so that it wants them as they are.
  package let escapesControls: Bool
  package let make: @Sendable (RendererOptions) -> any Renderer

  package init(
    name: String, summary: String, isBinary: Bool = false, escapesControls: Bool = false,
    make: @escaping @Sendable (RendererOptions) -> any Renderer
  ) {
    self.name = name
    self.summary = summary
    self.isBinary = isBinary
    self.escapesControls = escapesControls
    self.make = make
  }
}
