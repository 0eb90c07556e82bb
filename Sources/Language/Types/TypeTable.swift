package import BTF
package import MachineView
import Synchronization
package import TraceIR
package import TraceModel

/// A field of a structure of C.
package struct StructureField: Hashable, Sendable {
  package var name: String
  package var type: ScriptType
  /// From the start of the structure, in bytes.
  package var offset: TypeNumber
  /// For a bit-field, which bits of the integer at `offset`.
  package var bits: ValueLayout.BitRange?
  /// What the loader must know of the field's type.
  package var target: FieldPath.Target

  package init(
    name: String, type: ScriptType, offset: TypeNumber, bits: ValueLayout.BitRange?,
    target: FieldPath.Target
  ) {
    self.name = name
    self.type = type
    self.offset = offset
    self.bits = bits
    self.target = target
  }
}

/// The types of C that a script may name, from wherever they are defined, as types of the language.
///
/// There is one for each script. Nothing is read before it is asked for, and every answer is kept. A
/// name is looked for in the script's own definitions, then in the kernel, in the modules that the
/// script's probes are in, and in binaries. Types that make no sense are an error; a
/// source that does not exist is not, it just has no types.
package final class TypeTable: Sendable {
  private let kernel: any KernelView
  private let state = Mutex(State())

  private struct State: Sendable {
    var sources: [TypeOrigin: BTFTypes] = [:]
    /// Sources other than the kernel whose types are found by name, in the order of their search.
    var named: [TypeOrigin] = []
    /// What looks for types in binaries of which not all types have been read, by their paths.
    var binaries: [String: BinaryLookUp] = [:]
    var types: [TypeKey: ScriptType] = [:]
    var names: [NameKey: ScriptType?] = [:]
    var fields: [FieldKey: StructureField?] = [:]
    var enumerators: [String: Enumerator?] = [:]
    var layouts: [ScriptType: TypeAnswer<ValueLayout>] = [:]
    /// The script's structures that have some of the kernel's in them.
    var kernelHolders: Set<BTFTypeID> = []
  }

  private struct TypeKey: Hashable {
    var origin: TypeOrigin
    var id: BTFTypeID
    var space: AddressSpace
  }

  private struct NameKey: Hashable {
    var name: String
    var keyword: String?
    var space: AddressSpace
  }

  private struct FieldKey: Hashable {
    var name: String
    var structure: StructureReference
    var space: AddressSpace
  }

  /// Reads the types with a name from a binary: all that were read from it so far, or nil if it has none
  /// of that name.
  package typealias BinaryLookUp =
    @Sendable (_ name: String) throws(MachineError) -> BTFTypes?

  /// A named value of an enumeration.
  package struct Enumerator: Hashable, Sendable {
    package var type: ScriptType
    package var value: TypeNumber
  }

  package init(_ kernel: any KernelView) { self.kernel = kernel }

  // MARK: Sources

  /// Has types of the script's own, or of a binary, be known.
  ///
  /// Those of the script may extend the kernel's.
  package func add(_ types: BTFTypes, from origin: TypeOrigin) throws(BTFError) {
    let holders = try Self.kernelHolders(in: types)
    state.withLock {
      $0.sources[origin] = types
      if origin == .script { $0.kernelHolders = holders }
      $0.names = [:]
      $0.enumerators = [:]
      Self.note(origin, in: &$0)
    }
  }

  /// The structures of `types` that have one of the base's in them, so that their layout follows from it.
  private static func kernelHolders(in types: BTFTypes) throws(BTFError) -> Set<BTFTypeID> {
    var holders: Set<BTFTypeID> = []
    guard types.base != nil else { return holders }
    var count = -1
    // Definitions refer to later ones too: until there are no more.
    while count < holders.count {
      count = holders.count
      for id in types.ownIDs where !holders.contains(id) {
        guard case .composite(let composite) = try types.type(id) else { continue }
        for member in composite.members {
          var inner = try types.resolve(member.type)
          while case .array(let array) = try types.type(inner) {
            inner = try types.resolve(array.element)
          }
          guard case .composite = try types.type(inner) else { continue }
          if inner < types.firstOwnID || holders.contains(inner) {
            holders.insert(id)
            break
          }
        }
      }
    }
    return holders
  }

  /// Has the types of a kernel module be found by their names: the script has a probe in it.
  package func use(module: String) {
    state.withLock {
      guard !$0.named.contains(.module(module)) else { return }
      $0.names = [:]
      $0.enumerators = [:]
      Self.note(.module(module), in: &$0)
    }
  }

  /// Has types of a binary be found by their names: the script has a probe in it.
  package func use(binary path: String, _ lookUp: @escaping BinaryLookUp) {
    state.withLock {
      guard $0.binaries[path] == nil else { return }
      $0.binaries[path] = lookUp
      $0.names = [:]
      Self.note(.binary(path), in: &$0)
    }
  }

  private static func note(_ origin: TypeOrigin, in state: inout State) {
    if !state.named.contains(origin) { state.named.append(origin) }
  }

  /// Where names are looked for, in order.
  private var searched: [TypeOrigin] {
    let named = state.withLock { $0.named }
    return named.filter { $0 == .script } + [.kernel] + named.filter { $0.module != nil }
      + named.filter { $0.binary != nil }
  }

  private func source(_ origin: TypeOrigin) throws(MachineError) -> BTFTypes? {
    if let known = state.withLock({ $0.sources[origin] }) { return known }
    let found: BTFTypes?
    switch origin {
    case .kernel: found = try kernel.btf(nil)
    case .module(let name): found = try kernel.btf(name)
    case .script, .binary: found = nil
    }
    if let found { state.withLock { $0.sources[origin] = found } }
    return found
  }

  /// Reads a source; that it makes no sense is the machine's fault.
  private func read<Result>(
    _ origin: TypeOrigin, _ body: (BTFTypes) throws(BTFError) -> Result?
  ) throws(MachineError) -> Result? {
    guard let types = try source(origin) else { return nil }
    do { return try body(types) } catch { throw .badBTF(error, module: origin.text) }
  }

  /// Where a type that a source refers to is defined: modules and the script refer to the kernel's own.
  private func owner(of id: BTFTypeID, in origin: TypeOrigin, _ types: BTFTypes) -> TypeOrigin {
    id < types.firstOwnID ? .kernel : origin
  }

  // MARK: Look-up by name

  /// The type of a name: `struct task_struct` (with a keyword), or a typedef, structure, enumeration
  /// or integer of that name (without); nil if there is none.
  package func named(
    _ name: String, keyword: String?, space: AddressSpace
  ) throws(MachineError) -> ScriptType? {
    let key = NameKey(name: name, keyword: keyword, space: space)
    if let known = state.withLock({ $0.names[key] }) { return known }
    let kinds: [BTFKind] =
      switch keyword {
      case "struct": [.structure]
      case "union": [.union]
      case "enum": [.enumeration, .enumeration64]
      default: [.typedef, .structure, .union, .enumeration, .enumeration64, .integer]
      }
    var found: ScriptType?
    for origin in searched where found == nil {
      if let path = origin.binary { try lookUp(name, inBinary: path) }
      let id = try read(origin) { types throws(BTFError) -> BTFTypeID? in
        for kind in kinds {
          if let id = try types.findAll(name, [kind]).first { return id }
        }
        return nil
      }
      if let id { found = try type(of: id, in: origin, space: space) }
    }
    let result = found
    state.withLock { $0.names[key] = .some(result) }
    return found
  }

  /// Has the types of that name be among those of a binary, which are read as they are needed.
  private func lookUp(_ name: String, inBinary path: String) throws(MachineError) {
    guard let lookUp = state.withLock({ $0.binaries[path] }), let types = try lookUp(name) else {
      return
    }
    state.withLock { $0.sources[.binary(path)] = types }
  }

  /// The enumerator of that name, or nil.
  package func enumerator(_ name: String) throws(MachineError) -> Enumerator? {
    if let known = state.withLock({ $0.enumerators[name] }) { return known }
    var found: Enumerator?
    for origin in searched where found == nil {
      found = try read(origin) { types throws(BTFError) -> Enumerator? in
        guard let (id, value) = try types.enumValue(named: name),
          case .enumeration(let enumeration) = try types.type(id)
        else { return nil }
        let owner = self.owner(of: id, in: origin, types)
        return Enumerator(
          type: .enumeration(Self.layout(enumeration, owner)),
          value: TypeNumber(value.value, Self.provenance(of: value, in: enumeration, owner)))
      }
    }
    let result = found
    state.withLock { $0.enumerators[name] = .some(result) }
    return found
  }

  /// The type of a variable that each CPU has of its own, or nil if the kernel has no such one.
  package func variableOfCPUs(_ name: String) throws(MachineError) -> ScriptType? {
    let id = try read(.kernel) { types throws(BTFError) -> BTFTypeID? in
      guard let id = try types.findAll(name, [.variable]).first,
        case .variable(_, let type, _) = try types.type(id)
      else { return nil }
      return type
    }
    return try id.map { id throws(MachineError) in
      try type(of: id, in: .kernel, space: .kernel)
    }
  }

  /// Whether the kernel, or a module of which there are types, has a function of that name.
  package func hasFunction(_ name: String) throws(MachineError) -> Bool {
    for module in [nil] + (try kernel.modulesWithBTF).map(Optional.some) {
      let origin = module.map { TypeOrigin.module($0) } ?? .kernel
      let found = try read(origin) { types throws(BTFError) in try types.findAll(name, [.function])
      }
      if found?.isEmpty == false { return true }
    }
    return false
  }

  private static func provenance(
    of enumerator: BTFEnumerator, in enumeration: BTFEnumeration, _ origin: TypeOrigin
  ) -> Provenance {
    switch origin {
    case .script: return .everywhere
    case .binary: return .machine(origin.reason)
    case .kernel, .module:
      if NumberNames.numberOnEveryKernel(enumerator.name) == enumerator.value { return .everywhere }
      // Relocations find enumerations by name only.
      guard !enumeration.name.isEmpty else {
        return .loadTime(.enumerator(enumerator.name, module: origin.module))
      }
      return .relocation(
        .enumeratorValue,
        FieldPath(
          rootKind: .enumeration, root: enumeration.name,
          steps: [
            .member(
              enumerator.name,
              .integer(bytes: enumeration.sizeInBytes, signed: enumeration.isSigned))
          ], module: origin.module))
    }
  }

  // MARK: Conversion

  /// The type with that id as a type of the language; pointers get the address space.
  package func type(
    of id: BTFTypeID, in origin: TypeOrigin, space: AddressSpace
  ) throws(MachineError) -> ScriptType {
    let key = TypeKey(origin: origin, id: id, space: space)
    if let known = state.withLock({ $0.types[key] }) { return known }
    let found = try read(origin) { types throws(BTFError) in
      try self.type(of: id, in: origin, types, space: space, depth: 0)
    }
    guard let found else { return .void }
    state.withLock { $0.types[key] = found }
    return found
  }

  /// The most types between a type and what it consists of; compilers stay far below.
  private static let maximumDepth = 64

  private func type(
    of id: BTFTypeID, in origin: TypeOrigin, _ types: BTFTypes, space: AddressSpace, depth: Int
  ) throws(BTFError) -> ScriptType {
    guard depth < Self.maximumDepth else { throw .tooDeep(id) }
    let resolved = try types.resolve(id)
    func inner(_ id: BTFTypeID, _ space: AddressSpace) throws(BTFError) -> ScriptType {
      try type(of: id, in: origin, types, space: space, depth: depth + 1)
    }
    switch try types.type(resolved) {
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
      let space = try types.tags(of: target).contains("user") ? .user : space
      return .pointer(to: try inner(target, space), space)
    case .array(let array):
      let element = try inner(array.element, space)
      if case .integer(1, _) = element, try Self.isChar(array.element, types) {
        return .string(capacity: max(array.count, 1))
      }
      return .array(of: element, count: array.count)
    case .composite(let composite):
      return .structure(
        StructureReference(
          isUnion: composite.isUnion, name: composite.name,
          origin: owner(of: resolved, in: origin, types), type: resolved.rawValue))
    case .enumeration(let enumeration):
      return .enumeration(Self.layout(enumeration, owner(of: resolved, in: origin, types)))
    case .forward(let name, let isUnion):
      return .structure(
        StructureReference(
          isUnion: isUnion, name: name, origin: owner(of: resolved, in: origin, types),
          type: resolved.rawValue))
    case .typedef, .volatile, .const, .restrict, .typeTag: return .void
    }
  }

  private static func isChar(_ id: BTFTypeID, _ types: BTFTypes) throws(BTFError) -> Bool {
    guard case .integer(let integer) = try types.type(types.resolve(id)) else { return false }
    return integer.name == "char" || integer.isChar
  }

  /// How values of an enumeration lie in memory, and who knows their names: for a kernel's, the kernel
  /// that the script runs on.
  private static func layout(
    _ enumeration: BTFEnumeration, _ origin: TypeOrigin
  ) -> ValueLayout.Enumeration {
    var values = enumeration.values.map {
      ValueLayout.Enumeration.Value(name: $0.name, value: $0.value)
    }
    let names: ValueLayout.Enumeration.NameSource
    switch origin {
    case .kernel, .module:
      names = .kernel(module: origin.module)
      // One that has no name is found by the first of its values.
      values =
        enumeration.name.isEmpty ? values.prefix(1).map { .init(name: $0.name, value: 0) } : []
    case .script, .binary: names = .listed
    }
    return ValueLayout.Enumeration(
      name: enumeration.name,
      bytes: [1, 2, 4, 8].contains(enumeration.sizeInBytes) ? enumeration.sizeInBytes : 4,
      signed: enumeration.isSigned, values: values, names: names)
  }

  // MARK: Structures

  /// The field of that name, searched through anonymous members too; nil if there is none.
  package func field(
    _ name: String, of reference: StructureReference, space: AddressSpace
  ) throws(MachineError) -> StructureField? {
    let key = FieldKey(name: name, structure: reference, space: space)
    if let known = state.withLock({ $0.fields[key] }) { return known }
    let found = try read(reference.origin) { types throws(BTFError) -> StructureField? in
      let id = BTFTypeID(reference.type)
      if case .forward = try types.type(id) { return nil }
      guard let found = try types.field(named: name, in: id) else { return nil }
      return try self.field(found, of: reference, types, space: space)
    }
    state.withLock { $0.fields[key] = .some(found) }
    return found
  }

  /// All fields, those of anonymous members included, in order; nil if only the name is known.
  package func fields(
    of reference: StructureReference, space: AddressSpace
  ) throws(MachineError) -> [StructureField]? {
    try read(reference.origin) { types throws(BTFError) -> [StructureField]? in
      let id = BTFTypeID(reference.type)
      if case .forward = try types.type(id) { return nil }
      var result: [StructureField] = []
      for found in try types.fields(of: id) {
        result.append(try self.field(found, of: reference, types, space: space))
      }
      return result
    }
  }

  private func field(
    _ found: BTFField, of reference: StructureReference, _ types: BTFTypes, space: AddressSpace
  ) throws(BTFError) -> StructureField {
    var type = try type(of: found.type, in: reference.origin, types, space: space, depth: 0)
    var offset = found.byteOffset
    var bits: ValueLayout.BitRange?
    if let width = found.bitWidth {
      let unit = max(type.scalarBytes, 1)
      offset = found.bitOffset / (unit * 8) * unit
      if found.bitOffset - offset * 8 + width > unit * 8 {
        // In a packed structure it may lie across two units, and even need a wider one.
        offset = found.byteOffset
        if found.bitOffset % 8 + width > unit * 8 {
          type = .integer(bytes: 8, signed: type.isSigned)
        }
      }
      bits = ValueLayout.BitRange(lowest: found.bitOffset - offset * 8, count: width)
    }
    let target = try Self.target(of: found.type, in: types, depth: 0)
    return StructureField(
      name: found.name, type: type,
      offset: TypeNumber(
        Int64(offset), provenance(.offset, [.member(found.name, target)], of: reference)),
      bits: bits, target: target)
  }

  private static func target(
    of id: BTFTypeID, in types: BTFTypes, depth: Int
  ) throws(BTFError) -> FieldPath.Target {
    guard depth < maximumDepth else { throw .tooDeep(id) }
    switch try types.type(types.resolve(id)) {
    case .integer(let integer):
      return .integer(bytes: integer.sizeInBytes, signed: integer.isSigned)
    case .pointer: return .pointer
    case .array(let array):
      return .array(
        element: try target(of: array.element, in: types, depth: depth + 1), count: array.count)
    case .composite(let composite):
      return composite.isUnion ? .union(name: composite.name) : .structure(name: composite.name)
    case .enumeration(let enumeration): return .enumeration(bytes: enumeration.sizeInBytes)
    default: return .integer(bytes: 4, signed: false)
    }
  }

  /// Where an answer about a structure, or a field of it, holds.
  private func provenance(
    _ question: IRFieldQuestion, _ steps: [FieldPath.Step], of reference: StructureReference
  ) -> Provenance {
    switch reference.origin {
    case .script: return scriptProvenance(of: reference)
    case .binary: return .machine(reference.origin.reason)
    case .kernel, .module:
      guard let path = reference.path(steps) else {
        return .machine("a structure without a name is taken as this kernel lays it out")
      }
      return .relocation(question, path)
    }
  }

  private func scriptProvenance(of reference: StructureReference) -> Provenance {
    let holdsKernelTypes = state.withLock {
      $0.kernelHolders.contains(BTFTypeID(reference.type))
    }
    return holdsKernelTypes
      ? .machine("a structure of the script has one in it as this kernel lays it out") : .everywhere
  }

  /// How far a field of a field (and so on) is from the start of a structure, in bytes.
  ///
  /// - Parameter fields: One inside the other; not empty.
  package func offset(of fields: [StructureField], in reference: StructureReference) -> TypeNumber {
    let sum = fields.reduce(0) { $0 + $1.offset.reference }
    return TypeNumber(
      sum,
      provenance(.offset, fields.map { .member($0.name, $0.target) }, of: reference))
  }

  /// One where the kernel has a field of a field (and so on) of a structure, else zero.
  package func existence(of fields: [StructureField], in reference: StructureReference)
    -> TypeNumber
  {
    TypeNumber(
      1, provenance(.exists, fields.map { .member($0.name, $0.target) }, of: reference))
  }

  /// Whether more than the name of a structure is known.
  package func isComplete(_ reference: StructureReference) throws(MachineError) -> Bool {
    try size(of: reference) != nil
  }

  /// The size of a structure in bytes, or nil if only its name is known.
  package func size(of reference: StructureReference) throws(MachineError) -> TypeNumber? {
    try read(reference.origin) { types throws(BTFError) -> TypeNumber? in
      let id = BTFTypeID(reference.type)
      if case .forward = try types.type(id) { return nil }
      return TypeNumber(
        Int64(try types.size(of: id)), provenance(.typeSize, [], of: reference))
    }
  }

  // MARK: Layout

  /// The size of a value of this type in memory, in bytes.
  package func size(of type: ScriptType) throws(MachineError) -> TypeNumber {
    if case .structure(let reference) = type {
      return try size(of: reference) ?? TypeNumber(0, .everywhere)
    }
    let layout = try layout(of: type)
    return TypeNumber(Int64(layout.reference.size), layout.provenance)
  }

  /// How values of a type lie in memory.
  package func layout(of type: ScriptType) throws(MachineError) -> TypeAnswer<ValueLayout> {
    if let known = state.withLock({ $0.layouts[type] }) { return known }
    var provenance = Provenance.everywhere
    let layout = try layout(of: type, &provenance, depth: 0)
    let answer = TypeAnswer(layout, provenance)
    state.withLock { $0.layouts[type] = answer }
    return answer
  }

  private func layout(
    of type: ScriptType, _ provenance: inout Provenance, depth: Int
  ) throws(MachineError) -> ValueLayout {
    guard depth < Self.maximumDepth else {
      throw .badBTF(.tooDeep(.void), module: TypeOrigin.kernel.text)
    }
    switch type {
    case .none, .void, .word, .unresolved, .poison, .arguments: return .none
    case .integer(let bytes, let signed): return .integer(bytes: bytes, signed: signed)
    case .boolean: return .boolean
    case .enumeration(let enumeration): return .enumeration(enumeration)
    case .string(let capacity): return .string(capacity: capacity)
    case .buffer(let capacity): return .buffer(capacity: capacity)
    case .pointer: return .pointer
    case .array(let element, let count):
      return .array(
        element: try layout(of: element, &provenance, depth: depth + 1), count: count)
    case .tuple(let elements):
      return try pack(elements.map { ("", $0) }, &provenance, depth) { .tuple($0, size: $1) }
    case .record(let fields):
      return try pack(fields.map { ($0.name, $0.type) }, &provenance, depth) {
        .record($0, size: $1)
      }
    case .structure(let reference):
      return try layout(of: reference, &provenance, depth: depth)
    case .presented(let presentation): return .presented(presentation)
    case .aggregation(let aggregation): return aggregation.layout
    }
  }

  private func pack(
    _ elements: [(name: String, type: ScriptType)], _ provenance: inout Provenance, _ depth: Int,
    _ make: ([ValueLayout.Field], Int) -> ValueLayout
  ) throws(MachineError) -> ValueLayout {
    var layouts: [(name: String, layout: ValueLayout)] = []
    for (name, type) in elements {
      layouts.append((name, try layout(of: type, &provenance, depth: depth + 1)))
    }
    let packed = ValueLayout.pack(layouts)
    return make(packed.fields, packed.size)
  }

  private func layout(
    of reference: StructureReference, _ provenance: inout Provenance, depth: Int
  ) throws(MachineError) -> ValueLayout {
    var fields: [ValueLayout.Field] = []
    for field in try self.fields(of: reference, space: .kernel) ?? [] {
      let layout = try layout(of: field.type, &provenance, depth: depth + 1)
      fields.append(
        ValueLayout.Field(
          name: field.name, offset: Int(field.offset.reference), layout: layout.ofStructure,
          bits: field.bits))
    }
    switch reference.origin {
    case .script:
      let own = scriptProvenance(of: reference)
      if own != .everywhere { provenance = own }
    case .binary: provenance = .machine(reference.origin.reason)
    case .kernel, .module:
      provenance = .machine("a structure is copied whole, as this kernel lays it out")
    }
    return .record(fields, size: Int(try size(of: reference)?.reference ?? 0))
  }
}

extension ValueLayout {
  /// The same layout where it is that of a structure's field: text may fill its array.
  fileprivate var ofStructure: ValueLayout {
    switch self {
    case .string(let count): .characters(count: count)
    case .array(let element, let count): .array(element: element.ofStructure, count: count)
    default: self
    }
  }
}
