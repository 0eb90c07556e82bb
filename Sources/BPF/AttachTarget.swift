package import TraceModel

/// A program and the place where it goes.
package struct AttachRequest: Hashable, Sendable {
  /// The program's symbol in the object.
  package var program: String
  /// The probe's name, for messages: `kprobe:vfs_read`.
  package var probe: String
  package var target: AttachTarget

  package init(program: String, probe: String, target: AttachTarget) {
    self.program = program
    self.probe = probe
    self.target = target
  }
}

/// An attach point in terms of this machine: ids, file offsets, processes.
package enum AttachTarget: Hashable, Sendable {
  /// The id that tracefs gives the event.
  case tracepoint(id: UInt64)
  case rawTracepoint(event: String)
  /// `function` may be `module:function`.
  case kprobe(function: String, offset: UInt64, isReturn: Bool)
  case kprobeAddress(UInt64)
  /// `offset` counts from the start of the file; a pid restricts it to one process.
  case uprobe(path: String, offset: UInt64, isReturn: Bool, pid: Int32?)
  case perfEvent(PerfEvent)

  /// A sampling perf event.
  package struct PerfEvent: Hashable, Sendable {
    package enum Kind: UInt32, Hashable, Sendable {
      case hardware = 0
      case software = 1
    }

    package enum Sampling: Hashable, Sendable {
      /// One sample each so many events (nanoseconds for clocks).
      case period(UInt64)
      /// So many samples a second.
      case frequency(UInt64)
    }

    package enum Scope: Hashable, Sendable {
      case everyCPU
      case oneCPU
      /// All threads of a process, and those that they start.
      case process(Int32)
    }

    package var kind: Kind
    package var config: UInt64
    package var sampling: Sampling
    package var scope: Scope

    package init(kind: Kind, config: UInt64, sampling: Sampling, scope: Scope) {
      self.kind = kind
      self.config = config
      self.sampling = sampling
      self.scope = scope
    }

    /// The software event that counts nanoseconds of each CPU.
    package static let cpuClock: UInt64 = 0
  }
}

/// Finds what attach points name on this machine.
package protocol AttachResolver {
  /// The contents of the event's `id` file in tracefs.
  ///
  /// - Throws: `.noSuchTracepoint` when there is none.
  func tracepointID(category: String, event: String) throws(AttachError) -> UInt64

  /// The place in the file where the code of a symbol, or `offset` bytes after it, is; without a
  /// symbol `offset` itself.
  ///
  /// - Throws: `.noSuchSymbol`, or `.system` when the file cannot be read.
  func fileOffset(
    path: String, symbol: String?, offset: UInt64
  ) throws(AttachError) -> UInt64
}

extension AttachTarget {
  /// What `point` is on this machine, or nil for probes that are run and never attached.
  ///
  /// - Parameter pid: The target process, to which user-space probes and perf events are restricted;
  ///   kernel probes and intervals are not.
  package static func resolve(
    _ point: AttachPoint, pid: Int32?, with resolver: some AttachResolver
  ) throws(AttachError) -> AttachTarget? {
    switch point {
    case .begin, .end, .selfSignal:
      return nil
    case .tracepoint(let category, let event):
      return .tracepoint(id: try resolver.tracepointID(category: category, event: event))
    case .rawTracepoint(let event):
      return .rawTracepoint(event: event)
    case .kprobe(let module, let function, let offset, let isReturn):
      let name = module.map { "\($0):\(function)" } ?? function
      return .kprobe(function: name, offset: offset, isReturn: isReturn)
    case .kprobeAddress(let address):
      return .kprobeAddress(address)
    case .uprobe(let path, let symbol, let offset, let isReturn):
      let place = try resolver.fileOffset(path: path, symbol: symbol, offset: offset)
      return .uprobe(path: path, offset: place, isReturn: isReturn, pid: pid)
    case .software(let config, let period):
      return .perfEvent(
        PerfEvent(
          kind: .software, config: config, sampling: .period(period), scope: .scope(of: pid)))
    case .hardware(let config, let period):
      return .perfEvent(
        PerfEvent(
          kind: .hardware, config: config, sampling: .period(period), scope: .scope(of: pid)))
    case .profile(let rate):
      return .perfEvent(
        PerfEvent(
          kind: .software, config: PerfEvent.cpuClock, sampling: .sampling(at: rate),
          scope: .scope(of: pid)))
    case .interval(let rate):
      return .perfEvent(
        PerfEvent(
          kind: .software, config: PerfEvent.cpuClock, sampling: .sampling(at: rate),
          scope: .oneCPU))
    }
  }
}

extension AttachTarget.PerfEvent.Scope {
  fileprivate static func scope(of pid: Int32?) -> Self { pid.map(Self.process) ?? .everyCPU }
}

extension AttachTarget.PerfEvent.Sampling {
  fileprivate static func sampling(at rate: AttachPoint.Rate) -> Self {
    switch rate {
    case .hertz(let count): .frequency(count)
    case .nanoseconds(let count): .period(count)
    }
  }
}
