import BTF
import Foundation
import LLVMBackend
import Testing
import TraceIR
import TraceModel

/// What objects are made of.
@Suite struct ObjectTests {
  private static let lines = ["begin {", "  @ = nsecs;", "  @ += $1;", "}"]

  private func object(cpu: String = "v3") throws -> [UInt8] {
    var module = Workbench.module("script.bt", lines: Self.lines)
    module.constants = [
      LoadTimeConstant(source: .positional(1), shape: .integer, offset: 0, defaultInteger: 258),
      LoadTimeConstant(
        source: .option("name"), shape: .string(capacity: 12), offset: 8, defaultString: "xyz"),
    ]
    module = Workbench.program(in: module) { ir in
      ir.line = 2
      ir.record(0, ir.emit(.helper(.ktimeGetBootNS, [])))
      ir.line = 3
      ir.record(0, ir.emit(.constant(0)))
      let field = FieldPath(
        root: "task_struct", steps: [.member("tgid", .integer(bytes: 4, signed: true))])
      ir.record(1, ir.emit(.fieldAddress(.word(0), field)))
    }
    return try Workbench.compile(module)
  }

  @Test func carriesLicenceConstantsAndManifest() throws {
    let bytes = try object()
    let sections = try #require(ELFSections(bytes))
    #expect(sections.contents(of: "license").map(Array.init) == Array("GPL\0".utf8))
    #expect(
      sections.contents(of: ".rodata.bt").map(Array.init)
        == [2, 1, 0, 0, 0, 0, 0, 0] + Array("xyz".utf8) + Array(repeating: 0, count: 13))
    let artifact = try Artifact(reading: bytes)
    #expect(artifact.manifest.script == "script.bt")
    #expect(artifact.manifest.constants.count == 2)
    #expect(artifact.manifest.fields.map(\.text) == ["task_struct.tgid"])
  }

  @Test func hasTheProgramInItsSectionAndNoDWARF() throws {
    let sections = try #require(ELFSections(try object()))
    #expect(try #require(sections.contents(of: "bt/raw_tp/sys_enter")).count % 8 == 0)
    #expect(sections.contents(of: ".relbt/raw_tp/sys_enter") != nil)
    #expect(sections.contents(of: ".debug_info") == nil)
    #expect(sections.contents(of: ".rel.BTF") == nil)
  }

  @Test func describesProgramsMapsAndFieldsInBTF() throws {
    let sections = try #require(ELFSections(try object()))
    let types = try BTFTypes(Array(try #require(sections.contents(of: ".BTF"))))
    let fields = try types.findFlavours(of: "task_struct", [.structure])
    #expect(fields.count == 1)
    #expect(try types.find("probe", .function) != nil)
    #expect(try types.find("AT_result", .variable) != nil)
  }

  @Test func namesTheScriptsLines() throws {
    let sections = try #require(ELFSections(try object()))
    let btf = String(decoding: try #require(sections.contents(of: ".BTF")), as: UTF8.self)
    #expect(btf.contains("\0  @ = nsecs;\0"))
    #expect(btf.contains("\0  @ += $1;\0"))
    #expect(btf.contains("\0script.bt\0"))
    let extra = Array(try #require(sections.contents(of: ".BTF.ext")))
    // The header: magic, version, flags, header's length, then offset and length of function
    // info, of line info, and of field relocations.
    let length = { (offset: Int) in
      extra[offset..<(offset + 4)].reversed().reduce(0) { $0 << 8 | Int($1) }
    }
    #expect(length(12) > 0)
    #expect(length(20) > 0)
    #expect(length(28) > 0)
  }

  @Test func makesManyObjectsAtOnceInOneProcess() async throws {
    let sizes = try await withThrowingTaskGroup(of: Int.self) { group in
      for _ in 0..<16 { group.addTask { try object().count } }
      return try await group.reduce(into: []) { $0.append($1) }
    }
    #expect(sizes.count == 16)
    #expect(sizes.allSatisfy { $0 > 1000 })
  }

  @Test func givesLLVMsTextBeforeAndAfterItsPasses() throws {
    var module = Workbench.program(in: Workbench.module("text")) { ir in
      ir.record(0, ir.emit(.helper(.ktimeGetNS, [])))
    }
    module.runPasses()
    var texts: [String] = []
    var options = BackendOptions()
    options.observe = { _, text in texts.append(text) }
    _ = try LLVMBackend.compile(
      module: module, manifest: Manifest(script: "x", producer: "x", architecture: "x"),
      options: options)
    #expect(texts.count == 2)
    #expect(texts.allSatisfy { $0.contains("define i32 @probe(ptr %0)") })
    #expect(texts[0].contains("slots:"))
  }

  @Test func writesBeforeAnAtomicAdditionWhatStandsBeforeIt() throws {
    var module = Workbench.module("order")
    module.maps.append(
      IRMap(symbol: "AT_n", kind: .array, keySize: 4, valueSize: 8, maxEntries: 1))
    module = Workbench.program(in: module) { ir in
      let key = ir.address(of: ir.newSlot("key", size: 4, alignment: 4))
      ir.store(.integer(0, .i32), to: key)
      let mark = ir.address(of: ir.newSlot("mark", size: 8))
      ir.store(.word(0), to: mark)
      let value = ir.address(of: ir.newSlot("value", size: 8))
      ir.store(.word(76), to: value)
      // From now on LLVM has to reckon with others who read it.
      ir.perform(.mapUpdate(map: 1, key: key, value: value, flags: 0))
      ir.store(.word(77), to: value)
      ir.perform(.atomicAdd(mark, by: .word(1)))
      ir.store(.word(78), to: value)
      ir.perform(.mapUpdate(map: 1, key: key, value: value, flags: 0))
      ir.perform(.mapUpdate(map: 1, key: key, value: mark, flags: 0))
    }
    module.runPasses()
    var texts: [String] = []
    var options = BackendOptions()
    options.observe = { _, text in texts.append(text) }
    _ = try LLVMBackend.compile(
      module: module, manifest: Manifest(script: "x", producer: "x", architecture: "x"),
      options: options)
    let text = try #require(texts.last)
    let places = try ["store i64 77,", "atomicrmw add", "store i64 78,"].map {
      try #require(text.range(of: $0)).lowerBound
    }
    #expect(places == places.sorted())
  }

  @Test func reportsWhatLLVMRefuses() {
    // Without the placement pass a slot stays on the stack, whatever its size.
    let module = Workbench.program(in: Workbench.module("refused")) { ir in
      let slot = ir.address(of: ir.newSlot("large", size: 4000))
      ir.perform(.probeRead(.kernel, to: slot, size: .word(4000), from: .word(0)))
      ir.record(0, ir.load(.i64, from: slot))
    }
    #expect {
      try LLVMBackend.compile(
        module: module, manifest: Manifest(script: "x", producer: "x", architecture: "x"))
    } throws: { error in
      guard case .outOfStack(let text) = error as? BackendError else { return false }
      return text.contains("stack")
    }
  }

  @Test func movesMoreSlotsOffTheStackWhereItIsTooSmall() throws {
    // What LLVM has to spill comes on top of the slots.
    let module = Workbench.program(in: Workbench.module("spills")) { ir in
      let slots = (0..<6).map { ir.address(of: ir.newSlot("s\($0)", size: 32)) }
      for slot in slots {
        ir.perform(.probeRead(.kernel, to: slot, size: .word(32), from: .word(0)))
      }
      let values = (0..<48).map { _ in ir.emit(.helper(.getPrandomU32, [])) }
      var sum = IRValue.word(0)
      for value in values.reversed() { sum = ir.emit(.binary(.xor, ir.add(sum, sum), value)) }
      ir.record(0, ir.add(sum, ir.load(.i64, from: slots[0])))
    }
    var placed = module
    placed.runPasses()
    #expect(placed.scratchSize == 0)
    let manifest = Manifest(script: "x", producer: "x", architecture: "x")
    #expect {
      try LLVMBackend.compile(module: placed, manifest: manifest)
    } throws: { error in
      if case .outOfStack = error as? BackendError { true } else { false }
    }
    let artifact = try LLVMBackend.build(module, manifest: manifest)
    let text = String(decoding: artifact.object, as: UTF8.self)
    #expect(text.contains(ObjectSymbol.scratch))
  }

  /// What a program and the callbacks inside one another keep across calls adds up.
  @Test(.enabled(if: Workbench.isRoot)) func countsTheStackOfCallbacksTogether() throws {
    func keepAcross(_ ir: IRBuilder, _ body: () -> Void) {
      let slots = (0..<24).map { ir.newSlot("v\($0)", size: 8) }
      for slot in slots {
        ir.store(ir.emit(.helper(.getPrandomU32, [])), to: ir.address(of: slot))
      }
      body()
      var sum = IRValue.word(0)
      for slot in slots {
        let value = ir.load(.i64, from: ir.address(of: slot))
        sum = ir.emit(.binary(.xor, ir.add(sum, sum), value))
      }
      ir.record(0, sum)
    }
    let module = Workbench.program(in: Workbench.module("combined")) { ir in
      keepAcross(ir) {
        let outer = ir.beginFunction(name: "outer", role: .loop(parent: 0))
        keepAcross(ir) {
          let inner = ir.beginFunction(name: "inner", role: .loop(parent: outer))
          keepAcross(ir) { ir.record(1, .word(7)) }
          ir.endFunction()
          ir.perform(.loop(count: .word(2), callback: inner))
        }
        ir.endFunction()
        ir.perform(.loop(count: .word(2), callback: outer))
      }
    }
    var placed = module
    placed.runPasses()
    let manifest = Manifest(script: "x", producer: "x", architecture: "x")
    #expect {
      try LLVMBackend.compile(module: placed, manifest: manifest)
    } throws: { error in
      guard case .outOfStack(let text) = error as? BackendError else { return false }
      return text.hasPrefix("a program and what it calls need ")
    }
    #expect(try Workbench.run(module)[1] == 7)
  }

  /// Beyond what a per-CPU map can hold.
  @Test(.enabled(if: Workbench.isRoot)) func runsWithScratchMemoryOfAnySize() throws {
    let module = Workbench.program(in: Workbench.module("large")) { ir in
      let huge = ir.address(of: ir.newSlot("huge", size: 1 << 20))
      let end = ir.emit(.offset(huge, by: .word(1 << 20 - 8)))
      ir.store(.word(42), to: end)
      ir.record(0, ir.load(.i64, from: end))
    }
    #expect(try Workbench.run(module)[0] == 42)
  }

  @Test func refusesAModuleThatBreaksTheRules() {
    let module = Workbench.program(in: Workbench.module("broken")) { ir in
      _ = ir.emit(.load(.i64, from: .word(0)))
    }
    #expect(throws: BackendError.malformed(["probe entry.0 #0: the address is i64, not ptr"])) {
      try LLVMBackend.compile(
        module: module, manifest: Manifest(script: "x", producer: "x", architecture: "x"))
    }
  }

  /// The texts by which LLVM's passes find enumerators are no part of the object.
  @Test func hasARelocationForEachQuestionAboutATypeAndNoMoreSections() throws {
    let enumerator = FieldPath(
      rootKind: .enumeration, root: "pid_type",
      steps: [.member("PIDTYPE_TGID", .integer(bytes: 4, signed: false))])
    let module = Workbench.program(in: IRModule(name: "types")) { ir in
      let size = ir.emit(.fieldInfo(.typeSize, FieldPath(root: "task_struct", steps: [])))
      ir.return(ir.add(size, ir.emit(.fieldInfo(.enumeratorValue, enumerator))))
    }
    let sections = try #require(ELFSections(try Workbench.compile(module)))
    for name in [".rodata", ".rodata.str1.1", ".data"] {
      #expect(sections.contents(of: name) == nil, "\(name)")
    }
    let types = try BTFTypes(Array(try #require(sections.contents(of: ".BTF"))))
    let relocations = try CORERelocation.all(
      in: Array(try #require(sections.contents(of: ".BTF.ext"))), types: types)
    #expect(relocations.map(\.kind) == [.typeSize, .enumValue])
    #expect(relocations[1].steps == [.member("PIDTYPE_TGID")])
  }

  /// The verifier allows the context at constant offsets only: the offset that the loader corrects
  /// has to be the load's own.
  @Test func readsAFieldOfTheContextWithOneRelocatedLoad() throws {
    let path = FieldPath(
      root: "trace_event_raw_sched_switch",
      steps: [.member("next_pid", .integer(bytes: 4, signed: true))])
    let module = Workbench.program(
      in: IRModule(name: "context"), section: "tracepoint/sched/sched_switch"
    ) { ir in
      let value = ir.emit(.contextField(path, .i32))
      ir.return(ir.resize(value, to: .i64, signed: false))
    }
    let sections = try #require(ELFSections(try Workbench.compile(module)))
    let code = Array(try #require(sections.contents(of: "bt/tracepoint/sched/sched_switch")))
    // r0 = *(u32 *)(r1 + 0), exit
    #expect(code == [0x61, 0x10, 0, 0, 0, 0, 0, 0, 0x95, 0, 0, 0, 0, 0, 0, 0])
  }
}
