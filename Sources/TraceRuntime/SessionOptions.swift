package import TraceModel

/// What a run is told in addition to its artifact.
package struct SessionOptions: Sendable {
  /// Values of the script's own parameters.
  package var arguments = ScriptArguments()
  /// `-p`: the process to which the run is restricted and whose end ends it.
  package var targetPID: Int32?
  /// Which processes the programs are about: what each filter compares with.
  package var taskFilters: [TaskFilter: TaskFilter.Operand] = [:]
  /// Whether programs that know filters leave out what this process itself does.
  package var skipsOwnProcess = false
  /// Whether a run ends where nothing can be attached but what fires by itself, as clocks do.
  package var needsObservers = false
  /// `-c`: a command that is started once everything is attached and whose end ends the run.
  package var command: String?
  /// Whether every probe that happens in a process is about that command and what it starts; otherwise
  /// only those are that are attached to processes, and scripts compare with `cpid`.
  package var restrictsAllToCommand = false
  /// The run ends after this time.
  package var duration: Duration?
  /// Pages of the ring buffer, instead of as many as the script wants.
  package var ringBufferPages: UInt64?
  /// Whether texts that traced processes chose are escaped in the output, and in messages, because a
  /// terminal shows them.
  package var escapesOutput = false
  package var escapesMessages = false
  /// Not a word about what was attached.
  package var isQuiet = false
  /// Tells what is being attached, and at the end what came of each probe.
  package var isVerbose = false
  /// Looks at the end for anything that was lost, and tells it.
  package var isStrict = false
  /// Shows what the loader has to say.
  package var showsLoaderMessages = false
  /// Stops when everything is attached; nothing is shown.
  package var isDryRun = false
  /// Probes may be set where they could do harm (`--unsafe`).
  package var allowsUnsafe = false
  /// Features that the kernel is taken to lack (`--no-feature`).
  package var absentFeatures: Set<KernelFeature> = []
  /// Where to look for debug files first (`--debuginfo`).
  package var debugFolders: [String] = []
  /// Whether failures inside programs and the script's own warnings are shown.
  package var showsWarnings = true

  /// How rows and tables are shown.
  package var reports = ReportOptions()
  /// Which probes run.
  package var work = SessionWork.trace

  package init() {}
}

/// Which probes of an artifact a run is about.
package enum SessionWork: Sendable {
  /// All but tests and benchmarks.
  case trace
  /// Tests alone, if there are any.
  case test
  /// Benchmarks alone, if there are any.
  case benchmark
}

extension SessionWork {
  /// The probes that run, of those of a script.
  func chosen(from probes: [ProbeSpec]) throws(SessionError) -> [ProbeSpec] {
    let asked: [ProbeSpec]
    switch self {
    case .trace: asked = []
    case .test: asked = probes.filter { $0.points.contains { $0.testName != nil } }
    case .benchmark: asked = probes.filter { $0.points.contains { $0.benchmarkName != nil } }
    }
    if !asked.isEmpty { return asked }
    let others = probes.filter { !$0.points.allSatisfy(\.isExamination) }
    if others.isEmpty, !probes.isEmpty {
      throw .onlyExaminations(
        hasTests: probes.contains { $0.points.contains { $0.testName != nil } })
    }
    return others
  }
}

extension AttachPoint {
  /// The name of a test.
  var testName: String? { if case .test(let name) = self { name } else { nil } }
  /// The name of a benchmark.
  var benchmarkName: String? { if case .benchmark(let name) = self { name } else { nil } }
}
