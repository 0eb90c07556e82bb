package import TraceModel

/// How attach points of one kind are looked up on this machine and attached; one file each, in `Attach`.
protocol AttachMechanism: Sendable {
  /// Whether this machine has it; for a pattern, whether anything matches.
  func exists(_ resolver: some AttachResolver) throws(AttachError) -> Bool

  /// What it is on this machine: one target, or several. Where one link takes all functions that match,
  /// that is one target with many places, and none if nothing matches.
  ///
  /// - Parameter process: The target process. User-space probes and perf events are restricted to it;
  ///   in programs of the kernel's side the program itself looks.
  func targets(
    process: Int32?, _ resolver: some AttachResolver
  ) throws(AttachError) -> [AttachTarget]

  /// Attaches a loaded program.
  ///
  /// - Parameter probe: Its name, for messages.
  func attach(
    _ program: Program, to target: AttachTarget, probe: String
  ) throws(AttachError) -> [any Attachment]
}

/// A mechanism whose attach points may have patterns in them.
protocol PatternMechanism: AttachMechanism {
  /// The exact points that the pattern stands for on this machine: none if nothing matches.
  ///
  /// - Parameter process: Files are those that this process sees.
  func matches(
    process: Int32?, _ resolver: some AttachResolver
  ) throws(AttachError) -> [AttachPoint]
}

extension AttachPoint {
  /// The mechanism of each kind of attach point.
  var mechanism: any AttachMechanism {
    switch self {
    case .begin, .end, .report, .selfSignal, .test, .benchmark: RunByCommand()
    case .tracepoint(let category, let event): TracepointMechanism(category: category, event: event)
    case .rawTracepoint(let event): RawTracepointMechanism(event: event)
    case .trampoline(let module, let function, _):
      TrampolineMechanism(point: self, target: ProgramTarget(.function, function, module: module))
    case .programTrampoline(let program, let function, _):
      TrampolineMechanism(point: self, target: ProgramTarget(.function, function, program: program))
    case .iterator(let name): IteratorMechanism(name: name)
    case .pinnedIterator(let name, let path): IteratorMechanism(name: name, pin: path)
    case .kprobe(let module, let function, let offset, let isReturn):
      KprobeMechanism(module: module, function: function, offset: offset, isReturn: isReturn)
    case .kprobeAddress(let address): KprobeAddressMechanism(address: address)
    case .uprobe(let path, let symbol, let offset, let isReturn):
      UprobeMechanism(path: path, symbol: symbol, offset: offset, isReturn: isReturn)
    case .uprobeInOption(let name, _, _):
      preconditionFailure("the binary of option '\(name)' is looked up before anything is attached")
    case .uprobeMulti(let path, let functions, let isReturn):
      UprobeMultiMechanism(path: path, functions: functions, isReturn: isReturn)
    case .usdt(let path, let provider, let name):
      USDTMechanism(path: path, provider: provider, name: name)
    case .kprobeMulti(let module, let functions, let isReturn):
      KprobeMultiMechanism(module: module, functions: functions, isReturn: isReturn)
    case .software(let config, let period):
      PerfEventMechanism(self, kind: .software, config: config, sampling: .period(period))
    case .hardware(let config, let period):
      PerfEventMechanism(self, kind: .hardware, config: config, sampling: .period(period))
    case .performanceEvent(let name, let period):
      PerformanceEventMechanism(name: name, period: period)
    case .profile(let rate): PerfEventMechanism(self, clock: rate)
    case .interval(let rate): PerfEventMechanism(self, clock: rate, isOnOneCPU: true)
    case .watchpoint(let address, let length, let access):
      WatchpointMechanism(address: address, length: length, access: access)
    }
  }

  /// Whether the kernel can follow a process through what it starts, so that attaching restricts the
  /// probe to a command.
  package var followsProcesses: Bool {
    switch self {
    case .software, .hardware, .performanceEvent, .profile, .watchpoint: true
    default: false
    }
  }

  /// Whether this machine has the attach point; for a pattern, whether anything matches.
  package func exists(_ resolver: some AttachResolver) throws(AttachError) -> Bool {
    try mechanism.exists(resolver)
  }

  /// The exact points that the point stands for if its names are patterns: none if nothing matches, and
  /// the point itself where there are no patterns.
  package func matches(
    process: Int32?, _ resolver: some AttachResolver
  ) throws(AttachError) -> [AttachPoint] {
    guard let mechanism = mechanism as? any PatternMechanism else { return [self] }
    return try mechanism.matches(process: process, resolver)
  }

  /// What the attach point, an exact one, is on this machine; empty for one that is run and never
  /// attached.
  package func targets(
    process: Int32?, _ resolver: some AttachResolver
  ) throws(AttachError) -> [AttachTarget] {
    try mechanism.targets(process: process, resolver)
  }
}

/// Programs that the command itself runs.
private struct RunByCommand: AttachMechanism {
  func exists(_ resolver: some AttachResolver) -> Bool { true }

  func targets(process: Int32?, _ resolver: some AttachResolver) -> [AttachTarget] { [] }

  func attach(_ program: Program, to target: AttachTarget, probe: String) -> [any Attachment] { [] }
}
