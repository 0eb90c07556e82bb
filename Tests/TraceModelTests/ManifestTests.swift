import Testing
import TraceModel

@Suite struct ManifestTests {
  /// A manifest with something in every field.
  private static let sample: Manifest = {
    var manifest = Manifest(script: "sample.bt", producer: "bpftrace test", architecture: "x86_64")
    manifest.manual = "First line.\nSecond line."
    manifest.bound = "because"
    manifest.subject = .memory
    manifest.aliases = [
      ToolAlias(name: "other"), ToolAlias(name: "preset", words: ["-t", "xfs"]),
    ]
    manifest.requires = ["loop", ""]
    manifest.strings = ["%H:%M", ""]
    manifest.constants = [
      LoadTimeConstant(source: .option("n"), shape: .integer, offset: 0, defaultInteger: -5),
      LoadTimeConstant(
        source: .positional(2), shape: .string(capacity: 64), offset: 8, defaultString: "x"),
      LoadTimeConstant(
        source: .attachPointExists(.kprobe(module: nil, function: "f", offset: 0, isReturn: false)),
        shape: .integer, offset: 72),
      LoadTimeConstant(source: .usesTaskFilter(.mountNamespaceMap), shape: .integer, offset: 80),
      LoadTimeConstant(source: .fieldOffset("a.b", for: .cgroupMap), shape: .integer, offset: 88),
      LoadTimeConstant(source: .kernelSymbol("jiffies"), shape: .integer, offset: 80),
      LoadTimeConstant(source: .eventRoom(.failure), shape: .integer, offset: 96),
    ]
    manifest.options = [
      ScriptOption(name: "a", defaultValue: .boolean(true), description: "-a: all"),
      ScriptOption(name: "b", defaultValue: .unsigned(.max), description: ""),
      ScriptOption(name: "c", defaultValue: .signed(.min), description: "x"),
      ScriptOption(name: "d", defaultValue: .string(""), description: "x"),
    ]
    manifest.positions = [
      ScriptPosition(file: "sample.bt", line: 3, columns: 5..<9, text: "  a / b")
    ]
    manifest.programs = [
      ProgramSpec(symbol: "begin_0", kind: .rawTracepoint),
      ProgramSpec(symbol: "k_1", kind: .kprobe),
      ProgramSpec(
        symbol: "t_2",
        kind: ProgramKind(
          .tracing, attachType: .rawTracepoint,
          target: ProgramTarget(.typedef, "btf_trace_x", module: "m"), flags: 16)),
    ]
    manifest.probes = [
      ProbeSpec(name: "begin", points: [.begin], alternatives: [.init(program: 0)]),
      ProbeSpec(
        name: "every", points: everyPoint, expansion: .whenLoaded,
        alternatives: [
          .init(
            program: 2,
            conditions: [
              .feature("f", isPresent: true),
              .attachPoint(.rawTracepoint(event: "x"), exists: false),
              .constant(2, equals: -1),
            ], points: [.rawTracepoint(event: "x")]),
          .init(program: 1),
        ]),
    ]
    let record = ValueLayout.record(
      [
        .init(name: "a", offset: 0, layout: .integer(bytes: 4, signed: true)),
        .init(
          name: "b", offset: 4, layout: .integer(bytes: 4, signed: false),
          bits: .init(lowest: 3, count: 5)),
      ], size: 8)
    manifest.maps = [
      MapSpec(
        name: "@", kind: .hash, key: .none, value: .value(.integer(bytes: 8, signed: true)),
        maxEntries: 1),
      MapSpec(
        name: "@h", kind: .perCPUHash,
        key: .tuple(
          [.init(offset: 0, layout: .string(capacity: 16)), .init(offset: 16, layout: record)],
          size: 24),
        value: .aggregation(
          .linearHistogram(LinearHistogram(minimum: -10, maximum: 100, step: 3))),
        maxEntries: 4096),
      MapSpec(
        name: "@s", kind: .lruHash, key: .presented(.kernelStack(.perf, limit: 5)),
        value: .value(.presented(.timestamp(.tai))), maxEntries: 10),
    ]
    manifest.events = [
      EventSpec(
        kind: .printf(format: "%s %d\n"),
        fields: [
          .init(offset: 8, layout: .buffer(capacity: 12)),
          .init(offset: 24, layout: .array(element: .boolean, count: 3)),
          .init(
            offset: 32,
            layout: .enumeration(
              .init(
                name: "e", bytes: 4, signed: true,
                values: [.init(name: "A", value: -1), .init(name: "B", value: 7)]))),
        ], size: 40, position: 0),
      EventSpec(kind: .printMap(map: 1, top: 0, divisor: -3), fields: [], size: 8),
      EventSpec(kind: .runtimeError(.helper(.init(helper: "x"))), fields: [], size: 16),
      EventSpec(kind: .runtimeError(.divisionByZero), fields: [], size: 8),
      EventSpec(kind: .join(separator: ""), fields: [], size: 8),
    ]
    manifest.fields = [
      FieldPath(
        root: "task_struct",
        steps: [
          .member("se", .structure(name: "sched_entity")),
          .element(2, .array(element: .pointer, count: 3)),
        ]),
      FieldPath(rootKind: .union, root: "u", steps: [.member("x", .enumeration(bytes: 4))]),
    ]
    manifest.configuration.missingProbes = .warn
    manifest.configuration.printMapsOnExit = false
    manifest.configuration.userSymbolCache = .perProgram
    return manifest
  }()

  /// One attach point of each kind.
  private static let everyPoint: [AttachPoint] = [
    .begin, .end, .selfSignal("SIGUSR1"), .tracepoint(category: "sched", event: "x"),
    .rawTracepoint(event: "x"), .trampoline(module: "m", function: "f", isReturn: true),
    .trampoline(module: nil, function: "f", isReturn: false), .iterator("task"),
    .kprobe(module: "m", function: "f", offset: 4, isReturn: false),
    .kprobe(module: nil, function: "vfs_*", offset: 0, isReturn: true), .kprobeAddress(.max),
    .uprobe(path: "/bin/x", symbol: "f", offset: 0, isReturn: true),
    .uprobe(path: "/bin/x", symbol: nil, offset: 9, isReturn: false),
    .software(config: 0, period: 7), .hardware(config: 3, period: 1), .profile(.hertz(99)),
    .interval(.nanoseconds(1)), .watchpoint(address: .max, length: 4, .readWrite),
  ]

  @Test func readsWhatItWrote() throws {
    #expect(try Manifest(decoding: Self.sample.encoded) == Self.sample)
  }

  @Test func skipsFieldsItDoesNotKnow() throws {
    var unknown = WireWriter()
    unknown.number(WireKey(100), 42)
    unknown.bytes(WireKey(101), [0xff, 0xff])
    #expect(try Manifest(decoding: Self.sample.encoded + unknown.bytes) == Self.sample)
  }

  @Test func saysWhoMadeWhatItDoesNotUnderstand() throws {
    var unknown = WireWriter()
    unknown.number(WireKey(100, isCritical: true), 42)
    let error = ManifestError.needsNewer("field 100 of manifest", by: "bpftrace test")
    #expect(throws: error) { try Manifest(decoding: Self.sample.encoded + unknown.bytes) }
    #expect(
      error.clause
        == "it was made by a newer release (bpftrace test) and needs field 100 of manifest")
  }

  @Test func refusesOtherEditionsWithASentence() {
    var bytes = Self.sample.encoded
    let edition = Manifest.edition
    bytes[4] = UInt8(edition + 1)
    let newer = ManifestError.newerFormat(found: edition + 1, known: edition)
    #expect(throws: newer) { try Manifest(decoding: bytes) }
    bytes[4] = 1
    let older = ManifestError.olderFormat(found: 1, known: edition)
    #expect(throws: older) { try Manifest(decoding: bytes) }
    #expect(
      older.clause
        == "it was made by an older release (its format is 1, and this release reads 2), so it has "
        + "to be compiled again")
  }

  @Test func refusesWhatIsNoManifest() {
    #expect(throws: ManifestError.notAnArtifact) { try Manifest(decoding: []) }
    #expect(throws: ManifestError.notAnArtifact) { try Manifest(decoding: [1, 2, 3, 4, 5, 6]) }
    #expect(throws: ManifestError.notAnArtifact) { try Artifact(reading: [0x7f, 0x45]) }
    // A section table at the end of all numbers, which overflowed.
    var image: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1] + [UInt8](repeating: 0, count: 58)
    image.replaceSubrange(0x28..<0x30, with: [UInt8](repeating: 0xff, count: 7) + [0x7f])
    image.replaceSubrange(0x3a..<0x40, with: [64, 0, 2, 0, 1, 0])
    #expect(throws: ManifestError.notAnArtifact) { try Artifact(reading: image) }
  }

  @Test func refusesProbesWithoutAProgramOfTheManifest() {
    for alternatives in [[], [ProbeSpec.Alternative(program: 3)]] {
      var manifest = Self.sample
      manifest.probes[0].alternatives = alternatives
      #expect(throws: ManifestError.self) { try Manifest(decoding: manifest.encoded) }
    }
  }

  @Test func refusesIndicesThatPointNowhere() {
    var manifest = Self.sample
    manifest.events.append(EventSpec(kind: .clearMap(map: 99), fields: [], size: 8))
    #expect(throws: ManifestError.malformed("an event's map")) {
      try Manifest(decoding: manifest.encoded)
    }
  }

  @Test(arguments: WireTests.seeds)
  func answersEveryDamageWithAnErrorOrAManifest(seed: UInt64) throws {
    let bytes = Self.sample.encoded
    var random = SeededGenerator(seed: seed)
    for length in stride(from: 0, to: bytes.count, by: 3) {
      _ = try? Manifest(decoding: Array(bytes.prefix(length)))
    }
    for _ in 0..<4_000 {
      var damaged = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        damaged[Int.random(in: 5..<damaged.count, using: &random)] = .random(
          in: 0...255, using: &random)
      }
      guard let manifest = try? Manifest(decoding: damaged) else { continue }
      #expect(try Manifest(decoding: manifest.encoded) == manifest, "seed \(seed)")
    }
  }

  @Test func showsItselfAsText() {
    let lines = Self.sample.text.split(separator: "\n")
    #expect(lines.contains("script: \"sample.bt\""))
    #expect(
      lines.contains(
        "programs[0]: (symbol: \"begin_0\", kind: (type: rawTracepoint, flags: 0), awaitsPages: no)"
      ))
    #expect(
      lines.contains(
        "events[3]: (kind: runtimeError(failure: divisionByZero), size: 8, isSentOnce: no)"))
    #expect(lines.allSatisfy { $0.count <= 110 })
  }
}

/// The same numbers for the same seed: SplitMix64.
struct SeededGenerator: RandomNumberGenerator {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}
