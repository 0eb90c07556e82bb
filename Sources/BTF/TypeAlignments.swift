/// How compilers lay types out, as far as it can be seen from where members lie.
package struct TypeAlignments: Sendable {
  private let types: BTFTypes
  private let pointerSize = 8
  private var known: [BTFTypeID: Int] = [:]

  /// Alignments of the types in `types`, none of which is looked at yet.
  package init(of types: BTFTypes) { self.types = types }

  /// The alignment of type `id` in bytes; 1 for a packed struct, 0 for what has none.
  package mutating func alignment(of id: BTFTypeID) throws(BTFError) -> Int {
    try alignment(of: id, depth: 0)
  }

  /// The greatest alignment of the members; nil if one of them or the end is not aligned, which they
  /// only can be with `__attribute__((packed))`.
  mutating func naturalAlignment(of composite: BTFComposite) throws(BTFError) -> Int? {
    try naturalAlignment(of: composite, depth: 0)
  }

  private mutating func alignment(of id: BTFTypeID, depth: Int) throws(BTFError) -> Int {
    if let alignment = known[id] { return alignment }
    guard depth < BTFTypes.maximumDepth else { throw .tooDeep(id) }
    let alignment: Int
    switch try types.type(id) {
    case .integer(let integer): alignment = min(pointerSize, integer.sizeInBytes)
    case .enumeration(let enumeration): alignment = min(pointerSize, enumeration.sizeInBytes)
    case .float(_, let size): alignment = min(pointerSize, size)
    case .pointer: alignment = pointerSize
    case .array(let array):
      alignment = try self.alignment(of: array.element, depth: depth + 1)
    case .typedef(_, let target), .const(let target), .volatile(let target),
      .restrict(let target), .typeTag(_, let target), .variable(_, let target, _):
      alignment = try self.alignment(of: target, depth: depth + 1)
    case .composite(let composite):
      alignment = try naturalAlignment(of: composite, depth: depth) ?? 1
    case .void, .forward, .function, .functionPrototype, .declarationTag, .dataSection:
      alignment = 0
    }
    known[id] = alignment
    return alignment
  }

  private mutating func naturalAlignment(
    of composite: BTFComposite, depth: Int
  ) throws(BTFError) -> Int? {
    var greatest = 1
    for member in composite.members {
      let own = try alignment(of: member.type, depth: depth + 1)
      guard own > 0 else { continue }
      greatest = max(greatest, own)
      if member.bitWidth == nil, member.bitOffset % (8 * own) != 0 { return nil }
    }
    return composite.sizeInBytes % greatest == 0 ? greatest : nil
  }
}
