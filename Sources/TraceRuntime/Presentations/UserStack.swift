internal import Output
internal import TraceModel

extension Presenter {
  /// The frames of a user-space stack.
  func userStack(
    _ bytes: Span<UInt8>, _ offset: Int, _ mode: StackMode, _ limit: Int
  ) throws(DecodingError) -> Value {
    let process = Int32(truncatingIfNeeded: try bytes.integer(at: offset + 8, bytes: 8))
    let addresses = try Self.addresses(bytes, count: offset, first: offset + 16, limit: limit)
    return .stack(
      Stack(mode: mode, frames: addresses.map { frame(at: $0, in: process, mode) }))
  }

  private func frame(at address: UInt64, in process: Int32, _ mode: StackMode) -> Stack.Frame {
    switch mode {
    case .bpftrace, .perf: symbols.userFrame(at: address, in: process)
    case .raw: Stack.Frame(address: address)
    case .buildID:
      Stack.Frame(
        address: address, location: symbols.fileLocation(of: address, in: process))
    }
  }
}
