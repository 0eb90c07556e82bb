package import TraceModel

/// A recording that is read again, record by record, as far as its bytes go.
package struct Recording: Sendable {
  /// One record and the event it was made of.
  package struct Entry: Hashable, Sendable {
    package var record: Record
    package var event: EventInfo?

    package init(record: Record, event: EventInfo?) {
      self.record = record
      self.event = event
    }
  }

  /// Why the last records of a run are not there.
  package enum Flaw: Error, Hashable, Sendable {
    /// The file ends in the middle of a record.
    case cutOff
    /// Bytes are not those that were written.
    case damaged(String)
    /// The recording stops between two records, and the run did not.
    case unfinished

    /// What is wrong, as a clause about the recording.
    package var clause: String {
      switch self {
      case .cutOff: "is cut off"
      case .damaged(let what): "is damaged (\(what))"
      case .unfinished: "stops before the run had come to its end"
      }
    }
  }

  package let header: SessionHeader
  /// The number of records read so far.
  package private(set) var count = 0
  /// What could not be read and was left out, because it is of a newer release.
  package private(set) var unknown: [String] = []
  private var rest: ArraySlice<UInt8>
  private var isOver = false

  /// Whether a file that begins with these bytes could be a recording.
  package static func looksLikeRecording(_ start: [UInt8]) -> Bool {
    start.starts(with: RecordingFormat.start.magic.utf8)
  }

  /// Reads the header.
  package init(_ bytes: [UInt8]) throws(ManifestError) {
    rest = try RecordingFormat.start.opened(bytes[...])
    let frame: ArraySlice<UInt8>?
    do throws(Flaw) { frame = try Self.frame(&rest) } catch {
      throw .malformed("the recording \(error.clause) in its header")
    }
    guard let frame else { throw .malformed("the recording is cut off in its header") }
    header = try SessionHeader(try RecordingFormat.start.understood(frame))
  }

  /// The next record; nil after the last one of a run that came to its end.
  package mutating func next() throws(Flaw) -> Entry? {
    while !isOver {
      guard let bytes = try Self.frame(&rest) else {
        isOver = true
        throw .unfinished
      }
      let frame: RecordingFormat.Frame
      do throws(ManifestError) {
        frame = try RecordingFormat.Frame(WireMessage(bytes))
      } catch {
        if case .needsNewer(let what, _) = error {
          if !unknown.contains(what) { unknown.append(what) }
          continue
        }
        throw .damaged("record \(count + 1)")
      }
      if frame.isEnd { isOver = true }
      guard let record = frame.record else { continue }
      count += 1
      return Entry(record: record, event: frame.event)
    }
    return nil
  }

  /// Takes a frame off the front; nil at the end of the file.
  private static func frame(
    _ rest: inout ArraySlice<UInt8>
  ) throws(Flaw) -> ArraySlice<UInt8>? {
    if rest.isEmpty { return nil }
    let length: UInt64
    do throws(ManifestError) { length = try WireMessage.varint(&rest) } catch { throw .cutOff }
    guard length <= UInt64(rest.count), rest.count - Int(length) >= 4 else { throw .cutOff }
    let bytes = rest.prefix(Int(length))
    let sum = rest.dropFirst(Int(length)).prefix(4).reversed().reduce(UInt32(0)) {
      $0 << 8 | UInt32($1)
    }
    guard sum == RecordingFormat.checksum(of: bytes) else { throw .damaged("a checksum is wrong") }
    rest = rest.dropFirst(Int(length) + 4)
    return bytes
  }
}

extension Recording {
  /// The frames of a recording, the header's first, without their checksums; those that are whole.
  package static func frames(of bytes: [UInt8]) -> [[UInt8]] {
    guard var rest = try? RecordingFormat.start.opened(bytes[...]) else { return [] }
    var frames: [[UInt8]] = []
    while let found = try? frame(&rest) { frames.append(Array(found)) }
    return frames
  }

  /// The recording that has these frames, each with a checksum that is right, whatever is in it.
  package static func bytes(of frames: some Sequence<[UInt8]>) -> [UInt8] {
    var bytes = Array(RecordingFormat.start.start)
    for frame in frames { RecordingFormat.append(frame, to: &bytes) }
    return bytes
  }
}
