internal import CLibBPF
internal import CLinux
internal import Glibc
internal import LinuxSystem
internal import TraceModel

/// The code of a file, at a symbol or an offset, or the end of a function, by a breakpoint.
struct UprobeMechanism: PatternMechanism {
  let path: String
  let symbol: String?
  let offset: UInt64
  let isReturn: Bool

  func matches(
    process: Int32?, _ resolver: some AttachResolver
  ) throws(AttachError) -> [AttachPoint] {
    var points: [AttachPoint] = []
    for file in try resolver.binaries(path, process: process) {
      // Of the files that a pattern matches, those are meant that have the function.
      if let symbol, UserFunctionName(symbol).isPattern || path.contains("*") {
        var names: Set<String> = []
        for function in try resolver.functions(inFile: file, matching: symbol)
        where names.insert(function.name).inserted {
          points.append(
            .uprobe(path: file, symbol: function.name, offset: offset, isReturn: isReturn))
        }
      } else {
        points.append(.uprobe(path: file, symbol: symbol, offset: offset, isReturn: isReturn))
      }
    }
    return points
  }

  func exists(_ resolver: some AttachResolver) throws(AttachError) -> Bool {
    do {
      _ = try resolver.fileOffset(path: path, symbol: symbol, offset: offset)
      return true
    } catch {
      switch error {
      case .noSuchFile, .badFile, .noSuchSymbol: return false
      default: throw error
      }
    }
  }

  func targets(
    process: Int32?, _ resolver: some AttachResolver
  ) throws(AttachError) -> [AttachTarget] {
    if isReturn, try resolver.movesStacks(path) { throw .movesStacks(path) }
    let point = AttachPoint.uprobe(path: path, symbol: symbol, offset: offset, isReturn: isReturn)
    if let symbol, offset == 0,
      let chosen = try resolver.implementation(of: symbol, inFile: path)
    {
      var target = AttachTarget(point, at: chosen.offset, process: process)
      target.places[0].implementation = chosen.address
      return [target]
    }
    let place = try resolver.fileOffset(path: path, symbol: symbol, offset: offset)
    return [AttachTarget(point, at: place, process: process)]
  }

  func attach(
    _ program: Program, to target: AttachTarget, probe: String
  ) throws(AttachError) -> [any Attachment] {
    try program.attach(
      toCodeOf: path, target.places, isReturn: isReturn, process: target.process, probe: probe)
  }
}

extension Program {
  /// Attaches to the code at places of a file, or to the ends of the functions that start there: by one link
  /// if the program was loaded for that, else by an event for each place.
  ///
  /// - Parameters:
  ///   - path: The file, or a member of an archive.
  ///   - process: The process to watch with all its threads; nil for every process.
  ///   - probe: What places without a name are called in messages.
  func attach(
    toCodeOf path: String, _ places: [AttachTarget.Place], isReturn: Bool, process: Int32?,
    probe: String
  ) throws(AttachError) -> [any Attachment] {
    let file = MemberPath(path).file
    let code = ProbedCode(file)
    if attachType == .uprobeMulti {
      return try MultiLink.attach(to: places, objection: code.objection) {
        places throws(SystemError) in
        try MultiLink.ofUprobes(self, path: file, places, isReturn: isReturn, process: process)
      }
    }
    let unit = DynamicPerfUnit("uprobe")
    guard unit != nil || DynamicPerfUnit.isInTracefs("uprobe") else {
      throw .unsupported(.uprobe)
    }
    return try places.map { place throws(AttachError) in
      if let objection = code.objection(to: place) { throw objection }
      return try attachUprobe(
        unit, path: file, place, isReturn: isReturn, pid: process,
        probe: place.name.isEmpty ? probe : place.name)
    }
  }

  /// Attaches by an event of perf, or of tracefs where perf has no such unit.
  private func attachUprobe(
    _ unit: DynamicPerfUnit?, path: String, _ place: AttachTarget.Place, isReturn: Bool,
    pid: Int32?, probe: String
  ) throws(AttachError) -> any Attachment {
    do {
      guard let unit else {
        return try attachTracefsUprobe(
          path: path, place, isReturn: isReturn, pid: pid, probe: probe)
      }
      let attributes = PerfEventAttributes(
        type: unit.type,
        config: (isReturn ? unit.returnBit : 0) | unit.counter(at: place.counter ?? 0), name: path,
        config2: place.number)
      // For all processes some CPU has to be named; the probe is hit on every one.
      let event = try attributes.open(
        pid: pid ?? -1, cpu: pid == nil ? 0 : -1, subject: probe)
      return try PerfAttachment(event, self, cookie: place.cookie)
    } catch {
      switch error.errno {
      case ENOENT: throw .noSuchFile(path)
      case ESRCH: throw .noSuchProcess(pid ?? -1)
      case EILSEQ: throw .insideInstruction(probe)
      case AttachError.unsupportedInstructionNumber: throw .unsupportedInstruction(probe)
      default: throw .because(error)
      }
    }
  }

  /// Attaches through an event that libbpf makes in tracefs, for kernels whose perf cannot.
  private func attachTracefsUprobe(
    path: String, _ place: AttachTarget.Place, isReturn: Bool, pid: Int32?, probe: String
  ) throws(SystemError) -> any Attachment {
    var options = unsafe bpf_uprobe_opts()
    unsafe options.sz = MemoryLayout<bpf_uprobe_opts>.size
    unsafe options.retprobe = isReturn
    unsafe options.bpf_cookie = place.cookie
    unsafe options.ref_ctr_offset = Int(place.counter ?? 0)
    let capture = MessageCapture(isVerbose: false)
    let link = unsafe path.withSystemCString { path in
      unsafe bpf_program__attach_uprobe_opts(
        pointer, pid ?? -1, path, Int(place.number), &options)
    }
    let error = SystemError.current("attach", probe)
    _ = capture.end()
    guard let link = unsafe link else { throw error }
    return unsafe LibraryAttachment(taking: link)
  }
}
