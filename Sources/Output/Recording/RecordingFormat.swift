internal import TraceModel

/// How recordings lie in a file.
///
/// Letters and edition as in a manifest, then frames: the length (a varint), that many bytes, and four
/// bytes of a checksum of them, the lowest first. The first frame has the header of the run, each other
/// one record; the last one says that the run came to its end.
enum RecordingFormat {
  static let start = WireHeader(magic: "BTRC", edition: 1)

  /// What a frame after the first has.
  struct Frame: WireStruct {
    var event: EventInfo?
    var record: Record?
    var isEnd = false

    static let wireName = "frame of a recording"
    static let blank = Frame()
    static let wireFields: [WireField<Frame>] = [
      WireField(1, "event", \.event), WireField(2, "record", \.record),
      WireField(3, "isEnd", \.isEnd, .critical),
    ]
  }

  /// Appends a frame.
  static func append(_ bytes: [UInt8], to out: inout [UInt8]) {
    var length = UInt64(bytes.count)
    while length >= 0x80 {
      out.append(UInt8(truncatingIfNeeded: length) | 0x80)
      length >>= 7
    }
    out.append(UInt8(length))
    out.append(contentsOf: bytes)
    let sum = checksum(of: bytes[...])
    for shift in stride(from: UInt32(0), to: 32, by: 8) {
      out.append(UInt8(truncatingIfNeeded: sum >> shift))
    }
  }

  /// FNV-1a of 32 bits: tells damage, which is not aimed at it.
  static func checksum(of bytes: ArraySlice<UInt8>) -> UInt32 {
    var hash: UInt32 = 0x811c_9dc5
    for byte in bytes { hash = (hash ^ UInt32(byte)) &* 0x0100_0193 }
    return hash
  }
}
