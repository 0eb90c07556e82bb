internal import MachineView
package import Output
package import TraceModel

extension Presenter {
  /// The frames that call frame information finds in registers and a piece of stack.
  package func unwoundStack(
    _ bytes: Span<UInt8>, _ offset: Int, _ mode: StackMode, _ limit: Int, _ capacity: Int
  ) throws(DecodingError) -> Value {
    let captured = min(Int(clamping: try bytes.integer(at: offset, bytes: 8)), capacity)
    let process = Int32(truncatingIfNeeded: try bytes.integer(at: offset + 8, bytes: 8))
    var memory: [UInt8] = []
    memory.reserveCapacity(captured)
    let first = offset + 16 + Presentation.registerBytes
    for word in 0..<captured / 8 {
      let value = try bytes.integer(at: first + 8 * word, bytes: 8)
      for byte in 0..<8 { memory.append(UInt8(truncatingIfNeeded: value >> (8 * UInt64(byte)))) }
    }
    var registers: [String: UInt64] = [:]
    if let architecture {
      for register in architecture.registers
      where register.offset + 8 <= Presentation.registerBytes {
        registers[register.name] = try bytes.integer(at: offset + 16 + register.offset, bytes: 8)
      }
    }
    let addresses = symbols.unwind(
      registers, stack: memory, in: process, architecture: architecture, limit: limit)
    let frames =
      mode == .raw
      ? addresses.map { Stack.Frame(address: $0) } : symbols.userFrames(at: addresses, in: process)
    return .stack(
      Stack(mode: mode, space: .process(UInt64(UInt32(bitPattern: process))), frames: frames))
  }

  /// Nil on one that the catalog does not know.
  private var architecture: Architecture? {
    // No run fails for the sake of a name.
    do { return try kernel.architecture } catch { return nil }
  }
}
