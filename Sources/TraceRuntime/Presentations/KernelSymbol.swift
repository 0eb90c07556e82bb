package import Output

extension Presenter {
  /// An address in the kernel as the name of what lies there.
  package func kernelSymbol(_ bytes: Span<UInt8>, _ offset: Int) throws(DecodingError) -> Value {
    let address = try bytes.integer(at: offset, bytes: 8)
    return .symbol(name: symbols.kernelFrames(at: [address]).first?.symbol, address: address)
  }
}
