internal import SystemText

extension String {
  /// Lends the bytes that the text stands for (`SystemText`), with a NUL behind them.
  @unsafe
  package func withSystemCString<Result>(_ body: (UnsafePointer<CChar>) -> Result) -> Result {
    let bytes = systemBytes.map(CChar.init(bitPattern:)) + [0]
    return unsafe bytes.withUnsafeBufferPointer { buffer in
      // There is one byte at least.
      guard let start = buffer.baseAddress else { preconditionFailure("a NUL has no place") }
      return unsafe body(start)
    }
  }

  /// The text of bytes that end in a NUL (`SystemText`).
  @unsafe
  init(systemCString bytes: UnsafePointer<CChar>) {
    var length = 0
    while unsafe bytes[length] != 0 { length += 1 }
    let span = unsafe UnsafeRawBufferPointer(start: bytes, count: length)
    self.init(systemBytes: unsafe Array(span))
  }
}
