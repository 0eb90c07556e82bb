internal import BPF
internal import CommandLineKit
internal import CommandSession
internal import SystemText
internal import ToolLibrary
internal import TraceModel
internal import TraceRuntime

extension ToolCommand {
  /// Tells what tools would do on this machine, and ends with the status that a run of the first that does
  /// not work would have.
  static let check = ToolCommand(
    "check", "[NAME...]",
    "tell whether tools work here, what they would be attached to and what is missing",
    offer: .tools, isForContainers: true
  ) { parsed, runner throws(CommandFailure) in
    if let obstacle = Readiness.obstacle { throw CommandFailure(obstacle, .permission) }
    if let caution = Privileges.caution { Messages.warning(caution) }
    let readiness = Readiness(runner)
    let names = parsed.operands
    let tools =
      try names.isEmpty
      ? runner.tools.all() : names.map { name throws(CommandFailure) in try runner.find(name) }
    var reports: [Report] = []
    for tool in tools {
      let manifest: Manifest
      do throws(ToolError) { manifest = try runner.loader.load(tool).artifact.manifest } catch {
        guard names.isEmpty else { throw CommandFailure(error) }
        reports.append(Report(name: tool.name, problem: error.message, status: .failure))
        continue
      }
      reports.append(Report(tool.name, manifest, readiness))
    }
    Messages.output((names.isEmpty ? table(reports) : details(reports)).systemBytes)
    return reports.map(\.status).first { $0 != .success } ?? .success
  }

  private static func details(_ reports: [Report]) -> String {
    reports.map { report in
      "\(report.name): \(report.problem.map { "does not work here: \($0)" } ?? "works")\n"
        + report.lines.map { "  \($0)\n" }.joined()
    }.joined()
  }

  private static func table(_ reports: [Report]) -> String {
    let width = max(4, reports.map(\.name.count).max() ?? 0)
    func row(_ name: String, _ state: String, _ rest: String) -> String {
      name + String(repeating: " ", count: width - name.count) + "  "
        + state + String(repeating: " ", count: 5 - state.count) + "  \(rest)\n"
    }
    return row("TOOL", "WORKS", "BY, OR WHY NOT")
      + reports.map { row($0.name, $0.problem == nil ? "yes" : "no", $0.problem ?? $0.hooks) }
      .joined()
  }
}

/// What there is to tell of a tool.
private struct Report {
  let name: String
  /// Why it does not work; nil if it does.
  let problem: String?
  let status: ExitStatus
  /// Where it would be attached, in short.
  private(set) var hooks = ""
  /// A line for each probe, and one for each that is missing.
  private(set) var lines: [String] = []

  init(name: String, problem: String, status: ExitStatus) {
    self.name = name
    self.problem = problem
    self.status = status
  }

  init(_ name: String, _ manifest: Manifest, _ readiness: Readiness) {
    let preview = readiness.preview(manifest)
    self.name = name
    problem = preview.failure.map { readiness.sentence($0, of: manifest) }
    status = preview.failure.map(ExitStatus.init) ?? .success
    var carriers: [String] = []
    var reports: [String] = []
    for probe in preview.probes {
      switch probe.carrier {
      case .program(_, let points):
        guard !points.allSatisfy(\.isRun) else {
          // Of a tool without probes in the system, this is what shows anything.
          if points == [.report] { reports = ["report"] }
          continue
        }
        let hooks = points.map(\.hookName)
        lines.append(
          probe.isSubstituted
            ? "uses \(probe.name), by \(hooks.joined(separator: ", "))"
            : "uses \(hooks.joined(separator: ", "))")
        for hook in hooks where !carriers.contains(hook) { carriers.append(hook) }
      case .nothing(.options):
        lines.append("leaves out \(probe.name), unless options ask for it")
      case .nothing(.machine): lines.append("leaves out \(probe.name), which is for other kernels")
      case .missing(let reason):
        lines.append("\(problem == nil ? "would lack" : "lacks") \(probe.name): \(reason.reason)")
      }
    }
    if carriers.isEmpty { carriers = reports }
    let shown = carriers.prefix(3)
    hooks =
      shown.joined(separator: ", ")
      + (carriers.count > shown.count ? " and \(carriers.count - shown.count) more" : "")
  }
}
