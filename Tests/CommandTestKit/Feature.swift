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
    all.first { $0.name == name }
  }

  /// Every feature that data files may name.
  package static let all: [Feature] =
    machine
    + helpers.map { name, helper in
      Feature(
        name: name, sentence: "the kernel has no helper bpf_\(helper)",
        question: btfNames("BPF_FUNC_\(helper)"))
    }

  private static let machine: [Feature] = [
    Feature(name: "root", sentence: "not run as root", question: "[ \"$(id -u)\" = 0 ]"),
    Feature(
      name: "btf", sentence: "the kernel has no BTF",
      question: "[ -e /sys/kernel/btf/vmlinux ]"),
    Feature(
      name: "tracepoint", sentence: "tracefs has no events",
      question: "[ -d /sys/kernel/tracing/events/sched ]"),
    Feature(
      name: "syscall_tracepoint", sentence: "the kernel has no system call events",
      question: "[ -d /sys/kernel/tracing/events/syscalls ]"),
    Feature(
      name: "kprobe", sentence: "the kernel has no kprobes",
      question: "[ -e /sys/kernel/tracing/kprobe_events ]"),
    Feature(
      name: "uprobe", sentence: "the kernel has no uprobes",
      question: "[ -e /sys/kernel/tracing/uprobe_events ]"),
    Feature(
      name: "kprobe_multi", sentence: "the kernel has no kprobe.multi",
      question: btfNames("BPF_TRACE_KPROBE_MULTI") + " && " + configured("CONFIG_FPROBE")),
    Feature(
      name: "uprobe_multi", sentence: "the kernel has no uprobe.multi",
      question: btfNames("BPF_TRACE_UPROBE_MULTI")),
    Feature(
      name: "iter", sentence: "the kernel has no BPF iterators",
      question: btfNames("bpf_iter_task")),
    Feature(
      name: "fentry", sentence: "the kernel has no BPF trampolines",
      question: btfNames("BPF_TRACE_FENTRY") + " && "
        + configured("CONFIG_DYNAMIC_FTRACE_WITH_DIRECT_CALLS")),
    Feature(
      name: "filter_functions", sentence: "the kernel's list of traceable functions is unreadable",
      question: "head -c 1 /sys/kernel/tracing/available_filter_functions >/dev/null 2>&1"),
    Feature(
      name: "perf_hardware", sentence: "there are no hardware counters",
      question: "[ -d /sys/bus/event_source/devices/cpu/events ]"),
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
    Feature(
      name: "bash_symbols", sentence: "/bin/bash exports no readline",
      question: "grep -qa readline /bin/bash"),
  ]

  private static let helpers: [(String, String)] = [
    ("bpf_loop", "loop"), ("for_each_map_elem", "for_each_map_elem"),
    ("map_lookup_percpu_elem", "map_lookup_percpu_elem"), ("ktime_get_tai_ns", "ktime_get_tai_ns"),
    ("get_func_ip", "get_func_ip"), ("d_path", "d_path"), ("ringbuf", "ringbuf_output"),
    ("get_attach_cookie", "get_attach_cookie"), ("ktime_get_boot_ns", "ktime_get_boot_ns"),
    ("get_ns_current_pid_tgid", "get_ns_current_pid_tgid"), ("jiffies64", "jiffies64"),
    ("probe_read_kernel", "probe_read_kernel"), ("get_current_task_btf", "get_current_task_btf"),
  ]

  /// The kernel's BTF ends its names with NUL, so they can be searched as lines.
  private static func btfNames(_ name: String) -> String {
    "grep -qaz '^\(name)$' /sys/kernel/btf/vmlinux"
  }

  private static func configured(_ option: String) -> String {
    "{ zcat /proc/config.gz 2>/dev/null || cat \"/boot/config-$(uname -r)\"; } "
      + "| grep -q '^\(option)=y'"
  }
}
