internal import CLibBPF
internal import CLinux
internal import LinuxSystem
internal import TraceModel

/// One loaded program; its object owns it.
@safe
struct Program {
  let name: String
  let descriptor: CInt
  /// Nil for a type that we have no name for.
  let type: ProgramKind.ProgramType?
  /// What the kernel was told when it was loaded; nil for nothing that matters.
  let attachType: ProgramKind.AttachType?
  /// libbpf's own handle.
  let pointer: OpaquePointer

  init(name: String, descriptor: CInt, pointer: OpaquePointer) {
    self.name = name
    type = unsafe ProgramKind.ProgramType(rawValue: bpf_program__type(pointer).rawValue)
    attachType = unsafe ProgramKind.AttachType(
      rawValue: bpf_program__expected_attach_type(pointer).rawValue)
    self.descriptor = descriptor
    unsafe self.pointer = unsafe pointer
  }

  /// How often the program was to run while it was running already on that CPU; nil where the kernel does not
  /// tell (before 5.12).
  func recursionMisses() throws(SystemError) -> UInt64? {
    var info = bpf_prog_info()
    var size = UInt32(MemoryLayout<bpf_prog_info>.size)
    let answer = unsafe bpf_obj_get_info_by_fd(descriptor, &info, &size)
    guard answer == 0 else {
      throw SystemError(operation: "BPF_OBJ_GET_INFO_BY_FD", subject: name, errno: -answer)
    }
    guard let offset = MemoryLayout<bpf_prog_info>.offset(of: \.recursion_misses),
      Int(size) >= offset + 8
    else { return nil }
    return info.recursion_misses
  }

  /// Runs the program once by the kernel's test-run command.
  ///
  /// - Returns: The program's return value.
  func run(context: [UInt64]) throws(SystemError) -> UInt32 {
    var options = unsafe bpf_test_run_opts()
    unsafe options.sz = MemoryLayout<bpf_test_run_opts>.size
    let answer = unsafe context.withUnsafeBytes { bytes in
      if unsafe !bytes.isEmpty {
        unsafe options.ctx_in = unsafe UnsafeRawPointer(bytes.baseAddress)
        unsafe options.ctx_size_in = UInt32(bytes.count)
      }
      return unsafe bpf_prog_test_run_opts(descriptor, &options)
    }
    guard answer == 0 else {
      throw SystemError(operation: "BPF_PROG_TEST_RUN", subject: name, errno: -answer)
    }
    return unsafe options.retval
  }

  /// Has the kernel run a program for packets `count` times and measure that.
  func runOnPacket(count: UInt32) throws(SystemError) -> MeasuredRun {
    // The least that the kernel takes for a packet: a header of Ethernet.
    let packet = [UInt8](repeating: 0, count: 14)
    var options = unsafe bpf_test_run_opts()
    unsafe options.sz = MemoryLayout<bpf_test_run_opts>.size
    let answer = unsafe packet.withUnsafeBytes { bytes in
      unsafe options.data_in = unsafe UnsafeRawPointer(bytes.baseAddress)
      unsafe options.data_size_in = UInt32(bytes.count)
      unsafe options.repeat = CInt(clamping: count)
      return unsafe bpf_prog_test_run_opts(descriptor, &options)
    }
    guard answer == 0 else {
      throw SystemError(operation: "BPF_PROG_TEST_RUN", subject: name, errno: -answer)
    }
    return unsafe MeasuredRun(result: options.retval, duration: UInt64(options.duration))
  }
}
