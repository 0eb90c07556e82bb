/// One entry of a note section.
struct Note {
  let owner: String
  let type: UInt32
  let content: [UInt8]

  /// The notes in `bytes`; reading ends at the first odd one.
  static func all(in bytes: [UInt8], _ layout: ELFLayout) -> [Note] {
    var notes: [Note] = []
    var offset = 0
    while let nameSize = layout.int(bytes, at: offset),
      let contentSize = layout.int(bytes, at: offset + 4),
      let type = layout.int(bytes, at: offset + 8)
    {
      let nameStart = offset + 12
      let contentStart = nameStart + aligned(Int(nameSize))
      let end = contentStart + Int(contentSize)
      guard end <= bytes.count, nameStart + Int(nameSize) <= contentStart else { break }
      let name = bytes[nameStart..<(nameStart + Int(nameSize))].prefix { $0 != 0 }
      notes.append(
        Note(
          owner: String(decoding: name, as: UTF8.self), type: type,
          content: Array(bytes[contentStart..<end])))
      offset = contentStart + aligned(Int(contentSize))
    }
    return notes
  }

  private static func aligned(_ size: Int) -> Int { (size + 3) & ~3 }
}

extension ELFFile {
  var layout: ELFLayout { ELFLayout(is64Bit: is64Bit, isBigEndian: isBigEndian) }

  /// The identity the linker gave; nil if it gave none.
  package func buildID() throws(ObjectFileError) -> BuildID? {
    for section in sections where section.type == 7 && section.name == ".note.gnu.build-id" {
      if let id = Self.buildID(in: try contents(of: section), layout) { return id }
    }
    for segment in segments where segment.isNote {
      let bytes = try source.read(
        at: segment.fileOffset, count: segment.sizeInFile, what: "a note segment")
      if let id = Self.buildID(in: bytes, layout) { return id }
    }
    return nil
  }

  /// Whether notes, as a running kernel shows them, are of the same build as the file; also if either has no
  /// identity.
  package func isBuild(of notes: [UInt8]) -> Bool {
    guard let running = Self.buildID(in: notes, layout), let own = (try? buildID()) ?? nil else {
      return true
    }
    return running == own
  }

  private static func buildID(in bytes: [UInt8], _ layout: ELFLayout) -> BuildID? {
    Note.all(in: bytes, layout).first { $0.owner == "GNU" && $0.type == 3 && !$0.content.isEmpty }
      .map { BuildID($0.content) }
  }
}
