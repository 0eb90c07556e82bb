internal import BPF
internal import CommandLineKit
internal import Glibc
internal import LinuxSystem
internal import MachineView
internal import ToolLibrary
internal import TraceModel
internal import TraceRuntime

/// The sentences for what is missing, as the commands say them: a right, a mount, a kernel feature, a
/// tool.
enum Diagnoses {
  private static let container = Surroundings(isContainer: true, hidesProcesses: true)

  /// What keeps a command from tracing, as a list.
  ///
  /// - Parameter command: The command's name.
  static func ofTracing(by command: String) -> String {
    func cause(_ cause: Refusal.Cause) -> (Surroundings) -> String {
      { cause.sentence(of: command, in: $0) }
    }
    return list([
      item(
        "The user is not root, and the command's file has not been given these capabilities.",
        cause(.missingCapabilities(["CAP_BPF", "CAP_PERFMON"]))),
      item(
        "The user is root only inside a user namespace, as with engines that run without root.",
        cause(.userNamespace)),
      item(
        "The filter that an engine, a service manager or a sandbox has set up allows neither.",
        cause(.filtered(["bpf", "perf_event_open"]))),
      item(
        "Somebody has decided that not even root may look into this kernel.",
        cause(.lockdown("confidentiality"))),
      item(
        "Tracepoints have to be looked up in tracefs; it is mounted by the command where that is "
          + "allowed."
      ) { "\(MachineError.noTracefs($0))" },
      item("Only root may look into the folder.") {
        "\(MachineError.tracefsDenied(path: "/sys/kernel/tracing", $0))"
      },
      item(
        "Scripts that look into the kernel's structures need it, and so do artifacts of them."
      ) { "\(MachineError.noKernelTypes($0))" },
      item("The process of `-p` has ended, or has another id on the host.") {
        let error = SystemError(operation: "pidfd_open", subject: "", errno: ESRCH)
        return SessionError.target(123, error).message(verbose: false, in: $0).text
      },
      item("The kernel was built without what this probe type is attached by.") {
        SessionError.attach(probe: "kprobe:vfs_read", .unsupported(.kprobe))
          .message(verbose: false, in: $0).text
      },
      item("The kernel is older than a function of the script.") {
        let error = SystemError(operation: "bpf", subject: "", errno: EINVAL)
        return SessionError.load(.system(error, []), probe: nil, missing: [.taiClock])
          .message(verbose: false, in: $0).text
      },
    ])
  }

  /// What keeps `bt-tool` from running a tool, as a list.
  static var ofTools: String {
    let tool = Tool(name: "mine", script: "mine.bt", artifact: nil)
    let errors: [(ToolError, String)] = [
      (
        .notFound("opensnop", similar: "opensnoop", searched: []),
        "No folder has a tool of that name."
      ),
      (
        .noCompiler(tool, .missing),
        "Compile it where bpftrace is, by `bpftrace --emit-artifact mine.btobj mine.bt`, and put the "
          + "artifact beside the script."
      ),
      (
        .noCompiler(tool, .otherScript),
        "The script has been changed since its artifact was made; make a new one in the same way."
      ),
      (
        .noBpftrace,
        "The package or image with the compiler is missing: bt-compiler, bt-suite:full."
      ),
      (
        .nothingToRun("/scripts/my.bt", similar: nil),
        "Nothing is mounted there that could be run."
      ),
    ]
    return list(
      errors.map { error, meaning in
        head(error.message) + mdocSentences(meaning)
          + error.hints.map { mdocSentences("A line `HINT: \($0)` follows.") }.joined()
      })
  }

  private static func list(_ items: [String]) -> String {
    ".Bl -tag -width Ds\n" + items.joined() + ".El\n"
  }

  private static func head(_ sentence: String) -> String {
    ".It Li \"\(mdocEscaped(sentence))\"\n"
  }

  /// The sentence on a host, what it means, and the sentence in a container if that is another one.
  private static func item(_ meaning: String, _ sentence: (Surroundings) -> String) -> String {
    let (outside, inside) = (sentence(.host), sentence(container))
    return head(outside) + mdocSentences(meaning)
      + (inside == outside ? "" : mdocSentences("In a container: `\(inside)`"))
  }
}
