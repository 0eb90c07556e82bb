internal import CLibBPF
internal import LinuxSystem

/// A BPF object whose programs and maps are in the kernel.
@safe
struct LoadedObject: ~Copyable {
  private let object: OpaquePointer

  /// Owns `object` from here on.
  init(taking object: OpaquePointer) { unsafe self.object = unsafe object }

  deinit { unsafe bpf_object__close(object) }

  /// The programs that were loaded, by symbol. They live as long as the object.
  var programs: [String: Program] {
    var programs: [String: Program] = [:]
    var next = unsafe bpf_object__next_program(object, nil)
    while let program = unsafe next {
      let descriptor = unsafe bpf_program__fd(program)
      let name = unsafe String(cString: bpf_program__name(program))
      if descriptor >= 0 {
        programs[name] = unsafe Program(name: name, descriptor: descriptor, pointer: program)
      }
      unsafe next = unsafe bpf_object__next_program(object, program)
    }
    return programs
  }

  /// Makes the cgroup with that folder the first element of an array.
  borrowing func setCgroup(_ folder: String, of map: String) throws(SystemError) {
    let descriptor = unsafe bpf_object__find_map_fd_by_name(object, map)
    guard descriptor >= 0 else { throw .invalid("bpf_object__find_map_fd_by_name", map) }
    let cgroup = try FileDescriptor(opening: folder)
    var key: UInt32 = 0
    var value = UInt32(cgroup.rawValue)
    let answer = unsafe bpf_map_update_elem(descriptor, &key, &value, 0)
    guard answer == 0 else { throw SystemError.current("BPF_MAP_UPDATE_ELEM", folder) }
  }

  /// The maps, by symbol. They live as long as the object.
  var maps: [String: BPFMap] {
    var maps: [String: BPFMap] = [:]
    var next = unsafe bpf_object__next_map(object, nil)
    while let map = unsafe next {
      let descriptor = unsafe bpf_map__fd(map)
      let name = unsafe String(cString: bpf_map__name(map))
      if descriptor >= 0 {
        maps[name] = unsafe BPFMap(
          name: name, descriptor: descriptor, type: bpf_map__type(map).rawValue,
          keySize: Int(bpf_map__key_size(map)), valueSize: Int(bpf_map__value_size(map)),
          maxEntries: Int(bpf_map__max_entries(map)))
      }
      unsafe next = unsafe bpf_object__next_map(object, map)
    }
    return maps
  }
}
