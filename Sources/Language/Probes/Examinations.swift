import MachineView
import Syntax
import TraceModel

extension ProbeType {
  static let test = examination(
    "test", kind: "test", point: { .test($0) },
    summary: "A test of the script: `test:NAME`, run by `--test`.",
    details:
      "It passes when it returns 0 and calls neither `errorf()` nor `exit()` with another number "
      + "than 0. What it prints is shown if it fails. Other runs leave it out.")

  static let bench = examination(
    "bench", kind: "benchmark", point: { .benchmark($0) },
    summary: "A benchmark: `bench:NAME`, run by `--bench`.",
    details:
      "It is run again and again until that has taken a millisecond, and the time of one run is "
      + "shown. One that returns something else than 0 is left out, one that calls `errorf()` fails. "
      + "Other runs leave it out.")

  private static func examination(
    _ name: String, kind: String, point: @escaping @Sendable (String) -> AttachPoint,
    summary: String, details: String
  ) -> ProbeType {
    ProbeType(
      name: name, otherNames: kind == name ? [] : [kind], summary: summary, details: details,
      kindName: kind, isListedByDefault: false,
      resolve: { syntax, _ in
        let targets = syntax.targets
        guard targets.count == 1 else {
          return .error(
            "attach-point-parts", "\(name) probe type requires 1 arguments, found \(targets.count)",
            syntax)
        }
        // The kernel repeats and measures programs for packets; these may do less than others.
        let context = ContextShape(isCalledByUser: true)
        let programs = [(ProgramKind.packet, "xdp"), (.rawTracepoint, "raw_tp")].map {
          ProbeProgram(
            $0, label: programLabel($1, targets[0]), context: context, targetFilter: .none)
        }
        return ResolvedProbes(probes: [
          ResolvedAttachPoint(
            probeType: name, kindName: kind, name: "\(kind):\(targets[0])",
            points: [point(targets[0])], programs: programs)
        ])
      }, list: { _ throws(MachineError) in .probes([]) })
  }
}
