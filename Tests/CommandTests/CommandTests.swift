import CommandTestKit
import Foundation
import Testing
import TraceModel

private let cases = Result {
  try CommandCase.all(
    under: URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("Fixtures/CommandLine"))
}

/// Runs the data files under `Fixtures/CommandLine` with the commands that were built.
@Suite struct CommandTests {
  @Test(arguments: try runnable())
  func behavesAsTheDataFileSays(_ test: CommandCase) throws {
    let mistakes =
      test.later == nil
      ? try test.mistakes(on: .host, with: commandsUnderTest)
      : test.mistakesOfWaiting(in: try test.run(on: .host, with: commandsUnderTest))
    for mistake in mistakes {
      Issue.record("\(test.location): \(mistake)")
    }
  }

  /// Every run in every case is recorded, and the recording shown as the run was. What is shown here goes to no
  /// terminal.
  @Test(arguments: try runnable().filter { $0.later == nil && !$0.hasTerminal })
  func isShownAgainByteForByteFromItsRecording(_ test: CommandCase) throws {
    for mistake in try test.mistakesOfReplays(on: .host, with: commandsUnderTest) {
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

  @Test(arguments: KernelFeature.all)
  func casesMayRequireAnyFeatureOfKernels(_ feature: KernelFeature) {
    #expect(Feature.named(feature.name) != nil, "CommandTestKit cannot ask for \(feature.name)")
  }

  private static func runnable() throws -> [CommandCase] {
    try Machine.host.runnable(try cases.get())
  }
}

/// Runs the same data files through another bpftrace, named by `$COMPARE_WITH`, and prints where
/// it answers otherwise. A difference is no failure unless the case knows of none.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["COMPARE_WITH"] != nil))
struct ComparisonTests {
  @Test func anotherBpftraceAnswersTheSame() throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("compare-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let other = ProcessInfo.processInfo.environment["COMPARE_WITH"] ?? ""
    try FileManager.default.createSymbolicLink(
      atPath: folder.appendingPathComponent("bpftrace").path, withDestinationPath: other)

    var counts = (same: 0, known: 0, different: 0)
    for test in try cases.get() {
      // The tool runner has no counterpart.
      if case .shell(let command) = test.invocation, command.contains("bt-tool") { continue }
      if try Machine.host.missingRequirement(of: test) != nil { continue }
      let mistakes = test.mistakes(in: try test.run(on: .host, with: folder))
      if mistakes.isEmpty {
        counts.same += 1
        if let reason = test.differs { print("no longer differs: \(test.location): \(reason)") }
      } else if let reason = test.differs {
        counts.known += 1
        print("known: \(test.description): \(reason)")
      } else {
        counts.different += 1
        print("DIFFERENT: \(test.description)")
        for mistake in mistakes { print(mistake) }
      }
    }
    print("\(counts.same) the same, \(counts.known) known to differ, \(counts.different) different")
    #expect(counts.different == 0)
  }
}
