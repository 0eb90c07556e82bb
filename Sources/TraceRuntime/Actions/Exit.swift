internal import Output

extension EventHandler {
  /// `exit`: remembers the status of the first call.
  func requestExit(_ values: [Value]) {
    guard exitStatus == nil else { return }
    switch values.first {
    case .integer(let status): exitStatus = Int32(truncatingIfNeeded: status)
    case .unsigned(let status): exitStatus = Int32(truncatingIfNeeded: status)
    default: exitStatus = 0
    }
  }
}
