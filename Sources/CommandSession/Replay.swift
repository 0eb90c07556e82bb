package import LinuxSystem
package import Output
package import TraceRuntime

/// A recording that is shown as its run was, or would have been in another format.
package struct Replay: ~Copyable {
  private var recording: Recording

  package init(_ recording: Recording) { self.recording = recording }

  /// Shows everything that can be read.
  ///
  /// - Parameter escapesText: Whether a terminal shows the texts, and the format takes no care of that.
  /// - Returns: What is wrong with the recording, as sentences.
  package mutating func run(
    with spec: RendererSpec, _ options: RendererOptions, escapesText: Bool = false,
    into sink: any PageSink
  ) throws(SystemError) -> [String] {
    var renderer = spec.make(options)
    var page = Page()
    if let objection = renderer.objection(to: recording.header) { return [objection] }
    var complaints: [String] = []
    renderer.begin(recording.header, into: &page)
    while true {
      let entry: Recording.Entry?
      do throws(Recording.Flaw) { entry = try recording.next() } catch {
        complaints.append(
          "the recording \(error.clause); "
            + (recording.count == 1 ? "1 record" : "\(recording.count) records")
            + " could be read")
        break
      }
      guard let entry else { break }
      let record = escapesText ? entry.record.escapedForTerminal : entry.record
      renderer.render(record, of: entry.event, into: &page)
      // As in a run: messages do not overtake what was written before them.
      if page.output.count > Self.pageSize || !page.messages.isEmpty {
        try sink.write(page)
        page.clear()
      }
    }
    renderer.finish(into: &page)
    try sink.write(page)
    try sink.flush()
    if !recording.unknown.isEmpty {
      complaints.append(
        "records of a newer release were left out; they need "
          + recording.unknown.joined(separator: ", "))
    }
    return complaints
  }

  /// Bytes that are sent on at once.
  private static let pageSize = 64 * 1024
}
