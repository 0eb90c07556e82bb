internal import LinuxSystem
package import Output

extension Presenter {
  /// The name of a user id; empty if nobody has it.
  package func userName(_ bytes: Span<UInt8>, _ offset: Int) throws(DecodingError) -> Value {
    let id = try bytes.integer(at: offset, bytes: 8)
    return .text(loadedUserNames().name(of: UInt32(truncatingIfNeeded: id)) ?? "")
  }
}
