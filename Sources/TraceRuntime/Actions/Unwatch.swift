internal import BPF
internal import Output

extension EventHandler {
  /// `unwatch`: detaches the watchpoints of an address, if there are any.
  func unwatch(_ values: [Value]) {
    guard case .unsigned(let address) = values.first else { return }
    for attachment in watchpoints.removeValue(forKey: address) ?? [] { object.detach(attachment) }
  }
}
