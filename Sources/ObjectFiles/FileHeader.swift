/// Sizes and byte order of an ELF file's structures.
struct ELFLayout: Sendable {
  let is64Bit: Bool
  let isBigEndian: Bool

  /// An address or offset: 8 bytes or 4.
  func word(_ bytes: [UInt8], at offset: Int) -> UInt64? {
    is64Bit
      ? bytes.load(UInt64.self, at: offset, bigEndian: isBigEndian)
      : bytes.load(UInt32.self, at: offset, bigEndian: isBigEndian).map(UInt64.init)
  }

  func half(_ bytes: [UInt8], at offset: Int) -> UInt16? {
    bytes.load(UInt16.self, at: offset, bigEndian: isBigEndian)
  }

  func int(_ bytes: [UInt8], at offset: Int) -> UInt32? {
    bytes.load(UInt32.self, at: offset, bigEndian: isBigEndian)
  }
}

/// The first bytes of an ELF file, and the tables they point to.
struct FileHeader {
  let layout: ELFLayout
  let type: UInt16
  let machine: UInt16
  let entry: UInt64
  private let segmentTable: UInt64
  private let sectionTable: UInt64
  private let segmentSize: UInt16
  private let segmentCount: UInt16
  private let sectionSize: UInt16
  private let sectionCount: UInt16
  private let nameSection: UInt16

  init(_ source: ByteSource) throws(ObjectFileError) {
    guard source.count >= 52 else { throw .notELF(path: source.path) }
    let bytes = try source.read(at: 0, count: min(64, source.count), what: "the file header")
    guard bytes.starts(with: [0x7f, UInt8(ascii: "E"), UInt8(ascii: "L"), UInt8(ascii: "F")]),
      bytes[4] == 1 || bytes[4] == 2, bytes[5] == 1 || bytes[5] == 2
    else { throw .notELF(path: source.path) }
    let layout = ELFLayout(is64Bit: bytes[4] == 2, isBigEndian: bytes[5] == 2)
    let word = layout.is64Bit ? 8 : 4
    let tail = 24 + 3 * word
    guard let type = layout.half(bytes, at: 16), let machine = layout.half(bytes, at: 18),
      let entry = layout.word(bytes, at: 24),
      let segmentTable = layout.word(bytes, at: 24 + word),
      let sectionTable = layout.word(bytes, at: 24 + 2 * word),
      let segmentSize = layout.half(bytes, at: tail + 6),
      let segmentCount = layout.half(bytes, at: tail + 8),
      let sectionSize = layout.half(bytes, at: tail + 10),
      let sectionCount = layout.half(bytes, at: tail + 12),
      let nameSection = layout.half(bytes, at: tail + 14)
    else { throw .malformed(path: source.path, what: "the file header is cut off") }
    self.layout = layout
    self.type = type
    self.machine = machine
    self.entry = entry
    self.segmentTable = segmentTable
    self.sectionTable = sectionTable
    self.segmentSize = segmentSize
    self.segmentCount = segmentCount
    self.sectionSize = sectionSize
    self.sectionCount = sectionCount
    self.nameSection = nameSection
  }

  func readSegments(_ source: ByteSource) throws(ObjectFileError) -> [ELFFile.Segment] {
    guard segmentCount > 0, segmentTable > 0 else { return [] }
    let size = Int(segmentSize)
    guard size >= (layout.is64Bit ? 56 : 32) else {
      throw .malformed(path: source.path, what: "segment headers are too short")
    }
    let bytes = try source.read(
      at: segmentTable, count: UInt64(size) * UInt64(segmentCount), what: "the segment table")
    return stride(from: 0, to: bytes.count, by: size).compactMap { start in
      let at =
        layout.is64Bit
        ? (flags: 4, offset: 8, address: 16, fileSize: 32, memorySize: 40)
        : (flags: 24, offset: 4, address: 8, fileSize: 16, memorySize: 20)
      guard let type = layout.int(bytes, at: start),
        let flags = layout.int(bytes, at: start + at.flags),
        let offset = layout.word(bytes, at: start + at.offset),
        let address = layout.word(bytes, at: start + at.address),
        let fileSize = layout.word(bytes, at: start + at.fileSize),
        let memorySize = layout.word(bytes, at: start + at.memorySize)
      else { return nil }
      return ELFFile.Segment(
        type: type, flags: flags, fileOffset: offset, address: address, sizeInFile: fileSize,
        sizeInMemory: memorySize)
    }
  }

  /// The sections; none when the file has been stripped of their table.
  func readSections(_ source: ByteSource) throws(ObjectFileError) -> [ELFFile.Section] {
    guard sectionTable > 0 else { return [] }
    let size = Int(sectionSize)
    guard size >= (layout.is64Bit ? 64 : 40) else {
      throw .malformed(path: source.path, what: "section headers are too short")
    }
    // Counts that do not fit into the file header are in the first section.
    let first = try source.read(at: sectionTable, count: UInt64(size), what: "the section table")
    guard let zeroth = rawSection(first, at: 0) else { return [] }
    let count = sectionCount == 0 ? zeroth.size : UInt64(sectionCount)
    let names = nameSection == 0xffff ? Int(zeroth.link) : Int(nameSection)
    guard count <= 1 << 24 else {
      throw .malformed(path: source.path, what: "there are \(count) sections")
    }
    let bytes = try source.read(
      at: sectionTable, count: UInt64(size) * count, what: "the section table")
    let raw = (0..<Int(count)).compactMap { rawSection(bytes, at: $0 * size) }
    var strings: [UInt8] = []
    if names > 0, names < raw.count {
      strings = try source.read(
        at: raw[names].fileOffset, count: raw[names].size, what: "the section names")
    }
    return raw.map { section in
      ELFFile.Section(
        name: strings.text(at: Int(section.name)) ?? "", type: section.type, flags: section.flags,
        address: section.address, fileOffset: section.fileOffset, size: section.size,
        link: section.link, entrySize: section.entrySize)
    }
  }

  private struct RawSection {
    let name: UInt32
    let type: UInt32
    let flags: UInt64
    let address: UInt64
    let fileOffset: UInt64
    let size: UInt64
    let link: UInt32
    let entrySize: UInt64
  }

  private func rawSection(_ bytes: [UInt8], at start: Int) -> RawSection? {
    let at =
      layout.is64Bit
      ? (address: 16, offset: 24, size: 32, link: 40, entrySize: 56)
      : (address: 12, offset: 16, size: 20, link: 24, entrySize: 36)
    guard let name = layout.int(bytes, at: start), let type = layout.int(bytes, at: start + 4),
      let flags = layout.word(bytes, at: start + 8),
      let address = layout.word(bytes, at: start + at.address),
      let offset = layout.word(bytes, at: start + at.offset),
      let size = layout.word(bytes, at: start + at.size),
      let link = layout.int(bytes, at: start + at.link),
      let entrySize = layout.word(bytes, at: start + at.entrySize)
    else { return nil }
    return RawSection(
      name: name, type: type, flags: flags, address: address, fileOffset: offset, size: size,
      link: link, entrySize: entrySize)
  }
}
