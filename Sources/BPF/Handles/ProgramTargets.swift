internal import CLibBPF
internal import Glibc
internal import LinuxSystem
internal import TraceModel

/// What programs are loaded for, as numbers of the running kernel's BTF.
///
/// Told the type of such a program any earlier, libbpf would read all of the kernel's types to look the
/// number up itself, which takes 14 ms. So it believes it to be a raw tracepoint's until the hook before
/// the load command, in `CLibBPF`.
@safe
struct ProgramTargets: ~Copyable {
  private var entries: [clibbpf_target] = unsafe []
  /// The BTF of modules, by name.
  private var modules: [String: CInt] = [:]
  /// Loaded BPF programs, by the kernel's numbers.
  private var owners: [UInt64: CInt] = [:]

  init() {}

  deinit {
    for descriptor in modules.values { close(descriptor) }
    for descriptor in owners.values { close(descriptor) }
  }

  mutating func add(
    _ program: OpaquePointer, _ kind: ProgramKind, _ target: ProgramTarget, id: UInt32
  ) throws(LoadError) {
    var descriptor: CInt = 0
    if let module = target.module {
      if let known = modules[module] {
        descriptor = known
      } else {
        do { descriptor = try Self.types(of: module) } catch { throw .noModuleTypes(module, error) }
        modules[module] = descriptor
      }
    }
    var owner: CInt = 0
    if let number = target.program {
      if owners[number] == nil {
        let answer = LoadedPrograms.open(number)
        guard answer >= 0 else { throw .noProgram(number, target.name) }
        owners[number] = answer
      }
      owner = owners[number] ?? 0
    }
    unsafe entries.append(
      clibbpf_target(
        program: program, type: bpf_prog_type(rawValue: kind.type.rawValue), id: id,
        types: descriptor, owner: owner))
  }

  /// Calls `load` while libbpf's hook knows them.
  borrowing func announced(_ load: () -> CInt) -> CInt {
    unsafe entries.withUnsafeBufferPointer { entries in
      unsafe clibbpf_targets_begin(entries.baseAddress, entries.count)
      defer { clibbpf_targets_end() }
      return load()
    }
  }

  /// A new descriptor of the types of a loaded module.
  static func types(of module: String) throws(SystemError) -> CInt {
    var id: UInt32 = 0
    while unsafe bpf_btf_get_next_id(id, &id) == 0 {
      let descriptor = bpf_btf_get_fd_by_id(id)
      // Types are freed under our hands when their program or module goes.
      guard descriptor >= 0 else { continue }
      var name = [CChar](repeating: 0, count: 64)
      let isFound = unsafe name.withUnsafeMutableBufferPointer { name in
        var info = bpf_btf_info()
        info.name = UInt64(UInt(bitPattern: name.baseAddress))
        info.name_len = UInt32(name.count)
        var size = UInt32(MemoryLayout<bpf_btf_info>.size)
        let isAnswered = unsafe bpf_obj_get_info_by_fd(descriptor, &info, &size) == 0
        return isAnswered && info.kernel_btf != 0
      }
      let text = String(
        decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
      if isFound, text == module { return descriptor }
      close(descriptor)
    }
    throw SystemError(operation: "BPF_BTF_GET_NEXT_ID", subject: module, errno: ENOENT)
  }
}
