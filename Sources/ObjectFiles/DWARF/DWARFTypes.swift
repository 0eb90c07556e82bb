internal import BTF

/// Types of debug information as BTF.
///
/// A type gets its number when it is first asked for and keeps it; what it consists of is added behind it.
/// Equal types of different units get one number.
final class DWARFTypes {
  /// An entry, wherever it is.
  private struct Place: Hashable {
    let image: ObjectIdentifier
    let section: DWARFUnitHeader.Section
    let offset: Int

    init(_ entry: DWARFEntry) {
      image = ObjectIdentifier(entry.unit.image)
      section = entry.unit.header.section
      offset = entry.offset
    }
  }

  /// What makes structures and enumerations of different units the same.
  private struct Identity: Hashable {
    let tag: DWARFTag
    let name: String
    let size: UInt64
    let line: UInt64
  }

  /// The most types of a binary that are looked at; what is beyond is `void`.
  private static let maximumCount = 1 << 18
  /// The most pointers, typedefs and arrays around a type.
  private static let maximumDepth = 40
  /// What BTF has room for.
  private static let maximumMembers = 0xffff

  private let wordSize: Int
  private var types: [BTFType] = []
  private var known: [Place: BTFTypeID] = [:]
  private var equal: [BTFType: BTFTypeID] = [:]
  private var identities: [Identity: BTFTypeID] = [:]
  /// Structures and enumerations that have a number, but no contents yet.
  private var pending: [(id: BTFTypeID, entry: DWARFEntry)] = []
  /// Classes that callers pass by the address of a copy.
  private var passedByAddress: Set<BTFTypeID> = []
  private var snapshot: BTFTypes?

  init(wordSize: Int) { self.wordSize = wordSize }

  /// The types so far.
  func table() throws(BTFError) -> BTFTypes {
    if let snapshot { return snapshot }
    var writer = BTFWriter()
    for type in types { writer.add(type) }
    let table = try BTFTypes(writer.bytes)
    snapshot = table
    return table
  }

  /// The number of the type that an attribute of `entry` names; `void` if it names none.
  func type(of entry: DWARFEntry) -> BTFTypeID {
    guard let type = entry.first({ $0.entry(.type) }) else { return .void }
    let id = number(type, depth: 0)
    finish()
    return id
  }

  /// Gives the type that an entry describes a number.
  func add(_ entry: DWARFEntry) {
    _ = number(entry, depth: 0)
    finish()
  }

  subscript(id: BTFTypeID) -> BTFType {
    let index = Int(id.rawValue) - 1
    return types.indices.contains(index) ? types[index] : .void
  }

  // MARK: Numbers

  private func append(_ type: BTFType) -> BTFTypeID {
    snapshot = nil
    types.append(type)
    return BTFTypeID(UInt32(types.count))
  }

  private func share(_ type: BTFType) -> BTFTypeID {
    if let id = equal[type] { return id }
    let id = append(type)
    equal[type] = id
    return id
  }

  private func number(_ entry: DWARFEntry, depth: Int) -> BTFTypeID {
    let place = Place(entry)
    if let id = known[place] { return id }
    guard depth < Self.maximumDepth, types.count < Self.maximumCount else { return .void }
    let id = made(entry, depth: depth)
    known[place] = id
    return id
  }

  /// The number of the type that `entry` is made from.
  private func inner(_ entry: DWARFEntry, _ depth: Int) -> BTFTypeID {
    entry.entry(.type).map { number($0, depth: depth + 1) } ?? .void
  }

  private func made(_ entry: DWARFEntry, depth: Int) -> BTFTypeID {
    switch entry.tag {
    case .baseType: return base(entry)
    case .pointerType, .referenceType, .rvalueReferenceType:
      return share(.pointer(to: inner(entry, depth)))
    case .constType: return share(.const(inner(entry, depth)))
    case .volatileType: return share(.volatile(inner(entry, depth)))
    case .restrictType: return share(.restrict(inner(entry, depth)))
    case .atomicType: return inner(entry, depth)
    case .typedef:
      let target = inner(entry, depth)
      guard let name = entry.text(.name) else { return target }
      return share(.typedef(name: name, target: target))
    case .arrayType: return array(entry, depth: depth)
    case .subroutineType: return prototype(entry, depth: depth)
    case .structureType, .classType, .unionType, .enumerationType: return composite(entry)
    case .memberPointerType:
      // A member's offset, or a method's address and adjustment.
      let isMethod = entry.entry(.type)?.tag == .subroutineType
      let long = share(
        .integer(
          BTFInteger(
            name: "long", sizeInBytes: wordSize, bitCount: wordSize * 8, bitOffset: 0,
            isSigned: true, isBool: false, isChar: false)))
      guard isMethod else { return long }
      return share(.array(BTFArray(element: long, index: long, count: 2)))
    case .unspecifiedType: return .void  // decltype(nullptr)
    default: return inner(entry, depth)
    }
  }

  private func base(_ entry: DWARFEntry) -> BTFTypeID {
    let name = entry.text(.name) ?? "int"
    let size = Int(clamping: entry[.byteSize]?.number ?? 0)
    guard (1...16).contains(size), size.nonzeroBitCount == 1 else {
      // Complex numbers and the like: bytes.
      guard (1...64).contains(size) else { return .void }
      return share(.float(name: name, sizeInBytes: size))
    }
    let encoding = entry[.encoding]?.number ?? 7
    if encoding == 3 || encoding == 4 || encoding == 9 || encoding == 15 {
      return share(.float(name: name, sizeInBytes: size))
    }
    return share(
      .integer(
        BTFInteger(
          name: name, sizeInBytes: size, bitCount: size * 8, bitOffset: 0,
          isSigned: encoding == 5 || encoding == 6, isBool: encoding == 2, isChar: false)))
  }

  private func array(_ entry: DWARFEntry, depth: Int) -> BTFTypeID {
    var id = inner(entry, depth)
    let bounds = entry.children.filter { $0.tag == .subrangeType }.prefix(8)
    for bound in bounds.reversed() {
      var count: UInt64 = 0
      if let number = bound[.count]?.number {
        count = number
      } else if let last = bound[.upperBound]?.signedNumber, last >= 0 {
        count = UInt64(last) + 1
      }
      id = share(
        .array(BTFArray(element: id, index: .void, count: count < 1 << 31 ? Int(count) : 0)))
    }
    return id
  }

  private func prototype(_ entry: DWARFEntry, depth: Int) -> BTFTypeID {
    var parameters: [BTFParameter] = []
    var isVariadic = false
    for child in entry.children.prefix(Self.maximumDepth) {
      if child.tag == .formalParameter {
        parameters.append(BTFParameter(name: "", type: inner(child, depth)))
      }
      if child.tag == .unspecifiedParameters { isVariadic = true }
    }
    return share(
      .functionPrototype(
        BTFPrototype(
          returns: inner(entry, depth), parameters: parameters, isVariadic: isVariadic)))
  }

  // MARK: Structures and enumerations

  private func composite(_ entry: DWARFEntry) -> BTFTypeID {
    if entry[.declaration] != nil, entry[.signature] == nil {
      return share(.forward(name: entry.text(.name) ?? "", isUnion: entry.tag == .unionType))
    }
    if let full = entry.entry(.signature) {
      guard full.offset != entry.offset || full.unit !== entry.unit else { return .void }
      return number(full, depth: 1)
    }
    let identity = entry.text(.name).map {
      Identity(
        tag: entry.tag, name: $0, size: entry[.byteSize]?.number ?? 0,
        line: entry[.declarationLine]?.number ?? 0)
    }
    if let identity, let id = identities[identity] { return id }
    // Takes its place, so that it may contain pointers to itself.
    let id = append(.forward(name: entry.text(.name) ?? "", isUnion: entry.tag == .unionType))
    if let identity { identities[identity] = id }
    if entry[.callingConvention]?.number == 4 { passedByAddress.insert(id) }
    pending.append((id, entry))
    return id
  }

  /// Gives structures and enumerations their contents, until all have them.
  private func finish() {
    while let (id, entry) = pending.popLast() {
      let type: BTFType =
        entry.tag == .enumerationType
        ? .enumeration(enumeration(entry)) : .composite(composite(of: entry))
      types[Int(id.rawValue) - 1] = type
      snapshot = nil
    }
  }

  private func enumeration(_ entry: DWARFEntry) -> BTFEnumeration {
    var values: [BTFEnumerator] = []
    var isSigned = false
    for child in entry.children.prefix(Self.maximumMembers) where child.tag == .enumerator {
      guard let name = child.text(.name), let value = child[.constantValue] else { continue }
      if case .signed(let number) = value, number < 0 { isSigned = true }
      values.append(BTFEnumerator(name: name, value: value.signedNumber ?? 0))
    }
    let size = Int(clamping: entry[.byteSize]?.number ?? 4)
    return BTFEnumeration(
      name: entry.text(.name) ?? "", sizeInBytes: [1, 2, 4, 8].contains(size) ? size : 4,
      isSigned: isSigned, values: values)
  }

  private func composite(of entry: DWARFEntry) -> BTFComposite {
    var members: [BTFMember] = []
    for child in entry.children.prefix(Self.maximumMembers) {
      // Static members are declared here and live elsewhere.
      guard child.tag == .member || child.tag == .inheritance, child[.declaration] == nil else {
        continue
      }
      guard let member = member(child, of: entry) else { continue }
      members.append(member)
    }
    let size = entry[.byteSize]?.number ?? 0
    return BTFComposite(
      isUnion: entry.tag == .unionType, name: entry.text(.name) ?? "",
      sizeInBytes: size < 1 << 30 ? Int(size) : 0, members: members)
  }

  /// - Returns: nil for one whose place is not known, as that of a virtual base.
  private func member(_ entry: DWARFEntry, of outer: DWARFEntry) -> BTFMember? {
    let type = inner(entry, 1)
    // A base class is like an anonymous member: its fields are those of the class.
    let name = entry.tag == .inheritance ? "" : entry.text(.name) ?? ""
    let width = entry[.bitSize]?.number
    if let bits = entry[.dataBitOffset]?.number, bits < 1 << 31 {
      return BTFMember(
        name: name, type: type, bitOffset: Int(bits), bitWidth: width.map { Int(clamping: $0) })
    }
    var bytes: UInt64 = 0
    switch entry[.memberLocation] {
    case nil: break
    case .block(let range)?:
      // How compilers before DWARF 3 wrote a number: add it to the start.
      var cursor = entry.unit.image.cursor(
        entry.unit.header.section.name, at: range.lowerBound, end: range.upperBound)
      guard cursor.byte() == 0x23 else { return nil }
      bytes = cursor.unsigned()
    case let value?:
      guard let number = value.number else { return nil }
      bytes = number
    }
    guard bytes < 1 << 28 else { return nil }
    var bits = Int(bytes) * 8
    if let width, let fromTop = entry[.bitOffset]?.signedNumber, width <= 64 {
      // Counted from the highest bit of the integer that it is in.
      let size = entry[.byteSize]?.number ?? UInt64(size(of: type))
      guard size <= 16, abs(fromTop) <= 128 else { return nil }
      bits += Int(size) * 8 - Int(fromTop) - Int(width)
      guard bits >= 0 else { return nil }
    }
    return BTFMember(
      name: name, type: type, bitOffset: bits, bitWidth: width.map { Int(clamping: $0) })
  }

  private func size(of id: BTFTypeID) -> Int {
    switch self[resolve(id)] {
    case .integer(let integer): integer.sizeInBytes
    case .enumeration(let enumeration): enumeration.sizeInBytes
    default: 4
    }
  }

  /// Whether callers pass values of a type by the address of a copy.
  func isPassedByAddress(_ id: BTFTypeID) -> Bool { passedByAddress.contains(resolve(id)) }

  /// The type behind typedefs and qualifiers.
  func resolve(_ id: BTFTypeID) -> BTFTypeID {
    var id = id
    for _ in 0..<64 {
      switch self[id] {
      case .typedef(_, let target), .const(let target), .volatile(let target),
        .restrict(let target):
        id = target
      default: return id
      }
    }
    return .void
  }
}
