package import Output
package import TraceModel

extension Presenter {
  /// The frames of a user-space stack.
  package func userStack(
    _ bytes: Span<UInt8>, _ offset: Int, _ mode: StackMode, _ limit: Int
  ) throws(DecodingError) -> Value {
    let process = Int32(truncatingIfNeeded: try bytes.integer(at: offset + 8, bytes: 8))
    let addresses = try Self.addresses(bytes, count: offset, first: offset + 16, limit: limit)
    let frames =
      mode == .raw
      ? addresses.map { Stack.Frame(address: $0) }
      : symbols.userFrames(at: addresses, in: process)
    return .stack(
      Stack(mode: mode, space: .process(UInt64(UInt32(bitPattern: process))), frames: frames))
  }
}
