import BPF
import Compiler
import Diagnostics
import MachineView
import Semantics
import TestKit
import Testing
import TraceModel

/// Where the kernel keeps what is keyed by the current thread.
@Suite(
  .serialized, .enabled(if: ProgramRun.isPossible, "running programs takes root"),
  .enabled(if: storesAreOrdered, "the architecture does not order stores"))
struct ThreadMapTests {
  private let object: any HostedObject
  private let symbols: [String]

  private static func artifact(of script: String) throws -> Artifact {
    let result = compile(
      SourceFile(name: "stdin", text: script), for: AnalysisTarget.test(DirectoryMachine()),
      options: CompilationOptions(producer: "test"))
    return try #require(result.artifact, "\(result.diagnostics)")
  }

  init() throws {
    let artifact = try Self.artifact(
      of: """
        begin { @s[tid] = 5; }
        end { @s[tid] = 7; }
        self:signal:SIGUSR1 { delete(@s, tid); }
        """)
    let map = try #require(artifact.manifest.maps.first)
    #expect(map.storage == .threads)
    var plan = LoadPlan(
      name: "test", constants: Array(repeating: 0, count: artifact.manifest.constantsSize))
    for program in artifact.manifest.programs {
      plan.programs[program.symbol] = LoadPlan.Program(program.kind, targetID: nil)
    }
    object = try LibBPFHost().load(artifact.object, as: plan)
    symbols = artifact.manifest.programs.map(\.symbol)
  }

  private static let hash = "AT_s"
  private static let places = "TP_s"

  private func run(_ program: Int) throws { try object.run(symbols[program], context: []) }

  private func words(_ bytes: some Sequence<UInt8>) -> [UInt64] {
    let bytes = Array(bytes)
    return stride(from: 0, to: bytes.count, by: 8).map { start in
      bytes[start..<min(start + 8, bytes.count)].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }
  }

  private func bytes(_ number: UInt64, _ count: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: number >> (8 * UInt64($0))) }
  }

  /// The places that somebody claims, or that elements in the hash belong to.
  private func usedPlaces() throws -> [(number: UInt64, words: [UInt64])] {
    let entries = try object.entries(of: Self.places)
    #expect(entries.count == ThreadPlace.count)
    return (0..<entries.count).map { (words(entries.key($0))[0], words(entries.value($0))) }
      .filter { $0.words[..<3] != [0, 0, 0] }
  }

  private func setPlace(_ number: UInt64, _ words: [UInt64]) throws {
    try object.setValue(
      words.flatMap { bytes($0, 8) }, of: bytes(number, 4), in: Self.places)
  }

  /// Keys and values in the hash.
  private func hashed() throws -> [UInt64: UInt64] {
    let entries = try object.entries(of: Self.hash)
    return Dictionary(
      uniqueKeysWithValues: (0..<entries.count).map {
        (words(entries.key($0))[0], words(entries.value($0))[0])
      })
  }

  /// Scripts whose programs know of the element of each thread one after the other.
  @Test(arguments: [
    "begin { @s[tid] = (nsecs, pid); print(take(@s, tid)); }",
    """
    tracepoint:sched:sched_wakeup, tracepoint:sched:sched_wakeup_new { @s[args.pid] = nsecs; }
    tracepoint:sched:sched_switch { @s[args.prev_pid] = nsecs; delete(@s, args.next_pid); }
    """,
    """
    rawtracepoint:sched_wakeup { @s[args.p.pid] = nsecs; }
    rawtracepoint:sched_switch { print(take(@s, args.next.pid)); }
    """,
    "rawtracepoint:sched_switch { @s[tid] = nsecs; delete(@s, args.next.pid); }",
  ])
  func givesThreadsPlacesWhereProgramsTakeTurns(_ script: String) throws {
    #expect(try Self.artifact(of: script).manifest.maps.map(\.storage) == [.threads])
  }

  /// Scripts in which two CPUs may touch an element at once, whose keys are no threads, or whose values are long.
  @Test(arguments: [
    "tracepoint:sched:sched_waking { @s[args.pid] = nsecs; delete(@s, args.pid); }",
    "begin { @s[tid] = nsecs; } tracepoint:sched:sched_wakeup { delete(@s, args.pid); }",
    "rawtracepoint:sched_switch { @s[args.prev.tgid] = nsecs; delete(@s, args.next.tgid); }",
    "begin { let $t = tid; $t = 5; @s[$t] = nsecs; delete(@s, $t); }",
    "begin { @s[tid] = (comm, comm, comm, comm, comm); delete(@s, tid); }",
  ])
  func keepsTheHashWhereTheyMayNot(_ script: String) throws {
    #expect(try Self.artifact(of: script).manifest.maps.map(\.storage) == [.hash])
  }

  @Test func givesEachThreadAPlace() throws {
    try run(0)
    let place = try #require(try usedPlaces().first)
    let thread = place.words[1]
    #expect(place.number == thread % UInt64(ThreadPlace.count))
    #expect(place.words[0] == 1)
    #expect(place.words[3] & 0xff == 5)
    try run(1)
    #expect(try usedPlaces().map(\.words[3]).map { $0 & 0xff } == [7])
    #expect(try hashed() == [:])
    try run(2)
    #expect(try usedPlaces().isEmpty)
  }

  @Test func goesToTheHashWhereAnotherThreadHasThePlace() throws {
    try run(0)
    let (number, words) = try #require(try usedPlaces().first)
    let thread = words[1]
    let other = thread + UInt64(ThreadPlace.count)
    try setPlace(number, [1, other, 0, 9])
    try run(0)
    #expect(try hashed() == [thread: 5])
    #expect(try usedPlaces().map(\.words) == [[1, other, 1, 9]])

    // The place has become free, but an element that belongs there is still in the hash.
    try setPlace(number, [0, 0, 1, 9])
    try run(1)
    #expect(try hashed() == [thread: 7])
    try run(2)
    #expect(try hashed() == [:])
    #expect(try usedPlaces().isEmpty)
    try run(0)
    #expect(try usedPlaces().map(\.words[1]) == [thread])
  }

  @Test func leavesThePlaceToWhoClaimedItFirst() throws {
    try run(0)
    let (number, words) = try #require(try usedPlaces().first)
    try run(2)
    // Another thread has added to the claims, and not yet written its id.
    try setPlace(number, [1, 0, 0, 0])
    try run(1)
    #expect(try hashed() == [words[1]: 7])
    #expect(try usedPlaces().map(\.words) == [[1, 0, 1, 0]])
    try run(2)
    #expect(try usedPlaces().map(\.words) == [[1, 0, 0, 0]])
  }
}

private let storesAreOrdered = (try? DirectoryMachine().architecture)?.storesInOrder ?? false
