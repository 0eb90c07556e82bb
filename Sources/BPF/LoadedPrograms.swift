internal import CLibBPF
internal import CLinux
internal import Glibc
package import LinuxSystem
package import TraceModel

/// The BPF programs that the kernel has.
package enum LoadedPrograms {
  /// All that have types, in the order in which they were loaded.
  package static func all() throws(SystemError) -> [LoadedProgram] {
    var found: [LoadedProgram] = []
    /// Programs of one object have the same types.
    var types: [UInt32: [UInt8]] = [:]
    var id: UInt32 = 0
    while true {
      let answer = unsafe bpf_prog_get_next_id(id, &id)
      if answer == -ENOENT { return found }
      guard answer == 0 else {
        throw SystemError(operation: "BPF_PROG_GET_NEXT_ID", subject: "programs", errno: -answer)
      }
      if let program = try program(id, &types) { found.append(program) }
    }
  }

  /// A new descriptor of a program; the kernel's answer where it is negative.
  static func open(_ id: UInt64) -> CInt {
    bpf_prog_get_fd_by_id(UInt32(truncatingIfNeeded: id))
  }

  /// Nil for one that has no types, or has gone meanwhile.
  private static func program(
    _ id: UInt32, _ types: inout [UInt32: [UInt8]]
  ) throws(SystemError) -> LoadedProgram? {
    let answer = open(UInt64(id))
    guard answer >= 0 else { return nil }
    let descriptor = FileDescriptor(owning: answer)
    var info = bpf_prog_info()
    guard ask(descriptor, &info), info.btf_id != 0, info.nr_func_info > 0,
      info.func_info_rec_size >= 8
    else { return nil }
    let (count, size) = (Int(info.nr_func_info), Int(info.func_info_rec_size))
    let recordSize = info.func_info_rec_size
    let number = info.btf_id
    var records = [UInt32](repeating: 0, count: count * size / 4)
    let isAnswered = unsafe records.withUnsafeMutableBytes { bytes in
      // Only what is asked for may be set.
      info = bpf_prog_info()
      info.nr_func_info = UInt32(count)
      info.func_info_rec_size = recordSize
      info.func_info = UInt64(UInt(bitPattern: bytes.baseAddress))
      return ask(descriptor, &info)
    }
    guard isAnswered else { return nil }
    if types[number] == nil { types[number] = Self.types(number) }
    guard let bytes = types[number] else { return nil }
    // Each record is the place of a function and the number of its type.
    return LoadedProgram(
      id: UInt64(id), functions: (0..<count).map { records[$0 * size / 4 + 1] }, types: bytes)
  }

  private static func ask(
    _ descriptor: borrowing FileDescriptor, _ info: inout bpf_prog_info
  ) -> Bool {
    var size = UInt32(MemoryLayout<bpf_prog_info>.size)
    return unsafe bpf_obj_get_info_by_fd(descriptor.rawValue, &info, &size) == 0
  }

  private static func types(_ id: UInt32) -> [UInt8]? {
    let answer = bpf_btf_get_fd_by_id(id)
    guard answer >= 0 else { return nil }
    let descriptor = FileDescriptor(owning: answer)
    var info = bpf_btf_info()
    var size = UInt32(MemoryLayout<bpf_btf_info>.size)
    guard unsafe bpf_obj_get_info_by_fd(descriptor.rawValue, &info, &size) == 0 else { return nil }
    var bytes = [UInt8](repeating: 0, count: Int(info.btf_size))
    let isAnswered = unsafe bytes.withUnsafeMutableBytes { bytes in
      info = bpf_btf_info()
      info.btf = UInt64(UInt(bitPattern: bytes.baseAddress))
      info.btf_size = UInt32(bytes.count)
      return unsafe bpf_obj_get_info_by_fd(descriptor.rawValue, &info, &size) == 0
    }
    return isAnswered ? bytes : nil
  }
}
