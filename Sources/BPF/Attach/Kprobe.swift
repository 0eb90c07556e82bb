internal import CLibBPF
internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import TraceModel

/// A function of the kernel, or `offset` bytes into it, or its end, by a breakpoint.
struct KprobeMechanism: PatternMechanism {
  let module: String?
  let function: String
  let offset: UInt64
  let isReturn: Bool

  func matches(
    process: Int32?, _ resolver: some AttachResolver
  ) throws(AttachError) -> [AttachPoint] {
    try resolver.functions(module: module, matching: function).map { found in
      .kprobe(
        module: module == nil ? nil : found.module, function: found.name, offset: offset,
        isReturn: isReturn)
    }
  }

  func exists(_ resolver: some AttachResolver) throws(AttachError) -> Bool {
    try !resolver.functions(module: module, matching: function).isEmpty
  }

  func targets(process: Int32?, _ resolver: some AttachResolver) -> [AttachTarget] {
    [
      AttachTarget(
        .kprobe(module: module, function: function, offset: offset, isReturn: isReturn),
        at: offset)
    ]
  }

  func attach(
    _ program: Program, to target: AttachTarget, probe: String
  ) throws(AttachError) -> [any Attachment] {
    try target.places.map { place throws(AttachError) in
      try program.attachKprobe(
        function: module.map { "\($0):\(function)" } ?? function, place, isReturn: isReturn,
        probe: probe)
    }
  }
}

/// An instruction of the kernel by its address.
struct KprobeAddressMechanism: AttachMechanism {
  let address: UInt64

  func exists(_ resolver: some AttachResolver) -> Bool { true }

  func targets(process: Int32?, _ resolver: some AttachResolver) -> [AttachTarget] {
    [AttachTarget(.kprobeAddress(address))]
  }

  func attach(
    _ program: Program, to target: AttachTarget, probe: String
  ) throws(AttachError) -> [any Attachment] {
    [try program.attachKprobe(address: address, probe: probe)]
  }
}

extension Program {
  /// Attaches to a place in a kernel function, or to its end.
  ///
  /// - Parameter function: May be `module:function`.
  fileprivate func attachKprobe(
    function: String, _ place: AttachTarget.Place, isReturn: Bool, probe: String
  ) throws(AttachError) -> any Attachment {
    let unit = DynamicPerfUnit("kprobe")
    guard unit != nil || DynamicPerfUnit.isInTracefs("kprobe") else {
      throw .unsupported(.kprobe)
    }
    do {
      guard let unit else {
        return try attachTracefsKprobe(
          function: function, place, isReturn: isReturn, probe: probe)
      }
      let attributes = PerfEventAttributes(
        type: unit.type, config: isReturn ? unit.returnBit : 0, name: function,
        config2: place.number)
      let event = try attributes.open(pid: -1, cpu: 0, subject: probe)
      return try PerfAttachment(event, self, isKprobe: true, cookie: place.cookie)
    } catch {
      switch error.errno {
      case ENOENT: throw .noSuchFunction(function)
      case EADDRNOTAVAIL: throw .ambiguousFunction(function)
      case EILSEQ: throw .insideInstruction(probe)
      // EINVAL is the answer for blacklisted functions too.
      case EINVAL where error.operation == "perf_event_open": throw .notTraceable(function)
      default: throw .because(error)
      }
    }
  }

  /// Attaches to an address in the kernel.
  fileprivate func attachKprobe(address: UInt64, probe: String) throws(AttachError)
    -> any Attachment
  {
    guard let unit = DynamicPerfUnit("kprobe") else { throw .unsupported(.kprobe) }
    do {
      let attributes = PerfEventAttributes(type: unit.type, config2: address)
      return try PerfAttachment(
        try attributes.open(pid: -1, cpu: 0, subject: probe), self, isKprobe: true)
    } catch {
      switch error.errno {
      case EILSEQ: throw .insideInstruction(probe)
      case EINVAL where error.operation == "perf_event_open": throw .notTraceable(probe)
      default: throw .because(error)
      }
    }
  }

  /// Attaches through an event that libbpf makes in tracefs, for kernels whose perf cannot.
  private func attachTracefsKprobe(
    function: String, _ place: AttachTarget.Place, isReturn: Bool, probe: String
  ) throws(SystemError) -> any Attachment {
    var options = bpf_kprobe_opts()
    options.sz = MemoryLayout<bpf_kprobe_opts>.size
    options.offset = Int(place.number)
    options.retprobe = isReturn
    options.bpf_cookie = place.cookie
    let capture = MessageCapture(isVerbose: false)
    let link = unsafe bpf_program__attach_kprobe_opts(pointer, function, &options)
    let error = SystemError.current("attach", probe)
    _ = capture.end()
    guard let link = unsafe link else { throw error }
    return unsafe LibraryAttachment(taking: link)
  }
}
