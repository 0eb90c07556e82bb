internal import LinuxSystem
package import Output

extension Presenter {
  /// The text for a signal; `N/A` for a number beyond them.
  package func signalText(_ bytes: Span<UInt8>, _ offset: Int) throws(DecodingError) -> Value {
    let number = Int32(truncatingIfNeeded: try bytes.integer(at: offset, bytes: 8))
    switch number {
    // Real-time signals have no text of their own; two of them are the C library's.
    case 34...64: return .text("Real-time signal \(number - 34)")
    case 0...33: return .text(Signal(rawValue: number).text ?? "Unknown signal \(number)")
    default: return .text("N/A")
    }
  }
}
