package import BPF
internal import BTF
internal import LinuxSystem
package import MachineView
internal import ObjectFiles
package import TraceModel

/// Finds attach points on the machine we run on.
package final class MachineResolver: AttachResolver {
  private let kernel: any KernelView
  private let user: any UserView
  private let allowsUnsafe: Bool
  private let debugFolders: [String]
  /// Binaries that were opened, by path: many probes are often in one of them.
  private var files: [String: ELFFile] = [:]

  /// - Parameters:
  ///   - allowsUnsafe: Whether probes may be set where no instruction may start.
  ///   - debugFolders: Where to look for debug files first.
  package init(
    _ machine: any KernelView & UserView, allowsUnsafe: Bool = false, debugFolders: [String] = []
  ) {
    kernel = machine
    user = machine
    self.allowsUnsafe = allowsUnsafe
    self.debugFolders = debugFolders
  }

  package func tracepointID(category: String, event: String) throws(AttachError) -> UInt64 {
    let name = TracepointName(category: category, event: event)
    do {
      if let id = try kernel.tracepointID(name) { return UInt64(id) }
    } catch {
      switch error {
      case .system(let error) where !error.isAbsence: throw .system(error)
      case .noTracefs, .tracefsDenied: throw .unreadable("\(error)")
      default: break
      }
    }
    throw .noSuchTracepoint("\(category):\(event)")
  }

  package func performanceEvent(_ name: String) throws(AttachError) -> PerformanceEventNumbers {
    guard let parsed = PerformanceEventName(name) else {
      throw .noSuchEvent("'\(name)' is no event of a performance monitoring unit")
    }
    let found: Result<PerformanceEvent, PerformanceEventProblem>
    do { found = try kernel.performanceEvent(parsed) } catch { throw .unreadable("\(error)") }
    switch found {
    case .success(let event):
      return PerformanceEventNumbers(
        type: event.type, settings: event.settings, cpus: event.cpus)
    case .failure(let problem): throw .noSuchEvent("\(problem)")
    }
  }

  package func fileOffset(
    path: String, symbol: String?, offset: UInt64
  ) throws(AttachError) -> UInt64 {
    guard let symbol else { return try fileOffset(ofAddress: offset, in: path) }
    let name = UserFunctionName(symbol).name
    var place: UInt64?
    var danger: UnsafePlace.Cause?
    do throws(ObjectFileError) {
      let file = try file(path)
      var found = try file.symbols().symbol(named: name)
      if found == nil {
        found = try file.symbolsWithDebugFile(folders: debugFolders).symbol(named: name)
      }
      if let found {
        place = Self.place(of: found, offset, in: file)
        if offset != 0, !allowsUnsafe { danger = try Self.danger(in: file, found, offset: offset) }
      }
    } catch { throw Self.refusal(of: path, error) }
    guard let place else { throw .noSuchSymbol(path: path, symbol: name) }
    if let danger {
      throw .unsafePlace(UnsafePlace(path: path, symbol: name, offset: offset, cause: danger))
    }
    return place
  }

  package func implementation(
    of function: String, inFile path: String
  ) throws(AttachError) -> (address: UInt64, offset: UInt64)? {
    let file: ELFFile
    let symbol: ObjectFiles.ObjectSymbol?
    do throws(ObjectFileError) {
      file = try self.file(path)
      symbol = try file.symbols().symbol(named: UserFunctionName(function).name)
    } catch { throw Self.refusal(of: path, error) }
    return try symbol.flatMap { symbol throws(AttachError) in
      try implementation(of: symbol, in: file)
    }
  }

  /// Where the function is that is called instead of one that only chooses it.
  private func implementation(
    of symbol: ObjectFiles.ObjectSymbol, in file: ELFFile
  ) throws(AttachError) -> (address: UInt64, offset: UInt64)? {
    guard symbol.kind == .indirectFunction else { return nil }
    let chosen: FunctionImplementation?
    do { chosen = try user.implementation(of: symbol.name, in: file.path) } catch {
      throw .unreadable("\(error)")
    }
    guard case .address(let address)? = chosen, let offset = file.fileOffset(ofAddress: address)
    else { return nil }
    return (address, file.imageOffset + offset)
  }

  /// Where in the file the byte at an address of the program is.
  private func fileOffset(
    ofAddress address: UInt64, in path: String
  ) throws(AttachError) -> UInt64 {
    var offset: UInt64?
    var danger: UnsafePlace.Cause? = .outsideProgram
    do throws(ObjectFileError) {
      let file = try file(path)
      offset = file.fileOffset(ofAddress: address).map { file.imageOffset + $0 }
      if offset != nil {
        let symbol = try file.symbolsWithDebugFile(folders: debugFolders).symbol(at: address)
        danger = .sizeUnknown
        if let symbol, symbol.isFunction, symbol.size > 0 {
          danger = try Self.danger(in: file, symbol, offset: address - symbol.address)
        }
      }
    } catch {
      // A file that is no program has no addresses but those of its bytes.
      guard allowsUnsafe, case .notELF = error else { throw Self.refusal(of: path, error) }
    }
    if let danger, !allowsUnsafe {
      throw .unsafePlace(UnsafePlace(path: path, symbol: nil, offset: address, cause: danger))
    }
    return offset ?? address
  }

  /// Where in the file a byte of a function is; nil if the file does not have it.
  private static func place(
    of symbol: ObjectFiles.ObjectSymbol, _ offset: UInt64 = 0, in file: ELFFile
  ) -> UInt64? {
    file.fileOffset(ofAddress: symbol.address).map { file.imageOffset + $0 &+ offset }
  }

  package func movesStacks(_ path: String) throws(AttachError) -> Bool {
    if allowsUnsafe { return false }
    do throws(ObjectFileError) { return try file(path).isOfGo } catch {
      throw Self.refusal(of: path, error)
    }
  }

  package func address(
    ofSymbol symbol: String, inFile path: String
  ) throws(AttachError) -> UInt64 {
    var found: UInt64?
    do throws(ObjectFileError) {
      let file = try file(path)
      found = try file.symbols().symbol(named: symbol)?.address
      if found == nil {
        found = try file.symbolsWithDebugFile(folders: debugFolders).symbol(named: symbol)?.address
      }
    } catch { throw Self.refusal(of: path, error) }
    guard let found else { throw .noSuchSymbol(path: path, symbol: symbol) }
    return found
  }

  package func hasRawTracepoint(_ event: String) throws(AttachError) -> Bool {
    do {
      return try !kernel.rawTracepoints(module: .any, event: NamePattern(event)).isEmpty
    } catch { throw .unreadable("\(error)") }
  }

  package func binaries(
    _ target: String, process: Int32?
  ) throws(AttachError) -> [String] {
    // What is no search and no pattern need not be there yet.
    if target.hasPrefix("/"), NamePattern(target).isExact, process == nil { return [target] }
    do {
      let found = try user.binaries(matching: target, process: process)
      // Of several in the search path the first is meant.
      return NamePattern(target).isExact ? Array(found.prefix(1)) : found.sorted()
    } catch { throw .unreadable("\(error)") }
  }

  package func functions(
    inFile path: String, matching pattern: String
  ) throws(AttachError) -> [(name: String, offset: UInt64)] {
    let wanted = UserFunctionPattern(UserFunctionName(pattern))
    let file: ELFFile
    var found: [ObjectFiles.ObjectSymbol]
    do throws(ObjectFileError) {
      file = try self.file(path)
      found = try file.symbols().functions(where: wanted.matches)
      if found.isEmpty {
        let symbols = try file.symbolsWithDebugFile(folders: debugFolders)
        found = symbols.functions(where: wanted.matches)
      }
    } catch {
      switch Self.refusal(of: path, error) {
      // A pattern of paths takes in scripts and other files that have no functions.
      case .badFile: return []
      case let refusal: throw refusal
      }
    }
    var functions: [(name: String, offset: UInt64)] = []
    // The symbols of a constructor are several names for one function to those who read it.
    var seen: Set<UInt64> = []
    for symbol in found where !wanted.name.isReadable || seen.insert(symbol.address).inserted {
      let chosen = try implementation(of: symbol, in: file)?.offset
      if let offset = chosen ?? Self.place(of: symbol, in: file) {
        functions.append((wanted.name.symbol(symbol.name), offset))
      }
    }
    return functions
  }

  package func staticTracepoints(
    inFile path: String, provider: String, name: String
  ) throws(AttachError) -> [StaticTracepoint] {
    let providers = NamePattern(provider)
    let names = NamePattern(name)
    do throws(ObjectFileError) {
      let file = try file(path)
      let probes = try file.usdtProbes().filter {
        providers.matches($0.provider) && names.matches($0.name)
      }
      var found: [StaticTracepoint] = []
      for probe in probes.sorted(by: Self.precedes) {
        guard let offset = probe.fileOffset else { continue }
        found.append(
          StaticTracepoint(
            provider: probe.provider, name: probe.name, offset: file.imageOffset + offset,
            counter: probe.semaphoreFileOffset.map { file.imageOffset + $0 },
            arguments: try SiteArguments(file).arguments(of: probe)))
      }
      return found
    } catch {
      switch Self.refusal(of: path, error) {
      // A pattern of paths takes in scripts and other files that have no tracepoints.
      case .badFile: return []
      case let refusal: throw refusal
      }
    }
  }

  private static func precedes(_ a: USDTProbe, _ b: USDTProbe) -> Bool {
    (a.provider, a.name, a.address) < (b.provider, b.name, b.address)
  }

  package func functions(
    module: String?, matching name: String
  ) throws(AttachError) -> [(module: String, name: String)] {
    do {
      let list = try kernel.functions(
        module: module.map(NamePattern.init) ?? .any, name: NamePattern(name))
      return list.functions.map { ($0.module, $0.name) }
    } catch { throw .unreadable("\(error)") }
  }

  package func typeID(of target: ProgramTarget) throws(AttachError) -> UInt32 {
    if let program = target.program {
      do {
        let found = try kernel.programFunctions(program: program, name: NamePattern(target.name))
        guard let function = found.first?.function.id else {
          throw AttachError.noSuchTarget(target)
        }
        return function.rawValue
      } catch let error as AttachError { throw error } catch { throw .unreadable("\(error)") }
    }
    let types: BTFTypes?
    do { types = try kernel.btf(target.module) } catch { throw .unreadable("\(error)") }
    let kind: BTFKind =
      switch target.kind {
      case .function: .function
      case .typedef: .typedef
      }
    do {
      guard let types, let id = try types.find(target.name, kind), id >= types.firstOwnID else {
        throw AttachError.noSuchTarget(target)
      }
      return id.rawValue
    } catch let error as AttachError { throw error } catch { throw .unreadable("\(error)") }
  }

  /// What to say of a file that cannot be read.
  private static func refusal(of path: String, _ error: ObjectFileError) -> AttachError {
    switch error {
    case .system(let error): error.isAbsence ? .noSuchFile(path) : .system(error)
    case .notELF, .malformed, .unsupported: .badFile("\(error)")
    }
  }

  /// Why a probe behind the start of a function may do harm; nil where an instruction starts, and for
  /// processors whose instructions we cannot tell apart.
  private static func danger(
    in file: ELFFile, _ symbol: ObjectFiles.ObjectSymbol, offset: UInt64
  ) throws(ObjectFileError) -> UnsafePlace.Cause? {
    if symbol.size == 0 { return .sizeUnknown }
    if offset >= symbol.size { return .outsideFunction(size: symbol.size) }
    let boundary = try file.instructionBoundary(at: symbol.address &+ offset, in: symbol)
    return boundary == .inside ? .insideInstruction : nil
  }

  private func file(_ path: String) throws(ObjectFileError) -> ELFFile {
    if let known = files[path] { return known }
    let file = try ELFFile(path)
    files[path] = file
    return file
  }
}
