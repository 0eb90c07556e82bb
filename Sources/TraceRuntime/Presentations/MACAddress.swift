package import Output

extension Presenter {
  /// Six bytes in hexadecimal, upper case, with colons.
  package func macAddress(_ bytes: Span<UInt8>, _ offset: Int) throws(DecodingError) -> Value {
    let digits = try bytes.bytes(offset..<(offset + 6)).map { byte in
      let text = String(byte, radix: 16, uppercase: true)
      return byte < 16 ? "0" + text : text
    }
    return .text(digits.joined(separator: ":"))
  }
}
