internal import BPF
internal import CommandSession
internal import LinuxSystem
internal import MachineView
internal import Output
internal import SystemText
internal import ToolLibrary
internal import TraceModel
internal import TraceRuntime

/// Whether tools work on this machine, found out without loading their programs.
final class Readiness {
  private let runner: ToolRunner
  private let host = RememberingHost()
  private let machine: DirectoryMachine
  private let resolver: MachineResolver

  init(_ runner: ToolRunner) {
    self.runner = runner
    machine = runner.machine()
    resolver = MachineResolver(machine)
  }

  /// What keeps every tool from working, as one sentence; nil if nothing does.
  static var obstacle: String? { Privileges.obstacle(to: ToolRunner.name, in: .current) }

  /// What a run of a tool with this manifest would find.
  func preview(_ manifest: Manifest) -> RunPreview {
    let session = Session(
      Artifact(object: [], manifest: manifest), options: SessionOptions(),
      environment: SessionEnvironment(
        host: host, kernel: machine, resolver: resolver,
        renderer: RendererSpec.all[0].make(RendererOptions()),
        sink: FileSink(
          output: OutputFile.standardOutput(), messages: OutputFile.standardError())))
    return session.preview()
  }

  /// Why a run of a tool with this manifest would not begin, as one line.
  func sentence(_ failure: SessionError, of manifest: Manifest) -> String {
    if case .attach(let probe, let error) = failure, !error.concernsEveryProbe {
      let needs = failure.obstacle == .attachment ? manifest.needs : ""
      return "\(probe): \(error.reason)" + (needs.isEmpty ? "" : " (it needs \(needs))")
    }
    let text = failure.message(verbose: false, in: machine.settings.surroundings)
    let line = text.text.split(separator: "\n").first.map(String.init) ?? ""
    return text.hints.isEmpty ? line : "\(line) (\(text.hints[0]))"
  }
}

/// The kernel we run on, asked once for each feature.
private final class RememberingHost: BPFHost {
  private let host = LibBPFHost()
  private var answers: [KernelFeature: FeatureAnswer] = [:]

  func probe(_ feature: KernelFeature) -> FeatureAnswer {
    if let known = answers[feature] { return known }
    let answer = host.probe(feature)
    answers[feature] = answer
    return answer
  }

  func makeAhead(_ maps: [MapAhead]) {}

  func load(_ object: [UInt8], as plan: LoadPlan) throws(LoadError) -> any HostedObject {
    try host.load(object, as: plan)
  }

  func allowsCall(of function: UInt32, from program: LoadPlan.Program) -> Bool {
    host.allowsCall(of: function, from: program)
  }

  func currentTask() throws(SystemError) -> UInt64 { try host.currentTask() }

  func currentProcess() throws(SystemError) -> Int32 { try host.currentProcess() }

  func watchProcesses() throws(SystemError) -> any ProcessRecordSource {
    try host.watchProcesses()
  }
}
