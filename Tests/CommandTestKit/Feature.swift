internal import Foundation
internal import TraceModel

/// Something a case needs of the machine, and the question that tells whether it is there.
package struct Feature: Sendable {
  /// What `REQUIRES` says.
  package let name: String
  /// What is missing where it is missing.
  package let sentence: String
  /// A shell command that succeeds where the feature is there.
  package let question: String

  /// The feature of that name.
  package static func named(_ name: String) -> Feature? {
    all.first { $0.name == name } ?? particular(name)
  }

  /// A feature whose name has a part of its own: `tracepoint:CATEGORY:NAME`, `command:NAME`, `module:NAME` or
  /// `module_types:NAME`.
  private static func particular(_ name: String) -> Feature? {
    let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
    guard parts.count == 2 else { return nil }
    switch parts[0] {
    case "tracepoint":
      let path = parts[1].replacingOccurrences(of: ":", with: "/")
      return Feature(
        name: name, sentence: "the kernel has no \(name)",
        question: "[ -d /sys/kernel/tracing/events/\(path) ]")
    case "module":
      return Feature(
        name: name, sentence: "the kernel's module \(parts[1]) is not loaded",
        question: "[ -d /sys/module/\(parts[1]) ]")
    case "module_types":
      return Feature(
        name: name, sentence: "the kernel has no types of its module \(parts[1])",
        question: "[ -e /sys/kernel/btf/\(parts[1]) ]")
    case "command":
      return Feature(
        name: name, sentence: "\(parts[1]) is not installed", question: "command -v \(parts[1])")
    default: return nil
    }
  }

  /// Every feature that data files may name: what a test needs around it, the features of kernels, and
  /// their helpers.
  package static let all: [Feature] =
    surroundings + KernelFeature.all.compactMap(Feature.init)
    + KernelHelper.all.filter { helper in KernelFeature.all.allSatisfy { $0.helper != helper } }
    .map { helper in
      Feature(
        name: helper.name, sentence: "the kernel has no helper bpf_\(helper.name)",
        question: has(helper))
    }

  private init(name: String, sentence: String, question: String) {
    self.name = name
    self.sentence = sentence
    self.question = question
  }

  /// - Returns: nil for a feature that nothing but the commands themselves can be asked about.
  private init?(_ feature: KernelFeature) {
    guard let question = Self.questions[feature] ?? feature.helper.map(Self.has) else {
      return nil
    }
    self.init(
      name: feature.name, sentence: "the kernel lacks \(feature.summary)", question: question)
  }

  private static let surroundings: [Feature] = [
    Feature(name: "root", sentence: "not run as root", question: "[ \"$(id -u)\" = 0 ]"),
    Feature(
      name: "c_compiler", sentence: "no C compiler is installed",
      question: "command -v cc || command -v clang || command -v gcc || command -v cpp"),
    Feature(
      name: "tracepoint", sentence: "tracefs has no events",
      question: "[ -d /sys/kernel/tracing/events/sched ]"),
    Feature(
      name: "syscall_tracepoint", sentence: "the kernel has no system call events",
      question: "[ -d /sys/kernel/tracing/events/syscalls ]"),
    Feature(
      name: "filter_functions", sentence: "the kernel's list of traceable functions is unreadable",
      question: "head -c 1 /sys/kernel/tracing/available_filter_functions >/dev/null 2>&1"),
    Feature(
      name: "function_probe", sentence: "functions of the kernel cannot be probed",
      question: "[ -e /sys/kernel/tracing/kprobe_events ] || "
        + "head -c 1 /sys/kernel/tracing/available_filter_functions >/dev/null 2>&1"),
    Feature(
      name: "kallsyms", sentence: "kernel addresses are hidden",
      question: "grep -qv '^0000000000000000' /proc/kallsyms"),
    Feature(
      name: "cgroup2", sentence: "there is no cgroup v2 hierarchy",
      question: "grep -q ' cgroup2 ' /proc/mounts"),
    Feature(
      name: "ia32", sentence: "the kernel runs no 32-bit programs",
      question: configured("CONFIG_IA32_EMULATION")),
    Feature(
      name: "bpftool", sentence: "bpftool is not installed",
      question: "command -v bpftool || [ -x /usr/sbin/bpftool ]"),
    Feature(
      name: "python3", sentence: "python3 is not installed", question: "command -v python3"),
    Feature(name: "unshare", sentence: "unshare is not installed", question: "command -v unshare"),
    Feature(
      name: "x86_64", sentence: "the processor is no x86-64",
      question: "[ \"$(uname -m)\" = x86_64 ]"),
    Feature(
      name: "sdt_header", sentence: "systemtap-sdt-dev is not installed",
      question: "echo '#include <sys/sdt.h>' | cc -E - "),
    Feature(name: "gcc", sentence: "gcc is not installed", question: "command -v gcc"),
    Feature(name: "clang", sentence: "clang is not installed", question: "command -v clang"),
    Feature(
      name: "kernel_variables", sentence: "/proc/kallsyms or the kernel's types have no variables",
      question: "grep -q ' runqueues$' /proc/kallsyms && " + btfNames("runqueues")),
    // Nothing in the kernel's types tells; it came one release after that.
    Feature(
      name: "uretprobe_func", sentence: "the end of a user function does not know which one it is",
      question: btfNames("BPF_TRACE_UPROBE_MULTI")),
    Feature(
      name: "socket_flags", sentence: "the kernel keeps options of sockets as fields of their own",
      question: btfNames("inet_flags")),
    Feature(
      name: "drop_reasons", sentence: "the kernel does not tell why it drops packets",
      question: btfNames("SKB_DROP_REASON_NOT_SPECIFIED")),
    Feature(
      name: "socket_cookie_in_tracing", sentence: "tracing programs may not number sockets",
      question: btfNames("bpf_get_socket_ptr_cookie")),
    // Nothing in the kernel's types tells; it came with the same release as the one above.
    Feature(
      name: "d_path_in_iterators", sentence: "iterators may not name files",
      question: btfNames("bpf_get_socket_ptr_cookie")),
    // Nothing in the kernel's types tells; that kind of attachment came with the same release.
    Feature(
      name: "kprobe_missed", sentence: "the kernel does not tell what its probes missed",
      question: btfNames("BPF_CGROUP_UNIX_CONNECT")),
    Feature(
      name: "unlocked", sentence: "the kernel is locked down",
      question:
        "unshare -m sh -c 'mount -t securityfs none /sys/kernel/security; cd /sys/kernel/security; "
        + "[ ! -e lockdown ] || grep -Fq \"[none]\" lockdown'"),
    Feature(
      name: "bash_symbols", sentence: "/bin/bash exports no readline",
      question: "grep -qa readline /bin/bash"),
  ]

  /// How to learn without the commands under test whether a kernel has a feature that is no helper.
  private static let questions: [KernelFeature: String] = [
    .btf: "[ -e /sys/kernel/btf/vmlinux ]",
    .ringBuffer: has(.ringBufferOutput),
    .testRun: btfNames("bpf_prog_test_run_raw_tp"),
    .rawTracepoint: btfNames("BPF_PROG_TYPE_RAW_TRACEPOINT"),
    .kprobe: "[ -e /sys/kernel/tracing/kprobe_events ]",
    .uprobe: "[ -e /sys/kernel/tracing/uprobe_events ]",
    .perfUprobe: "[ -e /sys/bus/event_source/devices/uprobe/type ]",
    .perfLink: btfNames("BPF_LINK_TYPE_PERF_EVENT"),
    .kprobeMulti: btfNames("BPF_TRACE_KPROBE_MULTI") + " && " + configured("CONFIG_FPROBE"),
    .kprobeSession: btfNames("BPF_TRACE_KPROBE_SESSION") + " && " + configured("CONFIG_FPROBE"),
    .uprobeMulti: btfNames("BPF_TRACE_UPROBE_MULTI"),
    .iterator: btfNames("bpf_iter_task"),
    // A machine that shows nobody its traceable functions has none attached to either.
    .fentry: btfNames("BPF_TRACE_FENTRY") + " && "
      + configured("CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS")
      + " && head -c 1 /sys/kernel/tracing/available_filter_functions",
    // Nothing in the kernel's types tells; that helper came with the same release.
    .longMapKeys: has(.getCurrentTaskBTF),
    // Nor of this; that kind of program came with the same release.
    .sleepableUprobe: btfNames("BPF_LSM_CGROUP"),
    .overrideReturn: configured("CONFIG_BPF_KPROBE_OVERRIDE"),
    .watchpoint: "[ -d /sys/bus/event_source/devices/breakpoint ]",
    .hardwareEvents: "[ -d /sys/bus/event_source/devices/cpu/events ]",
  ]

  private static func has(_ helper: KernelHelper) -> String {
    btfNames("BPF_FUNC_\(helper.name)")
  }

  /// The kernel's BTF ends its names with NUL, so they can be searched as lines.
  private static func btfNames(_ name: String) -> String {
    "grep -qaz '^\(name)$' /sys/kernel/btf/vmlinux"
  }

  private static func configured(_ option: String) -> String {
    "{ zcat /proc/config.gz 2>/dev/null || cat \"/boot/config-$(uname -r)\"; } "
      + "| grep -q '^\(option)=y'"
  }
}
