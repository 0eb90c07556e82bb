package import Output

extension Presenter {
  /// An address in a process as the name of what lies there.
  package func userSymbol(_ bytes: Span<UInt8>, _ offset: Int) throws(DecodingError) -> Value {
    let address = try bytes.integer(at: offset, bytes: 8)
    let process = Int32(truncatingIfNeeded: try bytes.integer(at: offset + 8, bytes: 4))
    return .symbol(
      name: symbols.userFrames(at: [address], in: process).first?.symbol, address: address)
  }
}
