package import Output
package import TraceModel

extension Presenter {
  /// The frames of a user-space stack.
  package func userStack(
    _ bytes: Span<UInt8>, _ offset: Int, _ mode: StackMode, _ limit: Int
  ) throws(DecodingError) -> Value {
    let process = Int32(truncatingIfNeeded: try bytes.integer(at: offset + 8, bytes: 8))
    let frames: [Stack.Frame]
    switch mode {
    case .bpftrace, .perf:
      frames = symbols.userFrames(
        at: try Self.addresses(bytes, count: offset, first: offset + 16, limit: limit), in: process)
    case .raw:
      frames = try Self.addresses(bytes, count: offset, first: offset + 16, limit: limit)
        .map { Stack.Frame(address: $0) }
    case .buildID:
      frames = try Self.locations(bytes, count: offset, first: offset + 16, limit: limit)
    }
    return .stack(
      Stack(mode: mode, space: .process(UInt64(UInt32(bitPattern: process))), frames: frames))
  }

  /// Finds the names of all user-space stacks in keys of a map, which lie one after the other.
  func nameAhead(
    _ layout: ValueLayout, in keys: [UInt8], keySize: Int
  ) throws(DecodingError) {
    let stacks = layout.namedUserStacks()
    if stacks.isEmpty { return }
    try symbols.nameAhead { note throws(DecodingError) in
      for start in stride(from: 0, to: keys.count, by: keySize) {
        for (offset, limit) in stacks {
          let at = start + offset
          let process = try keys.span.integer(at: at + 8, bytes: 8)
          note(
            Int32(truncatingIfNeeded: process),
            try Self.addresses(keys.span, count: at, first: at + 16, limit: limit))
        }
      }
    }
  }

  /// Frames as `struct bpf_stack_build_id`: a status, 20 bytes of build id, the offset in the file, or the
  /// address where the kernel could not tell.
  private static func locations(
    _ bytes: Span<UInt8>, count: Int, first: Int, limit: Int
  ) throws(DecodingError) -> [Stack.Frame] {
    let stored = Int64(bitPattern: try bytes.integer(at: count, bytes: 8))
    var frames: [Stack.Frame] = []
    for index in 0..<Int(clamping: min(max(0, stored), Int64(limit))) {
      let start = first + 32 * index
      let status = try bytes.integer(at: start, bytes: 4)
      let place = try bytes.integer(at: start + 24, bytes: 8)
      guard status == 1 else {
        frames.append(Stack.Frame(address: place))
        continue
      }
      var buildID: [UInt8] = []
      for at in 0..<20 {
        buildID.append(UInt8(truncatingIfNeeded: try bytes.integer(at: start + 4 + at, bytes: 1)))
      }
      frames.append(
        Stack.Frame(address: 0, location: Stack.FileLocation(buildID: buildID, offset: place)))
    }
    return frames
  }
}

extension ValueLayout {
  /// Where user-space stacks are that are shown with names, and how many frames they have at most.
  fileprivate func namedUserStacks(at offset: Int = 0) -> [(offset: Int, limit: Int)] {
    switch self {
    case .presented(.userStack(.bpftrace, let limit)), .presented(.userStack(.perf, let limit)):
      [(offset, limit)]
    case .tuple(let fields, _), .record(let fields, _):
      fields.flatMap { $0.layout.namedUserStacks(at: offset + $0.offset) }
    default: []
    }
  }
}
