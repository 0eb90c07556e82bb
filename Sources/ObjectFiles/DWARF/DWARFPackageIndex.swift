/// Where in a package (`.dwp`) the sections of each unit are, which were files of their own.
struct DWARFPackageIndex {
  enum Part {
    case info, types, abbreviations, lines, locations, locationLists, textOffsets, rangeLists
  }

  /// The offsets of a unit's parts in their sections.
  struct Parts {
    fileprivate var offsets: [Part: UInt64] = [:]
    fileprivate var units: Range<UInt64> = 0..<0

    static let none = Parts()

    subscript(part: Part) -> UInt64 { offsets[part] ?? 0 }
  }

  /// In the order of their units in `.debug_info.dwo`, and in `.debug_types.dwo`.
  private var infoRows: [Parts] = []
  private var typeRows: [Parts] = []

  /// - Returns: nil if `image` is no package.
  init?(_ image: DWARFImage) {
    for section in [".debug_cu_index", ".debug_tu_index"] {
      guard let section = image.file.section(named: section) else { continue }
      do throws(ObjectFileError) {
        read(try image.file.contents(of: section), image)
      } catch {
        image.complain("\(error)")
      }
    }
    if infoRows.isEmpty, typeRows.isEmpty { return nil }
    infoRows.sort { $0.units.lowerBound < $1.units.lowerBound }
    typeRows.sort { $0.units.lowerBound < $1.units.lowerBound }
  }

  private mutating func read(_ bytes: [UInt8], _ image: DWARFImage) {
    var cursor = DWARFCursor(bytes, at: 0, isBigEndian: image.isBigEndian)
    let version = cursor.unsigned(size: 4)
    // 2 is what compilers wrote before edition 5 of DWARF, whose own number has 2 bytes.
    let isNew = version != 2
    let columns = Int(cursor.unsigned(size: 4))
    let rows = Int(cursor.unsigned(size: 4))
    let slots = Int(cursor.unsigned(size: 4))
    guard columns <= 16, rows <= bytes.count / 8, slots <= bytes.count / 12 else { return }
    cursor.skip(UInt64(slots * 12))
    var parts: [Part?] = []
    for _ in 0..<columns { parts.append(Self.part(cursor.unsigned(size: 4), isNew: isNew)) }
    var found = [Parts](repeating: .none, count: rows)
    for row in 0..<rows {
      for part in parts {
        let offset = cursor.unsigned(size: 4)
        if let part { found[row].offsets[part] = offset }
      }
    }
    for row in 0..<rows {
      for part in parts {
        let size = cursor.unsigned(size: 4)
        guard let part, part == .info || part == .types else { continue }
        let start = found[row][part]
        found[row].units = start..<(start + size)
      }
    }
    if cursor.isDamaged {
      image.complain("\(image.file.path): the index of the package is cut off")
      return
    }
    for row in found {
      if row.offsets[.types] != nil { typeRows.append(row) } else { infoRows.append(row) }
    }
  }

  private static func part(_ number: UInt64, isNew: Bool) -> Part? {
    switch number {
    case 1: .info
    case 2: isNew ? nil : .types
    case 3: .abbreviations
    case 4: .lines
    case 5: isNew ? .locationLists : .locations
    case 6: .textOffsets
    case 8: isNew ? .rangeLists : nil
    default: nil
    }
  }

  /// The parts of the unit at `offset` of its section.
  func parts(ofUnitAt offset: Int, in section: DWARFUnitHeader.Section) -> Parts {
    let rows = section == .info ? infoRows : typeRows
    let place = UInt64(offset)
    var (low, high) = (0, rows.count)
    while low < high {
      let middle = (low + high) / 2
      if rows[middle].units.upperBound <= place { low = middle + 1 } else { high = middle }
    }
    return low < rows.count && rows[low].units.contains(place) ? rows[low] : .none
  }
}
