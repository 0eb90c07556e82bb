/// What stands in front of a unit.
struct DWARFUnitHeader {
  enum Section: Int, CaseIterable {
    case info, types

    var name: String { self == .info ? "info" : "types" }
  }

  let section: Section
  let offset: Int
  let end: Int
  let firstEntry: Int
  let version: Int
  let offsetSize: Int
  let addressSize: Int
  let abbreviations: UInt64
  /// Where in the unit its type is, if it is the unit of a type.
  let typeOffset: Int?
  /// The signature of its type, or what a skeleton and what was split off have in common.
  let identity: UInt64

  /// - Returns: nil if it makes no sense, or is of an unknown edition of DWARF.
  init?(_ image: DWARFImage, _ section: Section, at offset: Int) {
    var cursor = image.cursor(section.name, at: offset)
    let (length, offsetSize) = cursor.unitLength()
    let start = cursor.offset
    let version = Int(cursor.unsigned(size: 2))
    guard (2...5).contains(version), length >= 7, !cursor.isDamaged,
      length <= UInt64(image.section(section.name).count - start)
    else { return nil }
    var kind: UInt8 = section == .types ? 2 : 1
    var addressSize = 0
    var abbreviations: UInt64
    if version >= 5 {
      kind = cursor.byte()
      addressSize = Int(cursor.byte())
      abbreviations = cursor.unsigned(size: offsetSize)
    } else {
      abbreviations = cursor.unsigned(size: offsetSize)
      addressSize = Int(cursor.byte())
    }
    guard addressSize == 8 || addressSize == 4 else { return nil }
    var identity: UInt64 = 0
    var typeOffset: Int?
    switch kind {
    case 2, 6:  // a type, perhaps split off
      identity = cursor.unsigned(size: 8)
      typeOffset = Int(exactly: cursor.unsigned(size: offsetSize))
    case 4, 5:  // a skeleton, what was split off
      identity = cursor.unsigned(size: 8)
    default: break
    }
    guard !cursor.isDamaged else { return nil }
    self.section = section
    self.offset = offset
    end = start + Int(length)
    firstEntry = cursor.offset
    self.version = version
    self.offsetSize = offsetSize
    self.addressSize = addressSize
    self.abbreviations = abbreviations
    self.typeOffset = typeOffset
    self.identity = identity
    guard firstEntry <= end else { return nil }
  }
}

/// A unit of debug information: usually one source file, with all that it includes.
///
/// Its image keeps it, and the reader keeps all images.
final class DWARFUnit {
  unowned let image: DWARFImage
  let header: DWARFUnitHeader
  let abbreviations: [DWARFAbbreviation?]
  /// The skeleton in the program, if this was split off.
  private(set) unowned var skeleton: DWARFUnit?
  /// The offsets of its parts in a package.
  private let parts: DWARFPackageIndex.Parts
  private(set) var root: DWARFEntry?

  private var textOffsets = 0
  private var addresses = 0
  private var rangeLists = 0
  private var locationLists = 0
  private var oldRanges: UInt64 = 0
  /// The address that ranges count from.
  private(set) var baseAddress: UInt64 = 0

  /// The functions with code in it, once they have been looked for.
  var functions: [DWARFFunctionPlace]?
  var lines: LineTable??
  /// What was split off from it, once it has been looked for.
  var split: DWARFUnit??

  init(_ image: DWARFImage, _ header: DWARFUnitHeader) {
    self.image = image
    self.header = header
    parts =
      image.isSplit
      ? image.packageIndex?.parts(ofUnitAt: header.offset, in: header.section) ?? .none : .none
    let start = header.abbreviations.addingReportingOverflow(parts[.abbreviations])
    abbreviations = image.abbreviations(
      at: start.overflow ? -1 : Int(exactly: start.partialValue) ?? -1)
    // Where the header of a table ends that has no attribute for its start.
    let wide = header.offsetSize == 8
    if image.isSplit {
      textOffsets =
        Int(clamping: parts[.textOffsets]) + (header.version >= 5 ? (wide ? 16 : 8) : 0)
      rangeLists = Int(clamping: parts[.rangeLists]) + (wide ? 20 : 12)
      locationLists = Int(clamping: parts[.locationLists]) + (wide ? 20 : 12)
    } else {
      textOffsets = wide ? 16 : 8
      addresses = header.version >= 5 ? (wide ? 16 : 8) : 0
      rangeLists = wide ? 20 : 12
      locationLists = wide ? 20 : 12
    }
    root = entry(at: header.firstEntry)
    guard let root else { return }
    func base(_ attribute: DWARFAttribute) -> Int? {
      switch root[attribute] {
      case .offset(let value)?, .unsigned(let value)?: Int(exactly: value)
      default: nil
      }
    }
    if let start = base(.textOffsetsBase) { textOffsets = start }
    if let start = base(.addressBase) ?? base(.oldAddressBase) { addresses = start }
    if let start = base(.rangeListsBase) { rangeLists = start }
    if let start = base(.locationListsBase) { locationLists = start }
    baseAddress = root.lowPC ?? 0
  }

  /// Makes it what was split off from `skeleton`, which knows its addresses.
  func attach(to skeleton: DWARFUnit) {
    self.skeleton = skeleton
    baseAddress = skeleton.baseAddress
    if header.version < 5, case .offset(let base)? = skeleton.root?[.oldRangesBase] {
      oldRanges = base
    }
  }

  /// What a skeleton and its other half have in common; nil if this is not a skeleton.
  var splitIdentity: UInt64? {
    guard !image.isSplit, splitName != nil else { return nil }
    return header.version >= 5 ? header.identity : root?[.oldSplitID]?.number
  }

  /// Where what was split off was written to.
  var splitName: String? { root?.text(.splitName) ?? root?.text(.oldSplitName) }

  var compilationFolder: String? {
    root?.text(.compilationFolder) ?? skeleton?.root?.text(.compilationFolder)
  }

  // MARK: What entries refer to

  func entry(at offset: Int) -> DWARFEntry? {
    guard offset >= header.firstEntry, offset < header.end else { return nil }
    var walk = DWARFWalk(self, at: offset)
    guard walk.next() != nil else { return nil }
    return walk.entry
  }

  func text(_ text: DWARFText) -> String? {
    switch text {
    case .inside(let offset): return image.text(header.section.name, at: UInt64(offset))
    case .texts(let offset): return image.text("str", at: offset)
    case .lineTexts(let offset): return image.text("line_str", at: offset)
    case .shared(let offset): return image.shared?.text("str", at: offset)
    case .index(let index):
      guard let offset = tableEntry("str_offsets", textOffsets, index) else { return nil }
      return image.text("str", at: offset)
    }
  }

  func address(_ value: DWARFValue) -> UInt64? {
    switch value {
    case .address(let address): address
    case .addressIndex(let index): address(index)
    default: nil
    }
  }

  /// The address with a number, in the table of the program.
  func address(_ index: UInt64) -> UInt64? {
    let owner = skeleton ?? self
    return owner.tableEntry("addr", owner.addresses, index, size: header.addressSize)
  }

  private func tableEntry(
    _ section: String, _ base: Int, _ index: UInt64, size: Int? = nil
  ) -> UInt64? {
    let size = size ?? header.offsetSize
    guard index < 1 << 32 else { return nil }
    let (offset, overflow) = base.addingReportingOverflow(Int(index) * size)
    guard !overflow else { return nil }
    var cursor = image.cursor(section, at: offset)
    let value = cursor.unsigned(size: size)
    return cursor.isDamaged ? nil : value
  }

  // MARK: Lists

  /// The addresses of a list of ranges, in its order.
  func ranges(_ value: DWARFValue, _ budget: inout DWARFBudget) -> [Range<UInt64>] {
    if header.version >= 5 {
      guard let offset = listOffset(value, "rnglists", rangeLists) else { return [] }
      return ranges(.ranges, at: image.cursor("rnglists", at: offset), &budget)
    }
    let place: UInt64? =
      switch value {
      case .offset(let offset), .unsigned(let offset): offset
      default: nil
      }
    let owner = skeleton ?? self
    guard let place = place?.checkedSum(oldRanges).flatMap({ Int(exactly: $0) }) else { return [] }
    // Before edition 5, what is split off has its ranges in the program.
    return ranges(.pairs, at: owner.image.cursor("ranges", at: place), &budget)
  }

  private func listOffset(_ value: DWARFValue, _ section: String, _ base: Int) -> Int? {
    switch value {
    case .listIndex(let index):
      guard let offset = tableEntry(section, base, index) else { return nil }
      return Int(exactly: offset).flatMap {
        let (sum, overflow) = $0.addingReportingOverflow(base)
        return overflow ? nil : sum
      }
    case .offset(let offset), .unsigned(let offset): return Int(exactly: offset)
    default: return nil
    }
  }

  private func ranges(
    _ form: AddressListForm, at start: DWARFCursor, _ budget: inout DWARFBudget
  ) -> [Range<UInt64>] {
    var list = AddressList(form, of: self, at: start)
    var ranges: [Range<UInt64>] = []
    while let (low, high) = list.next(&budget) {
      if low < high { ranges.append(low..<high) }
    }
    return ranges
  }

  /// The expression that says where something is while the program is at `address`.
  ///
  /// - Returns: nil if the list does not say.
  func location(
    _ value: DWARFValue, at address: UInt64, _ budget: inout DWARFBudget
  ) -> DWARFExpression? {
    let oldForm = image.isSplit ? AddressListForm.splitLocations : .pairs
    switch value {
    case .block(let range):
      return DWARFExpression(self, section: header.section.name, range: range, isWhole: true)
    case .offset(let offset) where header.version < 5:
      guard let start = Int(exactly: offset.addingReportingOverflow(parts[.locations]).0) else {
        return nil
      }
      return location(oldForm, "loc", at: start, of: address, &budget)
    case .unsigned(let offset) where header.version < 4:
      return Int(exactly: offset).flatMap {
        location(oldForm, "loc", at: $0, of: address, &budget)
      }
    default:
      guard header.version >= 5,
        let start = listOffset(value, "loclists", locationLists)
      else { return nil }
      return location(.locations, "loclists", at: start, of: address, &budget)
    }
  }

  private func location(
    _ form: AddressListForm, _ section: String, at start: Int, of address: UInt64,
    _ budget: inout DWARFBudget
  ) -> DWARFExpression? {
    var list = AddressList(form, of: self, at: image.cursor(section, at: start))
    while let (low, high) = list.next(&budget) {
      let length = header.version < 5 ? list.cursor.unsigned(size: 2) : list.cursor.unsigned()
      let range = list.cursor.skip(length)
      if list.cursor.isDamaged { return nil }
      if low <= address, address < high {
        return DWARFExpression(self, section: section, range: range, isWhole: false)
      }
    }
    return nil
  }

  // MARK: Lines

  /// What the unit says about lines; nil if it says nothing.
  var lineTable: LineTable? {
    if let known = lines { return known }
    var table: LineTable?
    switch (skeleton?.root ?? root)?[.lineProgram] {
    case .offset(let offset)?, .unsigned(let offset)?:
      if let start = Int(exactly: offset) {
        table = LineTable(skeleton ?? self, at: start)
      }
    default: break
    }
    lines = .some(table)
    return table
  }
}

/// How much more may be read for one question, so that lists that refer to each other end.
struct DWARFBudget {
  private var left = 1 << 24

  /// Takes one step away; false when none is left.
  mutating func spend() -> Bool {
    left -= 1
    return left > 0
  }
}

/// A program for DWARF's stack machine that says where something is.
struct DWARFExpression {
  let bytes: [UInt8]
  let unit: DWARFUnit
  /// Whether it holds in the whole function, not in a part that a list names.
  let isWhole: Bool

  init(_ unit: DWARFUnit, section: String, range: Range<Int>, isWhole: Bool) {
    self.unit = unit
    self.isWhole = isWhole
    bytes = Array(unit.image.section(section)[range])
  }
}
