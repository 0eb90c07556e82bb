package import Output
internal import SystemText

extension Presenter {
  /// The directories, outermost first, and the name; dots in place of what was too much.
  package func absolutePath(
    _ bytes: Span<UInt8>, _ offset: Int, _ capacity: Int
  ) throws(DecodingError) -> Value {
    let length = Int(clamping: try bytes.integer(at: offset, bytes: 8))
    let start = offset + 8
    let end = start + min(length, capacity)
    var texts: [[UInt8]] = []
    var position = start
    while position < end {
      var text: [UInt8] = []
      while position < end, bytes[position] != 0 {
        text.append(bytes[position])
        position += 1
      }
      texts.append(text)
      position += 1
    }
    let hasNoDirectory = texts.count > 1 && texts[1].isEmpty
    guard let name = texts.first, name.first != UInt8(ascii: "/"), !hasNoDirectory else {
      return .text(String(systemBytes: texts.first ?? []))
    }
    var path: [UInt8] = []
    for text in texts.reversed() where !text.isEmpty {
      path.append(UInt8(ascii: "/"))
      path.append(contentsOf: text)
    }
    return .text(path.isEmpty ? "/" : String(systemBytes: path))
  }
}
