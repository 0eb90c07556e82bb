/// A member of a ZIP archive that is stored as it is, as the libraries in the packages of Android are.
struct ZipMember {
  /// Where its bytes are in the archive.
  let offset: UInt64
  let size: UInt64

  private static let endSize: UInt64 = 22
  private static let entrySize: UInt64 = 46

  /// Finds the member of that name.
  init(named name: String, in archive: ByteSource) throws(ObjectFileError) {
    let (start, size) = try Self.directory(of: archive)
    let directory = try archive.read(at: start, count: size, what: "the directory")
    var position = 0
    while let entry = Entry(directory, at: position) {
      position += Int(Self.entrySize) + entry.nameLength + entry.otherLength
      guard entry.isNamed(name, in: directory) else { continue }
      guard entry.method == 0 else {
        throw .unsupported(path: archive.path, what: "the compressed member '\(name)'")
      }
      // What is said of the lengths in the directory does not hold at the member itself.
      let header = try archive.read(at: entry.header, count: 30, what: "a member's header")
      guard let nameLength = header.load(UInt16.self, at: 26, bigEndian: false),
        let otherLength = header.load(UInt16.self, at: 28, bigEndian: false)
      else { break }
      offset = entry.header + 30 + UInt64(nameLength) + UInt64(otherLength)
      self.size = entry.size
      guard self.size <= archive.count, offset <= archive.count - self.size else {
        throw .malformed(path: archive.path, what: "member '\(name)' lies outside the file")
      }
      return
    }
    throw .malformed(path: archive.path, what: "it has no member '\(name)'")
  }

  /// Where the directory is, which the last record of the archive says.
  private static func directory(
    of archive: ByteSource
  ) throws(ObjectFileError) -> (start: UInt64, size: UInt64) {
    // A comment of up to 64 KiB may follow.
    let count = min(archive.count, endSize + UInt64(UInt16.max))
    let end = try archive.read(at: archive.count - count, count: count, what: "the last record")
    for position in stride(from: end.count - Int(endSize), through: 0, by: -1) {
      guard end.load(UInt32.self, at: position, bigEndian: false) == 0x0605_4b50,
        let size = end.load(UInt32.self, at: position + 12, bigEndian: false),
        let start = end.load(UInt32.self, at: position + 16, bigEndian: false)
      else { continue }
      return (UInt64(start), UInt64(size))
    }
    throw .malformed(path: archive.path, what: "it is no ZIP archive")
  }

  /// An entry of the directory.
  private struct Entry {
    let method: UInt16
    let size: UInt64
    let nameLength: Int
    let otherLength: Int
    let header: UInt64
    let nameStart: Int

    init?(_ directory: [UInt8], at position: Int) {
      func half(_ offset: Int) -> UInt16? {
        directory.load(UInt16.self, at: position + offset, bigEndian: false)
      }
      func int(_ offset: Int) -> UInt32? {
        directory.load(UInt32.self, at: position + offset, bigEndian: false)
      }
      guard int(0) == 0x0201_4b50, let method = half(10), let size = int(20),
        let nameLength = half(28), let extraLength = half(30), let commentLength = half(32),
        let header = int(42)
      else { return nil }
      self.method = method
      self.size = UInt64(size)
      self.nameLength = Int(nameLength)
      otherLength = Int(extraLength) + Int(commentLength)
      self.header = UInt64(header)
      nameStart = position + Int(ZipMember.entrySize)
    }

    func isNamed(_ name: String, in directory: [UInt8]) -> Bool {
      nameStart + nameLength <= directory.count
        && directory[nameStart..<(nameStart + nameLength)].elementsEqual(name.utf8)
    }
  }
}
