/// A program of the object, and what the kernel has to be told when it is loaded.
package struct ProgramSpec: Hashable, Sendable {
  /// Its symbol in the object. Two programs of one symbol are the same code, loaded in one way or the
  /// other; a run loads one of them.
  package var symbol: String
  package var kind: ProgramKind
  /// Whether it waits for memory of the process, if the kernel lets it (`KernelFeature.sleepableUprobe`).
  package var awaitsPages = false

  package init(symbol: String, kind: ProgramKind) {
    self.symbol = symbol
    self.kind = kind
  }
}

/// What the kernel is told of a program: its type, what it expects to be attached to, what it is
/// loaded for.
package struct ProgramKind: Hashable, Sendable {
  /// `enum bpf_prog_type`.
  package enum ProgramType: UInt32, Hashable, Sendable, CaseIterable {
    case kprobe = 2
    case tracepoint = 5
    case packet = 6
    case perfEvent = 7
    case rawTracepoint = 17
    case tracing = 26
  }

  /// `enum bpf_attach_type`, where the kernel wants to know it when the program is loaded.
  package enum AttachType: UInt32, Hashable, Sendable, CaseIterable {
    case rawTracepoint = 23
    case functionEntry = 24
    case functionExit = 25
    case iterator = 28
    case kprobeMulti = 42
    case uprobeMulti = 48
    case kprobeSession = 56
  }

  package var type: ProgramType
  package var attachType: AttachType?
  /// What of the kernel's types the program is loaded for; found in the running kernel.
  package var target: ProgramTarget?
  /// `BPF_F_...` of the load command.
  package var flags: UInt64

  package init(
    _ type: ProgramType, attachType: AttachType? = nil, target: ProgramTarget? = nil,
    flags: UInt64 = 0
  ) {
    self.type = type
    self.attachType = attachType
    self.target = target
    self.flags = flags
  }

  /// The flag for programs that may wait (`BPF_F_SLEEPABLE`).
  package static let sleepable: UInt64 = 1 << 4

  package static let kprobe = ProgramKind(.kprobe)
  package static let tracepoint = ProgramKind(.tracepoint)
  /// For the kernel's driver hook (XDP), which the test-run command can repeat and measure.
  package static let packet = ProgramKind(.packet)
  package static let perfEvent = ProgramKind(.perfEvent)
  package static let rawTracepoint = ProgramKind(.rawTracepoint)
}

extension ProgramKind {
  /// What a kernel must have for programs of this kind, besides being able to load programs at all.
  package var requires: [KernelFeature] {
    let types: [KernelFeature] = target == nil ? [] : [.btf]
    return switch attachType {
    case .functionEntry, .functionExit: types + [.fentry]
    case .iterator: types + [.iterator]
    case .kprobeMulti: types + [.kprobeMulti]
    case .kprobeSession: types + [.kprobeSession]
    case .uprobeMulti: types + [.uprobeMulti]
    case .rawTracepoint, nil: types
    }
  }
}

/// A type or function of the kernel that a program is loaded for, by its name in BTF.
package struct ProgramTarget: Hashable, Sendable {
  package enum Kind: UInt8, Hashable, Sendable, CaseIterable {
    case function = 0
    case typedef = 1
  }

  package var kind: Kind
  /// `vfs_read`, `bpf_iter_task`, `btf_trace_sched_switch`.
  package var name: String
  /// The module whose types have it; nil for the kernel itself.
  package var module: String?
  /// The loaded BPF program that has it instead, by the kernel's number.
  package var program: UInt64?

  package init(_ kind: Kind, _ name: String, module: String? = nil, program: UInt64? = nil) {
    self.kind = kind
    self.name = name
    self.module = module
    self.program = program
  }
}

// MARK: Encoding

extension ProgramSpec: WireStruct {
  package static let wireName = "program"

  package static let blank = ProgramSpec(symbol: "", kind: .rawTracepoint)

  package static let wireFields: [WireField<ProgramSpec>] = [
    WireField(1, "symbol", \.symbol, .required),
    WireField(2, "kind", \.kind, .required),
    WireField(3, "awaitsPages", \.awaitsPages),
  ]
}

extension ProgramKind: WireStruct {
  package static let wireName = "kind of a program"

  package static let blank = ProgramKind(.rawTracepoint)

  package static let wireFields: [WireField<ProgramKind>] = [
    WireField(1, "type", \.type, .required),
    WireField(2, "attachType", \.attachType, .critical),
    WireField(3, "target", \.target, .critical),
    WireField(4, "flags", \.flags, .critical),
  ]
}

extension ProgramKind.ProgramType: WireNumbered {
  package static let wireName = "type of a program"
}

extension ProgramKind.AttachType: WireNumbered {
  package static let wireName = "attach type of a program"
}

extension ProgramTarget: WireStruct {
  package static let wireName = "target of a program"

  package static let blank = ProgramTarget(.function, "")

  package static let wireFields: [WireField<ProgramTarget>] = [
    WireField(1, "kind", \.kind, .required),
    WireField(2, "name", \.name, .required),
    WireField(3, "module", \.module, .critical),
    WireField(4, "program", \.program, .critical),
  ]
}

extension ProgramTarget.Kind: WireNumbered {
  package static let wireName = "kind of a target"
}
