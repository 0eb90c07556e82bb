/// The sections and symbols of a 64-bit little-endian relocatable ELF file, taken apart.
///
/// LLVM makes BTF only beside DWARF, which no loader of BPF programs reads and which is half of a
/// small object. So it is taken out again.
struct RelocatableImage {
  struct Section {
    var name: String
    /// The 64 bytes of its header; the fields below replace what stands there.
    var header: ArraySlice<UInt8>
    var type: UInt32
    var link: Int
    var info: Int
    var alignment: Int
    var contents: [UInt8]
  }

  struct Symbol {
    var name: String
    /// The 24 bytes of its entry.
    var entry: [UInt8]
    var section: Int
    var isSectionSymbol: Bool
    var isLocal: Bool
  }

  enum SectionType {
    static let symbolTable: UInt32 = 2
    static let stringTable: UInt32 = 3
    static let relocations: UInt32 = 9
  }

  private var fileHeader: [UInt8]
  private(set) var sections: [Section] = []
  private(set) var symbols: [Symbol] = []

  /// Takes an image apart; nil when it is not of the shape that LLVM writes.
  init?(_ bytes: [UInt8]) {
    guard bytes.count >= 64, bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]) else { return nil }
    fileHeader = Array(bytes[..<64])
    let start = Self.number(bytes, 0x28, 8)
    let count = Self.number(bytes, 0x3c, 2)
    guard start >= 0, start <= bytes.count - count * 64 else { return nil }
    var nameOffsets: [Int] = []
    for index in 0..<count {
      let header = bytes[(start + index * 64)..<(start + index * 64 + 64)]
      let field = { (offset: Int, size: Int) in
        Self.number(bytes, start + index * 64 + offset, size)
      }
      let (offset, size) = (field(24, 8), field(32, 8))
      let type = UInt32(field(4, 4))
      let isEmpty = type == 0 || type == 8  // SHT_NULL, SHT_NOBITS
      guard isEmpty || (offset >= 0 && size >= 0 && offset <= bytes.count - size) else {
        return nil
      }
      nameOffsets.append(field(0, 4))
      sections.append(
        Section(
          name: "", header: header, type: type, link: field(40, 4), info: field(44, 4),
          alignment: max(1, field(48, 8)),
          contents: isEmpty ? [] : Array(bytes[offset..<(offset + size)])))
    }
    let names = Self.number(bytes, 0x3e, 2)
    guard names < sections.count,
      let table = sections.first(where: { $0.type == SectionType.symbolTable }),
      table.link < sections.count
    else { return nil }
    for index in sections.indices {
      sections[index].name = Self.text(in: sections[names].contents, at: nameOffsets[index])
    }
    let texts = sections[table.link].contents
    for start in stride(from: 0, to: table.contents.count / 24 * 24, by: 24) {
      let entry = Array(table.contents[start..<(start + 24)])
      symbols.append(
        Symbol(
          name: Self.text(in: texts, at: Self.number(entry, 0, 4)), entry: entry,
          section: Self.number(entry, 6, 2), isSectionSymbol: entry[4] & 15 == 3,
          isLocal: entry[4] >> 4 == 0))
    }
  }

  /// The image without DWARF, and without relocations of BTF, which loaders do not apply.
  func withoutDebugSections() -> [UInt8] {
    let isKept = sections.map { section in
      let target =
        section.type == SectionType.relocations && section.info < sections.count
        ? sections[section.info].name : nil
      return !section.name.hasPrefix(".debug") && target?.hasPrefix(".debug") != true
        && target?.hasPrefix(".BTF") != true
    }
    return assemble(keeping: isKept)
  }

  // MARK: Putting together

  private func assemble(keeping isKept: [Bool]) -> [UInt8] {
    var sectionNumbers = Array(repeating: 0, count: sections.count)
    var next = 0
    for index in sections.indices where isKept[index] {
      sectionNumbers[index] = next
      next += 1
    }
    var texts = StringTable()
    var symbolNumbers = Array(repeating: 0, count: symbols.count)
    var table: [UInt8] = []
    var firstGlobal = 0
    for (index, symbol) in symbols.enumerated() {
      let isOrdinary = symbol.section < sections.count
      if symbol.isSectionSymbol, isOrdinary, !isKept[symbol.section] { continue }
      symbolNumbers[index] = table.count / 24
      var entry = symbol.entry
      Self.put(texts.offset(of: symbol.name), 4, into: &entry, at: 0)
      if isOrdinary { Self.put(sectionNumbers[symbol.section], 2, into: &entry, at: 6) }
      table += entry
      if symbol.isLocal { firstGlobal = table.count / 24 }
    }
    let kept = zip(sections, isKept).filter(\.1).map(\.0)
    let nameOffsets = kept.map { texts.offset(of: $0.name) }
    let changed = kept.map { section in
      var section = section
      section.link = section.link < sections.count ? sectionNumbers[section.link] : 0
      switch section.type {
      case SectionType.symbolTable:
        section.contents = table
        section.info = firstGlobal
      case SectionType.stringTable: section.contents = texts.bytes
      case SectionType.relocations:
        section.info = sectionNumbers[section.info]
        Self.renumberSymbols(symbolNumbers, in: &section.contents)
      default: break
      }
      return section
    }
    return write(changed, nameOffsets)
  }

  /// Has each relocation name its symbol by the new number.
  private static func renumberSymbols(_ numbers: [Int], in relocations: inout [UInt8]) {
    for start in stride(from: 0, to: relocations.count, by: 16) {
      let symbol = number(relocations, start + 12, 4)
      put(numbers[symbol], 4, into: &relocations, at: start + 12)
    }
  }

  private func write(_ sections: [Section], _ nameOffsets: [Int]) -> [UInt8] {
    var out = fileHeader
    var headers: [UInt8] = []
    for (section, name) in zip(sections, nameOffsets) {
      var header = Array(section.header)
      if section.type != 0 {
        Self.pad(&out, to: section.alignment)
        Self.put(name, 4, into: &header, at: 0)
        Self.put(out.count, 8, into: &header, at: 24)
        Self.put(section.contents.count, 8, into: &header, at: 32)
        Self.put(section.link, 4, into: &header, at: 40)
        Self.put(section.info, 4, into: &header, at: 44)
        out += section.contents
      }
      headers += header
    }
    Self.pad(&out, to: 8)
    Self.put(out.count, 8, into: &out, at: 0x28)
    Self.put(sections.count, 2, into: &out, at: 0x3c)
    let names = sections.firstIndex { $0.type == SectionType.stringTable } ?? 0
    Self.put(names, 2, into: &out, at: 0x3e)
    return out + headers
  }

  // MARK: Bytes

  private struct StringTable {
    private(set) var bytes: [UInt8] = [0]
    private var offsets: [String: Int] = ["": 0]

    mutating func offset(of text: String) -> Int {
      if let known = offsets[text] { return known }
      offsets[text] = bytes.count
      defer { bytes += Array(text.utf8) + [0] }
      return bytes.count
    }
  }

  private static func pad(_ bytes: inout [UInt8], to alignment: Int) {
    let missing = (alignment - bytes.count % alignment) % alignment
    bytes += Array(repeating: 0, count: missing)
  }

  static func number(_ bytes: [UInt8], _ offset: Int, _ size: Int) -> Int {
    var value = 0
    for index in (0..<size).reversed() { value = value << 8 | Int(bytes[offset + index]) }
    return value
  }

  private static func put(_ value: Int, _ size: Int, into bytes: inout [UInt8], at offset: Int) {
    for index in 0..<size {
      bytes[offset + index] = UInt8(truncatingIfNeeded: value >> (index * 8))
    }
  }

  private static func text(in bytes: [UInt8], at offset: Int) -> String {
    guard offset < bytes.count else { return "" }
    return String(decoding: bytes[offset...].prefix { $0 != 0 }, as: UTF8.self)
  }
}
