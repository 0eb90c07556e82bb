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
final class Outlet {
  private var renderer: any Renderer
  private let sink: any PageSink
  private var page = Page()
  private(set) var failure: SystemError?

  init(renderer: any Renderer, sink: any PageSink) {
    self.renderer = renderer
    self.sink = sink
  }

  func emit(_ record: Record) {
    guard failure == nil else { return }
    renderer.render(record, into: &page)
    send()
  }

  /// Passes on what a child wrote to its standard error.
  func emit(messages: [UInt8]) {
    guard failure == nil, !messages.isEmpty else { return }
    page.messages.append(contentsOf: messages)
    send()
  }

  func flush() {
    guard failure == nil else { return }
    do { try sink.flush() } catch { failure = error }
  }

  private func send() {
    do { try sink.write(page) } catch { failure = error }
    page.clear()
  }
}
