/// Something that kernels have or lack, by name and release.
package struct KernelFeature: Hashable, Sendable {
  /// As `--info` and the manifest write it.
  package let name: String
  /// The first mainline release that has it, or nil when only the configuration decides.
  package let since: String?
  /// What is missing, as the end of "the kernel lacks ...".
  package let summary: String
  /// The helper that it is, if it is nothing else.
  package let helper: KernelHelper?

  package init(name: String, since: String?, summary: String, helper: KernelHelper? = nil) {
    self.name = name
    self.since = since
    self.summary = summary
    self.helper = helper
  }

  package static let btf = KernelFeature(
    name: "btf", since: "4.18", summary: "type information of its own (CONFIG_DEBUG_INFO_BTF)")
  package static let ringBuffer = KernelFeature(
    name: "ringbuf", since: "5.8", summary: "the BPF ring buffer")
  package static let testRun = KernelFeature(
    name: "raw_tp_test_run", since: "5.10", summary: "test runs of raw tracepoint programs")
  package static let rawTracepoint = KernelFeature(
    name: "raw_tracepoint", since: "4.17",
    summary: "raw tracepoints, which carry tracepoints at less cost")
  package static let kprobe = KernelFeature(
    name: "kprobe", since: nil, summary: "kprobes (CONFIG_KPROBES)")
  package static let uprobe = KernelFeature(
    name: "uprobe", since: nil, summary: "uprobes (CONFIG_UPROBES)")
  package static let perfUprobe = KernelFeature(
    name: "perf_uprobe", since: nil,
    summary: "uprobes by perf events, which may be for administrators alone (CAP_SYS_ADMIN)")
  package static let loop = KernelFeature(
    name: "loop", since: "5.17", summary: "the bpf_loop helper, which `for` over a range needs",
    helper: .loop)
  package static let forEachMapElement = KernelFeature(
    name: "for_each_map_elem", since: "5.13",
    summary: "the bpf_for_each_map_elem helper, which `for` over a map needs",
    helper: .forEachMapElement)
  package static let lookupPerCPU = KernelFeature(
    name: "map_lookup_percpu_elem", since: "5.19",
    summary: "the map_lookup_percpu_elem helper, which reading an aggregation in a program needs",
    helper: .mapLookupPerCPU)
  package static let bootClock = KernelFeature(
    name: "ktime_get_boot_ns", since: "5.8", summary: "the boot clock for programs",
    helper: .ktimeGetBootNS)
  package static let taiClock = KernelFeature(
    name: "get_tai_ns", since: "6.1", summary: "the atomic-time clock for programs",
    helper: .ktimeGetTAINS)
  package static let currentTaskPointer = KernelFeature(
    name: "get_current_task_btf", since: "5.11",
    summary: "a pointer to the current task that programs can follow without a helper",
    helper: .getCurrentTaskBTF)
  package static let taskRegisters = KernelFeature(
    name: "task_pt_regs", since: "5.15",
    summary: "the registers of user space for programs, which dw_ustack needs", helper: .taskPTRegs)
  package static let perfLink = KernelFeature(
    name: "perf_link", since: "5.15", summary: "BPF links of perf events")
  package static let uprobeMulti = KernelFeature(
    name: "uprobe_multi", since: "6.6", summary: "one link for many uprobes")
  package static let sleepableUprobe = KernelFeature(
    name: "sleepable_uprobe", since: "6.0",
    summary: "programs on user-space functions that wait for memory which is not there yet")
  package static let kprobeMulti = KernelFeature(
    name: "kprobe_multi", since: "5.18", summary: "one link for many kprobes")
  package static let kprobeSession = KernelFeature(
    name: "kprobe_session", since: "6.10", summary: "one program for a function's entry and return")
  package static let longMapKeys = KernelFeature(
    name: "long_map_keys", since: "5.11",
    summary: "maps with keys of more than 512 bytes, as stacks and long texts are")
  package static let fentry = KernelFeature(
    name: "fentry", since: "5.5", summary: "BPF trampolines at function entry and exit")
  package static let functionResult = KernelFeature(
    name: "get_func_ret", since: "5.17",
    summary: "the bpf_get_func_ret helper, which `retval` of a function of a BPF program needs",
    helper: .getFuncRet)
  package static let iterator = KernelFeature(
    name: "iter", since: "5.8", summary: "BPF iterators")
  package static let overrideReturn = KernelFeature(
    name: "override_return", since: nil,
    summary: "the bpf_override_return helper (CONFIG_BPF_KPROBE_OVERRIDE)",
    helper: .overrideReturn)
  package static let hardwareEvents = KernelFeature(
    name: "hardware", since: nil, summary: "hardware performance counters")

  package static let watchpoint = KernelFeature(
    name: "watchpoint", since: nil, summary: "hardware breakpoints (CONFIG_HAVE_HW_BREAKPOINT)")

  /// Every feature, in the order `--info` lists them. `--no-feature` takes the same names, and bpftrace's
  /// own are among them.
  package static let all: [KernelFeature] = [
    .btf, .ringBuffer, .testRun, .rawTracepoint, .kprobe, .uprobe, .perfUprobe, .loop,
    .forEachMapElement, .lookupPerCPU,
    .bootClock, .taiClock, .currentTaskPointer, .taskRegisters, .perfLink, .uprobeMulti,
    .sleepableUprobe, .kprobeMulti,
    .kprobeSession, .fentry, .functionResult, .iterator, .overrideReturn, .hardwareEvents,
    .watchpoint,
    .longMapKeys,
  ]

  /// Features that are only faster, or better, ways to what every kernel gives. A program is written for kernels with and
  /// without them, and works with any of them taken for absent.
  package static let shortcuts: Set<KernelFeature> = [.currentTaskPointer, .sleepableUprobe]

  /// The feature of a name, as the manifest stores it.
  package static func named(_ name: String) -> KernelFeature? { all.first { $0.name == name } }
}

/// The answer to the question whether a kernel has a feature.
package enum FeatureAnswer: Hashable, Sendable {
  case yes
  /// It has not; the reason is for people and may be empty.
  case no(reason: String)
  /// This process may not use it; the reason is for people.
  case forbidden(reason: String)

  package var isYes: Bool { self == .yes }
}
