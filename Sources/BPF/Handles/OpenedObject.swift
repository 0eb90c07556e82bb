internal import CLibBPF
internal import Glibc
internal import LinuxSystem
internal import TraceModel

/// A BPF object that libbpf has parsed and the kernel has not seen yet.
///
/// Load-time constants and sizes can be set only in this state; `load()` consumes it.
@safe
struct OpenedObject: ~Copyable {
  private let object: OpaquePointer
  /// Where the kernel writes its log; libbpf knows the address.
  private let log: UnsafeMutableBufferPointer<CChar>

  private init(taking object: OpaquePointer, log: UnsafeMutableBufferPointer<CChar>) {
    unsafe self.object = unsafe object
    unsafe self.log = unsafe log
  }

  /// Parses `bytes`, the ELF image of a BPF object.
  ///
  /// - Parameters:
  ///   - kernelTypes: A file of BTF instead of the running kernel's.
  ///   - logSize: Bytes for the verifier's log.
  static func open(
    _ bytes: [UInt8], name: String, kernelTypes: String?, logSize: Int
  ) throws(SystemError) -> OpenedObject {
    let log = UnsafeMutableBufferPointer<CChar>.allocate(
      capacity: min(max(logSize, 4096), Int(Int32.max) / 2))
    unsafe log[0] = 0
    var options = unsafe bpf_object_open_opts()
    unsafe options.sz = MemoryLayout<bpf_object_open_opts>.size
    unsafe options.kernel_log_buf = log.baseAddress
    unsafe options.kernel_log_size = log.count
    clibbpf_register_programs()
    let opened = unsafe name.withCString { name in
      unsafe withOptionalCString(kernelTypes) { kernelTypes in
        unsafe options.object_name = unsafe name
        unsafe options.btf_custom_path = unsafe kernelTypes
        return unsafe bytes.withUnsafeBytes {
          unsafe bpf_object__open_mem($0.baseAddress, $0.count, &options)
        }
      }
    }
    guard let opened = unsafe opened else {
      let error = SystemError.current("bpf_object__open", name)
      unsafe log.deallocate()
      throw error
    }
    return unsafe OpenedObject(taking: opened, log: log)
  }

  deinit {
    unsafe bpf_object__close(object)
    unsafe log.deallocate()
  }

  /// Leaves programs out.
  borrowing func skip(_ programs: Set<String>) throws(LoadError) {
    for name in programs.sorted() {
      _ = unsafe bpf_program__set_autoload(try program(name), false)
    }
  }

  /// Sets how programs are loaded.
  ///
  /// - Returns: What the kernel has to be told at the last moment.
  borrowing func preparePrograms(
    _ plans: [String: LoadPlan.Program]
  ) throws(LoadError) -> ProgramTargets {
    var targets = ProgramTargets()
    for (name, plan) in plans.sorted(by: { $0.key < $1.key }) {
      let program = unsafe try self.program(name)
      if let attachType = plan.kind.attachType {
        _ = unsafe bpf_program__set_expected_attach_type(
          program, bpf_attach_type(rawValue: attachType.rawValue))
      }
      if plan.kind.flags != 0 {
        _ = unsafe bpf_program__set_flags(
          program, UInt32(truncatingIfNeeded: plan.kind.flags))
      }
      if let target = plan.kind.target {
        unsafe try targets.add(program, plan.kind, target, id: plan.targetID ?? 0)
      } else {
        _ = unsafe bpf_program__set_type(program, bpf_prog_type(rawValue: plan.kind.type.rawValue))
      }
    }
    return targets
  }

  private borrowing func program(_ name: String) throws(LoadError) -> OpaquePointer {
    guard let found = unsafe bpf_object__find_program_by_name(object, name) else {
      throw .noSuchProgram(name)
    }
    return unsafe found
  }

  /// Whether the object has a map of that name.
  borrowing func hasMap(_ map: String) -> Bool {
    unsafe bpf_object__find_map_by_name(object, map) != nil
  }

  /// Sets how many entries a map has (for a ring buffer: bytes).
  borrowing func setMaxEntries(_ count: Int, of map: String) throws(LoadError) {
    guard let found = unsafe bpf_object__find_map_by_name(object, map) else {
      throw .noSuchMap(map)
    }
    let answer = unsafe bpf_map__set_max_entries(found, UInt32(clamping: count))
    guard answer == 0 else {
      throw .system(
        SystemError(operation: "bpf_map__set_max_entries", subject: map, errno: -answer), [])
    }
  }

  /// Has a map not be made; the verifier rejects what reaches it all the same.
  borrowing func omit(_ map: String) throws(LoadError) {
    guard let found = unsafe bpf_object__find_map_by_name(object, map) else {
      throw .noSuchMap(map)
    }
    let answer = unsafe bpf_map__set_autocreate(found, false)
    guard answer == 0 else {
      throw .system(
        SystemError(operation: "bpf_map__set_autocreate", subject: map, errno: -answer), [])
    }
  }

  /// Has the map that is pinned at `path` stand in for a hash of the object with keys of that size.
  borrowing func reuse(_ path: String, as map: String) throws(LoadError) {
    guard let found = unsafe bpf_object__find_map_by_name(object, map) else {
      throw .noSuchMap(map)
    }
    let pinned = unsafe path.withSystemCString { unsafe bpf_obj_get($0) }
    guard pinned >= 0 else {
      throw .unusableMap(path, .notPinned(.current("BPF_OBJ_GET", path)))
    }
    defer { close(pinned) }
    var info = bpf_map_info()
    var size = UInt32(MemoryLayout<bpf_map_info>.size)
    let isMap = unsafe bpf_obj_get_info_by_fd(pinned, &info, &size) == 0
    // The kernel fills in as much as it has for whatever it is; only maps have keys.
    guard isMap, info.max_entries > 0 else {
      throw .unusableMap(path, .notPinned(.invalid("BPF_OBJ_GET_INFO_BY_FD", path)))
    }
    let hashes = [BPF_MAP_TYPE_HASH, BPF_MAP_TYPE_LRU_HASH].map(\.rawValue)
    guard hashes.contains(info.type) else { throw .unusableMap(path, .notAHash) }
    let needed = unsafe Int(bpf_map__key_size(found))
    guard Int(info.key_size) == needed else {
      throw .unusableMap(path, .keySize(found: Int(info.key_size), needed: needed))
    }
    try use(pinned, path, as: map)
  }

  /// Has a map that is there, of the kind and with the sizes that the object declares, stand in for one of the object.
  ///
  /// - Parameters:
  ///   - descriptor: Stays the caller's.
  ///   - subject: What it is, for errors.
  borrowing func use(_ descriptor: CInt, _ subject: String, as map: String) throws(LoadError) {
    guard let found = unsafe bpf_object__find_map_by_name(object, map) else {
      throw .noSuchMap(map)
    }
    let answer = unsafe bpf_map__reuse_fd(found, descriptor)
    guard answer == 0 else {
      throw .system(
        SystemError(operation: "bpf_map__reuse_fd", subject: subject, errno: -answer), [])
    }
  }

  /// Has maps that were made ahead stand in for those of the object that are like them.
  borrowing func use(_ maps: borrowing MapsMadeAhead) throws(LoadError) {
    for (map, descriptor) in maps.made {
      guard let own = unsafe bpf_object__find_map_by_name(object, map.symbol) else { continue }
      let isAlike =
        unsafe bpf_map__type(own).rawValue == UInt32(map.kind.rawValue)
        && bpf_map__key_size(own) == map.keySize && bpf_map__value_size(own) == map.valueSize
        && bpf_map__max_entries(own) == map.maxEntries && bpf_map__map_flags(own) == 0
      if isAlike { try use(descriptor, map.symbol, as: map.symbol) }
    }
  }

  /// Gives each CPU elements of its own in a scratch map that is an ordinary array.
  borrowing func giveScratchToCPUs(_ count: Int) throws(SystemError) {
    let name = ObjectSymbol.scratch
    guard let map = unsafe bpf_object__find_map_by_name(object, name),
      unsafe bpf_map__type(map) == BPF_MAP_TYPE_ARRAY
    else { return }
    let elements = unsafe Int(bpf_map__max_entries(map))
    let answer = unsafe bpf_map__set_max_entries(map, UInt32(clamping: elements * count))
    guard answer == 0 else {
      throw SystemError(operation: "bpf_map__set_max_entries", subject: name, errno: -answer)
    }
  }

  /// Overwrites the first bytes of the section of load-time constants.
  borrowing func setConstants(_ constants: [UInt8]) throws(LoadError) {
    let section = ObjectSymbol.constantsSection
    guard !constants.isEmpty else { return }
    guard let map = unsafe bpf_object__find_map_by_name(object, section) else {
      throw .noSuchMap(section)
    }
    var room = 0
    guard let initial = unsafe bpf_map__initial_value(map, &room) else {
      throw .system(.invalid("bpf_map__initial_value", section), [])
    }
    guard constants.count <= room else {
      throw .tooManyConstants(given: constants.count, room: room)
    }
    var bytes = unsafe [UInt8](UnsafeRawBufferPointer(start: initial, count: room))
    bytes.replaceSubrange(0..<constants.count, with: constants)
    let answer = unsafe bpf_map__set_initial_value(map, bytes, bytes.count)
    guard answer == 0 else {
      throw .system(
        SystemError(operation: "bpf_map__set_initial_value", subject: section, errno: -answer), [])
    }
  }

  /// Has the kernel verify and load every program of the object.
  consuming func load(_ targets: borrowing ProgramTargets) throws(LoadFailure) -> LoadedObject {
    let answer = targets.announced { unsafe bpf_object__load(object) }
    guard answer == 0 else {
      let text = unsafe log.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      _ = consume self
      throw LoadFailure(errno: -answer, log: String(decoding: text, as: UTF8.self))
    }
    let loaded = unsafe LoadedObject(taking: object)
    unsafe log.deallocate()
    discard self
    return loaded
  }
}

/// The kernel's answer to a load that failed, and what it wrote into the log.
struct LoadFailure: Error {
  var errno: CInt
  var log: String
}

/// Calls `body` with the text as C wants it, or with null.
private func withOptionalCString<Result>(
  _ text: String?, _ body: (UnsafePointer<CChar>?) -> Result
) -> Result {
  guard let text else { return body(nil) }
  return unsafe text.withCString { unsafe body($0) }
}
