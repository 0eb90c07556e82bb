package import BTF
package import MachineView
package import TraceIR
package import TraceModel

/// A field of a structure of C.
package struct StructureField: Hashable, Sendable {
  package var name: String
  package var type: ScriptType
  /// From the start of the structure, in the kernel that was looked at; bytes.
  package var offset: Int
  /// For a bit-field, which bits of the integer at `offset`.
  package var bits: ValueLayout.BitRange?
  /// What the loader must know of the field's type.
  package var target: FieldPath.Target

  package init(
    name: String, type: ScriptType, offset: Int, bits: ValueLayout.BitRange?,
    target: FieldPath.Target
  ) {
    self.name = name
    self.type = type
    self.offset = offset
    self.bits = bits
    self.target = target
  }
}

/// The kernel's types as types of the language.
///
/// Nothing is read before it is asked for. Without type information every question is answered with
/// nil, as for a type that does not exist.
package struct KernelTypes: Sendable {
  private let view: any KernelView

  package init(_ view: any KernelView) { self.view = view }

  private func types(_ module: String?) -> BTFTypes? { (try? view.btf(module)) ?? nil }

  /// Whether the kernel tells its types at all.
  package var isAvailable: Bool { types(nil) != nil }

  // MARK: Look-up by name

  /// The type of a name: `struct task_struct` (with a keyword), or a typedef, structure, enumeration
  /// or integer of that name (without).
  package func named(_ name: String, keyword: String?, space: AddressSpace) -> ScriptType? {
    guard let btf = types(nil) else { return nil }
    let kinds: [BTFKind] =
      switch keyword {
      case "struct": [.structure]
      case "union": [.union]
      case "enum": [.enumeration, .enumeration64]
      default: [.typedef, .structure, .union, .enumeration, .enumeration64, .integer]
      }
    for kind in kinds {
      if let id = (try? btf.findAll(name, [kind]))?.first {
        return type(of: id, in: nil, space: space)
      }
    }
    return nil
  }

  /// The enumerator of that name and its enumeration.
  package func enumerator(_ name: String) -> (type: ScriptType, value: Int64)? {
    guard let btf = types(nil),
      let found = try? btf.enumValue(named: name),
      case .enumeration(let enumeration)? = try? btf.type(found.enumeration)
    else { return nil }
    return (.enumeration(Self.layout(enumeration)), found.value.value)
  }

  // MARK: Conversion

  /// The type with that id as a type of the language; pointers get the address space.
  package func type(of id: BTFTypeID, in module: String?, space: AddressSpace) -> ScriptType {
    guard let btf = types(module), let resolved = try? btf.resolve(id),
      let type = try? btf.type(resolved)
    else { return .void }
    switch type {
    case .void, .function, .functionPrototype, .variable, .dataSection, .declarationTag:
      return .void
    case .integer(let integer):
      if integer.isBool { return .boolean }
      guard [1, 2, 4, 8].contains(integer.sizeInBytes) else {
        return .array(of: .uint64, count: integer.sizeInBytes / 8)
      }
      return .integer(bytes: integer.sizeInBytes, signed: integer.isSigned || integer.isChar)
    case .float(_, let size): return .array(of: .uint8, count: size)
    case .pointer(let target):
      var space = space
      if let tags = try? btf.tags(of: target), tags.contains("user") { space = .user }
      return .pointer(to: self.type(of: target, in: module, space: space), space)
    case .array(let array):
      let element = self.type(of: array.element, in: module, space: space)
      if case .integer(1, _) = element, isChar(array.element, btf) {
        return .string(capacity: max(array.count, 1))
      }
      return .array(of: element, count: array.count)
    case .composite(let composite):
      return .structure(
        StructureReference(
          isUnion: composite.isUnion, name: composite.name,
          origin: .kernel(module: module, type: resolved.rawValue)))
    case .enumeration(let enumeration): return .enumeration(Self.layout(enumeration))
    case .forward(let name, let isUnion):
      return .structure(
        StructureReference(
          isUnion: isUnion, name: name, origin: .kernel(module: module, type: resolved.rawValue)))
    case .typedef, .volatile, .const, .restrict, .typeTag: return .void
    }
  }

  private func isChar(_ id: BTFTypeID, _ btf: BTFTypes) -> Bool {
    guard let plain = try? btf.resolve(id), case .integer(let integer)? = try? btf.type(plain)
    else { return false }
    return integer.name == "char" || integer.isChar
  }

  private static func layout(_ enumeration: BTFEnumeration) -> ValueLayout.Enumeration {
    ValueLayout.Enumeration(
      name: enumeration.name,
      bytes: [1, 2, 4, 8].contains(enumeration.sizeInBytes)
        ? enumeration.sizeInBytes : 4, signed: enumeration.isSigned,
      values: enumeration.values.map { .init(name: $0.name, value: $0.value) })
  }

  // MARK: Structures

  /// The field of that name, searched through anonymous members too.
  package func field(
    _ name: String, of reference: StructureReference, space: AddressSpace
  ) -> StructureField? {
    guard case .kernel(let module, let id) = reference.origin, let btf = types(module),
      let found = try? btf.field(named: name, in: BTFTypeID(id))
    else { return nil }
    return field(found, in: module, btf, space: space)
  }

  /// All fields, those of anonymous members included, in order; nil if only the name is known.
  package func fields(of reference: StructureReference, space: AddressSpace) -> [StructureField]? {
    guard case .kernel(let module, let id) = reference.origin, let btf = types(module),
      let all = try? btf.fields(of: BTFTypeID(id))
    else { return nil }
    return all.map { field($0, in: module, btf, space: space) }
  }

  private func field(
    _ found: BTFField, in module: String?, _ btf: BTFTypes, space: AddressSpace
  ) -> StructureField {
    let type = type(of: found.type, in: module, space: space)
    var offset = found.byteOffset
    var bits: ValueLayout.BitRange?
    if let width = found.bitWidth {
      let unit = max(type.scalarBytes, 1)
      offset = found.bitOffset / (unit * 8) * unit
      bits = ValueLayout.BitRange(lowest: found.bitOffset - offset * 8, count: width)
    }
    return StructureField(
      name: found.name, type: type, offset: offset, bits: bits,
      target: target(of: found.type, in: btf))
  }

  private func target(of id: BTFTypeID, in btf: BTFTypes) -> FieldPath.Target {
    guard let resolved = try? btf.resolve(id), let type = try? btf.type(resolved) else {
      return .integer(bytes: 4, signed: false)
    }
    switch type {
    case .integer(let integer):
      return .integer(bytes: integer.sizeInBytes, signed: integer.isSigned)
    case .pointer: return .pointer
    case .array(let array):
      return .array(element: target(of: array.element, in: btf), count: array.count)
    case .composite(let composite):
      return composite.isUnion ? .union(name: composite.name) : .structure(name: composite.name)
    case .enumeration(let enumeration): return .enumeration(bytes: enumeration.sizeInBytes)
    default: return .integer(bytes: 4, signed: false)
    }
  }

  /// The size of a structure in bytes, or nil if only its name is known.
  package func size(of reference: StructureReference) -> Int? {
    guard case .kernel(let module, let id) = reference.origin, let btf = types(module) else {
      return nil
    }
    if case .forward? = try? btf.type(BTFTypeID(id)) { return nil }
    return try? btf.size(of: BTFTypeID(id))
  }

  // MARK: Layout

  /// The size of a value of this type in memory, bytes.
  package func size(of type: ScriptType) -> Int {
    if case .structure(let reference) = type { return size(of: reference) ?? 0 }
    if case .array(let element, let count) = type { return size(of: element) * count }
    return layout(of: type).size
  }

  /// How values of a type lie in memory.
  package func layout(of type: ScriptType) -> ValueLayout {
    switch type {
    case .none, .void, .word, .unresolved, .poison, .arguments: return .none
    case .integer(let bytes, let signed): return .integer(bytes: bytes, signed: signed)
    case .boolean: return .boolean
    case .enumeration(let enumeration): return .enumeration(enumeration)
    case .string(let capacity): return .string(capacity: capacity)
    case .buffer(let capacity): return .buffer(capacity: capacity)
    case .pointer: return .pointer
    case .array(let element, let count): return .array(element: layout(of: element), count: count)
    case .tuple(let elements):
      let packed = ValueLayout.pack(elements.map { ("", layout(of: $0)) })
      return .tuple(packed.fields, size: packed.size)
    case .record(let fields):
      let packed = ValueLayout.pack(fields.map { ($0.name, layout(of: $0.type)) })
      return .record(packed.fields, size: packed.size)
    case .structure(let reference):
      let fields = fields(of: reference, space: .kernel) ?? []
      return .record(
        fields.map {
          ValueLayout.Field(
            name: $0.name, offset: $0.offset, layout: layout(of: $0.type), bits: $0.bits)
        }, size: size(of: reference) ?? 0)
    case .presented(let presentation): return .presented(presentation)
    case .aggregation(let aggregation):
      return .integer(bytes: 8, signed: aggregation.isSigned)
    }
  }
}
