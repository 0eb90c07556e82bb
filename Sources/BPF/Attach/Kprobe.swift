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
    if try !resolver.functions(module: module, matching: function).isEmpty { return true }
    return try !sites(resolver).isEmpty
  }

  /// The function is one attach point, however many copies of it there are.
  func targets(
    process: Int32?, _ resolver: some AttachResolver
  ) throws(AttachError) -> [AttachTarget] {
    var sites: [String] = []
    // What is not found, or cannot be looked for, may be there all the same: the kernel knows better.
    if offset == 0 { do { sites = try self.sites(resolver) } catch .unreadable {} }
    var places: [AttachTarget.Place] = []
    for site in sites.isEmpty ? [function] : sites {
      let point = AttachPoint.kprobe(
        module: module, function: site, offset: offset, isReturn: isReturn)
      var place = AttachTarget.Place(offset, function: site, name: point.probeName ?? "")
      place.isFurther = !places.isEmpty
      places.append(place)
    }
    return [
      AttachTarget(
        .kprobe(module: module, function: function, offset: offset, isReturn: isReturn),
        places: places)
    ]
  }

  /// The function and the copies that the compiler made of it.
  private func sites(_ resolver: some AttachResolver) throws(AttachError) -> [String] {
    let known = try resolver.functions(module: module, matching: function)
    let similar = try resolver.functions(
      module: module, matching: FunctionClone.pattern(of: function))
    return FunctionClone.sites(of: function, among: Set((known + similar).map(\.name)).sorted())
  }

  func attach(
    _ program: Program, to target: AttachTarget, probe: String
  ) throws(AttachError) -> [any Attachment] {
    var attachments: [any Attachment] = []
    var refusals: [AttachRefusal] = []
    for place in target.places {
      do throws(AttachError) {
        attachments.append(
          try program.attachKprobe(
            function: module.map { "\($0):\(place.function)" } ?? place.function, place,
            isReturn: isReturn, probe: probe))
      } catch {
        refusals.append(AttachRefusal(place, reason: error))
      }
    }
    guard let last = attachments.last else {
      throw refusals.first?.reason ?? .noSuchFunction(function)
    }
    last.refusals = refusals
    return attachments
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
