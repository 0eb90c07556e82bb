import MachineView
import Syntax
import TraceModel

extension ProbeType {
  static let begin = special(
    "begin", .begin, summary: "Runs once, before anything is attached.",
    details: "`pid` and `comm` are those of the command itself. There may be several; they run in "
      + "the order written.")

  static let end = special(
    "end", .end, summary: "Runs once, after everything is detached.",
    details: "What it prints comes before the maps.")

  static let report = special(
    "report", .report,
    summary: "Runs whenever results are reported: after each interval of the run, and at its end.",
    details:
      "What it prints comes before the tables of the script. The interval is an option of the "
      + "script; without one there is one report, at the end.")

  private static func special(
    _ name: String, _ attachPoint: AttachPoint, summary: String, details: String
  ) -> ProbeType {
    ProbeType(
      name: name, summary: summary, details: details, kindName: "special",
      isListedByDefault: false,
      resolve: { syntax, _ in
        let targets = syntax.targets.filter { $0 != "*" }
        if !targets.isEmpty {
          return .error(
            "attach-point-parts",
            "\(name) probe type requires 0 arguments, found \(targets.count)", syntax)
        }
        return ResolvedProbes(probes: [
          ResolvedAttachPoint(
            probeType: name, kindName: "special", name: name, points: [attachPoint],
            programs: [run(name)])
        ])
      }, list: { _ throws(MachineError) in .probes([]) })
  }

  /// A program that the command runs itself.
  private static func run(_ name: String) -> ProbeProgram {
    ProbeProgram(
      .rawTracepoint, label: "raw_tp/\(name)", context: ContextShape(isCalledByUser: true),
      targetFilter: .none)
  }

  static let signal = ProbeType(
    name: "self", summary: "Runs when the command itself receives a signal: `self:signal:SIGUSR1`.",
    kindName: "special", isListedByDefault: false,
    resolve: { syntax, _ in
      if let wrong = ResolvedProbes.wrongCount(syntax, of: "self", allowed: 2...2) { return wrong }
      let targets = syntax.targets
      guard targets[0] == "signal" else {
        return .error("self-trigger", "\(targets[0]) is not a supported trigger", syntax)
      }
      guard targets[1] == "SIGUSR1" else {
        return .error("self-signal", "\(targets[1]) is not a supported signal", syntax)
      }
      return ResolvedProbes(probes: [
        ResolvedAttachPoint(
          probeType: "self", kindName: "special", name: "self:signal:SIGUSR1",
          points: [.selfSignal("SIGUSR1")], programs: [run("self")])
      ])
    },
    list: { _ throws(MachineError) in
      .probes([ListedProbe(name: "self:signal:SIGUSR1")])
    })
}
