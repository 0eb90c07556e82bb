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
  private let clear: () -> Void

  /// - Parameter clear: Called before anything is written: takes away what is on the terminal only for a while.
  package init(output: OutputFile, messages: OutputFile, clear: @escaping () -> Void = {}) {
    self.output = output
    self.messages = messages
    self.clear = clear
  }

  package func write(_ page: Page) throws(SystemError) {
    clear()
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
  private let channel: Channel
  /// A second renderer of the same records.
  private let recorder: Channel?
  /// Whether events go into the page as text, without a record being made of them.
  let takesText: Bool
  /// What the renderers want to know of events.
  let needs: RendererNeeds
  /// What the records are made of that are emitted now.
  var event: EventInfo?
  /// Reused for texts that become records.
  private var text: [UInt8] = []
  private var isInBatch = false
  /// Whether only messages go out.
  private var holdsOutput = false
  private(set) var failure: SystemError?

  /// Bytes that are sent on before the batch ends.
  private static let pageSize = 64 * 1024

  /// A renderer, and where its pages go.
  private final class Channel {
    var renderer: any Renderer
    let sink: any PageSink
    var page = Page()

    init(_ renderer: any Renderer, _ sink: any PageSink) {
      self.renderer = renderer
      self.sink = sink
    }

    /// - Parameter holdsOutput: Whether only the messages go out.
    func send(_ holdsOutput: Bool) throws(SystemError) {
      var held: [UInt8] = []
      if holdsOutput { swap(&held, &page.output) }
      defer {
        page.clear()
        if holdsOutput { page.output = held }
      }
      if !page.isEmpty { try sink.write(page) }
    }
  }

  /// - Parameter recorder: A second renderer of the same records.
  init(
    renderer: any Renderer, sink: any PageSink,
    recorder: (renderer: any Renderer, sink: any PageSink)? = nil
  ) {
    channel = Channel(renderer, sink)
    self.recorder = recorder.map { Channel($0.renderer, $0.sink) }
    needs = renderer.needs.union(recorder?.renderer.needs ?? [])
    takesText = renderer.eventForm == .text && recorder == nil
  }

  /// Why the format is of no use for a run; nil if it is.
  func objection(to header: SessionHeader) -> String? { channel.renderer.objection(to: header) }

  /// Tells the renderers what is to come. Until `open`, no output goes out: a run that fails before shows nothing.
  func begin(_ header: SessionHeader) {
    holdsOutput = true
    channel.renderer.begin(header, into: &channel.page)
    if let recorder { recorder.renderer.begin(header, into: &recorder.page) }
    settle()
  }

  /// Lets output go out, for the run has begun.
  func open() {
    holdsOutput = false
    send()
  }

  func emit(_ record: Record) {
    guard failure == nil else { return }
    channel.renderer.render(record, of: event, into: &channel.page)
    if let recorder { recorder.renderer.render(record, of: event, into: &recorder.page) }
    settle()
  }

  /// Shows the text that `write` appends, unless it fails.
  func emit(
    _ source: Record.TextSource, _ write: (inout [UInt8]) throws(DecodingError) -> Void
  ) throws(DecodingError) {
    guard takesText else {
      guard failure == nil else { return }
      text.removeAll(keepingCapacity: true)
      try write(&text)
      return emit(.text(source, text))
    }
    try emitText(write)
  }

  /// Appends text to the page as it is, where the renderer takes text; unless that fails.
  func emitText(
    _ write: (inout [UInt8]) throws(DecodingError) -> Void
  ) throws(DecodingError) {
    guard failure == nil else { return }
    let start = channel.page.output.count
    do { try write(&channel.page.output) } catch {
      channel.page.output.removeLast(channel.page.output.count - start)
      throw error
    }
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

  /// Tells the renderers that nothing comes any more, and delivers everything.
  func finish() {
    guard failure == nil else { return }
    channel.renderer.finish(into: &channel.page)
    if let recorder { recorder.renderer.finish(into: &recorder.page) }
    flush()
  }

  func flush() {
    send()
    guard failure == nil else { return }
    do {
      try channel.sink.flush()
      try recorder?.sink.flush()
    } catch { failure = error }
  }

  private func settle() {
    if isInBatch, channel.page.messages.isEmpty, channel.page.output.count < Self.pageSize {
      return
    }
    send()
  }

  private func send() {
    guard failure == nil else { return }
    do {
      try channel.send(holdsOutput)
      try recorder?.send(holdsOutput)
    } catch { failure = error }
  }
}
