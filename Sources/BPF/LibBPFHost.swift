internal import CLibBPF
internal import Glibc
package import LinuxSystem
internal import TraceModel

/// The kernel we run on, by way of libbpf.
package struct LibBPFHost: BPFHost {
  /// Those of the next object, made while the object is still being prepared.
  private let mapsAhead = ValueAhead<MapsMadeAhead>()

  package init() {}

  package func makeAhead(_ maps: [MapAhead]) {
    if !maps.isEmpty { mapsAhead.begin { MapsMadeAhead(maps) } }
  }

  package func load(
    _ object: [UInt8], as plan: LoadPlan
  ) throws(LoadError) -> any HostedObject {
    do {
      return try attempt(object, plan)
    } catch {
      // Kernels before 5.11 charge maps to the limit of locked memory and answer EPERM.
      switch error {
      case .refused where CurrentProcess.allowUnlimitedLockedMemory():
        return try attempt(object, plan)
      case .system(let cause, _) where cause.errno == EMFILE && allowManyFiles():
        return try attempt(object, plan)
      default:
        throw error
      }
    }
  }

  package func currentTask() throws(SystemError) -> UInt64 { try TinyProgram.currentTask() }

  package func currentProcess() throws(SystemError) -> Int32 { try TinyProgram.currentProcess() }

  package func watchProcesses() throws(SystemError) -> any ProcessRecordSource {
    try ProcessWatch()
  }

  private func attempt(_ object: [UInt8], _ plan: LoadPlan) throws(LoadError) -> LibBPFObject {
    let types: KernelTypesFile
    do {
      types = try KernelTypesFile(plan.kernelTypes)
    } catch {
      throw .system(error, [])
    }
    let capture = MessageCapture(isVerbose: plan.isVerbose)
    let opened: OpenedObject
    do {
      opened = try OpenedObject.open(
        object, name: plan.name, kernelTypes: types.path, logSize: plan.logSize)
    } catch {
      throw .notAnObject(error, capture.end())
    }
    try opened.skip(plan.skippedPrograms)
    let targets = try opened.preparePrograms(plan.programs)
    for (map, count) in plan.maxEntries { try opened.setMaxEntries(count, of: map) }
    if let size = plan.ringBufferSize, opened.hasMap(ObjectSymbol.events) {
      try opened.setMaxEntries(size, of: ObjectSymbol.events)
    }
    if let made = mapsAhead.take() { try opened.use(made) }
    for map in plan.omittedMaps { try opened.omit(map) }
    for (map, path) in plan.pinnedMaps { try opened.reuse(path, as: map) }
    do {
      try opened.giveScratchToCPUs(1 + (Machine.possibleCPUs.max() ?? 0))
    } catch {
      throw .system(error, [])
    }
    try opened.setConstants(plan.constants)
    let loaded: LoadedObject
    do {
      loaded = try opened.load(targets)
    } catch {
      throw LoadError(error, of: plan.name, messages: capture.end())
    }
    let packets: PacketBuffer?
    do {
      for (map, folder) in plan.cgroups { try loaded.setCgroup(folder, of: map) }
      packets = try loaded.maps[ObjectSymbol.packets].map { map throws(SystemError) in
        try PacketBuffer(map, pages: plan.packetPages)
      }
    } catch {
      throw .system(error, capture.end())
    }
    return LibBPFObject(loaded, packets: packets, messages: capture.end())
  }
}

/// Lets this process open as many files as it may at all: attachments are descriptors.
func allowManyFiles() -> Bool { CurrentProcess.allowOpenFiles(1 << 20) }

/// The kernel's types as a file, which is how libbpf takes them.
private struct KernelTypesFile: ~Copyable {
  /// Nil: the running kernel's own.
  let path: String?
  private let memory: FileDescriptor?

  init(_ types: LoadPlan.KernelTypes) throws(SystemError) {
    switch types {
    case .running:
      path = nil
      memory = nil
    case .file(let file):
      path = file
      memory = nil
    case .bytes(let bytes):
      let file = try FileDescriptor.memory(named: "kernel types")
      try file.write(bytes)
      path = "/proc/self/fd/\(file.rawValue)"
      memory = consume file
    }
  }
}

extension LoadError {
  /// Tells a program that the verifier rejects from all else that can fail while loading.
  fileprivate init(_ failure: LoadFailure, of object: String, messages: [LoaderMessage]) {
    let program = messages.lazy.compactMap { Self.failedProgram(in: $0.text) }.last
    let error = SystemError(
      operation: program == nil ? "bpf_object__load" : "BPF_PROG_LOAD",
      subject: program ?? object, errno: failure.errno)
    if let program, !failure.log.isEmpty {
      self = .rejected(
        VerifierRejection(program: program, errno: failure.errno, log: failure.log))
    } else if error.isRefusal {
      self = .refused(Refusal(diagnosing: error))
    } else {
      self = .system(error, messages)
    }
  }

  /// The name in libbpf's "prog 'NAME': BPF program load failed: ...".
  private static func failedProgram(in message: String) -> String? {
    let parts = message.split(separator: "'", maxSplits: 2, omittingEmptySubsequences: false)
    guard parts.count == 3, parts[0].hasSuffix("prog "),
      parts[2].hasPrefix(": BPF program load failed")
    else { return nil }
    return String(parts[1])
  }
}
