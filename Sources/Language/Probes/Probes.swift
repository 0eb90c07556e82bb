import BTF
import Diagnostics
import MachineView
import Syntax
import TraceModel

extension ProbeType {
  /// Every probe type, in the order of the manual.
  package static let all: [ProbeType] = [
    begin, end, report, signal, test, bench, kprobe, kretprobe, fentry, fexit, uprobe, uretprobe,
    usdt, tracepoint, rawTracepoint, software, hardware, profile, interval, watchpoint, iterator,
  ]
}

extension AttachPointSyntax {
  /// Why a pattern binds: what matches it is decided when the script is compiled.
  var expanded: String {
    "\(targets.joined(separator: ":")) stands for what matches it on this machine"
  }

  /// What stands behind the probe type, without the quotes.
  var targets: [String] {
    parts.dropFirst().compactMap { if case .text(let text, _) = $0 { text } else { nil } }
  }
}

extension ResolvedProbes {
  /// An error about an attach point.
  static func error(
    _ id: String, _ message: String, _ syntax: AttachPointSyntax, hints: [String] = []
  ) -> ResolvedProbes {
    ResolvedProbes(diagnostics: [.error(id, message, at: syntax.range, hints: hints)])
  }

  /// The error for a wrong number of parts, or nil if it is one of `allowed`.
  static func wrongCount(
    _ syntax: AttachPointSyntax, of type: String, allowed: ClosedRange<Int>
  ) -> ResolvedProbes? {
    let found = syntax.targets.count
    guard !allowed.contains(found) else { return nil }
    let wanted =
      allowed.count == 1
      ? "\(allowed.lowerBound) argument\(allowed.lowerBound == 1 ? "" : "s")"
      : "\(allowed.lowerBound) or \(allowed.upperBound) arguments"
    return error(
      "attach-point-parts", "\(type) probe type requires \(wanted), found \(found)", syntax)
  }
}

/// The name of an attach point as a program's label.
func programLabel(_ kind: String, _ name: String) -> String {
  kind + "/"
    + String(
      name.map { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "_" || $0 == "/" ? $0 : "_" })
}

/// Reads something of the types of a module, or of the kernel itself for nil; types that make no sense
/// are an error of the machine.
func readTypes<Answer>(
  of module: String?, _ read: () throws(BTFError) -> Answer
) throws(MachineError) -> Answer {
  do { return try read() } catch { throw .badBTF(error, module: module ?? "vmlinux") }
}
