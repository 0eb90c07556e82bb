package import Output
internal import TraceModel

extension Presenter {
  /// An address and a port with a colon between: `127.0.0.1:80`, `::1:80`.
  package func endpoint(_ bytes: Span<UInt8>, _ offset: Int) throws(DecodingError) -> Value {
    let port = try bytes.integer(at: offset + Presentation.inet.size, bytes: 8)
    guard case .text(let address) = try internetAddress(bytes, offset) else { return .text("") }
    return .text("\(address):\(port)")
  }
}
