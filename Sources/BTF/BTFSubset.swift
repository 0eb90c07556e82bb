/// Chooses some types of a BTF and writes them as a smaller one.
///
/// libbpf takes such a BTF instead of the kernel's for CO-RE relocations, and recorded kernels are made
/// of them. Offsets, sizes and names stay; ids do not.
package struct BTFSubset {
  /// What becomes of the types that are only pointed to.
  package enum PointerTargets: Hashable, Sendable {
    /// Structs and unions become forward declarations, other types are kept.
    case named
    /// They are left out: every pointer is a `void *`.
    case opaque
  }

  /// How much of a type is kept.
  private enum Extent: Equatable {
    /// Its name, because something points to it.
    case mention
    /// The members with these indices, and the size.
    case members(Set<Int>)
    case whole

    /// What satisfies both.
    func joined(_ other: Extent) -> Extent {
      switch (self, other) {
      case (.whole, _), (_, .whole): .whole
      case (.members(let left), .members(let right)): .members(left.union(right))
      case (.members, .mention): self
      case (.mention, _): other
      }
    }
  }

  /// Where whatever is kept comes from.
  package let types: BTFTypes
  private let pointers: PointerTargets
  private var roots: [BTFTypeID: Extent] = [:]
  /// What structures are called in place of their own names.
  private var names: [BTFTypeID: String] = [:]

  /// Starts with nothing; whatever is kept comes from `types` or its base.
  package init(of types: BTFTypes, pointers: PointerTargets) {
    self.types = types
    self.pointers = pointers
  }

  /// Keeps type `id` with all members, and everything its values consist of.
  package mutating func keep(_ id: BTFTypeID) {
    want(id, .whole)
  }

  /// Keeps type `id` with its size; of its members those that other calls ask for.
  package mutating func keepShell(_ id: BTFTypeID) {
    want(id, .members([]))
  }

  /// Keeps the way from `id` through `steps`, and what it ends at as a shell.
  ///
  /// - Returns: False when the type has no such field; what leads up to that is kept.
  @discardableResult
  package mutating func keep(
    _ id: BTFTypeID, steps: some Sequence<CORERelocation.Step>
  ) throws(BTFError) -> Bool {
    want(id, .members([]))
    var current = id
    for step in steps {
      switch step {
      case .element:
        guard case .array(let array) = try types.type(types.resolve(current)) else { return false }
        current = array.element
      case .member(let name):
        guard try types.compositeType(current) != nil,
          let field = try types.field(named: name, in: current)
        else { return false }
        for index in field.path {
          want(current, .members([index]))
          current = try types.members(of: current)[index].type
        }
      }
      want(current, .members([]))
    }
    return true
  }

  /// Keeps what libbpf needs to resolve `relocation` as it would with all types.
  ///
  /// That is nothing for a relocation that asks for a type's id, which no subset can answer; see
  /// `CORERelocation.needsKernelIDs`.
  package mutating func keep(_ relocation: CORERelocation) throws(BTFError) {
    guard !relocation.rootName.isEmpty else { return }
    var kinds = [relocation.rootKind]
    if [.enumeration, .enumeration64].contains(relocation.rootKind) {
      kinds = [.enumeration, .enumeration64]
    }
    for candidate in try types.findFlavours(of: relocation.rootName, kinds) {
      switch relocation.kind {
      case .fieldByteOffset, .fieldByteSize, .fieldExists, .fieldSigned, .fieldLeftShift,
        .fieldRightShift:
        try keep(candidate, steps: relocation.steps)
      case .typeExists, .typeSize: keepShell(candidate)
      case .typeMatches, .enumValueExists, .enumValue: keep(candidate)
      case .typeIDLocal, .typeIDTarget: break
      }
    }
  }

  /// Calls a structure otherwise, so that what asks for `name` finds it.
  package mutating func rename(_ id: BTFTypeID, to name: String) {
    names[id] = name
  }

  private mutating func want(_ id: BTFTypeID, _ extent: Extent) {
    roots[id] = roots[id]?.joined(extent) ?? extent
  }

  /// Encodes what is kept, in the order it has in the original.
  package func bytes() throws(BTFError) -> [UInt8] {
    var writer = BTFWriter()
    try write(to: &writer)
    return writer.bytes
  }

  /// Adds what is kept to other types, in the order it has in the original.
  package func write(to writer: inout BTFWriter) throws(BTFError) {
    let extents = try closure()
    let ids = extents.keys.sorted()
    let first = writer.nextID.rawValue
    var numbers: [BTFTypeID: BTFTypeID] = [.void: .void]
    for (number, id) in ids.enumerated() { numbers[id] = BTFTypeID(first + UInt32(number)) }
    for id in ids {
      let extent = extents[id] ?? .whole
      writer.add(
        renumbered(named(cut(try types.type(id), to: extent), names[id])) { numbers[$0] ?? .void })
    }
  }

  // MARK: Closure

  /// Returns every type that is needed, and how much of it.
  private func closure() throws(BTFError) -> [BTFTypeID: Extent] {
    var extents: [BTFTypeID: Extent] = [:]
    var open = roots.map { ($0.key, $0.value) }
    while let (id, wanted) = open.popLast() {
      guard id != .void else { continue }
      var extent = extents[id]?.joined(wanted) ?? wanted
      if extent == .mention, case .composite(let composite) = try types.type(id),
        composite.name.isEmpty
      {
        extent = .whole  // nothing to mention it by
      }
      if extents[id] == extent { continue }
      extents[id] = extent
      open += try needs(of: types.type(id), extent)
    }
    return extents
  }

  /// Returns what `type` refers to, if `extent` of it is kept.
  private func needs(
    of type: BTFType, _ extent: Extent
  ) throws(BTFError) -> [(BTFTypeID, Extent)] {
    switch type {
    case .void, .integer, .enumeration, .forward, .float: return []
    case .pointer(let target): return pointers == .opaque ? [] : [(target, .mention)]
    case .array(let array): return [(array.element, extent), (array.index, .whole)]
    case .composite(let composite):
      switch extent {
      case .mention: return []
      case .whole: return composite.members.map { ($0.type, .whole) }
      case .members(let kept):
        return composite.members.indices.filter(kept.contains).map {
          (composite.members[$0].type, .members([]))
        }
      }
    case .typedef(_, let target), .volatile(let target), .const(let target),
      .restrict(let target), .typeTag(_, let target):
      return [(target, extent)]
    case .function(_, let prototype, _): return [(prototype, .whole)]
    case .functionPrototype(let prototype):
      return ([prototype.returns] + prototype.parameters.map(\.type)).map { ($0, .mention) }
    case .variable(_, let type, _): return [(type, .whole)]
    case .dataSection(let section): return section.variables.map { ($0.variable, .whole) }
    case .declarationTag(_, let target, _): return [(target, .whole)]
    }
  }

  // MARK: Rewriting

  private func named(_ type: BTFType, _ name: String?) -> BTFType {
    guard let name, case .composite(let composite) = type else { return type }
    return .composite(
      BTFComposite(
        isUnion: composite.isUnion, name: name, sizeInBytes: composite.sizeInBytes,
        members: composite.members))
  }

  private func cut(_ type: BTFType, to extent: Extent) -> BTFType {
    switch (type, extent) {
    case (.composite(let composite), .mention):
      return .forward(name: composite.name, isUnion: composite.isUnion)
    case (.composite(let composite), .members(let kept)):
      let members = composite.members.indices.filter(kept.contains).map { composite.members[$0] }
      return .composite(
        BTFComposite(
          isUnion: composite.isUnion, name: composite.name, sizeInBytes: composite.sizeInBytes,
          members: members))
    default: return type
    }
  }

  private func renumbered(_ type: BTFType, _ number: (BTFTypeID) -> BTFTypeID) -> BTFType {
    switch type {
    case .void, .integer, .enumeration, .forward, .float: return type
    case .pointer(let target): return .pointer(to: pointers == .opaque ? .void : number(target))
    case .array(let array):
      return .array(
        BTFArray(
          element: number(array.element), index: number(array.index), count: array.count))
    case .composite(let composite):
      let members = composite.members.map {
        BTFMember(
          name: $0.name, type: number($0.type), bitOffset: $0.bitOffset, bitWidth: $0.bitWidth)
      }
      return .composite(
        BTFComposite(
          isUnion: composite.isUnion, name: composite.name, sizeInBytes: composite.sizeInBytes,
          members: members))
    case .typedef(let name, let target): return .typedef(name: name, target: number(target))
    case .volatile(let target): return .volatile(number(target))
    case .const(let target): return .const(number(target))
    case .restrict(let target): return .restrict(number(target))
    case .function(let name, let prototype, let linkage):
      return .function(name: name, prototype: number(prototype), linkage: linkage)
    case .functionPrototype(let prototype):
      let parameters = prototype.parameters.map {
        BTFParameter(name: $0.name, type: number($0.type))
      }
      return .functionPrototype(
        BTFPrototype(
          returns: number(prototype.returns), parameters: parameters,
          isVariadic: prototype.isVariadic))
    case .variable(let name, let type, let linkage):
      return .variable(name: name, type: number(type), linkage: linkage)
    case .dataSection(let section):
      let variables = section.variables.map {
        BTFDataSection.Variable(
          variable: number($0.variable), offset: $0.offset, sizeInBytes: $0.sizeInBytes)
      }
      return .dataSection(
        BTFDataSection(
          name: section.name, sizeInBytes: section.sizeInBytes, variables: variables))
    case .declarationTag(let name, let target, let component):
      return .declarationTag(name: name, target: number(target), component: component)
    case .typeTag(let name, let target): return .typeTag(name: name, target: number(target))
    }
  }
}
