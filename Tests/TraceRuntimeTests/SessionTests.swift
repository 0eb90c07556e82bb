import BPF
import Foundation
import LinuxSystem
import MachineView
import Output
import TestKit
import Testing
import TraceModel

@testable import TraceRuntime

/// What a session wrote.
final class SamplePages: PageSink {
  private(set) var page = Page()
  /// Each piece that was written, output and messages apart.
  private(set) var pieces: [String] = []
  private(set) var flushes = 0
  var error: SystemError?

  func write(_ page: Page) throws(SystemError) {
    if let error { throw error }
    pieces += [page.output, page.messages].filter { !$0.isEmpty }
      .map { String(decoding: $0, as: UTF8.self) }
    self.page.output += page.output
    self.page.messages += page.messages
  }

  func flush() throws(SystemError) { flushes += 1 }

  var output: String { String(decoding: page.output, as: UTF8.self) }
  var messages: String { String(decoding: page.messages, as: UTF8.self) }
}

struct SampleResolver: AttachResolver {
  func tracepointID(category: String, event: String) throws(AttachError) -> UInt64 {
    if event == "nothing" { throw .noSuchTracepoint("\(category):\(event)") }
    return 314
  }

  func fileOffset(
    path: String, symbol: String?, offset: UInt64
  ) throws(AttachError) -> UInt64 { 0x1000 + offset }

  func implementation(
    of function: String, inFile path: String
  ) -> (address: UInt64, offset: UInt64)? { function == "choice" ? (0x8000, 0x7000) : nil }

  func movesStacks(_ path: String) -> Bool { path == "/bin/go" }

  func address(ofSymbol symbol: String, inFile path: String) -> UInt64 { 0x4000 }

  func performanceEvent(_ name: String) -> PerformanceEventNumbers {
    PerformanceEventNumbers(type: 9, settings: [1, 2, 3])
  }

  func hasRawTracepoint(_ event: String) -> Bool { event != "nothing" }

  func functions(module: String?, matching name: String) -> [(module: String, name: String)] {
    name == "nothing" ? [] : [("vmlinux", name)]
  }

  func binaries(_ target: String, process: Int32?) -> [String] {
    target == "nothing" ? [] : ["/bin/\(target)"]
  }

  func functions(
    inFile path: String, matching pattern: String
  ) -> [(name: String, offset: UInt64)] {
    pattern == "nothing*" ? [] : [("first", 0x1000), ("second", 0x1010)]
  }

  /// Three places, the first and the last of which have the same place in a page.
  func staticTracepoints(
    inFile path: String, provider: String, name: String
  ) -> [StaticTracepoint] {
    func argument(_ constant: Int64) -> StaticTracepoint.Argument {
      .init(
        text: "4@$\(constant)",
        place: SiteArgument(constant: constant, sizeInBytes: 4, isSigned: false))
    }
    return [
      StaticTracepoint(
        provider: "shop", name: "sale", offset: 0x1010,
        arguments: [.init(text: "8f@%xmm0", place: nil), argument(5)]),
      StaticTracepoint(provider: "shop", name: "sale", offset: 0x1020, arguments: [argument(6)]),
      StaticTracepoint(
        provider: "shop", name: "sale", offset: 0x2010,
        arguments: [argument(7), argument(name == "same" ? 5 : 8)]),
    ]
  }

  func typeID(of target: ProgramTarget) throws(AttachError) -> UInt32 {
    if target.name == "nothing" { throw .noSuchTarget(target) }
    return Self.typeID
  }

  static let typeID: UInt32 = 4711
}

/// A script with its machine, to be run.
final class SampleSession {
  let machine: SampleMachine
  let host = FakeHost()
  let pages = SamplePages()
  let symbols = SampleSymbols()
  var manifest = Manifest(script: "stdin", producer: "test", architecture: "x86_64")
  var options = SessionOptions()
  var format = RendererSpec.text
  /// Done once everything is attached.
  var whenAttached: () -> Void = {}
  private(set) var attachedCount: Int?
  /// Done while probes are attached.
  var whenProgressing: (AttachProgress) -> Void = { _ in }
  private(set) var progress: [AttachProgress] = []

  init() throws { machine = try SampleMachine() }

  /// Adds a probe with a program of its own.
  @discardableResult
  func probe(_ point: AttachPoint, _ name: String) -> String {
    let program = "p\(manifest.probes.count)"
    manifest.programs.append(ProgramSpec(symbol: program, kind: .rawTracepoint))
    manifest.probes.append(
      ProbeSpec(
        name: name, points: [point],
        alternatives: [.init(program: manifest.programs.count - 1)]))
    return program
  }

  /// Adds an event and returns the bytes of a record with these fields.
  func event(
    _ kind: EventKind, _ fields: [(layout: ValueLayout, bytes: [UInt8])] = [], position: Int? = nil
  ) -> [UInt8] {
    let (packed, size) = ValueLayout.pack(fields.map { ("", $0.layout) })
    let id = manifest.events.count
    var record = [UInt8](of: UInt64(id)) + [UInt8](repeating: 0, count: size)
    var shifted: [ValueLayout.Field] = []
    for (field, value) in zip(packed, fields) {
      var field = field
      field.offset += EventSpec.headerSize
      record.replaceSubrange(field.offset..<(field.offset + value.bytes.count), with: value.bytes)
      shifted.append(field)
    }
    manifest.events.append(
      EventSpec(kind: kind, fields: shifted, size: record.count, position: position))
    return record
  }

  func exit(_ status: Int64) -> [UInt8] {
    event(.exit, [(.integer(bytes: 8, signed: true), [UInt8](of: status))])
  }

  /// Adds a map of counters by number.
  func map(_ name: String, _ pairs: [Int64: Int64]) {
    let number = ValueLayout.integer(bytes: 8, signed: true)
    let map = MapSpec(name: name, kind: .hash, key: number, value: .value(number), maxEntries: 9)
    manifest.maps.append(map)
    var entries = MapEntries(keySize: 8, valueStride: 8, valuesPerKey: 1)
    for (key, value) in pairs { entries.append(key: [UInt8](of: key), values: [UInt8](of: value)) }
    host.maps[map.symbol] = entries
  }

  private var session: Session {
    let environment = SessionEnvironment(
      host: host, kernel: machine.kernel, symbols: symbols, resolver: SampleResolver(),
      renderer: format.make(RendererOptions()), sink: pages)
    return Session(
      Artifact(object: [1, 2, 3], manifest: manifest), options: options, environment: environment)
  }

  func preview() -> RunPreview { session.preview() }

  /// Whether the last run knew of losses.
  private(set) var hasLosses = false

  func run() throws(SessionError) -> Int32 {
    let session = session
    defer { hasLosses = session.hasLosses }
    return try session.run(
      onProgress: {
        self.progress.append($0)
        self.whenProgressing($0)
      },
      onAttached: {
        self.attachedCount = $0
        self.whenAttached()
      })
  }

  var plan: LoadPlan? {
    host.calls.compactMap { if case .load(let plan) = $0 { plan } else { nil } }.first
  }
}

@Suite(.serialized) struct SessionTests {
  let session: SampleSession

  init() throws { session = try SampleSession() }

  // MARK: Places

  /// Adds a probe for all functions that match, with a link of many and, behind that, single ones.
  private func addPattern(_ functions: String, nameCapacity: Int = 32) {
    let table = ProbeSpec.SiteTable(map: "bt_sites_0", nameCapacity: nameCapacity)
    session.manifest.programs += [
      ProgramSpec(symbol: "p", kind: ProgramKind(.kprobe, attachType: .uprobeMulti)),
      ProgramSpec(symbol: "p", kind: .kprobe),
    ]
    session.manifest.probes.append(
      ProbeSpec(
        name: "uprobe:x:\(functions)",
        points: [.uprobe(path: "x", symbol: functions, offset: 0, isReturn: false)],
        expansion: .whenLoaded,
        alternatives: [
          .init(
            program: 0, conditions: [.feature("uprobe_multi", isPresent: true)],
            points: [.uprobeMulti(path: "x", functions: functions, isReturn: false)], sites: table),
          .init(program: 1, sites: table),
        ]))
    session.host.maps["bt_sites_0"] = MapEntries(keySize: 4, valueStride: 40, valuesPerKey: 1)
    session.options.duration = .milliseconds(1)
  }

  private var attached: [AttachTarget] {
    session.host.calls.compactMap {
      if case .attach(let request) = $0 { request.target } else { nil }
    }
  }

  private var filledIn: [String] {
    session.host.calls.compactMap { call in
      guard case .setValue(let value, let key, "bt_sites_0") = call, value[0] == 1 else {
        return nil
      }
      return "\(key[0]) " + String(decoding: value[8...].prefix { $0 != 0 }, as: UTF8.self)
    }
  }

  @Test func aPatternIsOneLinkAndATableOfNames() throws {
    addPattern("f*")
    #expect(try session.run() == 0)
    #expect(session.attachedCount == 2)
    #expect(session.plan?.programs == ["p": .init(.init(.kprobe, attachType: .uprobeMulti))])
    #expect(session.plan?.maxEntries == ["bt_sites_0": 2])
    #expect(filledIn == ["0 uprobe:/bin/x:first", "1 uprobe:/bin/x:second"])
    #expect(attached.map { $0.places.map(\.cookie) } == [[0, 1]])
  }

  @Test func aPatternIsSingleLinksWhereTheKernelHasNoOther() throws {
    addPattern("f*")
    session.host.features[.uprobeMulti] = .no(reason: "")
    #expect(try session.run() == 0)
    #expect(session.attachedCount == 2)
    #expect(session.plan?.programs == ["p": .init(.kprobe)])
    #expect(filledIn == ["0 uprobe:/bin/x:first", "1 uprobe:/bin/x:second"])
    #expect(attached.map { $0.places.map(\.cookie) } == [[0], [1]])
  }

  /// A probe at the entry of functions and one at their return, which one program carries.
  private func addSession() {
    session.manifest.programs = [
      ProgramSpec(symbol: "p", kind: ProgramKind(.kprobe, attachType: .kprobeSession))
    ]
    for isReturn in [false, true] {
      session.manifest.probes.append(
        ProbeSpec(
          name: isReturn ? "kretprobe:f*" : "kprobe:f*",
          points: [.kprobe(module: nil, function: "f*", offset: 0, isReturn: isReturn)],
          expansion: .whenLoaded,
          alternatives: [
            .init(
              program: 0,
              points: [.kprobeMulti(module: nil, functions: "f*", isReturn: isReturn)],
              part: isReturn ? 1 : 0)
          ]))
    }
    session.options.duration = .milliseconds(1)
  }

  @Test func aSessionIsAttachedOnceAndIsTwoProbes() throws {
    addSession()
    #expect(try session.run() == 0)
    #expect(attached.map(\.point) == [.kprobeMulti(module: nil, functions: "f*", isReturn: false)])
    #expect(session.attachedCount == 2)
    #expect(session.progress.map(\.attached) == [1, 2])
  }

  @Test func aSessionTellsWhatCameOfEachOfItsProbes() throws {
    addSession()
    session.options.isVerbose = true
    session.host.misses["p"] = Misses(count: 7, isComplete: true)
    // Lost events, the program, and its two parts; then drops.
    session.host.counters = [0, 0, 30, 20] + [UInt64](repeating: 0, count: 4 * 4)
    #expect(try session.run() == 0)
    let rows = session.pages.messages.split(separator: "\n").map { $0.split(separator: " ") }
    #expect(rows.contains(["kprobe:f*", "30", "7", "0"]))
    #expect(rows.contains(["kretprobe:f*", "20", "-", "0"]))
  }

  /// The kernel keeps them for administrators, but not links of many.
  @Test func uprobesAreLinksOfOnePlaceWhereTheyMayNotBeEventsOfPerf() throws {
    session.manifest.programs.append(ProgramSpec(symbol: "p", kind: .kprobe))
    session.manifest.probes.append(
      ProbeSpec(
        name: "uprobe:/bin/x:f",
        points: [.uprobe(path: "/bin/x", symbol: "f", offset: 0, isReturn: false)],
        alternatives: [.init(program: 0)]))
    session.options.duration = .milliseconds(1)
    #expect(try session.run() == 0)
    session.host.features[.perfUprobe] = .forbidden(reason: "")
    #expect(try session.run() == 0)
    session.host.features[.uprobeMulti] = .no(reason: "")
    #expect(try session.run() == 0)
    let kinds = session.host.calls.compactMap {
      if case .load(let plan) = $0 { plan.programs["p"]?.kind } else { nil }
    }
    #expect(kinds == [.kprobe, ProgramKind(.kprobe, attachType: .uprobeMulti), .kprobe])
  }

  /// A probe of a function in the binary that an option names.
  private func addProbeInOption() throws {
    session.manifest.options = [
      ScriptOption(
        name: "libc", defaultValue: .string("usual"), description: "",
        declaration: OptionDeclaration(kind: .path))
    ]
    session.manifest.programs.append(ProgramSpec(symbol: "p", kind: .kprobe))
    session.manifest.probes.append(
      ProbeSpec(
        name: "uprobe:libc:f",
        points: [.uprobeInOption("libc", function: "f", isReturn: false)],
        expansion: .whenLoaded, alternatives: [.init(program: 0)]))
    session.options.duration = .milliseconds(1)
  }

  @Test(arguments: [(nil, "/bin/usual"), ("other", "/bin/other")])
  func probesTheBinaryThatAnOptionNames(_ given: String?, _ path: String) throws {
    try addProbeInOption()
    if let given { session.options.arguments.options["libc"] = .string(given) }
    #expect(try session.run() == 0)
    #expect(
      attached.map(\.point) == [.uprobe(path: path, symbol: "f", offset: 0, isReturn: false)])
  }

  @Test func missesABinaryThatWasNamedAndNotOneThatIsUsual() throws {
    try addProbeInOption()
    session.probe(.interval(.hertz(1)), "interval:hz:1")
    session.manifest.configuration.missingProbes = .ignore
    session.manifest.options[0].defaultValue = .string("nothing")
    #expect(try session.run() == 0)
    session.options.arguments.options["libc"] = .string("nothing")
    #expect(
      throws: SessionError.attach(probe: "uprobe:libc:f", .noSuchBinary("nothing", isGiven: true))
    ) {
      try session.run()
    }
  }

  @Test func placesThatTheKernelRefusesAreLeftOutAndSaid() throws {
    addPattern("f*")
    var second = AttachTarget.Place(0x1010, name: "uprobe:/bin/x:second")
    second.cookie = 1
    session.host.refusals[AttachmentID(index: 0)] = [
      AttachRefusal(second, reason: .unsupportedInstruction("uprobe:/bin/x:second"))
    ]
    #expect(try session.run() == 0)
    #expect(session.attachedCount == 1)
    #expect(
      session.pages.messages.contains(
        "WARNING: 1 of the 2 places of uprobe:x:f* left out. The kernel cannot put a breakpoint on the "
          + "instruction at 'uprobe:/bin/x:second'.\n"))
  }

  @Test func attachingTellsHowFarItHasCome() throws {
    addPattern("f*")
    session.host.features[.uprobeMulti] = .no(reason: "")
    #expect(try session.run() == 0)
    #expect(session.progress.map(\.attached) == [1, 2])
    #expect(session.progress.map(\.total) == [2, 2])
  }

  @Test func aSignalEndsAttaching() throws {
    addPattern("f*")
    session.host.features[.uprobeMulti] = .no(reason: "")
    session.whenProgressing = { _ in pthread_kill(pthread_self(), SIGINT) }
    #expect(try session.run() == 0)
    #expect(session.attachedCount == nil)
    #expect(attached.count == 1)
    #expect(session.host.calls.contains(.detachAll))
    #expect(!session.pages.output.contains("Attached"))
  }

  @Test func aPatternWithoutAMatchIsAMissingProbe() throws {
    addPattern("nothing*")
    #expect {
      try session.run()
    } throws: { error in
      guard case .attach("uprobe:x:nothing*", .nothingMatches)? = error as? SessionError else {
        return false
      }
      return true
    }
  }

  @Test func aNameThatDoesNotFitIsNotCutOff() throws {
    addPattern("f*", nameCapacity: 20)
    #expect {
      try session.run()
    } throws: { error in
      guard
        case .attach(_, .nameTooLong("uprobe:/bin/x:second", room: 19))? = error as? SessionError
      else { return false }
      return true
    }
  }

  /// Adds a tracepoint of three places, whose program reads some of its arguments.
  private func addTracepoint(_ name: String, arguments: [Int]) {
    let table = ProbeSpec.SiteTable(
      map: "bt_sites_0", nameCapacity: 0, arguments: arguments, usesAddresses: true)
    session.manifest.programs.append(ProgramSpec(symbol: "p", kind: .kprobe))
    session.manifest.probes.append(
      ProbeSpec(
        name: "usdt:/bin/x:shop:\(name)",
        points: [.usdt(path: "/bin/x", provider: "shop", name: name)],
        alternatives: [.init(program: 0, sites: table)]))
    session.host.maps["bt_sites_0"] = MapEntries(
      keySize: 4, valueStride: table.elementSize, valuesPerKey: 1)
    session.options.duration = .milliseconds(1)
  }

  /// Number and constant of each place.
  private var constants: [[Int]] {
    session.host.calls.compactMap { call in
      guard case .setValue(let value, let key, "bt_sites_0") = call, value[0] == 1 else {
        return nil
      }
      return [Int(key[0]) | Int(key[1]) << 8, Int(value[8])]
    }
  }

  @Test func aTracepointHasATableOfArguments() throws {
    addTracepoint("other", arguments: [1])
    #expect(try session.run() == 0)
    #expect(session.attachedCount == 1)
    #expect(constants == [[0, 5], [1, 0], [2, 8]])
    #expect(attached.map { $0.places.map(\.cookie) } == [[0, 1, 2]])
  }

  @Test func placesWithTheSameArgumentsNeedNoCookies() throws {
    addTracepoint("same", arguments: [1])
    session.host.features[.perfLink] = .no(reason: "")
    #expect(try session.run() == 0)
    #expect(constants == [[0x10, 5], [0x20, 0], [0x10, 5]])
    #expect(attached.map { $0.places.map(\.cookie) } == [[0, 0, 0]])
  }

  @Test func placesThatOnlyCookiesTellApartAreRefusedWithoutThem() throws {
    addTracepoint("other", arguments: [1])
    session.host.features[.perfLink] = .no(reason: "")
    #expect {
      try session.run()
    } throws: { error in
      guard case .attach(_, .sameAddress)? = error as? SessionError else { return false }
      return true
    }
  }

  @Test func anArgumentThatNobodyCanReadIsRefusedIfTheScriptReadsIt() throws {
    addTracepoint("other", arguments: [0])
    #expect {
      try session.run()
    } throws: { error in
      guard
        case .attach(_, .unknownArgument(_, number: 0, text: "8f@%xmm0"))? = error as? SessionError
      else { return false }
      return true
    }
  }

  @Test func placesMayHaveNumbersOfTheirOwn() throws {
    session.manifest.programs.append(ProgramSpec(symbol: "p", kind: .rawTracepoint))
    session.manifest.probes.append(
      ProbeSpec(
        name: "tracepoint:syscalls:sys_enter_read and 1 more",
        points: ["read", "close"].map {
          .tracepoint(category: "syscalls", event: "sys_enter_\($0)")
        },
        alternatives: [
          .init(
            program: 0, points: [.rawTracepoint(event: "sys_enter")],
            sites: .init(map: "bt_sites_0", nameCapacity: 40, numbers: [0, 3]))
        ]))
    session.host.maps["bt_sites_0"] = MapEntries(keySize: 4, valueStride: 48, valuesPerKey: 1)
    session.options.duration = .milliseconds(1)
    #expect(try session.run() == 0)
    #expect(session.attachedCount == 2)
    #expect(session.plan?.maxEntries == ["bt_sites_0": 4])
    #expect(
      filledIn == [
        "0 tracepoint:syscalls:sys_enter_read", "3 tracepoint:syscalls:sys_enter_close",
      ])
    #expect(attached == [AttachTarget(.rawTracepoint(event: "sys_enter"))])
  }

  // MARK: Order

  @Test func goesThroughItsLifeInOrder() throws {
    let begin = session.probe(.begin, "begin")
    let tick = session.probe(.interval(.nanoseconds(1_000_000_000)), "interval:s:1")
    let switched = session.probe(
      .tracepoint(category: "sched", event: "sched_switch"), "tracepoint:sched:sched_switch")
    let end = session.probe(.end, "end")
    session.host.recordsOfPrograms = [
      begin: [session.event(.printf(format: "hello\n")), session.exit(3)],
      end: [session.event(.printf(format: "bye\n"))],
    ]
    session.map("@x", [1: 2])
    #expect(try session.run() == 3)
    #expect(session.attachedCount == 4)
    #expect(
      session.host.calls.dropFirst() == [
        .run(begin),
        .attach(
          AttachRequest(
            program: tick, probe: "interval:s:1",
            target: AttachTarget(.interval(.nanoseconds(1_000_000_000))))),
        .attach(
          AttachRequest(
            program: switched, probe: "tracepoint:sched:sched_switch",
            target: AttachTarget(
              .tracepoint(category: "sched", event: "sched_switch"), at: 314))),
        .detachAll, .run(end), .entries("AT_x"),
      ])
    #expect(session.host.object == [1, 2, 3])
    #expect(session.pages.output == "hello\nbye\n\n\n@x[1]: 2\n")
    #expect(session.pages.messages == "Attached 4 probes\n")
    #expect(session.pages.flushes > 0)
  }

  @Test func takesWatchpointsAway() throws {
    let word = ValueLayout.integer(bytes: 8, signed: false)
    let begin = session.probe(.begin, "begin")
    session.probe(.watchpoint(address: 0x1000, length: 8, .write), "watchpoint:0x1000:8:w")
    session.probe(.watchpoint(address: .max, length: 1, .write), "watchpoint:-1:1:w")
    session.probe(.watchpoint(address: .max, length: 1, .read), "watchpoint:-1:1:r")
    session.host.recordsOfPrograms = [
      begin: [UInt64.max, 0x2000, .max].map {
        session.event(.unwatch, [(word, [UInt8](of: $0))])
      } + [session.exit(0)]
    ]
    #expect(try session.run() == 0)
    #expect(session.attachedCount == 4)
    #expect(
      session.host.calls.suffix(3) == [
        .detach(AttachmentID(index: 1)), .detach(AttachmentID(index: 2)), .detachAll,
      ])
  }

  // MARK: Filters

  private func declareTaskFilters() {
    session.manifest.constants = TaskFilter.allCases.enumerated().map { index, filter in
      LoadTimeConstant(source: .usesTaskFilter(filter), shape: .integer, offset: 8 * index)
    }
  }

  @Test func makesNoMapForAFilterThatIsNotUsed() throws {
    session.probe(.begin, "begin")
    declareTaskFilters()
    #expect(try session.run() == 0)
    let plan = try #require(session.plan)
    #expect(plan.omittedMaps == Set(TaskFilter.allCases.compactMap(\.mapSymbol)))
    #expect(plan.pinnedMaps.isEmpty && plan.cgroups.isEmpty)
    #expect(plan.constants.allSatisfy { $0 == 0 })
  }

  @Test func hasWhatAFilterComparesWithStandInForItsMap() throws {
    try session.machine.add("/proc/mounts", Array("c /cg cgroup2 rw 0 0\n".utf8))
    try session.machine.add("/cg/box/cgroup.procs", [])
    session.probe(.begin, "begin")
    declareTaskFilters()
    session.options.taskFilters = [
      .cgroup: .path("box"), .mountNamespaceMap: .path("/pinned"), .user: .number(0),
    ]
    #expect(try session.run() == 0)
    let plan = try #require(session.plan)
    #expect(plan.omittedMaps == ["bt_in_cgroups"])
    #expect(plan.pinnedMaps == ["bt_in_mntns": "/pinned"])
    #expect(plan.cgroups == ["bt_in_cgroup": session.machine.root + "/cg/box"])
    for (index, filter) in TaskFilter.allCases.enumerated() {
      let isUsed = session.options.taskFilters[filter] != nil
      #expect(Array(plan.constants[(8 * index)...].prefix(8)) == [UInt8](of: isUsed ? 1 : 0))
    }
  }

  /// The programs' own question: is this the tracer?
  private func skippedProcess(_ change: (inout SessionOptions) -> Void) throws -> [UInt8] {
    session.probe(.begin, "begin")
    session.manifest.constants = [
      LoadTimeConstant(source: .skippedProcess, shape: .integer, offset: 0)
    ]
    session.options.skipsOwnProcess = true
    change(&session.options)
    #expect(try session.run() == 0)
    return try #require(session.plan).constants
  }

  @Test func leavesOutWhatItDoesItself() throws {
    let own = try skippedProcess { _ in }
    #expect(own == [UInt8](of: Int64(CurrentProcess.id)))
  }

  @Test func looksForItselfOnlyIfItCouldBeSeen() throws {
    #expect(try skippedProcess { $0.skipsOwnProcess = false } == [UInt8](of: 0))
    #expect(try skippedProcess { $0.taskFilters[.thread] = .number(1) } == [UInt8](of: 0))
    #expect(try skippedProcess { $0.command = "true" } == [UInt8](of: 0))
  }

  @Test func makesTheBufferAsLargeAsItIsTold() throws {
    session.probe(.begin, "begin")
    session.manifest.configuration.ringBufferPages = 64
    session.options.ringBufferPages = 1000
    #expect(try session.run() == 0)
    #expect(session.plan?.ringBufferSize == 1024 * session.machine.kernel.pageSizeInBytes)
  }

  @Test func refusesACgroupThatDoesNotExist() throws {
    try session.machine.add("/proc/mounts", Array("c /cg cgroup2 rw 0 0\n".utf8))
    session.probe(.begin, "begin")
    declareTaskFilters()
    session.options.taskFilters = [.cgroup: .path("box")]
    #expect(throws: SessionError.noCgroup("box")) { try session.run() }
  }

  // MARK: Ending

  @Test func stopsByItselfWithoutProbesThatWait() throws {
    let begin = session.probe(.begin, "begin")
    session.host.recordsOfPrograms = [begin: [session.event(.printf(format: "x\n"))]]
    #expect(try session.run() == 0)
    #expect(session.pages.output == "x\n\n\n")
    #expect(session.pages.messages == "Attached 1 probe\n")
  }

  @Test func dropsWhatComesAfterAnExit() throws {
    session.probe(.interval(.hertz(10)), "interval:hz:10")
    session.host.records = [
      session.exit(1), session.event(.printf(format: "late\n")), session.exit(2),
    ]
    #expect(try session.run() == 1)
    #expect(session.pages.output == "\n\n")
  }

  @Test func keepsTheLowBitsOfAnExitStatus() throws {
    session.probe(.begin, "begin")
    session.host.records = [session.exit(-1)]
    #expect(try session.run() == 255)
  }

  @Test func endsAfterItsTime() throws {
    session.probe(.interval(.hertz(1)), "interval:hz:1")
    session.options.duration = .milliseconds(20)
    #expect(try session.run() == 0)
    #expect(session.pages.output == "\n\n")
  }

  /// Sends a signal to the thread of the session; others of the test process do not expect it.
  private func sendOnceAttached(_ signal: Int32) {
    session.whenAttached = { pthread_kill(pthread_self(), signal) }
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP])
  func endsAtASignal(_ signal: Int32) throws {
    session.probe(.interval(.hertz(1)), "interval:hz:1")
    sendOnceAttached(signal)
    #expect(try session.run() == 0)
    #expect(session.pages.output == "\n\n")
  }

  @Test func runsProbesForItsOwnSignals() throws {
    let program = session.probe(.selfSignal("SIGUSR1"), "self:signal:SIGUSR1")
    session.host.recordsOfPrograms = [program: [session.exit(9)]]
    sendOnceAttached(SIGUSR1)
    #expect(try session.run() == 9)
  }

  @Test(arguments: [(21, "@a[1]: 5\n@m[3]: 4\n"), (22, "")])
  func showsMapsAtASignalAsOldReleasesDid(_ minor: Int, _ expected: String) throws {
    let program = session.probe(.selfSignal("SIGUSR1"), "self:signal:SIGUSR1")
    session.manifest.configuration.compatibility = try #require(
      Compatibility(release: "0.\(minor)"))
    session.manifest.configuration.printMapsOnExit = false
    session.map("@m", [3: 4])
    session.map("@a", [1: 5])
    session.map("@empty", [:])
    session.host.recordsOfPrograms = [program: [session.exit(0)]]
    session.options.isQuiet = true
    sendOnceAttached(SIGUSR1)
    #expect(try session.run() == 0)
    #expect(session.pages.output == expected + "\n\n")
  }

  /// The kernel follows samples through what a process starts; interval probes are about no process.
  @Test func attachesSamplesToItsChildAndWhatThatStarts() throws {
    session.probe(.profile(.hertz(99)), "profile:hz:99")
    session.probe(.software(config: 3, period: 1), "software:cs:1")
    session.probe(.interval(.hertz(1)), "interval:hz:1")
    session.options.command = "/bin/true"
    #expect(try session.run() == 0)
    let targets = session.host.calls.compactMap { call -> AttachTarget? in
      if case .attach(let request) = call { request.target } else { nil }
    }
    #expect(targets.map(\.isCommand) == [true, true, false])
    #expect(targets.map { $0.process != nil } == [true, true, false])
  }

  @Test func endsWithItsChild() throws {
    session.probe(.interval(.hertz(1)), "interval:hz:1")
    session.options.command = "/bin/sh -c 'exit 7'"
    #expect(try session.run() == 0)
    #expect(session.symbols.primed == [])
  }

  @Test func looksAtItsChildAgainAndAgainIfItShowsStacks() throws {
    session.probe(.interval(.hertz(1)), "interval:hz:1")
    session.map("@s", [:])
    session.manifest.maps[0].key = .presented(.userStack(.perf, limit: 1))
    let end = "\(session.machine.root)/end"
    session.options.command = "sh -c 'while ! [ -e \(end) ]; do sleep 0.01; done'"
    session.symbols.afterPriming = { if $0 == 3 { try? FileSystem.write([], to: end) } }
    #expect(try session.run() == 0)
    #expect(session.symbols.primed.count >= 3)
    #expect(Set(session.symbols.primed).count == 1)
  }

  @Test func endsWithTheProcessItWatches() throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sleep")
    process.arguments = ["0.05"]
    try process.run()
    session.probe(.profile(.hertz(99)), "profile:hz:99")
    session.options.targetPID = process.processIdentifier
    #expect(try session.run() == 0)
    guard case .attach(let request) = session.host.calls[1] else {
      Issue.record("nothing attached")
      return
    }
    #expect(
      request.target
        == AttachTarget(.profile(.hertz(99)), process: process.processIdentifier))
  }

  // MARK: Preparing

  @Test func fillsConstantsAndLeavesOutProgramsThatAreOff() throws {
    session.manifest.constants = [
      .init(source: .option("x"), shape: .integer, offset: 0),
      .init(source: .positional(1), shape: .string(capacity: 8), offset: 8),
      .init(source: .feature("btf"), shape: .integer, offset: 16),
    ]
    session.options.arguments = ScriptArguments(options: ["x": .unsigned(7)], positional: ["ab"])
    session.host.features = [.btf: .no(reason: "no BTF")]
    session.probe(.begin, "begin")
    session.probe(.interval(.hertz(1)), "interval:hz:1")
    session.manifest.probes[1].alternatives[0].conditions = [.constant(2, equals: 1)]
    #expect(try session.run() == 0)
    let plan = try #require(session.plan)
    #expect(
      plan.constants == [UInt8](of: UInt64(7)) + [UInt8]("ab", capacity: 8)
        + [UInt8](of: UInt64(0)))
    #expect(plan.skippedPrograms == ["p1"])
    #expect(plan.kernelTypes == .running)
    #expect(session.attachedCount == 1)
  }

  @Test func keepsAProgramThatAnotherProbeUses() throws {
    session.manifest.constants = [.init(source: .childPID, shape: .integer, offset: 0)]
    session.probe(.begin, "begin")
    session.probe(.end, "end")
    session.manifest.programs.removeLast()
    session.manifest.probes[1].alternatives = [
      .init(program: 0, conditions: [.constant(0, equals: 1)])
    ]
    #expect(try session.run() == 0)
    #expect(session.plan?.skippedPrograms == [])
  }

  // MARK: Alternatives

  /// A probe that the second program carries, and before it under `conditions` the first, which is
  /// loaded for a function of that name.
  private func probeWithAlternatives(
    _ conditions: [ProbeSpec.Condition], target: String = "bpf_iter_x", isLast: Bool = false
  ) {
    let kind = ProgramKind(
      .tracing, attachType: .rawTracepoint, target: ProgramTarget(.function, target, module: "m"))
    session.manifest.programs = [
      ProgramSpec(symbol: "typed", kind: kind), ProgramSpec(symbol: "plain", kind: .tracepoint),
    ]
    session.manifest.probes = [
      ProbeSpec(
        name: "tracepoint:a:b", points: [.tracepoint(category: "a", event: "b")],
        alternatives: [
          .init(program: 0, conditions: conditions, points: [.rawTracepoint(event: "b")])
        ] + (isLast ? [] : [.init(program: 1)]))
    ]
    session.options.duration = .milliseconds(1)
  }

  /// The program that is loaded and where it is attached.
  private func outcome() throws -> [String] {
    #expect(try session.run() == 0)
    let plan = try #require(session.plan)
    #expect(plan.programs.count == 1)
    #expect(plan.skippedPrograms.isDisjoint(with: plan.programs.keys))
    #expect(plan.skippedPrograms.count == session.manifest.programs.count - 1)
    #expect(session.attachedCount == 1)
    return session.host.calls.compactMap {
      if case .attach(let request) = $0 {
        "\(request.program) \(request.target.point)"
      } else {
        nil
      }
    }
  }

  private static let typed = "typed rawTracepoint(event: \"b\")"
  private static let plain = "plain tracepoint(category: \"a\", event: \"b\")"

  @Test func takesTheFirstProgramWhoseConditionsHold() throws {
    probeWithAlternatives([
      .feature("btf", isPresent: true), .feature("unheard_of", isPresent: false),
      .attachPoint(.rawTracepoint(event: "b"), exists: true),
    ])
    #expect(try outcome() == [Self.typed])
    let program = try #require(session.plan?.programs["typed"])
    #expect(program.kind.type == .tracing && program.targetID == 4711)
  }

  @Test(arguments: [
    ProbeSpec.Condition.feature("btf", isPresent: true), .feature("unheard_of", isPresent: true),
    .attachPoint(.rawTracepoint(event: "nothing"), exists: true),
    .attachPoint(.rawTracepoint(event: "b"), exists: false),
  ])
  func passesOverAProgramWhoseConditionsDoNotHold(_ condition: ProbeSpec.Condition) throws {
    session.host.features = [.btf: .no(reason: "no BTF")]
    probeWithAlternatives([condition])
    #expect(try outcome() == [Self.plain])
  }

  @Test func passesOverAProgramWhoseTargetTheKernelLacks() throws {
    probeWithAlternatives([], target: "nothing")
    #expect(try outcome() == [Self.plain])
  }

  @Test func takesAFeatureForAbsentIfToldSo() throws {
    session.options.absentFeatures = [.btf]
    probeWithAlternatives([.feature("btf", isPresent: true)])
    #expect(try outcome() == [Self.plain])
  }

  @Test func usesNoProgramThatStandsOnAnAbsentFeature() throws {
    session.options.absentFeatures = [.btf]
    probeWithAlternatives([])
    #expect(try outcome() == [Self.plain])
    probeWithAlternatives([], isLast: true)
    #expect(throws: SessionError.attach(probe: "tracepoint:a:b", .unsupported(.btf))) {
      try session.run()
    }
  }

  @Test func saysWhatTheOnlyProgramLacks() throws {
    session.host.features = [.fentry: .no(reason: "no trampolines")]
    probeWithAlternatives([.feature("fentry", isPresent: true)], isLast: true)
    #expect(throws: SessionError.attach(probe: "tracepoint:a:b", .unsupported(.fentry))) {
      try session.run()
    }
    session.manifest.configuration.missingProbes = .warn
    #expect(throws: SessionError.nothingAttached([])) { try session.run() }
    probeWithAlternatives([], target: "nothing", isLast: true)
    session.manifest.configuration.missingProbes = .error
    #expect(
      throws: SessionError.attach(
        probe: "tracepoint:a:b",
        .noSuchTarget(ProgramTarget(.function, "nothing", module: "m")))
    ) { try session.run() }
  }

  @Test func passesOverAProgramThatTheVerifierRejects() throws {
    session.host.rejected = ["typed"]
    probeWithAlternatives([])
    #expect(try session.run() == 0)
    let plans = session.host.calls.compactMap { call in
      if case .load(let plan) = call { plan.programs.keys.sorted() } else { nil }
    }
    #expect(plans == [["typed"], ["plain"]])
    probeWithAlternatives([], isLast: true)
    #expect(throws: SessionError.self) { try session.run() }
  }

  @Test func passesOverAProgramThatTheProcessMayNotLoad() throws {
    session.host.refused = ["typed"]
    session.host.features = [.btf: .forbidden(reason: "operation not permitted")]
    probeWithAlternatives([])
    #expect(try outcome().last == Self.plain)
    // Without another program it is said what is missing.
    probeWithAlternatives([], isLast: true)
    #expect(throws: SessionError.attach(probe: "tracepoint:a:b", .forbidden(.btf))) {
      try session.run()
    }
    session.manifest.configuration.missingProbes = .ignore
    session.probe(.interval(.hertz(1)), "interval:hz:1")
    #expect(throws: SessionError.attach(probe: "tracepoint:a:b", .forbidden(.btf))) {
      try session.run()
    }
  }

  @Test func loadsWithoutShortcutsWhereTheVerifierRejectsThem() throws {
    session.probe(.begin, "begin")
    session.host.rejectedWithConstants = ["p0"]
    session.manifest.constants = [
      LoadTimeConstant(
        source: .feature(KernelFeature.currentTaskPointer.name), shape: .integer, offset: 0)
    ]
    session.options.duration = .milliseconds(1)
    #expect(try session.run() == 0)
    let constants = session.host.calls.compactMap { call in
      if case .load(let plan) = call { plan.constants } else { nil }
    }
    #expect(constants == [[1, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0]])
    // What is rejected either way is tried no third time.
    session.host.rejected = ["p0"]
    #expect(throws: SessionError.self) { try session.run() }
    #expect(session.host.calls.count { if case .load = $0 { true } else { false } } == 4)
  }

  // MARK: Iterators

  @Test func walksAndEnds() throws {
    session.probe(.begin, "begin")
    session.probe(.iterator("task"), "iter:task")
    session.host.recordsOfWalks = [
      session.event(.printf(format: "one\n")), session.event(.printf(format: "two\n")),
    ]
    #expect(try session.run() == 0)
    #expect(session.attachedCount == 2)
    #expect(session.host.calls.count { if case .walk = $0 { true } else { false } } == 3)
    #expect(session.pages.output.hasPrefix("one\ntwo\n"))
  }

  @Test func stopsAWalkAtExit() throws {
    session.probe(.iterator("task"), "iter:task")
    session.probe(.interval(.hertz(1)), "interval:hz:1")
    session.host.recordsOfWalks = [session.exit(4), session.event(.printf(format: "no\n"))]
    #expect(try session.run() == 4)
    #expect(session.host.recordsOfWalks.count == 1)
  }

  @Test func missesNoFeatureForAProbeThatIsOff() throws {
    session.host.features = [.fentry: .no(reason: "no trampolines")]
    session.manifest.constants = [.init(source: .childPID, shape: .integer, offset: 0)]
    probeWithAlternatives(
      [.feature("fentry", isPresent: true), .constant(0, equals: 1)], isLast: true)
    #expect(throws: SessionError.noProbes) { try session.run() }
  }

  @Test func asksTheKernelWhichOfItsFunctionsProgramsMayCall() throws {
    session.host.allowedCalls = [SampleResolver.typeID: .perfEvent]
    let questions: [(String, ProgramKind)] = [
      ("wake", .perfEvent), ("wake", .rawTracepoint), ("nothing", .perfEvent),
    ]
    session.manifest.constants = questions.enumerated().map { index, question in
      LoadTimeConstant(
        source: .kernelCallAllowed(question.0, from: question.1), shape: .integer,
        offset: 8 * index)
    }
    session.probe(.begin, "begin")
    session.options.duration = .milliseconds(1)
    #expect(try session.run() == 0)
    #expect(
      session.plan?.constants == [UInt8](of: Int64(1)) + [UInt8](of: Int64(0))
        + [UInt8](of: Int64(0)))
  }

  @Test func tellsTheChildsIDToThePrograms() throws {
    session.manifest.constants = [
      .init(source: .childPID, shape: .integer, offset: 0),
      .init(source: .targetPID, shape: .integer, offset: 8),
    ]
    session.probe(.interval(.hertz(1)), "interval:hz:1")
    session.options.command = "sh -c 'echo $$ > \(session.machine.root)/id'"
    #expect(try session.run() == 0)
    let text = try FileSystem.readText(session.machine.root + "/id")
    let id = try #require(Int64(text.dropLast()))
    #expect(session.plan?.constants == [UInt8](of: id) + [UInt8](of: Int64(0)))
  }

  private struct RingBufferSample {
    var pages: UInt64 = 0
    var carriesData = true
    var availableMiB: UInt64 = 0
    var cpuCount = 4
    var expectedKiB: Int
  }

  private static let ringBuffers: [RingBufferSample] = [
    .init(availableMiB: 8192, expectedKiB: 8192), .init(availableMiB: 128, expectedKiB: 2048),
    .init(availableMiB: 45, expectedKiB: 512), .init(availableMiB: 0, expectedKiB: 256),
    .init(carriesData: false, availableMiB: 8192, expectedKiB: 256),
    .init(carriesData: false, cpuCount: 100, expectedKiB: 512),
    .init(pages: 64, expectedKiB: 256), .init(pages: 65, availableMiB: 8192, expectedKiB: 512),
    .init(pages: 1, cpuCount: 6, expectedKiB: 32),
  ]

  @Test(arguments: ringBuffers)
  private func sizesTheRingBuffer(_ sample: RingBufferSample) {
    let bytes = RingBufferSize.bytes(
      pages: sample.pages, carriesData: sample.carriesData,
      availableMemory: sample.availableMiB << 20, pageSize: 4096, cpuCount: sample.cpuCount)
    #expect(bytes == sample.expectedKiB << 10)
  }

  @Test func hasMapsMadeAheadThatTakeTheKernelLong() throws {
    session.probe(.begin, "begin")
    for (name, kind, count) in [
      ("@many", MapKind.perCPUHash, 4096), ("@few", .perCPUHash, 16), ("@plain", .hash, 4096),
    ] {
      session.manifest.maps.append(
        MapSpec(
          name: name, kind: kind, key: .integer(bytes: 8, signed: true),
          value: .aggregation(.count), maxEntries: count))
    }
    #expect(try session.run() == 0)
    #expect(session.host.mapsAhead.map(\.symbol) == ["AT_many"])
    #expect(session.host.mapsAhead.first?.maxEntries == 4096)
  }

  @Test(arguments: [true, false])
  func makesASmallBufferForAFewLines(areSentOnce: Bool) throws {
    session.probe(.begin, "begin")
    session.host.records = [session.event(.printf(format: "Tracing...\n"))]
    session.manifest.events[0].isSentOnce = areSentOnce
    #expect(try session.run() == 0)
    #expect((session.plan?.ringBufferSize == 256 << 10) == areSentOnce)
  }

  @Test func makesASmallBufferForScriptsThatShowOnlyMaps() throws {
    session.probe(.begin, "begin")
    session.host.records = [session.event(.printMap(map: 0, top: nil, divisor: nil))]
    session.map("@m", [1: 2])
    #expect(try session.run() == 0)
    #expect(session.plan?.ringBufferSize == 256 << 10)
  }

  @Test func tellsProgramsHowMuchOfTheBufferTheyMayFill() throws {
    session.probe(.begin, "begin")
    session.options.ringBufferPages = 64
    session.manifest.constants = EventUrgency.allCases.enumerated().map { index, urgency in
      .init(source: .eventRoom(urgency), shape: .integer, offset: 8 * index)
    }
    #expect(try session.run() == 0)
    let size = 64 * session.machine.kernel.pageSizeInBytes
    #expect(
      session.plan?.constants
        == [size - size / 8, size - size / 16, size - size / 32, size].flatMap { [UInt8](of: $0) })
  }

  // MARK: Missing probes

  private func addMissingProbes() {
    session.probe(.begin, "begin")
    session.probe(
      .tracepoint(category: "a", event: "nothing"), "tracepoint:a:nothing")
    session.probe(.kprobe(module: nil, function: "f", offset: 0, isReturn: false), "kprobe:f")
    session.host.attachErrors = ["kprobe:f": .notTraceable("f")]
    session.host.records = [session.exit(0)]
  }

  @Test func failsForAMissingProbe() throws {
    addMissingProbes()
    let error = SessionError.attach(
      probe: "tracepoint:a:nothing", .noSuchTracepoint("a:nothing"))
    #expect(throws: error) { try session.run() }
    let message = error.message(verbose: false)
    #expect(
      message.text
        == "Unable to attach probe: tracepoint:a:nothing. If this is expected, set the "
        + "'missing_probes' config variable to 'warn'.")
    #expect(message.status == 255)
    #expect(session.pages.output == "")
  }

  @Test func warnsOfMissingProbes() throws {
    addMissingProbes()
    session.manifest.configuration.missingProbes = .warn
    #expect(try session.run() == 0)
    #expect(
      session.pages.messages == """
        WARNING: Unable to attach probe: tracepoint:a:nothing. The kernel has no tracepoint \
        'a:nothing'. Skipping.
        WARNING: Unable to attach probe: kprobe:f. 'f' is not traceable (inlined, or marked as \
        "notrace"). Skipping.
        Attached 1 probe

        """)
  }

  /// A right that is missing is missing for all probes, so no script wants it to be ignored.
  @Test(arguments: [
    AttachError.refused(
      Refusal(
        error: SystemError(operation: "perf_event_open", subject: "", errno: 1),
        cause: .filtered(["perf_event_open"]))),
    .unreadable("tracefs is not mounted"),
  ])
  func failsForWhatConcernsEveryProbe(_ error: AttachError) throws {
    addMissingProbes()
    session.manifest.configuration.missingProbes = .ignore
    session.host.attachErrors = ["kprobe:f": error]
    #expect(throws: SessionError.attach(probe: "kprobe:f", error)) { try session.run() }
  }

  @Test func ignoresMissingProbes() throws {
    addMissingProbes()
    session.manifest.configuration.missingProbes = .ignore
    #expect(try session.run() == 0)
    #expect(session.pages.messages == "Attached 1 probe\n")
  }

  @Test func failsWhenNothingIsLeft() throws {
    session.probe(.tracepoint(category: "a", event: "nothing"), "tracepoint:a:nothing")
    session.manifest.configuration.missingProbes = .ignore
    let failure = SessionError.nothingAttached([
      SessionError.LeftOut(probe: "tracepoint:a:nothing", reason: .noSuchTracepoint("a:nothing"))
    ])
    #expect(throws: failure) { try session.run() }
    let message = failure.message(verbose: false)
    #expect(message.status == 255)
    let reason = AttachError.noSuchTracepoint("a:nothing").reason
    #expect(message.hints == ["tracepoint:a:nothing: \(reason)"])
    session.manifest.probes = []
    #expect(throws: SessionError.noProbes) { try session.run() }
    #expect(SessionError.noProbes.message(verbose: false).status == 1)
    #expect(SessionError.noProbes.message(verbose: false).text == "No probes to attach")
  }

  @Test func refusesMoreProbesThanConfigured() throws {
    for _ in 0..<3 { session.probe(.interval(.hertz(1)), "interval:hz:1") }
    session.manifest.configuration.maxProbes = 2
    #expect(throws: SessionError.tooManyProbes(3, limit: 2)) { try session.run() }
  }

  // MARK: Failures

  private func addRejectedProgram() {
    session.probe(.begin, "begin")
    session.host.loadError = .rejected(
      VerifierRejection(
        program: "p0", errno: 28,
        log: "; begin { @x = 1; } @ stdin:1\n0: (b7) r0 = 1\nR1 is no pointer"))
  }

  @Test func explainsARejectedProgram() throws {
    addRejectedProgram()
    do {
      _ = try session.run()
      Issue.record("loaded")
    } catch {
      let message = error.message(verbose: false)
      #expect(
        message.text
          == "Error loading BPF program for begin. Error code: -28 (No space left on device).\n"
          + "R1 is no pointer")
      #expect(message.hints.first == "The kernel gave up at stdin:1: begin { @x = 1; }")
      #expect(message.hints.contains { $0.hasPrefix("Kernel log seems to be trimmed.") })
      #expect(error.message(verbose: true).text.contains("(b7) r0 = 1\nR1 is no pointer"))
      #expect(message.status == 255)
    }
  }

  @Test func aFeatureThatTheKernelLacksExplainsARejectedProgram() throws {
    addRejectedProgram()
    session.manifest.requires = ["get_tai_ns"]
    session.host.features = [.taiClock: .no(reason: "too old")]
    do {
      _ = try session.run()
      Issue.record("loaded")
    } catch {
      let sentence =
        "Missing required kernel feature: get_tai_ns, the atomic-time clock for programs "
        + "(since Linux 6.1)"
      #expect(error.message(verbose: false) == SessionMessage(sentence))
      let verbose = error.message(verbose: true)
      #expect(verbose.text.contains("(b7) r0 = 1\nR1 is no pointer"))
      #expect(verbose.hints.last == sentence)
    }
  }

  @Test func tellsWhichProbeCouldNotBeRun() throws {
    session.probe(.begin, "begin")
    let error = SystemError(operation: "run", subject: "p0", errno: EINVAL)
    session.host.runErrors = ["p0": error]
    #expect(throws: SessionError.run(probe: "begin", error)) { try session.run() }
  }

  @Test(arguments: [
    ("/no/such/program -x", SessionError.CommandFailure.notFound("/no/such/program")),
    ("a 'b", .words(.unterminatedQuote("'"))), ("  ", .empty),
  ])
  func failsForACommandThatCannotBeRun(
    _ command: String, _ failure: SessionError.CommandFailure
  ) throws {
    session.probe(.begin, "begin")
    session.options.command = command
    #expect(throws: SessionError.command(command, failure)) { try session.run() }
  }

  @Test func saysWhyACommandOrProcessIsNotThere() throws {
    #expect(
      SessionError.command("/no/x", .notFound("/no/x")).message(verbose: false).text
        == "Failed to fork child: Path '/no/x' does not exist or is not executable "
        + "(No such file or directory)")
    session.probe(.begin, "begin")
    session.options.targetPID = 4_194_304
    do {
      _ = try session.run()
      Issue.record("there is such a process")
    } catch {
      #expect(
        error.message(verbose: false).text
          == "Failed to attach to pid: Unable to open pidfd (No such process)")
    }
  }

  @Test func stopsWhenNobodyReads() throws {
    let begin = session.probe(.begin, "begin")
    session.probe(.interval(.hertz(1)), "interval:hz:1")
    session.host.recordsOfPrograms = [begin: [session.event(.printf(format: "x"))]]
    let full = SystemError(operation: "write", subject: "stdout", errno: ENOSPC)
    session.pages.error = full
    #expect(throws: SessionError.output(full)) { try session.run() }
    session.pages.error = SystemError(operation: "write", subject: "stdout", errno: EPIPE)
    #expect(try session.run() == 141)
  }

  // MARK: Switches

  @Test func staysQuiet() throws {
    session.probe(.begin, "begin")
    session.options.isQuiet = true
    #expect(try session.run() == 0)
    #expect(session.pages.messages == "")
    #expect(session.attachedCount == 1)
  }

  @Test func showsNothingInADryRun() throws {
    let begin = session.probe(.begin, "begin")
    session.probe(.interval(.hertz(1)), "interval:hz:1")
    session.probe(.end, "end")
    session.host.recordsOfPrograms = [begin: [session.event(.printf(format: "x"))]]
    session.map("@x", [1: 2])
    session.options.isDryRun = true
    session.options.command = "touch \(session.machine.root)/started"
    #expect(try session.run() == 0)
    #expect(session.pages.page == Page())
    #expect(session.host.calls.count == 3)
    #expect(!FileSystem.exists(session.machine.root + "/started"))
  }

  @Test func tellsWhatItDoes() throws {
    session.probe(.begin, "begin")
    session.probe(.interval(.hertz(1)), "interval:hz:1")
    session.host.records = [session.exit(0)]
    session.host.messages = [.init(level: .debug, text: "libbpf: loaded")]
    session.options.isVerbose = true
    session.options.showsLoaderMessages = true
    #expect(try session.run() == 0)
    #expect(
      session.pages.messages == """
        libbpf: loaded
        Attaching 'begin' probe
        Trying to attach probe: interval:hz:1
        Attached 2 probes
        PROBE          MISSED  DROPPED
        begin               0        0
        interval:hz:1       0        0

        """)
  }

  @Test func showsMapsInTheOrderOfTheirNames() throws {
    session.probe(.begin, "begin")
    session.map("@b", [1: 5, 2: -5])
    session.map("@", [7: 7])
    session.map("@a", [:])
    session.map("@B", [0: 0])
    #expect(try session.run() == 0)
    #expect(session.pages.output == "\n\n@[7]: 7\n@B[0]: 0\n@b[2]: -5\n@b[1]: 5\n")
  }

  @Test func showsNoMapsIfConfigured() throws {
    session.probe(.begin, "begin")
    session.map("@b", [1: 5])
    session.manifest.configuration.printMapsOnExit = false
    #expect(try session.run() == 0)
    #expect(session.pages.output == "\n\n")
  }

  @Test func countsLostEvents() throws {
    session.probe(.begin, "begin")
    session.host.lostEvents = 12
    #expect(try session.run() == 0)
    #expect(
      session.pages.messages
        == "Attached 1 probe\nLost 12 events\nWARNING: Total lost event count: 12\n")
  }

  @Test func countsLostEventsInJSON() throws {
    session.probe(.begin, "begin")
    session.host.lostEvents = 12
    session.format = .json
    #expect(try session.run() == 0)
    #expect(
      session.pages.output == #"""
        {"type": "attached_probes", "count": 1, "data": {"probes": 1}}
        {"type": "lost_events", "count": 12, "data": {"events": 12}}

        """#)
    #expect(session.pages.messages == "WARNING: Total lost event count: 12\n")
  }

  /// Two programs and a map, of which the first was missed, sent too much, and found the map full.
  private func loseSome() {
    let first = session.probe(.begin, "begin")
    session.probe(.end, "end")
    session.map("@m", [:])
    let places = RunCounters(of: session.manifest)
    session.host.counters = Array(repeating: 0, count: places.count)
    session.host.counters[places.index(of: .runs(program: 0))] = 1000
    session.host.counters[places.index(of: .runs(program: 1))] = 1
    session.host.counters[places.index(of: .dropped(program: 0, .data))] = 30
    session.host.counters[places.index(of: .dropped(program: 0, .failure))] = 4
    session.host.counters[places.index(of: .dropped(program: nil, .data))] = 5
    session.host.counters[places.index(of: .refused(map: 0))] = 6
    session.host.lostEvents = 39
    session.host.misses[first] = Misses(count: 2, isComplete: true)
    session.host.misses["p1"] = Misses(count: 0, isComplete: false)
    session.options.isQuiet = true
  }

  @Test func tellsAtTheEndWhatCameOfEachProbe() throws {
    loseSome()
    session.options.isVerbose = true
    #expect(try session.run() == 0)
    #expect(
      session.pages.messages.hasSuffix(
        """
        WARNING: Total lost event count: 39
        PROBE                    FIRED  MISSED  DROPPED
        begin                     1000       2       34
        end                          1       -        0
        functions of the script      -       -        5
        @m was full: 6 updates were lost, it has room for 9 elements

        """))
    #expect(session.hasLosses)
  }

  @Test func tellsOfLossesAloneWhereTheyAreFailures() throws {
    loseSome()
    session.options.isStrict = true
    #expect(try session.run() == 0)
    #expect(
      session.pages.messages.hasSuffix(
        """
        WARNING: Total lost event count: 39
        PROBE                    MISSED  DROPPED
        begin                         2       34
        functions of the script       -        5
        @m was full: 6 updates were lost, it has room for 9 elements

        """))
    #expect(session.hasLosses)
  }

  @Test func saysNothingOfLossesWhereThereAreNone() throws {
    session.probe(.begin, "begin")
    session.options.isQuiet = true
    session.options.isStrict = true
    #expect(try session.run() == 0)
    #expect(session.pages.messages == "")
    #expect(!session.hasLosses)
  }

  /// An object of an older release has one counter.
  @Test func knowsNothingThatTheObjectDidNotCount() throws {
    session.probe(.begin, "begin")
    session.host.counters = [7]
    session.host.lostEvents = 7
    session.options.isQuiet = true
    session.options.isVerbose = true
    #expect(try session.run() == 0)
    #expect(session.pages.messages.hasSuffix("PROBE  MISSED  DROPPED\nbegin       0        0\n"))
    #expect(session.hasLosses)
  }

  @Test func saysWhyAddressesHaveNoNames() throws {
    session.probe(.begin, "begin")
    session.options.isQuiet = true
    session.symbols.complaint = "addresses are hidden"
    #expect(try session.run() == 0)
    #expect(session.pages.messages == "WARNING: addresses are hidden\n")
  }

  /// What is found by address on the machine that runs the test.
  @Test func namesWhatTheMachineHas() throws {
    try session.machine.add(
      "/proc/kallsyms", Array("0000000000000000 T vfs_read\n0000000000000000 T f\n".utf8))
    let symbols = MachineSymbols(
      kernel: session.machine.kernel, configuration: .init(), startsChild: false, debugFolders: [])
    #expect(symbols.complaint == nil)
    #expect(symbols.kernelFrames(at: [1 << 63 + 5]) == [.init(address: 1 << 63 + 5)])
    #expect(
      symbols.complaint?.hasSuffix("kernel addresses are hidden (kernel.kptr_restrict)") == true)
    let frame = symbols.userFrames(at: [1], in: getpid())
    #expect(frame == [.init(address: 1)])
  }

  @Test func findsSymbolsInBinaries() throws {
    let resolver = MachineResolver(session.machine.kernel)
    let libc = try #require(
      ["/lib/x86_64-linux-gnu/libc.so.6", "/lib/aarch64-linux-gnu/libc.so.6"].first(
        where: FileSystem.exists))
    let start = try resolver.fileOffset(path: libc, symbol: "malloc", offset: 0)
    #expect(start > 0)
    let address = try resolver.address(ofSymbol: "malloc", inFile: libc)
    #expect(try resolver.fileOffset(path: libc, symbol: nil, offset: address) == start)
    let outside = UnsafePlace(path: libc, symbol: nil, offset: 1 << 40, cause: .outsideProgram)
    #expect(throws: AttachError.unsafePlace(outside)) {
      try resolver.fileOffset(path: libc, symbol: nil, offset: 1 << 40)
    }
    let forcing = MachineResolver(session.machine.kernel, allowsUnsafe: true)
    #expect(try forcing.fileOffset(path: "/etc/passwd", symbol: nil, offset: 7) == 7)
    #expect(try !resolver.movesStacks(libc))
    #expect(throws: AttachError.noSuchSymbol(path: libc, symbol: "no_such_function")) {
      try resolver.fileOffset(path: libc, symbol: "no_such_function", offset: 0)
    }
    #expect(throws: AttachError.noSuchFile("/no/such")) {
      try resolver.fileOffset(path: "/no/such", symbol: "f", offset: 0)
    }
  }

  @Test func saysOfAFileThatItIsNoProgram() throws {
    let resolver = MachineResolver(session.machine.kernel)
    #expect(throws: AttachError.badFile("/etc/passwd: not an ELF file")) {
      try resolver.fileOffset(path: "/etc/passwd", symbol: "f", offset: 0)
    }
    #expect(try resolver.functions(inFile: "/etc/passwd", matching: "f*").isEmpty)
    let point = AttachPoint.uprobe(path: "/etc/passwd", symbol: "f", offset: 0, isReturn: false)
    #expect(try !point.exists(resolver))
  }

  @Test func refusesPlacesWhereNoInstructionStarts() throws {
    let libc = try #require(
      ["/lib/x86_64-linux-gnu/libc.so.6", "/lib/aarch64-linux-gnu/libc.so.6"].first(
        where: FileSystem.exists))
    let kernel = session.machine.kernel
    let resolver = MachineResolver(kernel)
    let start = try resolver.fileOffset(path: libc, symbol: "malloc", offset: 0)
    var refused: [UInt64] = []
    for offset in UInt64(1)..<16 {
      do throws(AttachError) {
        let place = try resolver.fileOffset(path: libc, symbol: "malloc", offset: offset)
        #expect(place == start + offset)
      } catch {
        let place = UnsafePlace(
          path: libc, symbol: "malloc", offset: offset, cause: .insideInstruction)
        #expect(error == .unsafePlace(place))
        refused.append(offset)
      }
    }
    // Some instructions are longer than one byte, and more than one starts in so many.
    #expect(!refused.isEmpty && refused.count < 15)
    let forced = MachineResolver(kernel, allowsUnsafe: true)
    let insisted = try forced.fileOffset(path: libc, symbol: "malloc", offset: refused[0])
    #expect(insisted == start + refused[0])
    #expect {
      try resolver.fileOffset(path: libc, symbol: "malloc", offset: 1 << 30)
    } throws: { error in
      guard case .unsafePlace(let place) = error as? AttachError else { return false }
      if case .outsideFunction = place.cause { return true }
      return false
    }
  }

  @Test func saysWhyThereIsNoTracepoint() throws {
    let without = MachineResolver(try SampleMachine([:]).kernel)
    #expect(throws: AttachError.unreadable("\(MachineError.noTracefs(.host))")) {
      try without.tracepointID(category: "a", event: "b")
    }
    let machine = try SampleMachine(["/sys/kernel/tracing/events/a/c/format": [0x0a]])
    #expect(throws: AttachError.noSuchTracepoint("a:b")) {
      try MachineResolver(machine.kernel).tracepointID(category: "a", event: "b")
    }
  }

  @Test func takesTwoSignalsAtOnceForOne() {
    var signals = StopSignals()
    let repetitions = [
      signals.note(at: 5_000_000_000), signals.note(at: 5_010_000_000),
      signals.note(at: 4_000_000_000),
    ]
    #expect(repetitions == [false, false, false])
  }

  @Test func takesALateSignalForImpatienceOnlyIfItWasSentLate() {
    var signals = StopSignals()
    _ = signals.note(at: 5_000_000_000)
    // Nobody looked for three seconds: it may have been sent together with the first.
    let isLate = signals.note(at: 8_000_000_000)
    signals.noteNone(at: 8_000_000_001)
    let isSentLate = signals.note(at: 8_100_000_000)
    #expect([isLate, isSentLate] == [false, true])
  }
}
