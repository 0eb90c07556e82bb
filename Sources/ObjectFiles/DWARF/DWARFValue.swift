/// Where a text of an entry lies.
enum DWARFText: Hashable {
  /// In the entry itself, at an offset of its section.
  case inside(Int)
  case texts(UInt64)
  case lineTexts(UInt64)
  /// In the file that several debug files share.
  case shared(UInt64)
  /// By number, in the table of the unit.
  case index(UInt64)
}

/// The value of an attribute.
enum DWARFValue {
  case unsigned(UInt64)
  case signed(Int64)
  case address(UInt64)
  case addressIndex(UInt64)
  case text(DWARFText)
  /// Bytes of the entry's section.
  case block(Range<Int>)
  /// An entry, by its offset in the same section.
  case reference(Int)
  /// An entry of the file that several debug files share.
  case sharedReference(Int)
  /// The type of a unit of its own.
  case signature(UInt64)
  /// A place in another section.
  case offset(UInt64)
  case listIndex(UInt64)
  case flag(Bool)

  /// The value as a number that is not negative.
  var number: UInt64? {
    switch self {
    case .unsigned(let value): value
    case .signed(let value): UInt64(exactly: value)
    default: nil
    }
  }

  /// The value as a number; unsigned ones are taken for the bits of a signed one.
  var signedNumber: Int64? {
    switch self {
    case .unsigned(let value): Int64(bitPattern: value)
    case .signed(let value): value
    default: nil
    }
  }

  var isTrue: Bool {
    if case .flag(let value) = self { return value }
    return number.map { $0 != 0 } ?? false
  }
}

/// One line of a table of abbreviations: how entries with its code look.
struct DWARFAbbreviation {
  struct Specification {
    let attribute: DWARFAttribute
    let form: UInt64
    let constant: Int64
  }

  let tag: DWARFTag
  let hasChildren: Bool
  let specifications: [Specification]

  /// The table at `offset` of a section; codes are usually 1, 2, 3 and so on.
  static func table(_ section: [UInt8], at offset: Int, isBigEndian: Bool) -> [DWARFAbbreviation?] {
    var cursor = DWARFCursor(section, at: offset, isBigEndian: isBigEndian)
    var table: [DWARFAbbreviation?] = []
    while !cursor.isAtEnd {
      let code = cursor.unsigned()
      // Codes far from their number in the table would make it huge.
      guard code > 0, code < 1 << 20 else { break }
      let tag = DWARFTag(rawValue: UInt16(truncatingIfNeeded: cursor.unsigned()))
      let hasChildren = cursor.byte() != 0
      var specifications: [Specification] = []
      while !cursor.isAtEnd {
        let attribute = cursor.unsigned()
        let form = cursor.unsigned()
        if attribute == 0, form == 0 { break }
        specifications.append(
          Specification(
            attribute: DWARFAttribute(rawValue: UInt16(truncatingIfNeeded: attribute)), form: form,
            constant: form == 0x21 ? cursor.signed() : 0))
      }
      if cursor.isDamaged { break }
      while table.count < Int(code) { table.append(nil) }
      table[Int(code) - 1] = DWARFAbbreviation(
        tag: tag, hasChildren: hasChildren, specifications: specifications)
    }
    return table
  }
}
