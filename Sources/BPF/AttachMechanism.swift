package import TraceModel

/// How attach points of one kind are looked up on this machine and attached; one file each, in `Attach`.
protocol AttachMechanism: Sendable {
  /// Whether this machine has it; for a pattern, whether anything matches.
  func exists(_ resolver: some AttachResolver) throws(AttachError) -> Bool

  /// What it is on this machine. A pattern gives one target for each match, or, where one link takes
  /// them all, one target with many places; it gives none if nothing matches.
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

extension AttachPoint {
  /// The mechanism of each kind of attach point.
  var mechanism: any AttachMechanism {
    switch self {
    case .begin, .end, .selfSignal: RunByCommand()
    case .tracepoint(let category, let event): TracepointMechanism(category: category, event: event)
    case .rawTracepoint(let event): RawTracepointMechanism(event: event)
    case .trampoline(let module, let function, let isReturn):
      TrampolineMechanism(module: module, function: function, isReturn: isReturn)
    case .iterator(let name): IteratorMechanism(name: name)
    case .kprobe(let module, let function, let offset, let isReturn):
      KprobeMechanism(module: module, function: function, offset: offset, isReturn: isReturn)
    case .kprobeAddress(let address): KprobeAddressMechanism(address: address)
    case .uprobe(let path, let symbol, let offset, let isReturn):
      UprobeMechanism(path: path, symbol: symbol, offset: offset, isReturn: isReturn)
    case .software(let config, let period):
      PerfEventMechanism(self, kind: .software, config: config, sampling: .period(period))
    case .hardware(let config, let period):
      PerfEventMechanism(self, kind: .hardware, config: config, sampling: .period(period))
    case .profile(let rate): PerfEventMechanism(self, clock: rate)
    case .interval(let rate): PerfEventMechanism(self, clock: rate, isOnOneCPU: true)
    }
  }

  /// Whether the kernel can follow a process through what it starts, so that attaching restricts the
  /// probe to a command.
  package var followsProcesses: Bool {
    switch self {
    case .software, .hardware, .profile: true
    default: false
    }
  }

  /// Whether this machine has the attach point; for a pattern, whether anything matches.
  package func exists(_ resolver: some AttachResolver) throws(AttachError) -> Bool {
    try mechanism.exists(resolver)
  }

  /// What the attach point is on this machine; empty for one that is run and never attached, and for a
  /// pattern that nothing matches.
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
