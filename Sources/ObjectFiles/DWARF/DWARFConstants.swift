/// What an entry of debug information describes (`DW_TAG_...`).
struct DWARFTag: RawRepresentable, Hashable {
  let rawValue: UInt16

  static let arrayType = DWARFTag(rawValue: 0x01)
  static let classType = DWARFTag(rawValue: 0x02)
  static let enumerationType = DWARFTag(rawValue: 0x04)
  static let formalParameter = DWARFTag(rawValue: 0x05)
  static let lexicalBlock = DWARFTag(rawValue: 0x0b)
  static let member = DWARFTag(rawValue: 0x0d)
  static let pointerType = DWARFTag(rawValue: 0x0f)
  static let referenceType = DWARFTag(rawValue: 0x10)
  static let structureType = DWARFTag(rawValue: 0x13)
  static let subroutineType = DWARFTag(rawValue: 0x15)
  static let typedef = DWARFTag(rawValue: 0x16)
  static let unionType = DWARFTag(rawValue: 0x17)
  static let unspecifiedParameters = DWARFTag(rawValue: 0x18)
  static let inheritance = DWARFTag(rawValue: 0x1c)
  static let inlinedSubroutine = DWARFTag(rawValue: 0x1d)
  static let memberPointerType = DWARFTag(rawValue: 0x1f)
  static let subrangeType = DWARFTag(rawValue: 0x21)
  static let baseType = DWARFTag(rawValue: 0x24)
  static let constType = DWARFTag(rawValue: 0x26)
  static let enumerator = DWARFTag(rawValue: 0x28)
  static let subprogram = DWARFTag(rawValue: 0x2e)
  static let variantPart = DWARFTag(rawValue: 0x33)
  static let volatileType = DWARFTag(rawValue: 0x35)
  static let restrictType = DWARFTag(rawValue: 0x37)
  static let namespace = DWARFTag(rawValue: 0x39)
  static let unspecifiedType = DWARFTag(rawValue: 0x3b)
  static let rvalueReferenceType = DWARFTag(rawValue: 0x42)
  static let atomicType = DWARFTag(rawValue: 0x47)

  /// Whether functions and types may be declared inside.
  var isScope: Bool {
    switch self {
    case .namespace, .classType, .structureType, .unionType: true
    default: rawValue == 0x1e  // module
    }
  }
}

/// What an attribute of an entry says (`DW_AT_...`).
struct DWARFAttribute: RawRepresentable, Hashable {
  let rawValue: UInt16

  static let sibling = DWARFAttribute(rawValue: 0x01)
  static let location = DWARFAttribute(rawValue: 0x02)
  static let name = DWARFAttribute(rawValue: 0x03)
  static let byteSize = DWARFAttribute(rawValue: 0x0b)
  static let bitSize = DWARFAttribute(rawValue: 0x0d)
  static let bitOffset = DWARFAttribute(rawValue: 0x0c)
  static let lineProgram = DWARFAttribute(rawValue: 0x10)
  static let lowPC = DWARFAttribute(rawValue: 0x11)
  static let highPC = DWARFAttribute(rawValue: 0x12)
  static let language = DWARFAttribute(rawValue: 0x13)
  static let compilationFolder = DWARFAttribute(rawValue: 0x1b)
  static let constantValue = DWARFAttribute(rawValue: 0x1c)
  static let inlined = DWARFAttribute(rawValue: 0x20)
  static let upperBound = DWARFAttribute(rawValue: 0x2f)
  static let abstractOrigin = DWARFAttribute(rawValue: 0x31)
  static let artificial = DWARFAttribute(rawValue: 0x34)
  static let count = DWARFAttribute(rawValue: 0x37)
  static let memberLocation = DWARFAttribute(rawValue: 0x38)
  static let declarationFile = DWARFAttribute(rawValue: 0x3a)
  static let declarationLine = DWARFAttribute(rawValue: 0x3b)
  static let declaration = DWARFAttribute(rawValue: 0x3c)
  static let encoding = DWARFAttribute(rawValue: 0x3e)
  static let frameBase = DWARFAttribute(rawValue: 0x40)
  static let specification = DWARFAttribute(rawValue: 0x47)
  static let type = DWARFAttribute(rawValue: 0x49)
  static let entryPC = DWARFAttribute(rawValue: 0x52)
  static let ranges = DWARFAttribute(rawValue: 0x55)
  static let callingConvention = DWARFAttribute(rawValue: 0x36)
  static let isExternal = DWARFAttribute(rawValue: 0x3f)
  static let callColumn = DWARFAttribute(rawValue: 0x57)
  static let callFile = DWARFAttribute(rawValue: 0x58)
  static let callLine = DWARFAttribute(rawValue: 0x59)
  static let signature = DWARFAttribute(rawValue: 0x69)
  static let dataBitOffset = DWARFAttribute(rawValue: 0x6b)
  static let linkageName = DWARFAttribute(rawValue: 0x6e)
  static let textOffsetsBase = DWARFAttribute(rawValue: 0x72)
  static let addressBase = DWARFAttribute(rawValue: 0x73)
  static let rangeListsBase = DWARFAttribute(rawValue: 0x74)
  static let splitName = DWARFAttribute(rawValue: 0x76)
  static let locationListsBase = DWARFAttribute(rawValue: 0x8c)
  static let oldLinkageName = DWARFAttribute(rawValue: 0x2007)
  static let oldSplitName = DWARFAttribute(rawValue: 0x2130)
  static let oldSplitID = DWARFAttribute(rawValue: 0x2131)
  static let oldRangesBase = DWARFAttribute(rawValue: 0x2132)
  static let oldAddressBase = DWARFAttribute(rawValue: 0x2133)
}
