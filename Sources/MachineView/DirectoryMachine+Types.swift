package import BTF
import LinuxSystem
import Synchronization

extension DirectoryMachine {
  /// Where modules and the kernel itself show their types.
  private static let folder = "/sys/kernel/btf"
  static let kernelModule = "vmlinux"

  package func btf(_ module: String?) throws(MachineError) -> BTFTypes? {
    let module = module ?? Self.kernelModule
    if let known = caches.withLock({ $0.types[module] }) { return known }
    let ahead = module == Self.kernelModule ? typesAhead.take() : nil
    let opened = if let ahead { ahead } else { try openTypes(of: module) }
    return caches.withLock { caches in
      // Somebody else may have been quicker; ids are equal, but one index suffices.
      if let winner = caches.types[module] { return winner }
      caches.types[module] = .some(opened)
      return opened
    }
  }

  /// Has another thread read the kernel's own types, for those who will soon ask for some by their names.
  package func readTypesAhead() {
    typesAhead.begin { [self] in
      do {
        let types = try openTypes(of: Self.kernelModule)
        try types?.readNames()
        return types
      } catch { return nil }
    }
  }

  package func forgetTypes() { caches.withLock { $0.types = [:] } }

  private func openTypes(of module: String) throws(MachineError) -> BTFTypes? {
    var base: BTFTypes?
    if module != Self.kernelModule {
      guard let kernel = try btf(nil) else { return nil }
      base = kernel
    }
    guard let bytes = try openBytes(of: module) else { return nil }
    do { return try BTFTypes(bytes, base: base) } catch { throw .badBTF(error, module: module) }
  }

  private func openBytes(of module: String) throws(MachineError) -> MappedBTF? {
    var path = "\(root)\(Self.folder)/\(module)"
    if module == Self.kernelModule { path = settings.btfPath ?? path }
    do { return MappedBTF(file: try MappedFile(path)) } catch {
      if error.isAbsence { return nil }
      throw .system(error)
    }
  }

  package func offset(
    ofMember member: String, in structure: String
  ) throws(MachineError) -> Int? {
    guard let bytes = try openBytes(of: Self.kernelModule) else { return nil }
    do { return try BTFGlimpse.offset(of: member, in: structure, bytes) } catch {
      throw .badBTF(error, module: Self.kernelModule)
    }
  }

  package var modulesWithBTF: [String] {
    get throws(MachineError) { try list(Self.folder).filter { $0 != Self.kernelModule } }
  }

  package var iterators: [String] {
    get throws(MachineError) {
      var names = try iterators(of: Self.kernelModule)
      for module in try modulesWithBTF { names.formUnion(try iterators(of: module)) }
      return names.sorted()
    }
  }

  private func iterators(of module: String) throws(MachineError) -> Set<String> {
    guard let types = try btf(module) else { return [] }
    do { return Set(try types.iteratorNames()) } catch { throw .badBTF(error, module: module) }
  }

  package func rawTracepoints(
    module: NamePattern, event: NamePattern
  ) throws(MachineError) -> [RawTracepoint] {
    var modules = module.matches(Self.kernelModule) ? [Self.kernelModule] : []
    modules += try modulesWithBTF.filter(module.matches)
    var found: [RawTracepoint] = []
    for module in modules {
      guard let types = try btf(module) else { continue }
      do {
        if event.isExact {
          if let id = try types.rawTracepointID(event.text), id >= types.firstOwnID {
            found.append(RawTracepoint(module: module, event: event.text))
          }
          continue
        }
        found += try types.rawTracepointNames().filter(event.matches).map {
          RawTracepoint(module: module, event: $0)
        }
      } catch { throw .badBTF(error, module: module) }
    }
    return found.sorted { ($0.event, $0.module) < ($1.event, $1.module) }
  }
}

/// A mapped file as bytes that BTF can be read from.
private struct MappedBTF: BTFBytes {
  let file: MappedFile

  func withBytes<Result, Failure: Error>(
    _ body: (Span<UInt8>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try file.withBytes { bytes throws(Failure) in try body(Span(_bytes: bytes)) }
  }

  func firstOffset(of pattern: [UInt8], in range: Range<Int>) -> Int? {
    file.firstOffset(of: pattern, in: range)
  }
}
