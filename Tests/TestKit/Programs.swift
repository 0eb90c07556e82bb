package import BPF
import Compiler
import Diagnostics
import LinuxSystem
import MachineView
import Output
import Semantics
package import TraceModel
import TraceRuntime

/// Runs scripts in the kernel, from source to output; they must end by themselves.
package enum ProgramRun {
  /// What a run wrote, or why there was none.
  package struct Outcome: Sendable {
    /// Standard output.
    package var output = ""
    /// Standard error; the diagnostics if the script was refused.
    package var messages = ""
    package var status: Int32 = 0
  }

  /// Whether programs can be run: it takes root.
  package static var isPossible: Bool { CurrentProcess.isRoot }

  /// Compiles and runs a script on the running kernel.
  ///
  /// - Parameters:
  ///   - absentFeatures: What the kernel is taken to lack.
  ///   - poison: What is in memory before the programs write to it.
  ///   - host: What loads and runs the programs.
  ///   - command: What ends the run of a script that does not end by itself.
  package static func run(
    _ text: String, parameters: [String] = [], allowsUnsafe: Bool = false,
    reportsEveryFailure: Bool = false, absentFeatures: Set<KernelFeature> = [],
    poison: UInt8? = nil, host: any BPFHost = LibBPFHost(), command: String? = nil
  ) -> Outcome {
    var outcome = Outcome()
    let machine = DirectoryMachine()
    var target = AnalysisTarget.test(machine)
    target.parameters = parameters.filter { !$0.hasPrefix("--") }
    target.allowsUnsafe = allowsUnsafe
    target.reportsEveryFailure = reportsEveryFailure
    target.poison = poison
    target.parametersAreFinal = command == nil
    target.knowsTaskFilters = command != nil
    target.isForThisKernel = command == nil && absentFeatures.isEmpty
    let result = compile(
      SourceFile(name: "stdin", text: text), for: target,
      options: CompilationOptions(producer: "test"))
    outcome.messages = DiagnosticRenderer(result.sources).text(result.diagnostics)
    guard let artifact = result.artifact else {
      outcome.status = 1
      return outcome
    }
    let sink = MemorySink()
    var options = SessionOptions()
    options.isQuiet = true
    options.command = command
    options.absentFeatures = absentFeatures
    do throws(ScriptArguments.ParseError) {
      options.arguments = try ScriptArguments(
        parsing: parameters, for: artifact.manifest.options)
    } catch {
      outcome.messages += "\(error)\n"
      outcome.status = 1
      return outcome
    }
    let session = Session(
      artifact, options: options,
      environment: SessionEnvironment(
        host: host, kernel: machine, resolver: MachineResolver(machine),
        renderer: RendererSpec.text.make(RendererOptions()), sink: sink))
    do throws(SessionError) { outcome.status = try session.run() } catch {
      let message = error.message(verbose: true)
      outcome.messages += ([message.text] + message.hints).joined(separator: "\n") + "\n"
      outcome.status = message.status
    }
    outcome.output = String(decoding: sink.page.output, as: UTF8.self)
    outcome.messages += String(decoding: sink.page.messages, as: UTF8.self)
    return outcome
  }
}

extension ProgramRun {
  /// Has the kernel verify every program of a script, without running any.
  ///
  /// - Parameters:
  ///   - cpuCount: The number of CPUs that the programs are told.
  ///   - hasFeature: Whether they are told that the kernel has what they ask for.
  /// - Returns: What the compiler or the kernel objects to; nil if nothing.
  package static func rejection(
    of fixture: ScriptFixture, cpuCount: Int, hasFeature: (KernelFeature) -> Bool = { _ in false }
  ) -> String? {
    let machine = DirectoryMachine()
    let script = ScriptUnderTest(fixture, on: machine)
    let result = compile(
      script.source, for: script.target, options: CompilationOptions(producer: "test"))
    guard let artifact = result.artifact else {
      return DiagnosticRenderer(result.sources).text(result.diagnostics)
    }
    var constants = Array(repeating: UInt8(0), count: artifact.manifest.constantsSize)
    for constant in artifact.manifest.constants where constant.shape == .integer {
      let value: Int64 =
        switch constant.source {
        case .possibleCPUs: Int64(cpuCount)
        case .feature(let name): KernelFeature.named(name).map(hasFeature) == true ? 1 : 0
        case .currentTaskField(let field):
          hasFeature(.currentTaskPointer) ? place(of: field, machine) : 0
        default: constant.defaultInteger
        }
      for byte in 0..<8 {
        constants[constant.offset + byte] = UInt8(truncatingIfNeeded: value >> Int64(byte * 8))
      }
    }
    do throws(LoadError) {
      let resolver = MachineResolver(machine)
      var plan = LoadPlan(name: "test", constants: constants)
      let host = LibBPFHost()
      for program in artifact.manifest.programs {
        // What a machine lacks, a probe's other program is for.
        guard program.kind.requires.allSatisfy({ host.probe($0).isYes }) else {
          plan.skippedPrograms.insert(program.symbol)
          continue
        }
        do throws(AttachError) {
          plan.programs[program.symbol] = LoadPlan.Program(
            program.kind,
            targetID: try program.kind.target.map { target throws(AttachError) in
              try resolver.typeID(of: target)
            })
        } catch { return "\(program.symbol): \(error)" }
      }
      _ = try host.load(artifact.object, as: plan)
      return nil
    } catch {
      guard case .rejected(let rejection) = error else { return "\(error)" }
      return "\(rejection.program): \(rejection.summary)"
    }
  }
}

/// Where a structure of the kernel has a member, written `structure.member`; 0 if it has none.
private func place(of field: String, _ machine: DirectoryMachine) -> Int64 {
  let names = field.split(separator: ".").map(String.init)
  let found = try? machine.offset(ofMember: names[1], in: names[0])
  return Int64((found ?? nil) ?? 0)
}

/// Keeps what is written.
private final class MemorySink: PageSink {
  var page = Page()

  func write(_ page: Page) {
    self.page.output += page.output
    self.page.messages += page.messages
  }

  func flush() {}
}
