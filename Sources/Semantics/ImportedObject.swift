import BTF
package import TraceIR
package import TraceModel

/// An object of BPF programs that a script imports: its functions can be called.
package struct ImportedObject: Sendable {
  /// As messages name it.
  package var path: String
  /// The ELF image.
  package var bytes: [UInt8]
  /// The licence that it says it has; nil if it says none.
  package var license: String?
  /// Those that others may call.
  package var functions: [ImportedFunction]
  /// The fields that it asks the loader for.
  package var fields: [FieldPath]
}

/// A function of an imported object.
package struct ImportedFunction: Hashable, Sendable {
  package var name: String
  /// How it is called; nil if it has more than five parameters, or some that are no numbers or addresses.
  package var declaration: IRExternalFunction?
}

/// Why bytes are no object that can be imported.
package enum ImportedObjectProblem: Error, Hashable, Sendable {
  /// They are no 64-bit ELF image for BPF, or a broken one.
  case notAnObject
  /// There is no BTF in it, so that nothing is known of its functions.
  case noTypes
  /// There is code outside of functions: a program, in that section.
  case program(section: String)
  /// It asks for something that takes all the types of a kernel; about which type.
  case wholeKernel(type: String)
}

extension ImportedObject {
  /// Where the code of functions is; that of programs has sections of its own.
  private static let functionSection = ".text"

  /// Reads an ELF image.
  package init(path: String, bytes: [UInt8]) throws(ImportedObjectProblem) {
    guard let sections = ELFSections(bytes), sections.isBPF else { throw .notAnObject }
    if let program = sections.code.first(where: { $0.name != Self.functionSection }) {
      throw .program(section: program.name)
    }
    guard let section = sections.contents(of: ".BTF") else { throw .noTypes }
    self.path = path
    self.bytes = bytes
    license = sections.contents(of: "license").map {
      String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
    }
    let asked: [(relocation: CORERelocation, path: FieldPath?)]
    do throws(BTFError) {
      let types = try BTFTypes(Array(section))
      functions = try types.globalFunctions
      asked = try types.relocations(sections.contents(of: ".BTF.ext").map(Array.init) ?? [])
    } catch { throw .notAnObject }
    fields = []
    for (relocation, path) in asked {
      guard let path else { throw .wholeKernel(type: relocation.rootName) }
      if !fields.contains(path) { fields.append(path) }
    }
  }
}

extension BTFTypes {
  /// The functions that others may call.
  fileprivate var globalFunctions: [ImportedFunction] {
    get throws(BTFError) {
      var result: [ImportedFunction] = []
      for id in ownIDs {
        guard case .function(let name, let prototype, .global) = try type(id),
          case .functionPrototype(let types) = try type(prototype)
        else { continue }
        result.append(
          ImportedFunction(name: name, declaration: try declaration(of: name, types)))
      }
      return result
    }
  }

  /// The most arguments that BPF passes.
  private static let mostParameters = 5

  private func declaration(
    of name: String, _ prototype: BTFPrototype
  ) throws(BTFError) -> IRExternalFunction? {
    guard !prototype.isVariadic, prototype.parameters.count <= Self.mostParameters else {
      return nil
    }
    var parameters: [IRExternalFunction.Parameter] = []
    for (index, parameter) in prototype.parameters.enumerated() {
      guard let type = try word(parameter.type) else { return nil }
      parameters.append(
        .init(name: parameter.name.isEmpty ? "\(index + 1)" : parameter.name, type: type))
    }
    if try resolve(prototype.returns) == .void {
      return IRExternalFunction(name: name, parameters: parameters, result: .void)
    }
    guard let result = try word(prototype.returns) else { return nil }
    return IRExternalFunction(name: name, parameters: parameters, result: result)
  }

  /// A type whose values are one word; nil for any other.
  private func word(_ id: BTFTypeID) throws(BTFError) -> IRForeignType? {
    switch try type(resolve(id)) {
    case .integer(let integer) where integer.isBool: return .boolean
    case .integer(let integer) where integer.sizeInBytes <= 8:
      return .integer(bytes: integer.sizeInBytes, signed: integer.isSigned)
    case .enumeration(let enumeration):
      return .enumeration(name: enumeration.name, bytes: enumeration.sizeInBytes)
    case .pointer(let target): return try pointee(target, depth: 0).map { .pointer(to: $0) }
    default: return nil
    }
  }

  /// What can be pointed to; nil for what callers could not say again.
  private func pointee(_ id: BTFTypeID, depth: Int) throws(BTFError) -> IRForeignType? {
    guard depth < Self.mostParameters else { return nil }
    let target = try resolve(id)
    switch try type(target) {
    case .void: return .void
    case .integer(let integer) where integer.isBool: return .boolean
    case .integer(let integer):
      return .integer(bytes: integer.sizeInBytes, signed: integer.isSigned)
    case .enumeration(let enumeration) where !enumeration.name.isEmpty:
      return .enumeration(name: enumeration.name, bytes: enumeration.sizeInBytes)
    case .composite(let composite) where !composite.name.isEmpty:
      return .structure(name: composite.name, isUnion: composite.isUnion)
    case .forward(let name, let isUnion): return .structure(name: name, isUnion: isUnion)
    case .pointer(let inner):
      return try pointee(inner, depth: depth + 1).map { .pointer(to: $0) }
    default: return nil
    }
  }

  // MARK: Relocations

  /// What an object asks the loader for, each with the path that the loader needs the types of; none for
  /// what takes more than that.
  fileprivate func relocations(
    _ extension: [UInt8]
  ) throws(BTFError) -> [(relocation: CORERelocation, path: FieldPath?)] {
    guard !`extension`.isEmpty else { return [] }
    var result: [(relocation: CORERelocation, path: FieldPath?)] = []
    // What is local needs nothing of the kernel.
    for relocation in try CORERelocation.all(in: `extension`, types: self)
    where relocation.kind != .typeIDLocal {
      result.append((relocation, try path(of: relocation)))
    }
    return result
  }

  private func path(of relocation: CORERelocation) throws(BTFError) -> FieldPath? {
    let kind: FieldPath.RootKind
    switch relocation.rootKind {
    case .structure: kind = .structure
    case .union: kind = .union
    case .enumeration, .enumeration64: kind = .enumeration
    default: return nil
    }
    guard !relocation.needsKernelIDs, relocation.kind != .typeMatches,
      !relocation.rootName.isEmpty
    else { return nil }
    var steps: [FieldPath.Step] = []
    var current = try find(relocation.rootName, relocation.rootKind)
    for step in relocation.steps {
      switch step {
      case .member(let name) where kind == .enumeration:
        steps.append(.member(name, .enumeration(bytes: 4)))
      case .member(let name):
        current = try current.flatMap { type throws(BTFError) in
          try field(named: name, in: type)?.type
        }
        steps.append(.member(name, try target(current)))
      case .element(let index):
        current = try current.flatMap { type throws(BTFError) in
          try self.target(of: resolve(type))
        }
        steps.append(.element(index, try target(current)))
      }
    }
    return FieldPath(rootKind: kind, root: relocation.rootName, steps: steps)
  }

  private func target(_ id: BTFTypeID?, depth: Int = 0) throws(BTFError) -> FieldPath.Target {
    guard let id, depth < 8 else { return .pointer }
    switch try type(resolve(id)) {
    case .integer(let integer):
      return .integer(bytes: integer.sizeInBytes, signed: integer.isSigned)
    case .composite(let composite):
      return composite.isUnion ? .union(name: composite.name) : .structure(name: composite.name)
    case .enumeration(let enumeration): return .enumeration(bytes: enumeration.sizeInBytes)
    case .array(let array):
      return .array(element: try target(array.element, depth: depth + 1), count: array.count)
    default: return .pointer
    }
  }
}
