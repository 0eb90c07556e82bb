internal import Output
internal import TraceModel

extension EventHandler {
  /// `errorf` and `warnf`.
  func showScriptMessage(_ severity: Record.Severity, _ text: [UInt8], _ event: EventSpec) {
    if severity == .error { errorCount += 1 }
    if severity == .warning, !showsWarnings { return }
    outlet.emit(.scriptMessage(severity, text, position(of: event)))
  }
}
