extension AttachPoint {
  /// What people call the place, as an attach point is written: `rawtracepoint:sys_enter`,
  /// `fentry:vfs_read`, `profile`.
  package var hookName: String {
    switch self {
    case .begin: "begin"
    case .end: "end"
    case .report: "report"
    case .selfSignal(let name): "self:signal:\(name)"
    case .test(let name): "test:\(name)"
    case .benchmark(let name): "bench:\(name)"
    case .rawTracepoint(let event): "rawtracepoint:\(event)"
    case .trampoline(let module, let function, let isReturn):
      "\(isReturn ? "fexit" : "fentry"):\(module.map { "\($0):" } ?? "")\(function)"
    case .programTrampoline(let program, let function, let isReturn):
      "\(isReturn ? "fexit" : "fentry"):bpf:\(program):\(function)"
    case .iterator(let name): "iter:\(name)"
    case .pinnedIterator(let name, let path): "iter:\(name):\(path)"
    case .kprobeAddress(let address): "kprobe:0x\(String(address, radix: 16))"
    case .uprobeMulti(let path, let functions, let isReturn):
      "\(isReturn ? "uretprobe" : "uprobe"):\(path):\(functions)"
    case .kprobeMulti(let module, let functions, let isReturn):
      "\(isReturn ? "kretprobe" : "kprobe"):\(module.map { "\($0):" } ?? "")\(functions)"
    case .software: "software"
    case .hardware: "hardware"
    case .performanceEvent(let name, _): "hardware:\(name)"
    case .profile: "profile"
    case .interval: "interval"
    case .uprobe(let path, nil, let offset, let isReturn):
      "\(isReturn ? "uretprobe" : "uprobe"):\(path):0x\(String(offset, radix: 16))"
    default: probeName ?? shown.line
    }
  }

  /// What a kernel must have to attach a program there, besides what the program's kind needs.
  package var requires: [KernelFeature] {
    switch self {
    case .kprobe, .kprobeAddress, .kprobeMulti: [.kprobe]
    case .uprobe, .uprobeInOption, .uprobeMulti, .usdt: [.uprobe]
    case .hardware: [.hardwareEvents]
    default: []
    }
  }

  /// Whether something has to happen in the system for a program there to run: not so for those that the
  /// command runs itself, and for clocks of one CPU.
  package var observes: Bool {
    if case .interval = self { return false }
    return !isRun
  }
}
