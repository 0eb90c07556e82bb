import CommandTestKit
import Foundation
import Testing

private let cases = Result {
  try CommandCase.all(
    under: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fixtures/Kernel"))
}

/// Runs the data files under `Fixtures/Kernel` on the running kernel.
@Suite struct HostKernelTests {
  @Test(arguments: try runnable())
  func behavesAsTheDataFileSays(_ test: CommandCase) throws {
    for mistake in test.mistakes(in: try test.run(on: .host, with: commandsUnderTest)) {
      Issue.record("\(test.location): \(mistake)")
    }
  }

  @Test func thereAreCasesAndTheyRequireOnlyWhatCanBeAsked() throws {
    let all = try cases.get()
    #expect(!all.isEmpty || ProcessInfo.processInfo.environment["CASES"] != nil)
    for test in all {
      for name in test.requirements {
        #expect(Feature.named(name) != nil, "\(test.description) requires \(name)")
      }
    }
  }

  private static func runnable() throws -> [CommandCase] {
    try Machine.host.runnable(try cases.get())
  }
}

/// Runs the same files and those of the tools on other kernels: those that `$KERNELS` names, by the program
/// kernel-lab in the folder `$KERNEL_LAB`; `running` is this machine's.
///
/// Where `$UPDATE_TABLE` is set, what became of each tool goes into `docs/tools-by-kernel.md`.
@Suite(.serialized, .enabled(if: !Guest.kernels.isEmpty))
struct GuestTests {
  @Test(arguments: Guest.kernels)
  func behavesAsTheDataFilesSay(on kernel: String) throws {
    let guest = Guest(kernel: kernel)
    try guest.start()
    defer { guest.stop() }
    var held = 0
    var skipped = 0
    var verdicts: [String: ToolVerdict] = [:]
    func note(_ verdict: ToolVerdict, of test: CommandCase) {
      if verdicts[test.tool]?.add(verdict) == nil { verdicts[test.tool] = verdict }
    }
    func run(_ test: CommandCase) throws -> ToolVerdict {
      if let feature = try guest.machine.missingRequirement(of: test) {
        print("skipped on \(kernel): \(test.description): \(feature.sentence)")
        skipped += 1
        return .needs(feature.name)
      }
      let mistakes = test.mistakes(in: try guest.run(test))
      for mistake in mistakes { Issue.record("\(kernel): \(test.description): \(mistake)") }
      if !mistakes.isEmpty { return .fails }
      held += 1
      return .works
    }
    for test in try cases.get() { _ = try run(test) }
    for test in try ToolUnderTest.cases.get() {
      let verdict = try run(test)
      // That a wrong option is refused does not yet show that a tool works.
      if test.expectsEvents || verdict == .fails { note(verdict, of: test) }
    }
    print("kernel \(kernel): \(held) cases held, \(skipped) skipped")
    #expect(held > 0)
    if ProcessInfo.processInfo.environment["UPDATE_TABLE"] != nil {
      try Self.note(verdicts, on: kernel)
    }
  }

  private static func note(_ verdicts: [String: ToolVerdict], on kernel: String) throws {
    let page = ToolsByKernel.page
    var table = ToolsByKernel(
      reading: FileManager.default.fileExists(atPath: page.path)
        ? try String(contentsOf: page, encoding: .utf8) : "")
    table.note(verdicts, on: kernel, of: try ToolUnderTest.all.get().map(\.name))
    try table.text.write(to: page, atomically: true, encoding: .utf8)
  }
}

/// A virtual machine with another kernel (or this machine as `running`), which sees this machine's files.
struct Guest {
  /// The kernels to be tested.
  static let kernels: [String] =
    (ProcessInfo.processInfo.environment["KERNELS"] ?? "").split(separator: " ").map(String.init)

  let machine: Machine
  private let kernel: String
  private let name: String
  private let laboratory: String
  /// Whether this is no guest but the machine itself.
  private let isRunning: Bool

  /// What kernel-lab answers when the guest did not boot, hung or panicked.
  private static let lost = 125

  init(kernel: String) {
    self.kernel = kernel
    name = "tests-\(kernel)-\(ProcessInfo.processInfo.processIdentifier)"
    isRunning = kernel == "running"
    laboratory = (ProcessInfo.processInfo.environment["KERNEL_LAB"] ?? ".") + "/kernel-lab"
    machine =
      isRunning
      ? .host : Machine(prefix: [laboratory, "exec", name, "--timeout", "TIMEOUT", "--"])
  }

  func start() throws {
    if isRunning { return }
    let command = [laboratory, "start", kernel, "--name", name].map(shellQuoted)
    let outcome = try Machine.host.run(command.joined(separator: " "), timeout: 300)
    guard outcome.status == 0 else {
      throw GuestLost(kernel: kernel, console: String(decoding: outcome.errors, as: UTF8.self))
    }
  }

  func stop() {
    if isRunning { return }
    let command = [laboratory, "stop", name].map(shellQuoted).joined(separator: " ")
    _ = try? Machine.host.run(command, timeout: 60)
  }

  /// Runs the case; a second time, in a fresh guest, when the guest was lost over it.
  func run(_ test: CommandCase) throws -> Outcome {
    let outcome = try test.run(
      on: machine, with: commandsUnderTest, slowness: isRunning ? 1 : 10)
    guard outcome.status == Self.lost, !isRunning else { return outcome }
    stop()
    try start()
    return try test.run(on: machine, with: commandsUnderTest, slowness: 10)
  }
}

/// A guest that did not come up.
struct GuestLost: Error, CustomStringConvertible {
  let kernel: String
  let console: String

  var description: String { "the guest with kernel \(kernel) did not start: \(console)" }
}
