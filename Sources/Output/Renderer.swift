/// Bytes on their way out, by destination.
package struct Page: Hashable, Sendable {
  /// Standard output or the file of `-o`.
  package var output: [UInt8] = []
  /// Standard error.
  package var messages: [UInt8] = []

  package init() {}

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

  /// Appends what `record` looks like; nothing if the format has no place for it.
  mutating func render(_ record: Record, into page: inout Page)
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

  package init(usesColor: Bool = false) { self.usesColor = usesColor }
}

/// One output format as `-f` knows it.
package struct RendererSpec: Sendable {
  /// The word after `-f`.
  package let name: String
  /// One line for the manual.
  package let summary: String
  package let make: @Sendable (RendererOptions) -> any Renderer

  package init(
    name: String, summary: String, make: @escaping @Sendable (RendererOptions) -> any Renderer
  ) {
    self.name = name
    self.summary = summary
    self.make = make
  }
}
