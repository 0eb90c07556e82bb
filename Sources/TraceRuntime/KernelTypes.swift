internal import BPF
internal import BTF
internal import MachineView
internal import TraceModel

extension KernelView {
  /// The types that an object's relocations ask for: just those of `fields`, since it takes the loader
  /// many milliseconds to read all of the kernel's. Those of modules are among them, which the loader
  /// does not look for by itself once it is given types.
  func types(for fields: [FieldPath]) throws(SessionError) -> LoadPlan.KernelTypes {
    // Without fields there is nothing to relocate, and nobody will look at any types.
    if fields.isEmpty { return .running }
    var writer = BTFWriter()
    for module in fields.modules {
      let types = try types(of: module)
      do {
        var subset = BTFSubset(of: types, pointers: .opaque)
        for field in fields where field.module == module { try subset.keep(field) }
        try subset.write(to: &writer)
      } catch { throw .kernelTypesMakeNoSense(error) }
    }
    return .bytes(writer.bytes)
  }

  /// Makes sure that there are types in which the fields can be looked for.
  func checkTypes(of fields: [FieldPath]) throws(SessionError) {
    for module in fields.modules { _ = try types(of: module) }
  }

  private func types(of module: String?) throws(SessionError) -> BTFTypes {
    let types: BTFTypes?
    do { types = try btf(module) } catch { throw .kernelTypes(error) }
    if let types { return types }
    throw module.map { .noModuleTypes($0) } ?? .noKernelTypes
  }

  /// Makes sure that the arguments of raw tracepoints are where programs look for them. A tracepoint
  /// that is not there fails when it is attached, and says so better.
  func check(_ arguments: [RawArgument]) throws(SessionError) {
    var event: (module: String?, name: String, arguments: [BTFParameter]?)?
    for argument in arguments {
      if event?.module != argument.module || event?.name != argument.event {
        let types = try types(of: argument.module)
        do {
          event = (
            argument.module, argument.event, try types.rawTracepointArguments(argument.event)
          )
        } catch { throw .kernelTypesMakeNoSense(error) }
      }
      guard let found = event?.arguments else { continue }
      let name = found.indices.contains(argument.index) ? found[argument.index].name : nil
      // Some kernels do not tell the names.
      if name != argument.name, name != "arg\(argument.index)" {
        throw .otherArgument(argument, found: name)
      }
    }
  }

  /// The manifest with the names that the values of the kernel's enumerations have in this kernel.
  func naming(_ manifest: Manifest) throws(SessionError) -> Manifest {
    var manifest = manifest
    do throws(MachineError) {
      for index in manifest.maps.indices {
        manifest.maps[index].key = try naming(manifest.maps[index].key)
        if case .value(let layout) = manifest.maps[index].value {
          manifest.maps[index].value = .value(try naming(layout))
        }
      }
      for index in manifest.events.indices {
        for field in manifest.events[index].fields.indices {
          let layout = manifest.events[index].fields[field].layout
          manifest.events[index].fields[field].layout = try naming(layout)
        }
      }
    } catch { throw .kernelTypes(error) }
    return manifest
  }

  private func naming(_ layout: ValueLayout) throws(MachineError) -> ValueLayout {
    switch layout {
    case .enumeration(let enumeration): return .enumeration(try naming(enumeration))
    case .array(let element, let count): return .array(element: try naming(element), count: count)
    case .tuple(let fields, let size): return .tuple(try naming(fields), size: size)
    case .record(let fields, let size): return .record(try naming(fields), size: size)
    default: return layout
    }
  }

  private func naming(_ fields: [ValueLayout.Field]) throws(MachineError) -> [ValueLayout.Field] {
    try fields.map { field throws(MachineError) in
      var field = field
      field.layout = try naming(field.layout)
      return field
    }
  }

  /// An enumeration that this kernel does not have keeps its numbers.
  private func naming(
    _ enumeration: ValueLayout.Enumeration
  ) throws(MachineError) -> ValueLayout.Enumeration {
    guard case .kernel(let module) = enumeration.names, let types = try btf(module) else {
      return enumeration
    }
    var named = enumeration
    named.names = .listed
    named.values = []
    do {
      let id =
        if enumeration.name.isEmpty {
          try enumeration.values.first.flatMap { value throws(BTFError) in
            try types.enumValue(named: value.name)?.enumeration
          }
        } else {
          try types.find(enumeration.name, .enumeration, .enumeration64)
        }
      if let id, case .enumeration(let found) = try types.type(id) {
        named.values = found.values.map { .init(name: $0.name, value: $0.value) }
      }
    } catch { throw .badBTF(error, module: module ?? "vmlinux") }
    return named
  }
}

extension BTFSubset {
  /// Structures that older kernels know by other names: the records of tracepoints whose class got a name of
  /// its own.
  private static let formerNames = [
    // Since 5.16, when block_rq_error became another of the class.
    "trace_event_raw_block_rq_completion": "trace_event_raw_block_rq_complete"
  ]

  /// Keeps what relocations of a path need.
  fileprivate mutating func keep(_ path: FieldPath) throws(BTFError) {
    let kinds: [BTFKind] =
      switch path.rootKind {
      case .structure: [.structure]
      case .union: [.union]
      case .enumeration: [.enumeration, .enumeration64]
      }
    var candidates = try types.findFlavours(of: path.root, kinds)
    if candidates.isEmpty, let former = Self.formerNames[path.root] {
      candidates = try types.findFlavours(of: former, kinds)
      for candidate in candidates { rename(candidate, to: path.root) }
    }
    for root in candidates {
      if path.rootKind == .enumeration {
        keep(root)
      } else {
        try keep(root, steps: path.steps.map(\.relocationStep))
      }
    }
  }
}

extension BTFTypes {
  /// Bytes from the start of a structure to a field, written `structure.field.field`; nil if there is
  /// no such field.
  func offset(of field: String) throws(BTFError) -> Int? {
    let names = field.split(separator: ".").map(String.init)
    guard let root = names.first, var type = try find(root, .structure) else { return nil }
    var offset = 0
    for name in names.dropFirst() {
      guard let member = try self.field(named: name, in: type) else { return nil }
      offset += member.byteOffset
      type = member.type
    }
    return offset
  }
}

extension FieldPath.Step {
  fileprivate var relocationStep: CORERelocation.Step {
    switch self {
    case .member(let name, _): .member(name)
    case .element(let index, _): .element(index)
    }
  }
}

extension [FieldPath] {
  /// The modules whose types have them, the kernel itself included, each once.
  fileprivate var modules: [String?] {
    reduce(into: []) { modules, field in
      if !modules.contains(field.module) { modules.append(field.module) }
    }
  }
}
