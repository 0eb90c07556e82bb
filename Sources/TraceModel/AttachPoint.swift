/// Where in the kernel or in user space a program is attached.
///
/// How the points of one case are looked up and attached is one file, `BPF/Attach/<Name>.swift`, and
/// one line of `AttachPoint.mechanism` there; how they are written is one entry below. A point whose names
/// have `*` is a pattern: it stands for all that match when it is resolved.
package enum AttachPoint: Hashable, Sendable {
  /// Run once before anything is attached, by the kernel's test-run command.
  case begin
  /// Run once after everything is detached, by the kernel's test-run command.
  case end
  /// Run whenever results are reported: after each interval of the run, and at its end.
  case report
  /// Run when the command itself receives the signal of this name (`SIGUSR1`), by test-run.
  case selfSignal(String)
  /// Run by `--test` and by nothing else.
  case test(String)
  /// Run by `--bench` and by nothing else, as often as it takes to measure it.
  case benchmark(String)
  case tracepoint(category: String, event: String)
  /// By the event's name, or, for a program that was loaded for the event's type, by that.
  case rawTracepoint(event: String)
  /// The entry or the end of a kernel function, by BPF's trampolines.
  case trampoline(module: String?, function: String, isReturn: Bool)
  /// The entry or the end of a function of a loaded BPF program, which has this number.
  case programTrampoline(program: UInt64, function: String, isReturn: Bool)
  /// A walk over the kernel's objects of one kind: `task`.
  case iterator(String)
  /// The same walk, made whenever somebody reads a file of the BPF filesystem; a relative path is relative to that.
  case pinnedIterator(String, path: String)
  /// The entry (or, for a return probe, the end) of a kernel function, or `offset` bytes into it.
  case kprobe(module: String?, function: String, offset: UInt64, isReturn: Bool)
  /// An address in the kernel.
  case kprobeAddress(UInt64)
  /// A file offset or symbol of a binary; `offset` counts from the symbol, or from the start of the
  /// file when there is none.
  case uprobe(path: String, symbol: String?, offset: UInt64, isReturn: Bool)
  /// The entry or the end of a function in the binary that an option of the script names.
  case uprobeInOption(String, function: String, isReturn: Bool)
  /// The functions of binaries whose names match, by one link for each binary.
  case uprobeMulti(path: String, functions: String, isReturn: Bool)
  /// The static tracepoints of binaries whose providers and names match: all places of each of them.
  case usdt(path: String, provider: String, name: String)
  /// The functions of the kernel whose names match, by one link.
  case kprobeMulti(module: String?, functions: String, isReturn: Bool)
  /// A perf software event, each `period` events.
  case software(config: UInt64, period: UInt64)
  /// A perf hardware event, each `period` events.
  case hardware(config: UInt64, period: UInt64)
  /// Another event of the processor, or one of any performance monitoring unit, as perf writes it:
  /// `r01c2`, `cpu/cache-misses/`; each `period` events.
  case performanceEvent(String, period: UInt64)
  /// On every CPU.
  case profile(Rate)
  /// On one CPU.
  case interval(Rate)
  /// An access to `length` (1, 2, 4 or 8) bytes of memory.
  case watchpoint(address: UInt64, length: UInt64, Access)

  /// How often a timer fires.
  package enum Rate: Hashable, Sendable {
    case hertz(UInt64)
    case nanoseconds(UInt64)
    /// As an option of the script says: so many times a second, or so many units of so many nanoseconds.
    case option(String, unit: UInt64?)
  }

  /// What a watchpoint waits for.
  package enum Access: Int, Hashable, Sendable {
    case read = 1
    case write = 2
    case readWrite = 3
    case execute = 4
  }
}

extension AttachPoint {
  /// The address of a watchpoint.
  package var watchedAddress: UInt64? {
    if case .watchpoint(let address, _, _) = self { address } else { nil }
  }

  /// The option that says how often it fires, if one does.
  package var rateOption: String? {
    switch self {
    case .profile(.option(let name, _)), .interval(.option(let name, _)): name
    default: nil
    }
  }

  /// The program or library whose code it is in, as the script names it.
  package var binary: String? {
    switch self {
    case .uprobe(let path, _, _, _), .uprobeMulti(let path, _, _), .usdt(let path, _, _): path
    default: nil
    }
  }

  /// The option that names the binary, if one does.
  package var binaryOption: String? {
    if case .uprobeInOption(let name, _, _) = self { name } else { nil }
  }

  /// The same with the rate or the binary that an option says, if one does.
  ///
  /// - Parameters:
  ///   - number: Takes the name of an option that is a number.
  ///   - text: Takes the name of one that is a text.
  package func settled(
    number: (String) -> UInt64, text: (String) -> String
  ) -> AttachPoint {
    func exact(_ rate: Rate) -> Rate {
      guard case .option(let name, let unit) = rate else { return rate }
      let count = max(1, number(name))
      return unit.map { .nanoseconds($0.multipliedReportingOverflow(by: count).partialValue) }
        ?? .hertz(count)
    }
    return switch self {
    case .profile(let rate): .profile(exact(rate))
    case .interval(let rate): .interval(exact(rate))
    case .uprobeInOption(let name, let function, let isReturn):
      .uprobe(path: text(name), symbol: function, offset: 0, isReturn: isReturn)
    default: self
    }
  }

  /// Whether a program there looks at the kernel's objects one by one.
  package var isIterator: Bool {
    switch self {
    case .iterator, .pinnedIterator: true
    default: false
    }
  }

  /// Whether it is one place in the code of a file.
  package var isUprobe: Bool {
    if case .uprobe = self { true } else { false }
  }

  /// Whether programs there run in the middle of a process's own code.
  package var isInUserCode: Bool {
    switch self {
    case .uprobe, .uprobeInOption, .uprobeMulti, .usdt: true
    default: false
    }
  }

  /// The file of the BPF filesystem that it is to become.
  package var pin: String? {
    if case .pinnedIterator(_, let path) = self { path } else { nil }
  }

  /// Whether a program there is run by the command itself and never attached.
  package var isRun: Bool {
    switch self {
    case .begin, .end, .report, .selfSignal, .test, .benchmark: true
    default: false
    }
  }

  /// The name of a test or a benchmark, which run in modes of their own; nil elsewhere.
  package var examinationName: String? {
    switch self {
    case .test(let name), .benchmark(let name): name
    default: nil
    }
  }

  package var isExamination: Bool { examinationName != nil }

  /// What a kernel needs so that programs can be attached to points of this kind; nil where every kernel
  /// has it.
  package var requiredFeature: KernelFeature? {
    switch self {
    case .rawTracepoint: .rawTracepoint
    case .trampoline, .programTrampoline: .fentry
    case .iterator, .pinnedIterator: .iterator
    case .kprobe, .kprobeAddress: .kprobe
    case .kprobeMulti: .kprobeMulti
    case .uprobe, .uprobeInOption, .usdt: .uprobe
    case .uprobeMulti: .uprobeMulti
    case .hardware: .hardwareEvents
    case .watchpoint: .watchpoint
    case .begin, .end, .report, .selfSignal, .test, .benchmark, .tracepoint, .software,
      .performanceEvent, .profile, .interval:
      nil
    }
  }
}

// MARK: Names

extension AttachPoint {
  /// The full name of the probe there, where it follows from the point alone; nil elsewhere.
  package var probeName: String? {
    switch self {
    case .tracepoint(let category, let event): "tracepoint:\(category):\(event)"
    case .kprobe(let module, let function, let offset, let isReturn):
      "\(isReturn ? "kretprobe" : "kprobe"):\(module.map { "\($0):" } ?? "")\(function)"
        + (offset == 0 ? "" : "+\(offset)")
    case .uprobe(let path, let symbol?, let offset, let isReturn):
      "\(isReturn ? "uretprobe" : "uprobe"):\(path):\(symbol)" + (offset == 0 ? "" : "+\(offset)")
    case .uprobeInOption(let option, let function, let isReturn):
      "\(isReturn ? "uretprobe" : "uprobe"):\(option):\(function)"
    case .usdt(let path, let provider, let name): "usdt:\(path):\(provider):\(name)"
    default: nil
    }
  }
}

// MARK: Encoding

extension AttachPoint: WireEnum {
  package static let wireName = "attach point"

  package static let wireCases: [WireCase<AttachPoint>] = [
    WireCase(0, "begin", .begin),
    WireCase(1, "end", .end),
    WireCase(2, "selfSignal", WirePart<String>(1, "name")) {
      .selfSignal($0)
    } take: {
      if case .selfSignal(let name) = $0 { name } else { nil }
    },
    WireCase(3, "tracepoint", WirePart<String>(1, "category"), WirePart<String>(2, "event")) {
      .tracepoint(category: $0, event: $1)
    } take: {
      if case .tracepoint(let category, let event) = $0 { (category, event) } else { nil }
    },
    WireCase(4, "rawTracepoint", WirePart<String>(1, "event")) {
      .rawTracepoint(event: $0)
    } take: {
      if case .rawTracepoint(let event) = $0 { event } else { nil }
    },
    WireCase(
      5, "kprobe", WirePart<String?>(1, "module"), WirePart<String>(2, "function"),
      WirePart<UInt64>(3, "offset"), WirePart<Bool>(4, "isReturn")
    ) {
      .kprobe(module: $0, function: $1, offset: $2, isReturn: $3)
    } take: {
      if case .kprobe(let module, let function, let offset, let isReturn) = $0 {
        (module, function, offset, isReturn)
      } else {
        nil
      }
    },
    WireCase(6, "kprobeAddress", WirePart<UInt64>(1, "address")) {
      .kprobeAddress($0)
    } take: {
      if case .kprobeAddress(let address) = $0 { address } else { nil }
    },
    WireCase(
      7, "uprobe", WirePart<String>(1, "path"), WirePart<String?>(2, "symbol"),
      WirePart<UInt64>(3, "offset"), WirePart<Bool>(4, "isReturn")
    ) {
      .uprobe(path: $0, symbol: $1, offset: $2, isReturn: $3)
    } take: {
      if case .uprobe(let path, let symbol, let offset, let isReturn) = $0 {
        (path, symbol, offset, isReturn)
      } else {
        nil
      }
    },
    WireCase(8, "software", WirePart<UInt64>(1, "config"), WirePart<UInt64>(2, "period")) {
      .software(config: $0, period: $1)
    } take: {
      if case .software(let config, let period) = $0 { (config, period) } else { nil }
    },
    WireCase(9, "hardware", WirePart<UInt64>(1, "config"), WirePart<UInt64>(2, "period")) {
      .hardware(config: $0, period: $1)
    } take: {
      if case .hardware(let config, let period) = $0 { (config, period) } else { nil }
    },
    WireCase(10, "profile", WirePart<Rate>(1, "rate")) {
      .profile($0)
    } take: {
      if case .profile(let rate) = $0 { rate } else { nil }
    },
    WireCase(11, "interval", WirePart<Rate>(1, "rate")) {
      .interval($0)
    } take: {
      if case .interval(let rate) = $0 { rate } else { nil }
    },
    WireCase(
      12, "trampoline", WirePart<String?>(1, "module"), WirePart<String>(2, "function"),
      WirePart<Bool>(3, "isReturn")
    ) {
      .trampoline(module: $0, function: $1, isReturn: $2)
    } take: {
      if case .trampoline(let module, let function, let isReturn) = $0 {
        (module, function, isReturn)
      } else {
        nil
      }
    },
    WireCase(13, "iterator", WirePart<String>(1, "name")) {
      .iterator($0)
    } take: {
      if case .iterator(let name) = $0 { name } else { nil }
    },
    WireCase(
      14, "uprobeMulti", WirePart<String>(1, "path"), WirePart<String>(2, "functions"),
      WirePart<Bool>(3, "isReturn")
    ) {
      .uprobeMulti(path: $0, functions: $1, isReturn: $2)
    } take: {
      if case .uprobeMulti(let path, let functions, let isReturn) = $0 {
        (path, functions, isReturn)
      } else {
        nil
      }
    },
    WireCase(
      15, "kprobeMulti", WirePart<String?>(1, "module"), WirePart<String>(2, "functions"),
      WirePart<Bool>(3, "isReturn")
    ) {
      .kprobeMulti(module: $0, functions: $1, isReturn: $2)
    } take: {
      if case .kprobeMulti(let module, let functions, let isReturn) = $0 {
        (module, functions, isReturn)
      } else {
        nil
      }
    },
    WireCase(16, "test", WirePart<String>(1, "name")) {
      .test($0)
    } take: {
      if case .test(let name) = $0 { name } else { nil }
    },
    WireCase(17, "benchmark", WirePart<String>(1, "name")) {
      .benchmark($0)
    } take: {
      if case .benchmark(let name) = $0 { name } else { nil }
    },
    WireCase(
      18, "watchpoint", WirePart<UInt64>(1, "address"), WirePart<UInt64>(2, "length"),
      WirePart<Access>(3, "access")
    ) { address, length, access throws(ManifestError) in
      guard [1, 2, 4, 8].contains(length) else { throw .malformed("the length of a watchpoint") }
      return .watchpoint(address: address, length: length, access)
    } take: {
      if case .watchpoint(let address, let length, let access) = $0 {
        (address, length, access)
      } else {
        nil
      }
    },
    WireCase(20, "report", .report),
    WireCase(
      24, "usdt", WirePart<String>(1, "path"), WirePart<String>(2, "provider"),
      WirePart<String>(3, "name")
    ) {
      .usdt(path: $0, provider: $1, name: $2)
    } take: {
      if case .usdt(let path, let provider, let name) = $0 { (path, provider, name) } else { nil }
    },
    WireCase(25, "pinnedIterator", WirePart<String>(1, "name"), WirePart<String>(2, "path")) {
      .pinnedIterator($0, path: $1)
    } take: {
      if case .pinnedIterator(let name, let path) = $0 { (name, path) } else { nil }
    },
    WireCase(26, "performanceEvent", WirePart<String>(1, "name"), WirePart<UInt64>(2, "period")) {
      .performanceEvent($0, period: $1)
    } take: {
      if case .performanceEvent(let name, let period) = $0 { (name, period) } else { nil }
    },
    WireCase(
      27, "programTrampoline", WirePart<UInt64>(1, "program"), WirePart<String>(2, "function"),
      WirePart<Bool>(3, "isReturn")
    ) {
      .programTrampoline(program: $0, function: $1, isReturn: $2)
    } take: {
      if case .programTrampoline(let program, let function, let isReturn) = $0 {
        (program, function, isReturn)
      } else {
        nil
      }
    },
    WireCase(
      28, "uprobeInOption", WirePart<String>(1, "option"), WirePart<String>(2, "function"),
      WirePart<Bool>(3, "isReturn")
    ) {
      .uprobeInOption($0, function: $1, isReturn: $2)
    } take: {
      if case .uprobeInOption(let option, let function, let isReturn) = $0 {
        (option, function, isReturn)
      } else {
        nil
      }
    },
  ]
}

extension AttachPoint.Access: WireNumbered {
  package static let wireName = "access of a watchpoint"
}

extension AttachPoint.Rate: WireEnum {
  package static let wireName = "rate of a timer"

  package static let wireCases: [WireCase<AttachPoint.Rate>] = [
    WireCase(0, "hertz", WirePart<UInt64>(1, "value")) { value throws(ManifestError) in
      guard value != 0 else { throw .malformed("a rate of zero") }
      return .hertz(value)
    } take: {
      if case .hertz(let value) = $0 { value } else { nil }
    },
    WireCase(1, "nanoseconds", WirePart<UInt64>(1, "value")) { value throws(ManifestError) in
      guard value != 0 else { throw .malformed("a rate of zero") }
      return .nanoseconds(value)
    } take: {
      if case .nanoseconds(let value) = $0 { value } else { nil }
    },
    WireCase(2, "option", WirePart<String>(1, "name"), WirePart<UInt64?>(2, "unit")) {
      .option($0, unit: $1)
    } take: {
      if case .option(let name, let unit) = $0 { (name, unit) } else { nil }
    },
  ]
}
