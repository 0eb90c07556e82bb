/// What a file of the encoding begins with: four letters, the edition in one byte, then a message.
///
/// The first two fields of the message are for readers of every release: the last step of the format
/// that the file uses (1), and what it uses it for (2, a list). A reader that does not know the step
/// refuses the file with those words.
package struct WireHeader: Sendable {
  package let magic: String
  package let edition: Int

  package init(magic: String, edition: Int) {
    self.magic = magic
    self.edition = edition
  }

  /// The letters and the edition.
  package var start: [UInt8] { Array(magic.utf8) + [UInt8(edition)] }

  /// A whole file whose fields `write` appends; it uses numbers from 3.
  package func file(_ write: (inout WireWriter) -> Void) -> [UInt8] { start + message(write) }

  /// The message of a file whose fields `write` appends; it uses numbers from 3.
  package func message(_ write: (inout WireWriter) -> Void) -> [UInt8] {
    var body = WireWriter()
    write(&body)
    var out = WireWriter()
    if let last = body.steps.map(\.rawValue).max() {
      out.number(WireKey(1), UInt64(last))
      for step in body.steps.sorted(by: { $0.rawValue < $1.rawValue }) {
        step.need.write(WireKey(2), to: &out)
      }
    }
    out.raw(body.bytes)
    return out.bytes
  }

  /// What follows the letters and the edition, if this release reads the edition.
  package func opened(_ bytes: ArraySlice<UInt8>) throws(ManifestError) -> ArraySlice<UInt8> {
    let length = magic.utf8.count
    guard bytes.count > length, bytes.starts(with: magic.utf8) else { throw .notAnArtifact }
    let found = Int(bytes[bytes.startIndex + length])
    guard found >= edition else { throw .olderFormat(found: found, known: edition) }
    guard found <= edition else { throw .newerFormat(found: found, known: edition) }
    return bytes.dropFirst(length + 1)
  }

  /// The fields of a message that `message` wrote, if this release understands it.
  package func understood(_ bytes: ArraySlice<UInt8>) throws(ManifestError) -> WireMessage {
    let message = try WireMessage(bytes)
    let step = try UInt64.read(1, of: message) ?? 0
    if step > UInt64(FormatStep.latest.rawValue) {
      let needs = try [String].read(2, of: message) ?? []
      let unknown = needs.suffix(Int(clamping: step) - FormatStep.latest.rawValue)
      throw .needsNewer(
        unknown.isEmpty ? "step \(step) of the format" : unknown.joined(separator: ", "),
        by: try String.read(3, of: message))
    }
    return message
  }

  /// The fields of a file, if this release understands it.
  package func message(in bytes: ArraySlice<UInt8>) throws(ManifestError) -> WireMessage {
    try understood(try opened(bytes))
  }
}
