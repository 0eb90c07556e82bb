/// The symbol tables in the files of a program, of which pieces are read as they are needed.
struct SymbolSections: Sendable {
  /// A symbol table in a file.
  private struct Table {
    let source: ByteSource
    let reader: SymbolTable.EntryReader
    let entries: ELFFile.Section
    let names: ELFFile.Section

    var count: Int { Int(entries.size) / reader.size }
  }

  /// Which symbol it is: a table in the upper bits, and the number of an entry in it.
  typealias Place = UInt32

  private let tables: [Table]
  /// What is executed.
  private let code: [Range<UInt64>]

  private static let numberBits: UInt32 = 29
  /// Entries that are read at once.
  private static let pieceSize = 3072

  /// - Returns: nil if there are tables that cannot be read in pieces.
  init?(of files: [ELFFile]) {
    var tables: [Table] = []
    for file in files {
      for section in file.sections
      where section.type == SymbolTable.symtabType || section.type == SymbolTable.dynsymType {
        guard !section.isEmptyInFile, section.size > 0 else { continue }
        guard Int(section.link) < file.sections.count, file.isFile, !section.isCompressed,
          !file.sections[Int(section.link)].isCompressed
        else { return nil }
        let table = Table(
          source: file.source, reader: SymbolTable.EntryReader(of: file), entries: section,
          names: file.sections[Int(section.link)])
        guard table.count < 1 << Self.numberBits else { return nil }
        tables.append(table)
      }
    }
    guard tables.count <= 8 else { return nil }
    self.tables = tables
    code = files[0].sections.filter { $0.isExecutable && $0.isAllocated }
      .map { $0.address..<($0.address.checkedSum($0.size) ?? .max) }
  }

  /// How many symbols there are.
  var count: Int { tables.reduce(0) { $0 + $1.count } }

  /// Whether what is at an address is executed.
  func isCode(_ address: UInt64) -> Bool { code.contains { $0.contains(address) } }

  /// Calls `body` with all symbols, and which they are.
  func scan(_ body: (SymbolTable.Entry, Place) -> Void) throws(ObjectFileError) {
    for (number, table) in tables.enumerated() {
      var first = 1
      while first < table.count {
        let count = min(Self.pieceSize, table.count - first)
        let bytes = try table.source.read(
          at: table.entries.fileOffset + UInt64(first * table.reader.size),
          count: UInt64(count * table.reader.size), what: "section \(table.entries.name)")
        for index in 0..<count {
          let start = index * table.reader.size
          if let entry = table.reader.entry(bytes, at: start, strings: UInt8(number)) {
            body(entry, Place(number) << Self.numberBits | Place(first + index))
          }
        }
        first += count
      }
    }
  }

  /// nil if it cannot be read any more.
  func entry(_ place: Place) -> SymbolTable.Entry? {
    let table = tables[Int(place >> Self.numberBits)]
    let number = UInt64(place & (1 << Self.numberBits - 1))
    let size = UInt64(table.reader.size)
    guard
      let bytes = try? table.source.read(
        at: table.entries.fileOffset + number * size, count: size, what: "a symbol")
    else { return nil }
    return table.reader.entry(bytes, at: 0, strings: UInt8(place >> Self.numberBits))
  }

  func symbol(_ entry: SymbolTable.Entry) -> ObjectSymbol {
    ObjectSymbol(
      name: name(of: entry), address: entry.address, size: entry.size, kind: entry.kind,
      binding: entry.binding)
  }

  private func name(of entry: SymbolTable.Entry) -> String {
    let table = tables[Int(entry.strings)]
    var length: UInt64 = 256
    while UInt64(entry.name) < table.names.size {
      let count = min(length, table.names.size - UInt64(entry.name))
      guard
        let bytes = try? table.source.read(
          at: table.names.fileOffset + UInt64(entry.name), count: count, what: "a name")
      else { return "" }
      if let name = bytes.text(at: 0) { return name }
      guard count == length else { return "" }
      length *= 4
    }
    return ""
  }
}
