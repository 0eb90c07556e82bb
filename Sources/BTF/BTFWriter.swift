/// Encodes types as BTF.
///
/// Types refer to each other by the ids they get, which are 1, 2, 3 and so on; a reference may point
/// forward.
package struct BTFWriter {
  private var types: [UInt8] = []
  private var strings: [UInt8] = [0]
  private var knownStrings: [String: UInt32] = ["": 0]
  /// The id that the next type gets.
  package private(set) var nextID = BTFTypeID(1)
  /// What the strings of the BTF that is extended take up.
  private var firstString = 0

  package init() {}

  /// Types that may refer to those of `base` by their ids, as a module's do to the kernel's.
  package init(extending base: BTFTypes?) {
    guard let base else { return }
    nextID = BTFTypeID(UInt32(base.typeCount))
    firstString = base.stringsEnd
  }

  /// Appends `type` and returns its id; `void` is there from the start.
  ///
  /// - Precondition: `type` is not `void`.
  @discardableResult
  package mutating func add(_ type: BTFType) -> BTFTypeID {
    let id = nextID
    nextID = BTFTypeID(id.rawValue + 1)
    switch type {
    case .void: preconditionFailure("void has no encoding")
    case .integer(let integer): add(integer)
    case .pointer(let target): header("", .pointer, target: target)
    case .array(let array):
      header("", .array)
      append(array.element.rawValue)
      append(array.index.rawValue)
      append(UInt32(truncatingIfNeeded: array.count))
    case .composite(let composite): add(composite)
    case .enumeration(let enumeration): add(enumeration)
    case .forward(let name, let isUnion): header(name, .forward, flag: isUnion)
    case .typedef(let name, let target): header(name, .typedef, target: target)
    case .volatile(let target): header("", .volatile, target: target)
    case .const(let target): header("", .const, target: target)
    case .restrict(let target): header("", .restrict, target: target)
    case .function(let name, let prototype, let linkage):
      header(name, .function, count: Int(linkage.number), target: prototype)
    case .functionPrototype(let prototype): add(prototype)
    case .variable(let name, let type, let linkage):
      header(name, .variable, target: type)
      append(linkage.number)
    case .dataSection(let section):
      header(section.name, .dataSection, count: section.variables.count, size: section.sizeInBytes)
      for variable in section.variables {
        append(variable.variable.rawValue)
        append(UInt32(truncatingIfNeeded: variable.offset))
        append(UInt32(truncatingIfNeeded: variable.sizeInBytes))
      }
    case .float(let name, let sizeInBytes): header(name, .float, size: sizeInBytes)
    case .declarationTag(let name, let target, let component):
      header(name, .declarationTag, target: target)
      append(UInt32(bitPattern: Int32(truncatingIfNeeded: component)))
    case .typeTag(let name, let target): header(name, .typeTag, target: target)
    }
    return id
  }

  /// The BTF of all types added so far.
  package var bytes: [UInt8] {
    var bytes: [UInt8] = []
    bytes.reserveCapacity(BTFLayout.headerLength + types.count + strings.count)
    bytes.append(littleEndian: BTFLayout.magic)
    bytes += [1, 0]
    for number in [BTFLayout.headerLength, 0, types.count, types.count, strings.count] {
      bytes.append(littleEndian: UInt32(number))
    }
    return bytes + types + strings
  }

  // MARK: Kinds

  private mutating func add(_ integer: BTFInteger) {
    header(integer.name, .integer, size: integer.sizeInBytes)
    let encoding = (integer.isSigned ? 1 : 0) | (integer.isChar ? 2 : 0) | (integer.isBool ? 4 : 0)
    append(UInt32(encoding << 24 | integer.bitOffset << 16 | integer.bitCount))
  }

  private mutating func add(_ composite: BTFComposite) {
    let hasBitFields = composite.members.contains { $0.bitWidth != nil }
    header(
      composite.name, composite.isUnion ? .union : .structure, count: composite.members.count,
      flag: hasBitFields, size: composite.sizeInBytes)
    for member in composite.members {
      append(string(member.name))
      append(member.type.rawValue)
      let width = hasBitFields ? UInt32(member.bitWidth ?? 0) << 24 : 0
      append(width | UInt32(truncatingIfNeeded: member.bitOffset))
    }
  }

  private mutating func add(_ enumeration: BTFEnumeration) {
    let isWide = enumeration.sizeInBytes == 8
    header(
      enumeration.name, isWide ? .enumeration64 : .enumeration, count: enumeration.values.count,
      flag: enumeration.isSigned, size: enumeration.sizeInBytes)
    for value in enumeration.values {
      append(string(value.name))
      append(UInt32(truncatingIfNeeded: value.value))
      if isWide { append(UInt32(truncatingIfNeeded: value.value >> 32)) }
    }
  }

  private mutating func add(_ prototype: BTFPrototype) {
    let count = prototype.parameters.count + (prototype.isVariadic ? 1 : 0)
    header("", .functionPrototype, count: count, target: prototype.returns)
    for parameter in prototype.parameters {
      append(string(parameter.name))
      append(parameter.type.rawValue)
    }
    if prototype.isVariadic {
      append(0)
      append(0)
    }
  }

  // MARK: Bytes

  private mutating func header(
    _ name: String, _ kind: BTFKind, count: Int = 0, flag: Bool = false, size: Int = 0
  ) {
    header(name, kind, count: count, flag: flag, target: BTFTypeID(UInt32(size)))
  }

  /// - Parameter target: The type, or for kinds that have one the size, which shares its place.
  private mutating func header(
    _ name: String, _ kind: BTFKind, count: Int = 0, flag: Bool = false, target: BTFTypeID
  ) {
    append(string(name))
    append(UInt32(count & 0xFFFF) | UInt32(kind.rawValue) << 24 | (flag ? 1 << 31 : 0))
    append(target.rawValue)
  }

  private mutating func append(_ number: UInt32) { types.append(littleEndian: number) }

  private mutating func string(_ text: String) -> UInt32 {
    if let known = knownStrings[text] { return known }
    let offset = UInt32(firstString + strings.count)
    strings += text.utf8
    strings.append(0)
    knownStrings[text] = offset
    return offset
  }
}

extension [UInt8] {
  fileprivate mutating func append<Number: FixedWidthInteger>(littleEndian number: Number) {
    for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
      append(UInt8(truncatingIfNeeded: number >> Number(shift)))
    }
  }
}
