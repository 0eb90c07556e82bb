internal import LinuxSystem

/// The sections of one file with debug information, and the units in them.
///
/// Sections are read when they are first needed. The file may be the program, its debug file, one with
/// what was split off (`.dwo`), or a package of those (`.dwp`).
final class DWARFImage {
  let file: ELFFile
  /// Whether it holds what was split off: its sections are named so, and its units need a skeleton.
  let isSplit: Bool
  let isBigEndian: Bool
  private var sections: [String: [UInt8]] = [:]
  private var abbreviationTables: [Int: [DWARFAbbreviation?]] = [:]
  private var openedUnits: [Int: DWARFUnit] = [:]
  private var knownHeaders: [DWARFUnitHeader]?
  private var knownTypeUnits: [UInt64: DWARFUnitHeader]?
  /// The file that several debug files share; nil until it has been looked for.
  private var knownShared: DWARFImage??
  /// Where each split unit of a package has its parts.
  private(set) lazy var packageIndex: DWARFPackageIndex? = DWARFPackageIndex(self)

  /// What in it made no sense; its part of the answers is missing.
  private(set) var complaints: [String] = []

  init(_ file: ELFFile, isSplit: Bool = false) {
    self.file = file
    self.isSplit = isSplit
    isBigEndian = file.isBigEndian
  }

  func complain(_ what: String) {
    if complaints.count < 8 { complaints.append(what) }
  }

  /// The bytes of `.debug_<name>`; none if the file has none.
  func section(_ name: String) -> [UInt8] {
    if let known = sections[name] { return known }
    let ending = isSplit ? ".dwo" : ""
    var bytes: [UInt8] = []
    do throws(ObjectFileError) {
      let found = file.sections.filter { $0.name == ".debug_\(name)\(ending)" }
      if let section = found.first {
        bytes = try file.contents(of: section)
        // Before they are packaged, each type that was split off has a section of its own.
        if isSplit, name == "info" || name == "types" {
          for section in found.dropFirst() { bytes += try file.contents(of: section) }
        }
      } else if let section = file.section(named: ".zdebug_\(name)\(ending)") {
        bytes = try unpacked(section)
      }
    } catch {
      complain("\(error)")
    }
    sections[name] = bytes
    return bytes
  }

  /// A section as older tools packed it: `ZLIB`, its length and a stream.
  private func unpacked(_ section: ELFFile.Section) throws(ObjectFileError) -> [UInt8] {
    let bytes = try file.contents(of: section)
    guard bytes.starts(with: Array("ZLIB".utf8)),
      let size = bytes.load(UInt64.self, at: 4, bigEndian: true), size < 1 << 32,
      let unpacked = Zlib.inflate(Array(bytes[12...]), limit: Int(size))
    else { throw file.malformed("section \(section.name) is damaged") }
    return unpacked
  }

  func cursor(_ section: String, at offset: Int, end: Int? = nil) -> DWARFCursor {
    DWARFCursor(self.section(section), at: offset, end: end, isBigEndian: isBigEndian)
  }

  func text(_ section: String, at offset: UInt64) -> String? {
    Int(exactly: offset).flatMap { self.section(section).text(at: $0) }
  }

  // MARK: Units

  /// All units, those of types in a section of their own last.
  var headers: [DWARFUnitHeader] {
    if let known = knownHeaders { return known }
    var headers: [DWARFUnitHeader] = []
    for section in DWARFUnitHeader.Section.allCases {
      let bytes = self.section(section.name)
      var offset = 0
      while offset < bytes.count {
        guard let header = DWARFUnitHeader(self, section, at: offset) else {
          complain("\(file.path): the unit at 0x\(String(offset, radix: 16)) makes no sense")
          break
        }
        headers.append(header)
        offset = header.end
      }
    }
    knownHeaders = headers
    return headers
  }

  /// The unit with the entry at `offset` of `section`.
  func unit(containing offset: Int, in section: DWARFUnitHeader.Section) -> DWARFUnit? {
    let headers = self.headers
    var (low, high) = (0, headers.count)
    while low < high {
      let middle = (low + high) / 2
      let header = headers[middle]
      if (header.section.rawValue, header.end) <= (section.rawValue, offset) {
        low = middle + 1
      } else {
        high = middle
      }
    }
    guard low < headers.count, headers[low].section == section, headers[low].offset <= offset
    else { return nil }
    return unit(headers[low])
  }

  func unit(_ header: DWARFUnitHeader) -> DWARFUnit? {
    let key = header.offset << 1 | (header.section == .types ? 1 : 0)
    if let known = openedUnits[key] { return known }
    let unit = DWARFUnit(self, header)
    openedUnits[key] = unit
    return unit
  }

  /// The unit of the type with a signature.
  func typeUnit(_ signature: UInt64) -> DWARFUnit? {
    if knownTypeUnits == nil {
      var units: [UInt64: DWARFUnitHeader] = [:]
      for header in headers where header.typeOffset != nil { units[header.identity] = header }
      knownTypeUnits = units
    }
    return knownTypeUnits?[signature].flatMap { unit($0) }
  }

  func abbreviations(at offset: Int) -> [DWARFAbbreviation?] {
    if let known = abbreviationTables[offset] { return known }
    let table = DWARFAbbreviation.table(
      section("abbrev"), at: offset, isBigEndian: isBigEndian)
    abbreviationTables[offset] = table
    return table
  }

  // MARK: What files share

  /// The file that `dwz` moved what several debug files have in common to; nil if there is none.
  var shared: DWARFImage? {
    if let known = knownShared { return known }
    var found: DWARFImage?
    do throws(ObjectFileError) {
      if let file = try DebugFiles.findShared(for: file) { found = DWARFImage(file) }
    } catch {
      complain("\(error)")
    }
    knownShared = .some(found)
    return found
  }
}
