import BPF
import BTF
import Foundation
import ObjectFiles
import TraceModel

extension FuzzTarget {
  static let btf = FuzzTarget(
    name: "btf", summary: "BTF of a kernel or module", samples: [sampleTypes],
    corpus: ["Tests/Fixtures/BTF/relocations.btf"], words: edges
  ) { input in
    guard let types = try? BTFTypes(input) else { return nil }
    let count = types.ownIDs.count
    if count > input.count { return "\(count) types in \(input.count) bytes" }
    _ = try? types.rawTracepointNames()
    _ = try? types.iteratorNames()
    _ = try? types.enumValue(named: "x")
    var subset = BTFSubset(of: types, pointers: .named)
    for id in types.ownIDs {
      if let name = try? types.name(of: id), let kind = try? types.kind(of: id) {
        _ = try? types.findAll(name, [kind])
      }
      if let size = try? types.size(of: id), size < 0 { return "a size of \(size)" }
      for field in (try? types.fields(of: id)) ?? [] where field.bitOffset < 0 {
        return "a field at \(field.bitOffset)"
      }
      _ = try? types.field(named: "x", in: id)
      _ = try? types.definition(of: id)
      _ = try? types.declaration(of: id, named: "it")
      subset.keep(id)
    }
    // What is written can be read, whatever it was made from.
    if let cut = try? subset.bytes() {
      do { _ = try BTFTypes(cut) } catch { return "a subset that cannot be read: \(error)" }
    }
    return nil
  }

  static let manifest = FuzzTarget(
    name: "manifest", summary: "manifests of artifacts", samples: [sampleManifest.encoded],
    corpus: ["build/share/bpftrace/tools"],
    extract: { (try? Artifact(reading: $0).manifest.encoded) ?? $0 }, words: edges,
    check: { input in
      guard let manifest = try? Manifest(decoding: input) else { return nil }
      do {
        let again = try Manifest(decoding: manifest.encoded)
        return again == manifest ? nil : "another manifest when it is written and read"
      } catch { return "a manifest that cannot be read again: \(error)" }
    })

  static let artifact = FuzzTarget(
    name: "artifact", summary: "files of artifacts", samples: [sampleArtifact],
    corpus: ["build/share/bpftrace/tools"], words: edges
  ) { input in
    _ = try? Artifact(reading: input)
    return nil
  }

  static let elf = FuzzTarget(
    name: "elf", summary: "programs and libraries that are probed", samples: [sampleArtifact],
    corpus: ["build/share/bpftrace/tools", "/bin/true"], words: edges
  ) { input in
    guard let file = try? ELFFile(bytes: input, name: "fuzz") else { return nil }
    _ = try? file.buildID()
    _ = try? file.usdtProbes()
    _ = try? file.debugLink()
    if let table = try? file.symbols() {
      for symbol in table.functions.prefix(20) {
        _ = table.symbol(at: symbol.address)
        _ = file.fileOffset(ofAddress: symbol.address)
        _ = try? file.instructionBoundary(at: symbol.address &+ 1, in: symbol)
      }
    }
    for section in file.sections.prefix(64) {
      guard let contents = try? file.contents(of: section) else { continue }
      if !section.isCompressed, contents.count > input.count {
        return "a section of \(contents.count) bytes"
      }
    }
    return nil
  }

  static let callFrames = FuzzTarget(
    name: "callframes", summary: "how programs say that their stacks are unwound",
    samples: [sampleFrames], corpus: [], words: edges
  ) { input in
    for isExceptionFrame in [true, false] {
      let frames = CallFrames(section: input, at: 0x1000, isExceptionFrame: isExceptionFrame)
      if frames.starts.count * 8 > input.count { return "\(frames.starts.count) functions" }
      for start in frames.starts.prefix(20) {
        _ = frames.row(at: start)
        _ = frames.row(at: start &+ 9)
      }
    }
    return nil
  }

  static let packed = FuzzTarget(
    name: "xz", summary: "what is packed into .gnu_debugdata", samples: [sampleStream], corpus: [],
    words: edges
  ) { input in
    let limit = 1 << 20
    let count = XZ.unpack(input, limit: limit)?.count ?? 0
    return count > limit ? "\(count) bytes" : nil
  }

  static let processes = FuzzTarget(
    name: "processes", summary: "what the kernel tells of processes", samples: [sampleRecord],
    corpus: [], words: edges
  ) { input in
    var queue = ProcessRecordQueue()
    queue.append(input[...])
    let count = sequence(state: queue) { $0.removeFirst() }.reduce(0) { count, _ in count + 1 }
    return count * 16 > input.count ? "\(count) records in \(input.count) bytes" : nil
  }

  static let operands = FuzzTarget(
    name: "operands", summary: "arguments of static tracepoints", samples: sampleOperands,
    corpus: [],
    words: ["@", "$", "%rip", "(", ")", "[", "]", ",", "sxtw", "0x", "-", "+", " "]
      .map { Array($0.utf8) }
  ) { input in
    let text = String(decoding: input, as: UTF8.self)
    let operands = USDTArgument.operands(of: text)
    if operands.contains(where: \.isEmpty) { return "an operand of nothing" }
    for operand in operands {
      for machine in [ELFFile.Machine.amd64, .aarch64] {
        guard let argument = USDTArgument(operand, for: machine) else { continue }
        if ![1, 2, 4, 8].contains(argument.sizeInBytes) { return "a size that cannot be" }
        if case .memory(let address) = argument.place, ![1, 2, 4, 8].contains(address.scale) {
          return "a scale that cannot be"
        }
      }
    }
    return nil
  }

  static let debugInformation = FuzzTarget(
    name: "dwarf", summary: "debug information of programs that are probed",
    samples: [sampleArtifact], corpus: ["Tests/Fuzz/Corpus/DWARF"], words: edges
  ) { input in
    guard let file = try? ELFFile(bytes: input, name: "fuzz"),
      let information = DebugInformation(of: file)
    else { return nil }
    let symbols = (try? file.symbols().functions.prefix(20)) ?? []
    for symbol in symbols {
      let frames = information.frames(at: symbol.address &+ 1)
      if frames.count > input.count { return "\(frames.count) functions at one address" }
    }
    if let found = try? information.functions(at: symbols.map(\.address)) {
      for function in found.functions.values {
        for parameter in function.parameters {
          _ = try? found.types.declaration(of: parameter.type, named: parameter.name)
          _ = try? found.types.size(of: parameter.type)
        }
      }
      for id in found.types.ownIDs { _ = try? found.types.fields(of: id) }
    }
    for path in information.sourceFiles.prefix(4) {
      let places = information.statements(at: SourceLine(file: path, line: 6))
      if places.addresses.count > input.count { return "a line at more places than bytes" }
    }
    _ = information.instances(of: "twice")
    return nil
  }

  // MARK: Samples

  /// A common entry and a function of 16 bytes.
  private static let sampleFrames: [UInt8] = [
    20, 0, 0, 0, 0, 0, 0, 0, 1, 0x7a, 0x52, 0, 1, 0x78, 16, 1, 0x1b, 0x0c, 7, 8, 0x90, 1, 0, 0,
    20, 0, 0, 0, 28, 0, 0, 0, 0x20, 0, 0, 0, 16, 0, 0, 0, 0, 0x44, 0x0e, 16, 0x83, 2, 0, 0,
    0, 0, 0, 0,
  ]

  /// "a word and a word and a word" as xz(1) packs it.
  private static let sampleStream: [UInt8] = [
    0xfd, 0x37, 0x7a, 0x58, 0x5a, 0x00, 0x00, 0x01, 0x69, 0x22, 0xde, 0x36, 0x02, 0x00, 0x21, 0x01,
    0x16, 0x00, 0x00, 0x00, 0x74, 0x2f, 0xe5, 0xa3, 0xe0, 0x00, 0x1b, 0x00, 0x11, 0x5d, 0x00, 0x30,
    0x88, 0x0a, 0xe7, 0x34, 0x2b, 0x3d, 0x13, 0x84, 0x8f, 0xc1, 0x57, 0x37, 0x82, 0xdf, 0x00, 0x00,
    0x00, 0x00, 0x00, 0x00, 0x0b, 0x78, 0x7d, 0x50, 0x00, 0x01, 0x29, 0x1c, 0x8f, 0x76, 0xc1, 0x70,
    0x90, 0x42, 0x99, 0x0d, 0x01, 0x00, 0x00, 0x00, 0x00, 0x01, 0x59, 0x5a,
  ]

  /// A process begins a program.
  private static let sampleRecord: [UInt8] =
    [3, 0, 0, 0, 0, 0x20, 32, 0, 7, 0, 0, 0, 7, 0, 0, 0] + Array("sh\0\0\0\0\0\0".utf8)
    + [5, 0, 0, 0, 0, 0, 0, 0]

  private static let sampleOperands: [[UInt8]] = [
    "-4@%edi 8@$-5 2@-16(%rbp) 1@8(%rax,%rbx,4) 8@$0x10 4@value+8(%rip) 8@$value 8f@%xmm0",
    "-4@w1 8@[sp, 16] 8@[x29] 4@7 8@[x1, w2, sxtw 2] 4@xzr",
  ].map { Array($0.utf8) }

  private static let sampleTypes: [UInt8] = {
    var writer = BTFWriter()
    let int = writer.add(
      .integer(
        BTFInteger(
          name: "int", sizeInBytes: 4, bitCount: 32, bitOffset: 0, isSigned: true, isBool: false,
          isChar: false)))
    let union = writer.add(
      .composite(
        BTFComposite(
          isUnion: true, name: "", sizeInBytes: 4,
          members: [.init(name: "x", type: int, bitOffset: 0)])))
    let structure = writer.add(
      .composite(
        BTFComposite(
          isUnion: false, name: "s", sizeInBytes: 8,
          members: [
            .init(name: "", type: union, bitOffset: 0),
            .init(name: "y", type: int, bitOffset: 32),
          ])))
    let pointer = writer.add(.pointer(to: structure))
    writer.add(.typedef(name: "t", target: pointer))
    return writer.bytes
  }()

  private static let sampleManifest: Manifest = {
    var manifest = Manifest(script: "x.bt", producer: "fuzz", architecture: "x86_64")
    manifest.constants = [
      LoadTimeConstant(source: .option("n"), shape: .integer, offset: 0),
      LoadTimeConstant(source: .positional(1), shape: .string(capacity: 8), offset: 8),
      LoadTimeConstant(source: .usesTaskFilter(.cgroup), shape: .integer, offset: 16),
    ]
    manifest.options = [ScriptOption(name: "n", defaultValue: .signed(1), description: "-n: x")]
    manifest.programs = [
      ProgramSpec(symbol: "p", kind: .tracepoint),
      ProgramSpec(
        symbol: "q",
        kind: ProgramKind(
          .tracing, attachType: .rawTracepoint, target: ProgramTarget(.typedef, "t", module: "m"),
          flags: 16)),
    ]
    manifest.probes = [
      ProbeSpec(
        name: "tracepoint:a:b", points: [.tracepoint(category: "a", event: "b")],
        expansion: .whenLoaded,
        alternatives: [
          .init(
            program: 1,
            conditions: [
              .feature("f", isPresent: true),
              .attachPoint(.rawTracepoint(event: "b"), exists: false),
            ], points: [.rawTracepoint(event: "b")]),
          .init(program: 0, conditions: [.constant(0, equals: 1)]),
        ])
    ]
    let number = ValueLayout.integer(bytes: 8, signed: true)
    manifest.maps = [
      MapSpec(name: "@", kind: .hash, key: number, value: .value(number), maxEntries: 9)
    ]
    manifest.events = [
      EventSpec(
        kind: .printf(format: "%d\n"), fields: [.init(offset: 8, layout: number)], size: 16)
    ]
    manifest.fields = [FieldPath(root: "s", steps: [.member("y", .pointer)])]
    return manifest
  }()

  /// An ELF image that has the manifest in a section, and the names of sections in another.
  private static let sampleArtifact: [UInt8] = {
    func number(_ value: Int, _ size: Int) -> [UInt8] {
      (0..<size).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
    func header(name: Int, type: Int, offset: Int, size: Int) -> [UInt8] {
      let fields = [
        (name, 4), (type, 4), (0, 16), (offset, 8), (size, 8), (0, 8), (1, 8), (0, 8),
      ]
      return fields.flatMap { number($0.0, $0.1) }
    }
    let names = Array("\0\(ObjectSymbol.manifestSection)\0.names\0".utf8)
    let manifest = sampleManifest.encoded
    let headers = 64 + manifest.count + names.count
    // Relocatable, for BPF; one file header and three of sections.
    let fileHeader = [
      (0, 9), (1, 2), (247, 2), (1, 4), (0, 16), (headers, 8), (0, 4), (64, 2), (0, 4), (64, 2),
      (3, 2), (2, 2),
    ]
    let sections = [
      [UInt8](repeating: 0, count: 64), header(name: 1, type: 1, offset: 64, size: manifest.count),
      header(
        name: ObjectSymbol.manifestSection.utf8.count + 2, type: 3, offset: 64 + manifest.count,
        size: names.count),
    ]
    let identification: [UInt8] = [0x7f, 0x45, 0x4c, 0x46, 2, 1, 1]
    return [
      identification, fileHeader.flatMap { number($0.0, $0.1) }, manifest, names,
      Array(sections.joined()),
    ].flatMap { $0 }
  }()
}
