internal import MachineView
package import Output
package import TraceModel

extension Presenter {
  /// The frames that call frame information finds in registers and a piece of stack.
  package func unwoundStack(
    _ bytes: Span<UInt8>, _ offset: Int, _ mode: StackMode, _ limit: Int, _ capacity: Int
  ) throws(DecodingError) -> Value {
    let (process, addresses) = try unwind(bytes, offset, limit, capacity)
    let frames =
      mode == .raw
      ? addresses.map { Stack.Frame(address: $0) } : symbols.userFrames(at: addresses, in: process)
    return .stack(
      Stack(mode: mode, space: .process(UInt64(UInt32(bitPattern: process))), frames: frames))
  }

  /// The process of a stack that is still to be unwound, and the addresses of its frames.
  private func unwind(
    _ bytes: Span<UInt8>, _ offset: Int, _ limit: Int, _ capacity: Int
  ) throws(DecodingError) -> (process: Int32, addresses: [UInt64]) {
    let captured = min(Int(clamping: try bytes.integer(at: offset, bytes: 8)), max(0, capacity))
    let process = Int32(truncatingIfNeeded: try bytes.integer(at: offset + 8, bytes: 8))
    let first = offset + 16 + Presentation.registerBytes
    let memory = try bytes.bytes(first..<(first + captured))
    var registers: [String: UInt64] = [:]
    if let architecture {
      for register in architecture.registers
      where register.offset + 8 <= Presentation.registerBytes {
        registers[register.name] = try bytes.integer(at: offset + 16 + register.offset, bytes: 8)
      }
    }
    let addresses = symbols.unwind(
      registers, stack: memory, in: process, architecture: architecture, limit: limit)
    return (process, Array(addresses.prefix(max(0, limit))))
  }

  /// Nil on one that the catalog does not know.
  private var architecture: Architecture? {
    // No run fails for the sake of a name.
    do { return try kernel.architecture } catch { return nil }
  }
}

// MARK: Keys

extension Presenter {
  /// The bytes of a value once its stacks are unwound, as `layout.unwound` has them.
  func unwound(
    _ layout: ValueLayout, _ bytes: Span<UInt8>, at offset: Int
  ) throws(DecodingError) -> [UInt8] {
    var result = [UInt8](repeating: 0, count: layout.unwound.size)
    try unwind(layout, bytes, at: offset, to: &result, at: 0)
    return result
  }

  private func unwind(
    _ layout: ValueLayout, _ bytes: Span<UInt8>, at offset: Int, to result: inout [UInt8],
    at place: Int
  ) throws(DecodingError) {
    guard layout.isToBeUnwound else {
      let part = try bytes.bytes(offset..<(offset + layout.size))
      return result.replaceSubrange(place..<(place + layout.size), with: part)
    }
    switch (layout, layout.unwound) {
    case (.presented(.unwoundStack(let mode, let limit, let capacity)), _):
      let (process, addresses) = try unwind(bytes, offset, limit, capacity)
      result.write(UInt64(addresses.count), at: place)
      result.write(UInt64(UInt32(bitPattern: process)), at: place + 8)
      if mode == .buildID {
        write(
          symbols.userFrames(at: addresses, in: process), to: &result, at: place + 16)
      } else {
        for (index, address) in addresses.enumerated() {
          result.write(address, at: place + 16 + 8 * index)
        }
      }
    case (.array(let element, let count), .array(let unwound, _)):
      for index in 0..<count {
        try unwind(
          element, bytes, at: offset + index * element.size, to: &result,
          at: place + index * unwound.size)
      }
    case (.tuple(let fields, _), .tuple(let places, _)),
      (.record(let fields, _), .record(let places, _)):
      for (field, there) in zip(fields, places) {
        try unwind(
          field.layout, bytes, at: offset + field.offset, to: &result, at: place + there.offset)
      }
    default: preconditionFailure("\(layout) has a stack, and no parts")
    }
  }

  /// Writes frames as the kernel writes `struct bpf_stack_build_id`.
  private func write(_ frames: [Stack.Frame], to result: inout [UInt8], at place: Int) {
    /// `BPF_STACK_BUILD_ID_VALID` and `BPF_STACK_BUILD_ID_IP`.
    let (isInFile, isAddress): (UInt8, UInt8) = (1, 2)
    for (index, frame) in frames.enumerated() {
      let start = place + 32 * index
      guard let location = frame.location else {
        result[start] = isAddress
        result.write(frame.address, at: start + 24)
        continue
      }
      result[start] = isInFile
      for (number, byte) in location.buildID.prefix(20).enumerated() {
        result[start + 4 + number] = byte
      }
      result.write(location.offset, at: start + 24)
    }
  }
}

extension [UInt8] {
  fileprivate mutating func write(_ number: UInt64, at place: Int) {
    replaceSubrange(place..<(place + 8), with: [UInt8](of: number))
  }
}
