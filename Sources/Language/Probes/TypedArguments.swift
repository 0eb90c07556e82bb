import BTF
import MachineView
import TraceIR
import TraceModel

/// Arguments as an array of 64-bit words, by the prototype that the kernel's types know.
struct TypedArguments {
  let types: TypeTable
  /// Nil for the kernel itself.
  let module: String?
  /// Whether the verifier knows the types of pointers among them too.
  let isTyped: Bool
  private let btf: BTFTypes
  private let origin: TypeOrigin
  /// Whether the verifier knows what pointers to structures point to.
  private var knowsPointers = true

  /// - Parameter module: As the lists of the kernel name it: `vmlinux` for the kernel itself.
  ///
  /// Nil if the module has no types.
  init?(
    of module: String, _ resolution: ProbeResolution, isTyped: Bool
  ) throws(MachineError) {
    types = resolution.types
    self.module = module == "vmlinux" ? nil : module
    self.isTyped = isTyped
    guard let btf = try resolution.kernel.btf(self.module) else { return nil }
    self.btf = btf
    origin = self.module.map { .module($0) } ?? .kernel
    if let module = self.module { types.use(module: module) }
  }

  /// Those of a function of a loaded BPF program, which has types of its own.
  init(of found: ProgramFunction, _ resolution: ProbeResolution) throws(MachineError) {
    types = resolution.types
    module = nil
    isTyped = true
    knowsPointers = false
    btf = found.types
    origin = .binary("BPF program \(found.program)")
    do throws(BTFError) { try types.add(btf, from: origin) } catch {
      throw .badBTF(error, module: origin.text)
    }
  }

  /// The arguments, and the offset of what follows them.
  func fields(
    _ parameters: [BTFParameter]
  ) throws(MachineError) -> (fields: [ContextField], end: Int) {
    var fields: [ContextField] = []
    var offset = 0
    for (index, parameter) in parameters.enumerated() {
      let name = parameter.name.isEmpty ? "arg\(index)" : parameter.name
      fields.append(try field(name, parameter.type, at: offset))
      offset += try words(of: parameter.type) * 8
    }
    return (fields, offset)
  }

  /// Whether what is passed or returned is one word, in one register.
  func isWord(_ type: BTFTypeID) throws(MachineError) -> Bool {
    if case .structure = try types.type(of: type, in: origin, space: .kernel) { return false }
    return true
  }

  /// What a function returns; nil if nothing.
  func result(_ type: BTFTypeID, at offset: Int) throws(MachineError) -> ContextField? {
    let field = try self.field("retval", type, at: offset)
    return field.type == .void ? nil : field
  }

  /// Structures of up to 16 bytes are passed as they are. Another size would be another calling
  /// convention, so that one is taken to be the same in every kernel that has the function.
  private func words(of type: BTFTypeID) throws(MachineError) -> Int {
    guard case .structure(let structure) = try types.type(of: type, in: origin, space: .kernel),
      let size = try types.size(of: structure)
    else { return 1 }
    return max(1, (Int(size.assumed { _ in }) + 7) / 8)
  }

  private func field(
    _ name: String, _ id: BTFTypeID, at offset: Int
  ) throws(MachineError) -> ContextField {
    let type = try types.type(of: id, in: origin, space: .kernel)
    let isPlain = type.isScalar || type == .void
    return ContextField(
      name: name, type: isPlain ? type : .uint64, access: try access(type, offset),
      declaration: (try? btf.declaration(of: id, named: name)) ?? name)
  }

  private func access(
    _ type: ScriptType, _ offset: Int
  ) throws(MachineError) -> ContextField.Access {
    guard isTyped, case .pointer(let target, _) = type else { return .load(offset: offset) }
    switch target {
    // Numbers and nothing are no objects: the verifier takes such pointers for numbers.
    case .integer, .boolean, .void: return .load(offset: offset)
    case .structure(let structure) where knowsPointers:
      return try types.isComplete(structure) ? .typed(offset: offset) : .bytes(offset: offset)
    default: return .bytes(offset: offset)
    }
  }
}
