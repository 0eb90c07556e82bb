internal import TraceModel

/// The kernel structures that a module reaches into, with the members it names and no others.
///
/// The loader compares them with the running kernel's by name and corrects every offset, so the
/// layout they have here does not matter, except that LLVM wants a sound one.
final class FieldTypes {
  private struct Structure {
    var name: String
    var isUnion: Bool
    var members: [(name: String, target: FieldPath.Target)] = []
  }

  /// A type as LLVM knows it.
  private struct Described {
    var type: LLVMType
    var debug: LLVMMetadata
    var size: Int
    var alignment: Int
  }

  /// Where a structure is found: its kind and name, or, for one without a name, the way to it.
  private typealias Key = String

  private var structures: [Key: Structure] = [:]
  private var order: [Key] = []
  private var described: [Key: Described] = [:]
  /// The enumerators that are asked for, by the names of their enumerations.
  private var enumerators: [String: [String]] = [:]
  private var describedEnumerations: [String: LLVMMetadata] = [:]
  private let flavour: Int

  /// - Parameter flavour: Not zero: a number to mark the names of structures with.
  init(_ paths: [FieldPath], flavour: Int) {
    self.flavour = flavour
    for path in paths {
      if path.rootKind == .enumeration { collect(enumerator: path) } else { collect(path) }
    }
  }

  // MARK: Collecting

  private static func key(_ kind: String, _ name: String, way: String) -> Key {
    name.isEmpty ? "\(kind) in \(way)" : "\(kind) \(name)"
  }

  private static func key(of path: FieldPath) -> Key {
    key(path.rootKind == .union ? "union" : "struct", path.root, way: "")
  }

  /// The key of the structure that a target is, if it is one.
  private static func key(of target: FieldPath.Target, way: String) -> Key? {
    switch target {
    case .structure(let name): key("struct", name, way: way)
    case .union(let name): key("union", name, way: way)
    case .array(let element, _): key(of: element, way: way)
    case .integer, .pointer, .enumeration: nil
    }
  }

  private func open(_ key: Key, _ name: String, isUnion: Bool) {
    guard structures[key] == nil else { return }
    structures[key] = Structure(name: name, isUnion: isUnion)
    order.append(key)
  }

  private func open(_ target: FieldPath.Target, way: String) {
    guard let key = Self.key(of: target, way: way) else { return }
    switch target {
    case .structure(let name): open(key, name, isUnion: false)
    case .union(let name): open(key, name, isUnion: true)
    case .array(let element, _): open(element, way: way)
    case .integer, .pointer, .enumeration: break
    }
  }

  private func collect(_ path: FieldPath) {
    var container: Key? = Self.key(of: path)
    if let container { open(container, path.root, isUnion: path.rootKind == .union) }
    for step in path.steps {
      guard case .member(let name, let target) = step, let key = container else { continue }
      let way = "\(key).\(name)"
      if structures[key]?.members.contains(where: { $0.name == name }) == false {
        structures[key]?.members.append((name, target))
      }
      open(target, way: way)
      container = Self.key(of: target, way: way)
    }
  }

  private func collect(enumerator path: FieldPath) {
    guard case .member(let name, _)? = path.steps.first else { return }
    if enumerators[path.root]?.contains(name) != true {
      enumerators[path.root, default: []].append(name)
    }
  }

  // MARK: Describing

  /// Makes LLVM's types of all structures; called once, when every path is known.
  func describe(in unit: borrowing LLVMUnit, file: LLVMMetadata) {
    for key in order { _ = describe(key, in: unit, file: file) }
  }

  private func describe(
    _ key: Key, in unit: borrowing LLVMUnit, file: LLVMMetadata
  ) -> Described {
    if let known = described[key] { return known }
    guard let structure = structures[key] else { preconditionFailure("\(key) was not collected") }
    var (types, members): ([LLVMType], [DebugMember]) = ([], [])
    var (size, alignment) = (0, 1)
    for (name, target) in structure.members {
      let member = describe(target, way: "\(key).\(name)", in: unit, file: file)
      let offset =
        structure.isUnion ? 0 : (size + member.alignment - 1) / member.alignment * member.alignment
      members.append(
        DebugMember(name: name, type: member.debug, size: member.size, offset: offset))
      types.append(member.type)
      size = max(size, offset + member.size)
      alignment = max(alignment, member.alignment)
    }
    size = (size + alignment - 1) / alignment * alignment
    let kind = structure.isUnion ? "union" : "struct"
    let name = marked(structure.name)
    let result = Described(
      type: unit.structureType("\(kind).\(name)", types),
      debug: unit.debugStructure(
        name, isUnion: structure.isUnion, size: size, members, in: file),
      size: size, alignment: alignment)
    described[key] = result
    return result
  }

  /// The name of a type in the object.
  private func marked(_ name: String) -> String {
    flavour > 0 && !name.isEmpty ? "\(name)___\(flavour)" : name
  }

  private func describe(
    _ target: FieldPath.Target, way: String, in unit: borrowing LLVMUnit, file: LLVMMetadata
  ) -> Described {
    switch target {
    case .integer(let bytes, let signed):
      return Described(
        type: unit.integerType(bits: bytes * 8),
        debug: unit.debugInteger(
          Self.integerName(bytes: bytes, signed: signed), bytes: bytes, signed: signed),
        size: bytes, alignment: bytes)
    case .pointer:
      return Described(
        type: unit.pointerType, debug: unit.debugPointer(), size: 8, alignment: 8)
    case .enumeration(let bytes):
      return Described(
        type: unit.integerType(bits: bytes * 8),
        debug: unit.debugEnumeration(bytes: bytes, in: file),
        size: bytes, alignment: bytes)
    case .array(let element, let count):
      let element = describe(element, way: way, in: unit, file: file)
      return Described(
        type: unit.arrayType(element.type, count: count),
        debug: unit.debugArray(element.debug, elementSize: element.size, count: count),
        size: element.size * count, alignment: element.alignment)
    case .structure, .union:
      guard let key = Self.key(of: target, way: way) else {
        preconditionFailure("a structure has no key")
      }
      return describe(key, in: unit, file: file)
    }
  }

  private static func integerName(bytes: Int, signed: Bool) -> String {
    switch (bytes, signed) {
    case (1, true): "signed char"
    case (1, false): "unsigned char"
    case (2, true): "short"
    case (2, false): "unsigned short"
    case (4, true): "int"
    case (4, false): "unsigned int"
    case (_, true): "long"
    case (_, false): "unsigned long"
    }
  }

  // MARK: Types and enumerators

  /// The structure that a path without steps is.
  func structure(
    of path: FieldPath, in unit: borrowing LLVMUnit, file: LLVMMetadata
  ) -> LLVMMetadata {
    describe(Self.key(of: path), in: unit, file: file).debug
  }

  /// The enumeration of an enumerator, and the enumerator as LLVM wants it: its name and the value
  /// that it has in the object.
  func enumerator(
    of path: FieldPath, in unit: borrowing LLVMUnit, file: LLVMMetadata
  ) -> (enumeration: LLVMMetadata, text: String) {
    guard case .member(let name, .integer(let bytes, let signed))? = path.steps.first,
      let names = enumerators[path.root], let index = names.firstIndex(of: name)
    else { preconditionFailure("\(path.text) is not an enumerator") }
    let description =
      describedEnumerations[path.root]
      ?? unit.debugEnumeration(
        marked(path.root), bytes: bytes, signed: signed, enumerators: names, in: file)
    describedEnumerations[path.root] = description
    return (description, "\(name):\(index)")
  }

  // MARK: Reaching a field

  /// Writes the instructions that give the address of the field at `path` of the structure at `base`;
  /// LLVM turns them into one relocated offset.
  func address(
    of path: FieldPath, base: LLVMValue, in unit: borrowing LLVMUnit, file: LLVMMetadata
  ) -> LLVMValue {
    var address = base
    var key: Key? = Self.key(of: path)
    var way = ""
    /// What the address points to, unless it is a structure that `key` names.
    var target: FieldPath.Target?
    for step in path.steps {
      switch step {
      case .member(let name, let next):
        guard let container = key, let structure = structures[container],
          let index = structure.members.firstIndex(where: { $0.name == name })
        else { preconditionFailure("\(path.text): .\(name) of what is no structure") }
        let description = describe(container, in: unit, file: file)
        address =
          structure.isUnion
          ? unit.unionMember(index, of: address, description: description.debug)
          : unit.structureMember(
            index, of: address, type: description.type, description: description.debug)
        way = "\(container).\(name)"
        // The first path that named the member decided its type for all.
        target = structure.members[index].target
        key = Self.key(of: next, way: way)
      case .element(let index, let next):
        guard case .array(let element, _) = target, let array = target else {
          preconditionFailure("\(path.text): element of what is no array")
        }
        let description = describe(array, way: way, in: unit, file: file)
        address = unit.arrayElement(
          index, of: address, type: description.type, description: description.debug)
        target = element
        key = Self.key(of: next, way: way)
      }
    }
    return address
  }
}
