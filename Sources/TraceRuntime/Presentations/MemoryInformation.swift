internal import MachineView
package import Output

extension Presenter {
  /// What a line of /proc/meminfo says now, in the unit that is asked for; zero if there is no such line.
  package func memoryInformation(
    _ bytes: Span<UInt8>, _ offset: Int
  ) throws(DecodingError) -> Value {
    let field = try string(try bytes.integer(at: offset, bytes: 8))
    let divisor = max(1, try bytes.integer(at: offset + 8, bytes: 8))
    let memory: [String: UInt64]
    do { memory = try kernel.memory } catch { memory = [:] }
    return .unsigned((memory[field] ?? 0) / divisor)
  }
}
