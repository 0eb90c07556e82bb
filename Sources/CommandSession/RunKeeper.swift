package import LinuxSystem
package import Output
package import TraceRuntime

/// Keeps the recording of a run and, beside it, the bytes that the run has written: `PID.FORMAT.record`,
/// `PID.FORMAT.output` and `PID.FORMAT.messages`.
package final class RunKeeper: PageSink {
  private let sink: any PageSink
  private let copies: FileSink
  /// Makes the recording.
  package let renderer: any Renderer
  /// Takes the recording.
  package let recording: any PageSink

  package init(_ folder: String, format: String, sink: any PageSink) throws(SystemError) {
    let stem = "\(folder)/\(CurrentProcess.id).\(format)"
    self.sink = sink
    copies = FileSink(
      output: try OutputFile.create(stem + ".output"),
      messages: try OutputFile.create(stem + ".messages"))
    renderer = RendererSpec.record.make(RendererOptions())
    // The messages are those of the run itself.
    recording = FileSink(
      output: try OutputFile.create(stem + ".record"),
      messages: try OutputFile.create("/dev/null"))
  }

  package func write(_ page: Page) throws(SystemError) {
    try copies.write(page)
    try sink.write(page)
  }

  package func flush() throws(SystemError) {
    try copies.flush()
    try sink.flush()
  }
}
