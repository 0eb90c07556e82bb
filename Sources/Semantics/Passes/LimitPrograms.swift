import Diagnostics
import Language
import Syntax

extension AnalysisPass {
  /// Refuses wildcards for which there would be more programs than the configuration allows.
  static let limitPrograms = AnalysisPass(name: "limit-programs") { state in
    let (count, limit) = (state.script.probes.count, state.script.configuration.maxPrograms)
    guard count > limit else { return }
    guard let wildcard = state.script.probes.first(where: \.isOfWildcard) else { return }
    state.report(
      .error(
        "too-many-programs",
        "Your program is trying to generate more than \(count) BPF programs, which exceeds "
          + "the current limit of \(limit)", at: wildcard.syntax.attachPoints[0].range,
        hints: [
          "You can increase the limit through the BPFTRACE_MAX_BPF_PROGS environment variable."
        ]))
  }
}
