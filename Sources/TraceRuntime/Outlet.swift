package import LinuxSystem
package import Output

/// Where rendered pages go.
package protocol PageSink: AnyObject {
  func write(_ page: Page) throws(SystemError)
  /// Delivers what waits in buffers.
  func flush() throws(SystemError)
}

/// Two files: one for what the script writes, one for messages.
package final class FileSink: PageSink {
  private let output: OutputFile
  private let messages: OutputFile

  package init(output: OutputFile, messages: OutputFile) {
    self.output = output
    self.messages = messages
  }

  package func write(_ page: Page) throws(SystemError) {
    if !page.output.isEmpty { try output.write(page.output) }
    if !page.messages.isEmpty {
      try sendMessages { () throws(SystemError) in try messages.write(page.messages) }
    }
  }

  package func flush() throws(SystemError) {
    try output.flush()
    try sendMessages { () throws(SystemError) in try messages.flush() }
  }

  /// A terminal that has gone (EIO) takes no messages, which is no reason to lose what is written to a
  /// file; whoever closes a pipe wants nothing more at all.
  private func sendMessages(_ send: () throws(SystemError) -> Void) throws(SystemError) {
    do { try send() } catch { if error.isBrokenPipe { throw error } }
  }
}

/// Renders records and sends them on; keeps the first failure to do so for the session to see.
///
/// What comes while a batch of events is handled goes out in one piece at its end, or when much has
/// gathered. Messages go out at once and never overtake what was written before them: both may end on
/// one terminal.
final class Outlet {
  private var renderer: any Renderer
  private let takesText: Bool
  private let sink: any PageSink
  private var page = Page()
  /// Reused for texts that become records.
  private var text: [UInt8] = []
  private var isInBatch = false
  private(set) var failure: SystemError?

  /// Bytes that are sent on before the batch ends.
  private static let pageSize = 64 * 1024

  init(renderer: any Renderer, sink: any PageSink) {
    self.renderer = renderer
    self.sink = sink
    takesText = renderer.eventForm == .text
  }

  func emit(_ record: Record) {
    guard failure == nil else { return }
    renderer.render(record, into: &page)
    settle()
  }

  /// Shows the text that `write` appends, unless it fails.
  func emit(
    _ source: Record.TextSource, _ write: (inout [UInt8]) throws(DecodingError) -> Void
  ) throws(DecodingError) {
    guard failure == nil else { return }
    if takesText {
      let start = page.output.count
      do { try write(&page.output) } catch {
        page.output.removeLast(page.output.count - start)
        throw error
      }
    } else {
      text.removeAll(keepingCapacity: true)
      try write(&text)
      renderer.render(.text(source, text), into: &page)
    }
    settle()
  }

  /// Passes on what a child wrote to its standard error.
  func emit(messages: [UInt8]) {
    guard failure == nil, !messages.isEmpty else { return }
    page.messages.append(contentsOf: messages)
    settle()
  }

  /// Handles some events whose output goes out together.
  func batch<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
  ) throws(Failure) -> Result {
    isInBatch = true
    defer {
      isInBatch = false
      send()
    }
    return try body()
  }

  func flush() {
    send()
    guard failure == nil else { return }
    do { try sink.flush() } catch { failure = error }
  }

  private func settle() {
    if isInBatch, page.messages.isEmpty, page.output.count < Self.pageSize { return }
    send()
  }

  private func send() {
    guard failure == nil, !page.output.isEmpty || !page.messages.isEmpty else { return }
    do { try sink.write(page) } catch { failure = error }
    page.clear()
  }
}
