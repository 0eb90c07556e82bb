internal import Output

extension EventHandler {
  /// `exit`: remembers the status; what comes after it is not shown.
  func requestExit(_ values: [Value]) {
    isExiting = true
    switch values.first {
    case .integer(let status): exitStatus = Int32(truncatingIfNeeded: status)
    case .unsigned(let status): exitStatus = Int32(truncatingIfNeeded: status)
    default: exitStatus = 0
    }
  }
}
