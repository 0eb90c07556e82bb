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
    for mistake in try test.mistakes(on: .host, with: commandsUnderTest) {
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

/// Runs the same files and those of the tools on other kernels: those that `$KERNELS` names, in virtual machines;
/// `running` is this machine's.
///
/// Where `$UPDATE_TABLES` is set, what became of each tool and of each kind of probe goes into the pages of
/// `KernelTable`. `$SHORT` leaves all cases out but the first of each row of these that can run.
@Suite(.serialized, .enabled(if: !Guest.kernels.isEmpty))
struct GuestTests {
  @Test(arguments: Guest.kernels)
  func behavesAsTheDataFilesSay(on kernel: String) throws {
    let guest = try Guest(kernel: kernel)
    try guest.start()
    defer { guest.stop() }
    let all = try CaseOfRow.all()
    try guest.machine.learn(requirementsOf: all.map(\.test))
    var verdicts: [KernelTable.Page: [String: KernelVerdict]] = [:]
    func note(_ verdict: KernelVerdict, of row: CaseOfRow) {
      // That a wrong option is refused does not yet show that something works.
      guard let name = row.name, row.test.expectsEvents || verdict == .fails else { return }
      if verdicts[row.page, default: [:]][name]?.add(verdict) == nil {
        verdicts[row.page, default: [:]][name] = verdict
      }
    }
    var chosen: [CaseOfRow] = []
    for row in all {
      guard let feature = try guest.machine.missingRequirement(of: row.test) else {
        chosen.append(row)
        continue
      }
      print("skipped on \(kernel): \(row.test.description): \(feature.sentence)")
      note(.needs(feature.name), of: row)
    }
    if isSet("SHORT") { chosen = CaseOfRow.first(of: chosen) }
    var held = 0
    func run(_ rows: [CaseOfRow], failed: (CaseOfRow, [String]) -> Void) throws {
      try guest.run(rows.map(\.test)) { index, outcome, seconds in
        let mistakes = rows[index].test.mistakes(in: outcome)
        print(
          "\(mistakes.isEmpty ? "held" : "failed") after \(Int(seconds)) s: \(kernel): "
            + "\(rows[index].test.description)")
        guard mistakes.isEmpty else { return failed(rows[index], mistakes) }
        held += 1
        note(.works, of: rows[index])
      }
    }
    // A guest is slow, and cases run beside each other: what does not hold has to fail when it is run again.
    var again: [CaseOfRow] = []
    try run(chosen) { row, mistakes in
      print("run again, because \(mistakes.joined(separator: "\n"))")
      again.append(row)
    }
    try run(again) { row, mistakes in
      for mistake in mistakes { Issue.record("\(kernel): \(row.test.description): \(mistake)") }
      note(.fails, of: row)
    }
    print("kernel \(kernel): \(held) cases held of \(chosen.count), \(all.count) there are")
    #expect(held > 0)
    if isSet("UPDATE_TABLES") {
      for (page, found) in verdicts {
        var table = try KernelTable(of: page)
        // Some cases know nothing of the rows of others.
        let rows = all.filter { $0.page == page }.compactMap(\.name)
        table.note(
          found, on: kernel, of: isSet("CASES") ? rows + Array(table.cells.keys) : rows)
        try table.text.write(to: page.url, atomically: true, encoding: .utf8)
      }
    }
  }

  private func isSet(_ name: String) -> Bool {
    !(ProcessInfo.processInfo.environment[name] ?? "").isEmpty
  }
}

/// A case with the row that it decides.
private struct CaseOfRow {
  let test: CommandCase
  let page: KernelTable.Page
  /// Nil for a case that is not about a row.
  let name: String?

  static func all() throws -> [CaseOfRow] {
    try cases.get().map { CaseOfRow(test: $0, page: .probes, name: $0.row) }
      + ToolUnderTest.cases.get().map { CaseOfRow(test: $0, page: .tools, name: $0.tool) }
  }

  /// The first of each row that shows events.
  static func first(of rows: [CaseOfRow]) -> [CaseOfRow] {
    var seen: Set<String> = []
    return rows.filter { row in
      guard let name = row.name, row.test.expectsEvents else { return false }
      return seen.insert("\(row.page) \(name)").inserted
    }
  }
}

/// A virtual machine with another kernel (or this machine as `running`), which sees this machine's files.
private struct Guest {
  /// The kernels to be tested.
  static let kernels: [String] =
    (ProcessInfo.processInfo.environment["KERNELS"] ?? "").split(separator: " ").map(String.init)

  let machine: Machine
  private let kernel: String
  private let name: String
  /// A folder that the guest may write.
  private let share: URL
  /// Whether this is no guest but the machine itself.
  private let isRunning: Bool

  private static let laboratory = ToolUnderTest.root
    .appendingPathComponent("scripts/kernel-lab/kernel-lab").path
  /// What kernel-lab answers when the guest did not boot, hung or panicked.
  private static let lost = 125
  /// How many cases run at a time: mostly one computes while another waits.
  private static let atOnce = 3
  /// How often a guest may be lost before what it has not run counts as failed.
  private static let losses = 3
  /// What is not run within this time, in seconds, is lost.
  private static let limit = 3600

  init(kernel: String) throws {
    self.kernel = kernel
    name = "tests-\(kernel)-\(ProcessInfo.processInfo.processIdentifier)"
    isRunning = kernel == "running"
    share = FileManager.default.temporaryDirectory.appendingPathComponent(name)
    try FileManager.default.createDirectory(at: share, withIntermediateDirectories: true)
    machine =
      isRunning
      ? .host : Machine(prefix: [Self.laboratory, "exec", name, "--timeout", "TIMEOUT", "--"])
  }

  func start() throws {
    if isRunning { return }
    let command = [Self.laboratory, "start", kernel, "--name", name, "--share", share.path]
    let outcome = try Machine.host.run(
      command.map(shellQuoted).joined(separator: " "), timeout: 600)
    guard outcome.status == 0 else {
      throw GuestLost(kernel: kernel, console: String(decoding: outcome.errors, as: UTF8.self))
    }
  }

  func stop() {
    if !isRunning {
      let command = [Self.laboratory, "stop", name].map(shellQuoted).joined(separator: " ")
      _ = try? Machine.host.run(command, timeout: 60)
    }
    try? FileManager.default.removeItem(at: share)
  }

  /// Runs the cases and tells of each what came out and how long it took; in a fresh guest what is left when one is
  /// lost.
  func run(_ cases: [CommandCase], tell: (Int, Outcome, Double) throws -> Void) throws {
    guard !cases.isEmpty else { return }
    let folder = share.appendingPathComponent("cases-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let batch = try CaseBatch(
      cases, in: folder, with: commandsUnderTest, slowness: isRunning ? 1 : 10)
    var left = Self.losses
    while left > 0, cases.indices.contains(where: { batch.outcome(of: $0) == nil }) {
      left -= 1
      // The last time one by one, so that a case that ends the guest takes no other with it.
      let outcome = try machine.run(
        batch.script(atOnce: left > 0 ? Self.atOnce : 1), timeout: Self.limit)
      guard outcome.status == Self.lost, !isRunning else { continue }
      print("lost the guest with \(kernel): \(String(decoding: outcome.errors, as: UTF8.self))")
      try start()
    }
    for index in cases.indices {
      try tell(index, batch.outcome(of: index) ?? .notEnded, batch.seconds(of: index) ?? 0)
    }
  }
}

/// A guest that did not come up.
struct GuestLost: Error, CustomStringConvertible {
  let kernel: String
  let console: String

  var description: String { "the guest with kernel \(kernel) did not start: \(console)" }
}
