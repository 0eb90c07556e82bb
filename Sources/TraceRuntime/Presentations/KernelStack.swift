package import Output
package import TraceModel

extension Presenter {
  /// The frames of a kernel stack.
  package func kernelStack(
    _ bytes: Span<UInt8>, _ offset: Int, _ mode: StackMode, _ limit: Int
  ) throws(DecodingError) -> Value {
    let addresses = try Self.addresses(bytes, count: offset, first: offset + 8, limit: limit)
    let frames =
      mode == .raw
      ? addresses.map { Stack.Frame(address: $0) }
      : Self.withoutProgram(symbols.kernelFrames(at: addresses))
    return .stack(Stack(mode: mode, space: .kernel, frames: frames))
  }

  /// The frames of what was traced: those of the program that took the stack stand before these where the
  /// kernel calls it as a function.
  private static func withoutProgram(_ frames: [Stack.Frame]) -> [Stack.Frame] {
    func begins(_ frame: Stack.Frame, _ starts: String...) -> Bool {
      starts.contains { frame.symbol?.hasPrefix($0) == true }
    }
    guard let first = frames.first, begins(first, "bpf_prog_"),
      let caller = frames.firstIndex(where: { begins($0, "bpf_trace_run", "bpf_trampoline_") }),
      frames[..<caller].allSatisfy({ begins($0, "bpf_") })
    else { return frames }
    return Array(frames[(caller + 1)...])
  }

  /// Return addresses of which the number (64 bits) lies at `count`.
  ///
  /// A failed capture leaves a negative number, which means no frames.
  static func addresses(
    _ bytes: Span<UInt8>, count: Int, first: Int, limit: Int
  ) throws(DecodingError) -> [UInt64] {
    let frames = try frameCount(bytes, at: count, limit: limit)
    var addresses: [UInt64] = []
    addresses.reserveCapacity(frames)
    for index in 0..<frames {
      addresses.append(try bytes.integer(at: first + 8 * index, bytes: 8))
    }
    return addresses
  }

  /// The number of frames (64 bits) that lies at an offset; none if it is negative.
  static func frameCount(
    _ bytes: Span<UInt8>, at offset: Int, limit: Int
  ) throws(DecodingError) -> Int {
    let stored = Int64(bitPattern: try bytes.integer(at: offset, bytes: 8))
    return Int(clamping: min(max(0, stored), Int64(limit)))
  }
}
