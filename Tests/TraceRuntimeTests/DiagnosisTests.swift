import BPF
import LinuxSystem
import Testing
import TraceModel
import TraceRuntime

/// What people are told when a right, a mount or a feature is missing.
@Suite struct DiagnosisTests {
  private let container = Surroundings(isContainer: true, hidesProcesses: true)
  private let refused = SystemError(operation: "bpf", subject: "", errno: 1)

  @Test(arguments: [
    (
      Refusal.Cause.missingCapabilities(["CAP_BPF", "CAP_PERFMON"]),
      "Missing CAP_BPF capability, please run bpftrace as the root user, or have root give the "
        + "executable file the rights: setcap cap_bpf,cap_perfmon,cap_dac_read_search=ep FILE",
      "Missing CAP_BPF and CAP_PERFMON capabilities, please start the container with "
        + "--cap-add BPF --cap-add PERFMON"
    ),
    (
      .missingCapabilities(["CAP_PERFMON"]),
      "Missing CAP_PERFMON capability, please run bpftrace as the root user, or have root give the "
        + "executable file the rights: setcap cap_bpf,cap_perfmon,cap_dac_read_search=ep FILE",
      "Missing CAP_PERFMON capability, please start the container with --cap-add PERFMON"
    ),
    (
      .filtered(["bpf", "perf_event_open"]),
      "A seccomp filter refuses bpf and perf_event_open, please run bpftrace without it.",
      "The container's seccomp profile refuses bpf and perf_event_open, please start the container "
        + "with --security-opt seccomp=seccomp.json (docker/seccomp.json of bt-suite)"
    ),
    (
      .userNamespace,
      "The root user of a user namespace may not trace, please run bpftrace as the root user "
        + "outside of it.",
      "The root user of a user namespace may not trace, please start the container with "
        + "--userns=host, as the root user of the host"
    ),
  ])
  func aRightThatIsMissingIsOneSentence(_ cause: Refusal.Cause, host: String, inside: String) {
    #expect(cause.isCertain)
    #expect(cause.sentence(of: "bpftrace", in: .host) == host)
    #expect(cause.sentence(of: "bpftrace", in: container) == inside)
  }

  @Test func aCertainCauseIsAllThatIsSaid() {
    let refusal = Refusal(error: refused, cause: .filtered(["bpf"]))
    let sentence =
      "The container's seccomp profile refuses bpf, please start the container with "
      + "--security-opt seccomp=seccomp.json (docker/seccomp.json of bt-suite)"
    // A process without rights has no features either: they are not blamed.
    let load = SessionError.load(.refused(refusal), probe: nil, missing: [.ringBuffer])
    #expect(load.message(verbose: false, in: container) == SessionMessage(sentence, status: 1))
    let attach = SessionError.attach(probe: "profile:hz:99", .refused(refusal))
    #expect(attach.message(verbose: false, in: container) == SessionMessage(sentence))
  }

  @Test func anUncertainCauseStandsAfterWhatFailed() {
    let refusal = Refusal(error: refused, cause: .unknown)
    let message = SessionError.load(.refused(refusal), probe: nil, missing: [])
      .message(verbose: false)
    #expect(
      message
        == SessionMessage(
          "Could not load the BPF object (Operation not permitted). A security module, a container "
            + "or a limit of locked memory may be the reason.", status: 1))
  }

  @Test func whatCannotBeReadIsOneSentence() {
    let error = SessionError.attach(probe: "tracepoint:a:b", .unreadable("tracefs is away"))
    #expect(error.message(verbose: false) == SessionMessage("tracefs is away"))
    #expect(
      SessionError.noKernelTypes.message(verbose: false, in: container).text
        == "the kernel's type information (/sys/kernel/btf/vmlinux) is missing, please start the "
        + "container with -v /sys/kernel/btf:/sys/kernel/btf:ro")
  }

  @Test func aFeatureThatIsMissingIsOneSentence() {
    let error = SessionError.attach(probe: "kprobe:f", .unsupported(.kprobe))
    #expect(
      error.message(verbose: false)
        == SessionMessage(
          "Unable to attach probe: kprobe:f, because the kernel lacks kprobes (CONFIG_KPROBES)"))
  }

  @Test func aProcessOutsideOfTheContainerIsOneSentence() {
    let error = SessionError.target(
      7, SystemError(operation: "pidfd_open", subject: "", errno: 3))
    #expect(
      error.message(verbose: false, in: container)
        == SessionMessage(
          "There is no process 7 in this container, please start the container with --pid=host",
          status: 1))
    // With the host's processes in sight it is just not there.
    let sees = Surroundings(isContainer: true)
    #expect(
      error.message(verbose: false, in: sees).text
        == "Failed to attach to pid: Unable to open pidfd (No such process)")
  }
}
