internal import BPF
internal import BTF
internal import MachineView
internal import TraceModel

extension KernelView {
  /// The types that an object's field accesses are relocated against: just those of `fields`, since
  /// it takes the loader many milliseconds to read all of the kernel's.
  func types(for fields: [FieldPath]) throws(SessionError) -> LoadPlan.KernelTypes {
    // Without fields there is nothing to relocate, and nobody will look at any types.
    if fields.isEmpty { return .running }
    let types: BTFTypes?
    do { types = try btf(nil) } catch { throw .kernelTypes(error) }
    guard let types else { throw .noKernelTypes }
    do {
      var subset = BTFSubset(of: types, pointers: .opaque)
      for field in fields {
        let kind: BTFKind = field.rootKind == .union ? .union : .structure
        for root in try types.findFlavours(of: field.root, [kind]) {
          try subset.keep(root, steps: field.steps.map(\.relocationStep))
        }
      }
      return .bytes(try subset.bytes())
    } catch { throw .kernelTypesMakeNoSense(error) }
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
