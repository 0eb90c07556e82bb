internal import LinuxSystem
package import Output

extension Presenter {
  /// The text for an error number, whatever its sign.
  package func errorText(_ bytes: Span<UInt8>, _ offset: Int) throws(DecodingError) -> Value {
    let number = Int32(truncatingIfNeeded: try bytes.integer(at: offset, bytes: 8))
    let magnitude = Int32(clamping: number.magnitude)
    let isKnown = magnitude == 0 || SystemError.name(of: magnitude) != nil
    return .text(isKnown ? SystemError.reason(of: magnitude) : "Unknown error")
  }
}
