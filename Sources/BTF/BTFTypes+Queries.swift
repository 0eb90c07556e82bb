extension BTFTypes {
  /// How many types may hang on each other before a chain counts as broken; compilers stay far below.
  static let maximumDepth = 64
  /// How many members a search may look at in all.
  static let maximumSteps = 200_000

  /// Returns what `id` means without `const`, `volatile`, `restrict`, type tags and typedefs.
  package func resolve(_ id: BTFTypeID) throws(BTFError) -> BTFTypeID {
    try skip(id, typedefs: true)
  }

  /// Returns `id` without `const`, `volatile`, `restrict` and type tags; typedefs stay.
  package func withoutQualifiers(_ id: BTFTypeID) throws(BTFError) -> BTFTypeID {
    try skip(id, typedefs: false)
  }

  private func skip(_ id: BTFTypeID, typedefs: Bool) throws(BTFError) -> BTFTypeID {
    var current = id
    for _ in 0..<Self.maximumDepth {
      switch try kind(of: current) {
      case .const, .volatile, .restrict, .typeTag: current = try target(of: current)
      case .typedef where typedefs: current = try target(of: current)
      default: return current
      }
    }
    throw .tooDeep(id)
  }

  /// Returns what a pointer, typedef, qualifier, tag, function or variable refers to.
  package func target(of id: BTFTypeID) throws(BTFError) -> BTFTypeID {
    switch try type(id) {
    case .pointer(let target), .typedef(_, let target), .volatile(let target), .const(let target),
      .restrict(let target), .function(_, let target, _), .variable(_, let target, _),
      .declarationTag(_, let target, _), .typeTag(_, let target):
      return target
    case .array(let array): return array.element
    default: throw .wrongKind(id, found: try kind(of: id))
    }
  }

  /// Returns the type tags (`user`, `rcu`, `percpu`) between `id` and the type it qualifies.
  package func tags(of id: BTFTypeID) throws(BTFError) -> [String] {
    var tags: [String] = []
    var current = id
    for _ in 0..<Self.maximumDepth {
      switch try type(current) {
      case .const(let target), .volatile(let target), .restrict(let target): current = target
      case .typeTag(let name, let target):
        tags.append(name)
        current = target
      default: return tags
      }
    }
    throw .tooDeep(id)
  }

  /// Returns how many bytes a value of type `id` takes.
  ///
  /// - Parameter pointerSize: Eight, unless the BTF is of a 32-bit machine.
  /// - Throws: `BTFError.sizeless` for what has no size.
  package func size(of id: BTFTypeID, pointerSize: Int = 8) throws(BTFError) -> Int {
    var current = id
    var count = 1
    for _ in 0..<Self.maximumDepth {
      let size: Int
      switch try type(current) {
      case .integer(let integer): size = integer.sizeInBytes
      case .composite(let composite): size = composite.sizeInBytes
      case .enumeration(let enumeration): size = enumeration.sizeInBytes
      case .float(_, let sizeInBytes): size = sizeInBytes
      case .dataSection(let section): size = section.sizeInBytes
      case .pointer: size = pointerSize
      case .array(let array):
        let (product, overflow) = count.multipliedReportingOverflow(by: array.count)
        guard !overflow else { throw .overflow(id) }
        count = product
        current = array.element
        continue
      case .typedef(_, let target), .const(let target), .volatile(let target),
        .restrict(let target), .typeTag(_, let target), .variable(_, let target, _):
        current = target
        continue
      case .void, .forward, .function, .functionPrototype, .declarationTag:
        throw .sizeless(current)
      }
      let (product, overflow) = count.multipliedReportingOverflow(by: size)
      guard !overflow else { throw .overflow(id) }
      return product
    }
    throw .tooDeep(id)
  }

  /// Returns the struct or union behind `id`, typedefs and qualifiers resolved; nil if it is neither.
  package func compositeType(_ id: BTFTypeID) throws(BTFError) -> BTFComposite? {
    guard case .composite(let composite) = try type(resolve(id)) else { return nil }
    return composite
  }

  /// Returns the members of the struct or union behind `id`, anonymous ones as they are.
  package func members(of id: BTFTypeID) throws(BTFError) -> [BTFMember] {
    guard let composite = try compositeType(id) else {
      throw .wrongKind(id, found: try kind(of: resolve(id)))
    }
    return composite.members
  }

  /// Returns all members that `value.name` can reach: those of anonymous members stand in their place.
  package func fields(of id: BTFTypeID) throws(BTFError) -> [BTFField] {
    var fields: [BTFField] = []
    var steps = 0
    try visit(id, bitOffset: 0, path: [], steps: &steps) { fields.append($0) }
    return fields
  }

  /// Returns the member `name` of the struct or union behind `id`, also from anonymous members.
  package func field(named name: String, in id: BTFTypeID) throws(BTFError) -> BTFField? {
    var steps = 0
    return try search(name, id, bitOffset: 0, path: [], steps: &steps)
  }

  /// Looks at the members of one level before it goes into anonymous ones, as they may not clash.
  private func search(
    _ name: String, _ id: BTFTypeID, bitOffset: Int, path: [Int], steps: inout Int
  ) throws(BTFError) -> BTFField? {
    guard path.count < Self.maximumDepth, steps < Self.maximumSteps else { throw .tooDeep(id) }
    guard case .composite(let composite) = try type(resolve(id)) else {
      if path.isEmpty { throw .wrongKind(id, found: try kind(of: resolve(id))) }
      return nil
    }
    steps += composite.members.count + 1
    for (number, member) in composite.members.enumerated() where member.name == name {
      return BTFField(
        name: name, type: member.type, bitOffset: bitOffset + member.bitOffset,
        bitWidth: member.bitWidth, path: path + [number])
    }
    for (number, member) in composite.members.enumerated() where member.name.isEmpty {
      if let found = try search(
        name, member.type, bitOffset: bitOffset + member.bitOffset, path: path + [number],
        steps: &steps)
      {
        return found
      }
    }
    return nil
  }

  private func visit(
    _ id: BTFTypeID, bitOffset: Int, path: [Int], steps: inout Int, _ body: (BTFField) -> Void
  ) throws(BTFError) {
    guard path.count < Self.maximumDepth, steps < Self.maximumSteps else { throw .tooDeep(id) }
    guard case .composite(let composite) = try type(resolve(id)) else {
      if path.isEmpty { throw .wrongKind(id, found: try kind(of: resolve(id))) }
      return
    }
    steps += composite.members.count + 1
    for (number, member) in composite.members.enumerated() {
      let isComposite = try [.structure, .union].contains(kind(of: resolve(member.type)))
      if member.name.isEmpty, isComposite {
        try visit(
          member.type, bitOffset: bitOffset + member.bitOffset, path: path + [number],
          steps: &steps, body)
      } else if !member.name.isEmpty {
        body(
          BTFField(
            name: member.name, type: member.type, bitOffset: bitOffset + member.bitOffset,
            bitWidth: member.bitWidth, path: path + [number]))
      }
    }
  }
}
