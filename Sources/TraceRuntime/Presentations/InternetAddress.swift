package import Output

extension Presenter {
  /// An address of IPv4 in dots, one of IPv6 as RFC 5952 recommends; nothing for other families.
  package func internetAddress(_ bytes: Span<UInt8>, _ offset: Int) throws(DecodingError) -> Value {
    let family = try bytes.integer(at: offset, bytes: 8)
    switch family {
    case 2: return .text(Self.dotted(try bytes.bytes((offset + 8)..<(offset + 12))))
    case 10: return .text(Self.colons(try bytes.bytes((offset + 8)..<(offset + 24))))
    default: return .text("")
    }
  }

  private static func dotted(_ bytes: [UInt8]) -> String {
    bytes.map { String($0) }.joined(separator: ".")
  }

  /// 16 bytes as groups in lower case, the longest run of zeros left out.
  static func colons(_ bytes: [UInt8]) -> String {
    let isMapped = bytes.prefix(10).allSatisfy { $0 == 0 } && bytes[10] == 255 && bytes[11] == 255
    if isMapped { return "::ffff:" + dotted(Array(bytes.suffix(4))) }
    let groups = (0..<8).map { UInt16(bytes[2 * $0]) << 8 | UInt16(bytes[2 * $0 + 1]) }
    func text(_ range: Range<Int>) -> String {
      groups[range].map { String($0, radix: 16) }.joined(separator: ":")
    }
    guard let zeros = longestRunOfZeros(groups) else { return text(0..<8) }
    return text(0..<zeros.lowerBound) + "::" + text(zeros.upperBound..<8)
  }

  /// The first of the longest runs of at least two zeros.
  private static func longestRunOfZeros(_ groups: [UInt16]) -> Range<Int>? {
    var best = 0..<0
    var start = 0
    for index in groups.indices {
      if groups[index] != 0 { start = index + 1 }
      if index + 1 - start > best.count { best = start..<(index + 1) }
    }
    return best.count >= 2 ? best : nil
  }
}
