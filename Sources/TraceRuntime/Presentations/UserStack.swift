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

  /// Notes the addresses of some stacks in the bytes of a value, so that their names are found together.
  func note(_ stacks: [ValueLayout.NamedStack], in bytes: Span<UInt8>) throws(DecodingError) {
    for stack in stacks {
      let process = try stack.process.map { at throws(DecodingError) in
        Int32(truncatingIfNeeded: try bytes.integer(at: at, bytes: 8))
      }
      symbols.note(
        try Self.addresses(bytes, count: stack.count, first: stack.first, limit: stack.limit),
        in: process)
    }
  }

  /// A number that is equal for values with the same bytes outside of some stacks, and the same functions in these.
  func functionNumber(
    of stacks: [ValueLayout.NamedStack], in bytes: Span<UInt8>
  ) throws(DecodingError) -> Int {
    var hasher = Hasher()
    var end = 0
    for stack in stacks {
      for index in end..<stack.count { hasher.combine(bytes[index]) }
      end = stack.first + 8 * stack.limit
      let addresses = try Self.addresses(
        bytes, count: stack.count, first: stack.first, limit: stack.limit)
      let process = try stack.process.map { at throws(DecodingError) in
        Int32(truncatingIfNeeded: try bytes.integer(at: at, bytes: 8))
      }
      hasher.combine(symbols.functionNumbers(of: addresses, in: process))
    }
    for index in end..<bytes.count { hasher.combine(bytes[index]) }
    return hasher.finalize()
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
  /// Where a stack is that is shown with names.
  struct NamedStack {
    /// Where it says how many frames it has, and of which process; nil for the kernel's.
    let count: Int
    let process: Int?
    /// Where its frames are, and how many at most.
    let first: Int
    let limit: Int
  }

  /// The stacks in a value that are shown with names.
  func namedStacks(at offset: Int = 0) -> [NamedStack] {
    switch self {
    case .presented(.kernelStack(let mode, let limit)) where mode.hasNames:
      [NamedStack(count: offset, process: nil, first: offset + 8, limit: limit)]
    case .presented(.userStack(let mode, let limit)) where mode.hasNames:
      [NamedStack(count: offset, process: offset + 8, first: offset + 16, limit: limit)]
    case .tuple(let fields, _), .record(let fields, _):
      fields.flatMap { $0.layout.namedStacks(at: offset + $0.offset) }
    default: []
    }
  }
}

extension StackMode {
  fileprivate var hasNames: Bool { self == .bpftrace || self == .perf }
}
