internal import LinuxSystem
internal import Output
internal import SystemText

extension EventHandler {
  /// `time`: the time of day when the event is handled. `%k` and `%l` are the hours they are elsewhere.
  func showTime(_ format: String) {
    let text = Presenter.time(Int64(bitPattern: Clock.realtime.now), format: format, own: "f")
    outlet.emit(.text(.time, text.systemBytes))
  }
}
