package import Output

extension Presenter {
  /// The texts.
  package func textList(
    _ bytes: Span<UInt8>, _ offset: Int, _ capacity: Int
  ) throws(DecodingError) -> Value {
    let length = Int(clamping: try bytes.integer(at: offset, bytes: 8))
    let most = Int(clamping: try bytes.integer(at: offset + 8, bytes: 4))
    let isQuoted = try bytes.integer(at: offset + 12, bytes: 4) != 0
    let start = offset + 16
    let end = start + min(length, capacity)
    var words: [[UInt8]] = []
    var position = start
    while position < end, most == 0 || words.count < most {
      var word: [UInt8] = []
      while position < end, bytes[position] != 0 {
        word.append(bytes[position])
        position += 1
      }
      position += 1
      words.append(word)
    }
    return .words(
      WordList(words, isCut: position < end || length > capacity, isQuoted: isQuoted))
  }
}
