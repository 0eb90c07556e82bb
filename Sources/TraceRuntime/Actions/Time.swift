internal import LinuxSystem
internal import Output
internal import SystemText

extension EventHandler {
  /// `time`: the time of day when the event is handled.
  func showTime(_ format: String) {
    let seconds = Int64(bitPattern: Clock.realtime.now) / 1_000_000_000
    let text = CalendarTime.format(format, seconds: seconds) ?? ""
    outlet.emit(.text(.time, text.systemBytes))
  }
}
