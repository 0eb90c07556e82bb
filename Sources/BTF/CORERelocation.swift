/// One place in an object where libbpf has to put something that depends on the running kernel.
///
/// Source: `bpf_core_relo` in the kernel's `linux/bpf.h`.
package struct CORERelocation: Hashable, Sendable {
  /// What has to be put there.
  package enum Kind: UInt32, Hashable, Sendable, CaseIterable {
    case fieldByteOffset = 0
    case fieldByteSize
    case fieldExists
    case fieldSigned
    case fieldLeftShift
    case fieldRightShift
    case typeIDLocal
    case typeIDTarget
    case typeExists
    case typeSize
    case enumValueExists
    case enumValue
    case typeMatches
  }

  /// One step from a type into it.
  package enum Step: Hashable, Sendable {
    /// A member by name; anonymous members on the way are not steps.
    case member(String)
    case element(Int)
  }

  /// The ELF section whose code is changed.
  package let section: String
  /// In bytes, from the start of the section.
  package let instructionOffset: Int
  package let kind: Kind
  package let rootKind: BTFKind
  /// The name of the struct, union, typedef or enum that libbpf looks for; flavour included.
  package let rootName: String
  /// From the root to the field. For an enum value: one step, with the value's name.
  package let steps: [Step]

  /// Whether the answer is a type id, which only the kernel's whole BTF can give.
  package var needsKernelIDs: Bool { kind == .typeIDTarget }
}

extension CORERelocation {
  /// Reads the CO-RE relocations of an object.
  ///
  /// - Parameters:
  ///   - extension: The content of the object's section `.BTF.ext`.
  ///   - types: Those of the object's section `.BTF`.
  /// - Returns: None for an object whose code depends on no kernel type.
  package static func all(
    in extension: [UInt8], types: BTFTypes
  ) throws(BTFError) -> [CORERelocation] {
    try `extension`.withBytes { span throws(BTFError) in
      guard span.count >= 8 else { throw .notBTF }
      let magic = try span.readUInt16(at: 0)
      guard magic == BTFLayout.magic else {
        throw magic == BTFLayout.magic.byteSwapped ? .foreignByteOrder : .notBTF
      }
      let version = try span.readUInt8(at: 2)
      guard version == 1 else { throw .unsupportedVersion(version) }
      let header = Int(try span.readUInt32(at: 4))
      guard header >= 32 else { return [] }  // written before CO-RE
      let start = header + Int(try span.readUInt32(at: 24))
      let length = Int(try span.readUInt32(at: 28))
      guard length > 0 else { return [] }
      guard start + length <= span.count, length >= 4 else { throw .badSection("CO-RE") }
      return try read(span.extracting(start..<start + length), types: types)
    }
  }

  private static func read(
    _ span: Span<UInt8>, types: BTFTypes
  ) throws(BTFError) -> [CORERelocation] {
    let stride = Int(try span.readUInt32(at: 0))
    guard stride >= 16 else { throw .badSection("CO-RE") }
    var relocations: [CORERelocation] = []
    var offset = 4
    while offset < span.count {
      let section = try types.text(at: span.readUInt32(at: offset))
      let count = Int(try span.readUInt32(at: offset + 4))
      offset += 8
      for _ in 0..<count {
        let number = try span.readUInt32(at: offset + 12)
        guard let kind = Kind(rawValue: number) else { throw .badAccess("kind \(number)") }
        relocations.append(
          try CORERelocation(
            section: section, instructionOffset: Int(span.readUInt32(at: offset)), kind: kind,
            root: BTFTypeID(span.readUInt32(at: offset + 4)),
            access: types.text(at: span.readUInt32(at: offset + 8)), types: types))
        offset += stride
      }
    }
    return relocations
  }

  /// Translates the numbers of an access string, such as `0:1:2`, to names.
  private init(
    section: String, instructionOffset: Int, kind: Kind, root: BTFTypeID, access: String,
    types: BTFTypes
  ) throws(BTFError) {
    self.section = section
    self.instructionOffset = instructionOffset
    self.kind = kind
    // A qualified root is looked for without its qualifiers.
    let root = try types.withoutQualifiers(root)
    rootKind = try types.kind(of: root)
    rootName = try types.name(of: root)
    var indices: [Int] = []
    for part in access.split(separator: ":", omittingEmptySubsequences: false) {
      guard let index = Int(part), index >= 0 else { throw .badAccess(access) }
      indices.append(index)
    }
    switch kind {
    case .enumValue, .enumValueExists:
      guard case .enumeration(let enumeration) = try types.type(types.resolve(root)),
        let index = indices.first, enumeration.values.indices.contains(index)
      else { throw .badAccess(access) }
      steps = [.member(enumeration.values[index].name)]
    case .fieldByteOffset, .fieldByteSize, .fieldExists, .fieldSigned, .fieldLeftShift,
      .fieldRightShift:
      // The first number counts whole roots, as in `pointer[2].member`; no name depends on it.
      steps = try Self.steps(indices.dropFirst(), from: root, access, types)
    case .typeIDLocal, .typeIDTarget, .typeExists, .typeSize, .typeMatches:
      steps = []
    }
  }

  private static func steps(
    _ indices: ArraySlice<Int>, from root: BTFTypeID, _ access: String, _ types: BTFTypes
  ) throws(BTFError) -> [Step] {
    var steps: [Step] = []
    var current = root
    for index in indices {
      switch try types.type(types.resolve(current)) {
      case .composite(let composite):
        guard composite.members.indices.contains(index) else { throw .badAccess(access) }
        let member = composite.members[index]
        if !member.name.isEmpty { steps.append(.member(member.name)) }
        current = member.type
      case .array(let array):
        steps.append(.element(index))
        current = array.element
      default: throw .badAccess(access)
      }
    }
    return steps
  }
}

extension BTFTypes {
  /// Returns the text at `offset` of the string section.
  package func text(at offset: UInt32) throws(BTFError) -> String {
    try storage.withBytes { span throws(BTFError) in try string(at: offset, in: span) }
  }
}
