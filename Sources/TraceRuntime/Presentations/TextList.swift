package import Output
internal import SystemText

extension Presenter {
  /// Texts with a space between; dots where some are left out.
  package func textList(
    _ bytes: Span<UInt8>, _ offset: Int, _ capacity: Int
  ) throws(DecodingError) -> Value {
    let length = Int(clamping: try bytes.integer(at: offset, bytes: 8))
    let most = Int(clamping: try bytes.integer(at: offset + 8, bytes: 4))
    let quotes = try bytes.integer(at: offset + 12, bytes: 4) != 0
    let start = offset + 16
    let end = start + min(length, capacity)
    var text: [UInt8] = []
    var position = start
    var count = 0
    while position < end {
      if most > 0, count == most { break }
      if count > 0 { text.append(UInt8(ascii: " ")) }
      if quotes { text.append(UInt8(ascii: "\"")) }
      while position < end, bytes[position] != 0 {
        let byte = bytes[position]
        switch byte {
        case UInt8(ascii: "\n"): text.append(contentsOf: "\\n".utf8)
        case UInt8(ascii: "\""), UInt8(ascii: "\\"):
          if quotes { text.append(UInt8(ascii: "\\")) }
          text.append(byte)
        default: text.append(byte)
        }
        position += 1
      }
      if quotes { text.append(UInt8(ascii: "\"")) }
      position += 1
      count += 1
    }
    if position < end || length > capacity { text.append(contentsOf: " ...".utf8) }
    return .text(String(systemBytes: text))
  }
}
