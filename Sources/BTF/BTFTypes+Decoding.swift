extension BTFTypes {
  /// Decodes the type whose header lies at `offset` of the bytes.
  func decode(
    _ id: BTFTypeID, _ kind: BTFKind, at offset: Int, in span: Span<UInt8>
  ) throws(BTFError) -> BTFType {
    let header = try BTFTypeHeader(at: offset, in: span)
    switch kind {
    case .void: return .void
    case .integer: return .integer(try decodeInteger(header, in: span))
    case .pointer: return .pointer(to: header.target)
    case .array:
      return .array(
        BTFArray(
          element: BTFTypeID(try span.readUInt32(at: header.extra)),
          index: BTFTypeID(try span.readUInt32(at: header.extra + 4)),
          count: Int(try span.readUInt32(at: header.extra + 8))))
    case .structure, .union: return .composite(try decodeComposite(header, kind, in: span))
    case .enumeration, .enumeration64:
      return .enumeration(try decodeEnumeration(header, kind, in: span))
    case .forward:
      return .forward(name: try string(at: header.name, in: span), isUnion: header.flag)
    case .typedef:
      return .typedef(name: try string(at: header.name, in: span), target: header.target)
    case .volatile: return .volatile(header.target)
    case .const: return .const(header.target)
    case .restrict: return .restrict(header.target)
    case .function:
      return .function(
        name: try string(at: header.name, in: span), prototype: header.target,
        linkage: BTFLinkage(UInt32(header.count)))
    case .functionPrototype:
      return .functionPrototype(try decodePrototype(header, in: span))
    case .variable:
      return .variable(
        name: try string(at: header.name, in: span), type: header.target,
        linkage: BTFLinkage(try span.readUInt32(at: header.extra)))
    case .dataSection: return .dataSection(try decodeDataSection(header, in: span))
    case .float:
      return .float(name: try string(at: header.name, in: span), sizeInBytes: header.size)
    case .declarationTag:
      return .declarationTag(
        name: try string(at: header.name, in: span), target: header.target,
        component: Int(Int32(bitPattern: try span.readUInt32(at: header.extra))))
    case .typeTag:
      return .typeTag(name: try string(at: header.name, in: span), target: header.target)
    }
  }

  private func decodeInteger(
    _ header: BTFTypeHeader, in span: Span<UInt8>
  ) throws(BTFError) -> BTFInteger {
    let data = try span.readUInt32(at: header.extra)
    let encoding = data >> 24 & 15
    return BTFInteger(
      name: try string(at: header.name, in: span), sizeInBytes: header.size,
      bitCount: Int(data & 0xFF), bitOffset: Int(data >> 16 & 0xFF), isSigned: encoding & 1 != 0,
      isBool: encoding & 4 != 0, isChar: encoding & 2 != 0)
  }

  private func decodeComposite(
    _ header: BTFTypeHeader, _ kind: BTFKind, in span: Span<UInt8>
  ) throws(BTFError) -> BTFComposite {
    var members: [BTFMember] = []
    members.reserveCapacity(header.count)
    for number in 0..<header.count {
      members.append(try decodeMember(number, of: header, in: span))
    }
    return BTFComposite(
      isUnion: kind == .union, name: try string(at: header.name, in: span),
      sizeInBytes: header.size, members: members)
  }

  /// Decodes one member of the struct or union that `header` belongs to.
  func decodeMember(
    _ number: Int, of header: BTFTypeHeader, in span: Span<UInt8>
  ) throws(BTFError) -> BTFMember {
    let place = header.extra + number * 12
    let offset = try span.readUInt32(at: place + 8)
    let width = header.flag ? Int(offset >> 24) : 0
    return BTFMember(
      name: try string(at: span.readUInt32(at: place), in: span),
      type: BTFTypeID(try span.readUInt32(at: place + 4)),
      bitOffset: Int(header.flag ? offset & 0xFF_FFFF : offset), bitWidth: width == 0 ? nil : width)
  }

  private func decodeEnumeration(
    _ header: BTFTypeHeader, _ kind: BTFKind, in span: Span<UInt8>
  ) throws(BTFError) -> BTFEnumeration {
    var values: [BTFEnumerator] = []
    values.reserveCapacity(header.count)
    let stride = kind == .enumeration ? 8 : 12
    for number in 0..<header.count {
      let place = header.extra + number * stride
      let low = try span.readUInt32(at: place + 4)
      let value: Int64
      if kind == .enumeration {
        value = header.flag ? Int64(Int32(bitPattern: low)) : Int64(low)
      } else {
        value = Int64(bitPattern: UInt64(low) | UInt64(try span.readUInt32(at: place + 8)) << 32)
      }
      values.append(
        BTFEnumerator(name: try string(at: span.readUInt32(at: place), in: span), value: value))
    }
    return BTFEnumeration(
      name: try string(at: header.name, in: span), sizeInBytes: header.size,
      isSigned: header.flag, values: values)
  }

  private func decodePrototype(
    _ header: BTFTypeHeader, in span: Span<UInt8>
  ) throws(BTFError) -> BTFPrototype {
    var parameters: [BTFParameter] = []
    parameters.reserveCapacity(header.count)
    var isVariadic = false
    for number in 0..<header.count {
      let place = header.extra + number * 8
      let name = try span.readUInt32(at: place)
      let type = try span.readUInt32(at: place + 4)
      // A last parameter without name and type stands for the dots.
      if number == header.count - 1, name == 0, type == 0 {
        isVariadic = true
      } else {
        parameters.append(
          BTFParameter(name: try string(at: name, in: span), type: BTFTypeID(type)))
      }
    }
    return BTFPrototype(returns: header.target, parameters: parameters, isVariadic: isVariadic)
  }

  private func decodeDataSection(
    _ header: BTFTypeHeader, in span: Span<UInt8>
  ) throws(BTFError) -> BTFDataSection {
    var variables: [BTFDataSection.Variable] = []
    variables.reserveCapacity(header.count)
    for number in 0..<header.count {
      let place = header.extra + number * 12
      variables.append(
        BTFDataSection.Variable(
          variable: BTFTypeID(try span.readUInt32(at: place)),
          offset: Int(try span.readUInt32(at: place + 4)),
          sizeInBytes: Int(try span.readUInt32(at: place + 8))))
    }
    return BTFDataSection(
      name: try string(at: header.name, in: span), sizeInBytes: header.size, variables: variables)
  }
}

/// The twelve bytes every type starts with.
struct BTFTypeHeader {
  let name: UInt32
  private let info: UInt32
  /// A size or a type, depending on the kind.
  private let sizeOrType: UInt32
  /// Where what follows the header starts.
  let extra: Int

  init(at offset: Int, in span: Span<UInt8>) throws(BTFError) {
    name = try span.readUInt32(at: offset)
    info = try span.readUInt32(at: offset + 4)
    sizeOrType = try span.readUInt32(at: offset + 8)
    extra = offset + 12
  }

  /// Members, values or parameters; the linkage of a function.
  var count: Int { Int(info & 0xFFFF) }
  var flag: Bool { info >> 31 != 0 }
  var size: Int { Int(sizeOrType) }
  var target: BTFTypeID { BTFTypeID(sizeOrType) }
}

extension BTFLinkage {
  init(_ number: UInt32) {
    switch number {
    case 0: self = .local
    case 1: self = .global
    case 2: self = .external
    default: self = .other(number)
    }
  }

  /// The number that BTF stores.
  var number: UInt32 {
    switch self {
    case .local: 0
    case .global: 1
    case .external: 2
    case .other(let number): number
    }
  }
}
