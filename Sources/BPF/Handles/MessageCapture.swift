internal import CLibBPF
internal import Glibc

/// Collects what libbpf says on this thread while the value lives.
struct MessageCapture: ~Copyable {
  init(isVerbose: Bool) {
    let level: LoaderMessage.Level = isVerbose ? .debug : .information
    clibbpf_capture_begin(CInt(level.rawValue))
  }

  deinit { _ = Self.take() }

  /// Ends the collection and returns the messages, oldest first.
  consuming func end() -> [LoaderMessage] {
    let messages = Self.take()
    discard self
    return messages
  }

  private static func take() -> [LoaderMessage] {
    var length = 0
    guard let bytes = unsafe clibbpf_capture_end(&length) else { return [] }
    defer { unsafe free(bytes) }
    let all = unsafe UnsafeRawBufferPointer(start: bytes, count: length)
    return unsafe all.split(separator: 0).compactMap { record in
      guard let first = record.first,
        let level = LoaderMessage.Level(rawValue: first &- UInt8(ascii: "0"))
      else { return nil }
      var text = record.dropFirst()
      while text.last == UInt8(ascii: "\n") { text.removeLast() }
      return LoaderMessage(level: level, text: String(decoding: text, as: UTF8.self))
    }
  }
}
