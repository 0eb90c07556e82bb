import BPF
import Foundation
import Testing
import TraceIR
import TraceModel

/// Programs of hand-written IR that the kernel loads and runs.
@Suite(.enabled(if: Workbench.isRoot, "loading programs needs root"), .serialized)
struct ProgramTests {
  @Test func countsPerKeyInAHashMap() throws {
    var module = Workbench.module("count")
    module.maps.append(
      IRMap(symbol: "AT_count", kind: .hash, keySize: 8, valueSize: 8, maxEntries: 16))
    module = Workbench.program(in: module) { ir in
      let key = ir.newSlot("key", size: 8)
      let one = ir.newSlot("one", size: 8)
      for number in [7, 7, 9, 7] {
        ir.store(.word(number), to: ir.address(of: key))
        let found = ir.emit(.mapLookup(map: 1, key: ir.address(of: key)))
        ir.if(
          ir.isNonzero(found),
          then: { ir.perform(.increment(found, by: .word(1))) },
          else: {
            ir.store(.word(1), to: ir.address(of: one))
            ir.perform(
              .mapUpdate(map: 1, key: ir.address(of: key), value: ir.address(of: one), flags: 0))
          })
      }
    }
    let object = try Workbench.load(module)
    try object.run("probe", context: [])
    let entries = try object.entries(of: "AT_count")
    let counts = (0..<entries.count).map {
      [Workbench.number(entries.key($0)), Workbench.number(entries.value($0))]
    }
    #expect(Set(counts) == [[7, 3], [9, 1]])
  }

  @Test func aggregatesPerCPUAndReadsAnElementOfEachCPU() throws {
    var module = Workbench.module("aggregate")
    module.maps.append(
      IRMap(symbol: "AT_stats", kind: .perCPUHash, keySize: 4, valueSize: 16, maxEntries: 16))
    module = Workbench.program(in: module) { ir in
      let key = ir.address(of: ir.newSlot("key", size: 4, alignment: 4))
      ir.store(.integer(0, .i32), to: key)
      let initial = ir.address(of: ir.newSlot("initial", size: 16))
      ir.zero(initial, bytes: 16)
      ir.perform(.mapUpdate(map: 1, key: key, value: initial, flags: 1))
      let slot = ir.emit(.mapLookup(map: 1, key: key))
      ir.if(ir.isNonzero(slot)) {
        ir.perform(.increment(slot, by: .word(40)))
        ir.perform(.increment(ir.offset(slot, by: 8), by: .word(1)))
        ir.perform(.increment(slot, by: .word(2)))
        ir.perform(.increment(ir.offset(slot, by: 8), by: .word(1)))
      }
      let cpu = ir.emit(.helper(.getSMPProcessorID, []))
      let mine = ir.emit(.mapLookupPerCPU(map: 1, key: key, cpu: cpu))
      ir.if(ir.isNonzero(mine)) {
        ir.record(0, ir.load(.i64, from: mine))
        ir.record(1, ir.load(.i64, from: mine, at: 8))
      }
    }
    #expect(try Workbench.run(module).prefix(2) == [42, 2])
  }

  @Test func emitsEventsFromALargeSlot() throws {
    let module = Workbench.program(in: Workbench.module("emit")) { ir in
      let event = ir.address(of: ir.newSlot("event", size: 600))
      ir.zero(event, bytes: 600)
      ir.store(.word(11), to: event)
      ir.copy(
        to: ir.offset(event, by: 8), from: ir.emit(.literal(Array("text".utf8) + [0, 0, 0, 0])),
        bytes: 8)
      let copy = ir.address(of: ir.newSlot("copy", size: 600))
      ir.copy(to: copy, from: event, bytes: 600)
      ir.store(.word(12), to: copy, at: 592)
      ir.perform(.emit(event: copy, size: .word(600), urgency: .data))
      ir.perform(.emit(event: event, size: .word(16), urgency: .end))
    }
    let object = try Workbench.load(module)
    try object.run("probe", context: [])
    var records: [[UInt8]] = []
    try object.consumeEvents(limit: 10, next: .anyRecord) { bytes in
      records.append(unsafe bytes.withUnsafeBytes { unsafe Array($0) })
      return .next
    }
    #expect(records.map(\.count) == [600, 16])
    #expect(Array(records[0][8..<16]) == Array("text".utf8) + [0, 0, 0, 0])
    #expect(records[0][16..<592].allSatisfy { $0 == 0 })
    #expect(records[0][592] == 12)
    #expect(records[1][0] == 11)
    #expect(try object.lostEvents() == 0)
  }

  @Test func countsEventsThatFindNoRoom() throws {
    var module = Workbench.module("lost")
    module.maps.append(
      IRMap(
        symbol: ObjectSymbol.events, kind: .ringBuffer, keySize: 0, valueSize: 0, maxEntries: 4096))
    module = Workbench.program(in: module) { ir in
      let event = ir.address(of: ir.newSlot("event", size: 2000))
      ir.zero(event, bytes: 2000)
      for _ in 0..<5 { ir.perform(.emit(event: event, size: .word(2000), urgency: .data)) }
    }
    let object = try Workbench.load(module)
    try object.run("probe", context: [])
    #expect(try object.lostEvents() == 3)
  }

  @Test func countsWhatEachProgramDropsAndRefuses() throws {
    var module = Workbench.module("counted")
    module.maps.append(
      IRMap(
        symbol: ObjectSymbol.events, kind: .ringBuffer, keySize: 0, valueSize: 0, maxEntries: 4096))
    module.scriptMaps.append(
      IRScriptMap(symbol: "AT_m", kind: .hash, keySize: 8, valueSize: 8, maxEntries: 4))
    module.constants = [
      LoadTimeConstant(source: .countsRuns, shape: .integer, offset: 0, defaultInteger: 1)
    ]
    for (name, count) in [("one", 5), ("two", 1)] {
      module = Workbench.program(name, in: module) { ir in
        ir.perform(.count(.run))
        let event = ir.address(of: ir.newSlot("event", size: 2000))
        ir.zero(event, bytes: 2000)
        for _ in 0..<count { ir.perform(.emit(event: event, size: .word(2000), urgency: .data)) }
        ir.perform(.count(.dropped(.action)))
        ir.perform(.count(.refused(map: 0)))
      }
    }
    let places = module.counters
    let object = try Workbench.load(module)
    try object.run("one", context: [])
    try object.run("two", context: [])
    try object.run("two", context: [])
    let counters = try object.counters()
    func number(_ counter: RunCounter) -> UInt64 { counters[places.index(of: counter)] }
    #expect(counters.count == places.count)
    #expect([number(.runs(program: 0)), number(.runs(program: 1))] == [1, 2])
    #expect(number(.dropped(program: 0, .data)) == 3)
    #expect(number(.dropped(program: 1, .data)) == 2)
    #expect(number(.dropped(program: 0, .action)) == 1)
    #expect(number(.dropped(program: 1, .action)) == 2)
    #expect(number(.refused(map: 0)) == 3)
    #expect(number(.lostEvents) == 8)
    #expect(try object.lostEvents() == 8)
    #expect(try object.misses(of: "one") == Misses(count: 0, isComplete: true))
  }

  /// What tests of scripts look for: memory that is sent and that nobody wrote to.
  @Test(arguments: [8, 40, 600])
  func poisonIsWhereNothingWasWritten(size: Int) throws {
    var module = Workbench.module("poisoned")
    module.poison = 0xa5
    module = Workbench.program(in: module) { ir in
      let event = ir.address(of: ir.newSlot("event", size: size))
      ir.store(.word(1), to: event)
      ir.perform(.emit(event: event, size: .word(size), urgency: .data))
    }
    let object = try Workbench.load(module)
    try object.run("probe", context: [])
    var records: [[UInt8]] = []
    try object.consumeEvents(limit: 10, next: .anyRecord) { bytes in
      records.append(unsafe bytes.withUnsafeBytes { unsafe Array($0) })
      return .next
    }
    #expect(
      records == [
        [1, 0, 0, 0, 0, 0, 0, 0] + [UInt8](repeating: 0xa5, count: size - 8)
      ])
  }

  @Test func countsNoRunsUnlessAsked() throws {
    var module = Workbench.module("uncounted")
    module.constants = [
      LoadTimeConstant(source: .countsRuns, shape: .integer, offset: 0, defaultInteger: 0)
    ]
    module = Workbench.program(in: module) { $0.perform(.count(.run)) }
    let object = try Workbench.load(module)
    try object.run("probe", context: [])
    #expect(try object.counters().allSatisfy { $0 == 0 })
  }

  /// A flood fills what each urgency may fill; everything more urgent still finds room.
  @Test func leavesRoomToMoreUrgentEvents() throws {
    let size = 64 << 10
    var module = Workbench.module("urgency")
    module.maps.append(
      IRMap(
        symbol: ObjectSymbol.events, kind: .ringBuffer, keySize: 0, valueSize: 0, maxEntries: size))
    for (index, urgency) in EventUrgency.allCases.filter(\.leavesRoom).enumerated() {
      module.constants.append(
        LoadTimeConstant(
          source: .eventRoom(urgency), shape: .integer, offset: 8 * index,
          defaultInteger: Int64(urgency.room(inBuffer: size))))
    }
    for urgency in EventUrgency.allCases {
      module = Workbench.program(urgency.name, in: module) { ir in
        let event = ir.address(of: ir.newSlot("event", size: 100))
        ir.zero(event, bytes: 100)
        ir.store(.word(urgency.rawValue), to: event)
        ir.perform(.emit(event: event, size: .word(100), urgency: urgency))
      }
    }
    let object = try Workbench.load(module)
    var lost: UInt64 = 0
    for urgency in EventUrgency.allCases {
      // 112 bytes each with header and padding.
      for _ in 0..<(size / 112 + 1) { try object.run(urgency.name, context: []) }
      let total = try object.lostEvents()
      #expect(total > lost)
      lost = total
    }
    var counts = Array(repeating: 0, count: EventUrgency.allCases.count)
    try object.consumeEvents(limit: .max, next: .anyRecord) { bytes in
      counts[unsafe bytes.withUnsafeBytes { unsafe Int($0[0]) }] += 1
      return .next
    }
    let filled = EventUrgency.allCases.map { $0.room(inBuffer: size) / 112 }
    #expect(counts == zip(filled, [0] + filled).map { $0 - $1 })
    #expect(counts.reduce(0, +) + Int(lost) == EventUrgency.allCases.count * (size / 112 + 1))
  }

  @Test func readsFieldsOfKernelStructuresByName() throws {
    let comm = FieldPath.Target.array(element: .integer(bytes: 1, signed: true), count: 16)
    let path = { (steps: [FieldPath.Step]) in FieldPath(root: "task_struct", steps: steps) }
    let tgid = path([.member("tgid", .integer(bytes: 4, signed: true))])
    let module = Workbench.program(in: Workbench.module("core")) { ir in
      let task = ir.emit(.helper(.getCurrentTask, []))
      func read(_ base: IRValue, _ path: FieldPath, _ type: IRType) -> IRValue {
        let slot = ir.address(of: ir.newSlot("field", size: 8))
        ir.store(.word(0), to: slot)
        let address = ir.emit(.fieldAddress(base, path))
        ir.perform(.probeRead(.kernel, to: slot, size: .word(type.bytes), from: address))
        return ir.load(type, from: slot)
      }
      ir.record(0, read(task, tgid, .i32))
      let parent = read(task, path([.member("real_parent", .pointer)]), .i64)
      ir.record(1, read(parent, tgid, .i32))
      ir.record(
        2,
        read(
          task,
          path([.member("comm", comm), .element(3, .integer(bytes: 1, signed: true))]), .i8))
      // A member of an anonymous union, and in a structure inside.
      let users = path([
        .member("rcu_users", .structure(name: "refcount_struct")),
        .member("refs", .structure(name: "")),
        .member("counter", .integer(bytes: 4, signed: true)),
      ])
      ir.record(3, read(task, users, .i32))
      ir.record(4, ir.emit(.fieldInfo(.exists, tgid)))
      ir.record(
        5, ir.emit(.fieldInfo(.exists, path([.member("no_such_field", .pointer)]))))
      ir.record(6, ir.emit(.fieldInfo(.size, path([.member("comm", comm)]))))
      ir.record(7, ir.emit(.fieldInfo(.offset, tgid)))
      ir.record(8, ir.emit(.fieldAddress(.word(1000), tgid)))
    }
    let results = try Workbench.run(module)
    #expect(results[0] == Int64(getpid()))
    #expect(results[1] == Int64(getppid()))
    let name = try readComm()
    #expect(results[2] == (name.count > 3 ? Int64(name[3]) : 0))
    #expect(results[3] >= 1)
    #expect(results[4] == 1)
    #expect(results[5] == 0)
    #expect(results[6] == 16)
    #expect(results[7] > 100)
    #expect(results[8] == results[7] + 1000)
  }

  @Test func asksTheLoaderForTypesAndEnumerators() throws {
    let task = FieldPath(root: "task_struct", steps: [])
    let enumerator = { (enumeration: String, name: String) in
      FieldPath(
        rootKind: .enumeration, root: enumeration,
        steps: [.member(name, .integer(bytes: 4, signed: false))])
    }
    let module = Workbench.program(in: Workbench.module("types")) { ir in
      let questions: [(IRFieldQuestion, FieldPath)] = [
        (.typeSize, task), (.typeExists, task),
        (.typeExists, FieldPath(root: "no_such_struct", steps: [])),
        (.typeSize, FieldPath(rootKind: .union, root: "bpf_attr", steps: [])),
        (.enumeratorValue, enumerator("pid_type", "PIDTYPE_SID")),
        (.enumeratorValue, enumerator("pid_type", "PIDTYPE_TGID")),
        (.enumeratorExists, enumerator("pid_type", "PIDTYPE_TGID")),
        (.enumeratorExists, enumerator("pid_type", "NO_SUCH_TYPE")),
        (.enumeratorExists, enumerator("no_such_enum", "NO_SUCH_TYPE")),
        (.enumeratorValue, enumerator("bpf_map_type", "BPF_MAP_TYPE_RINGBUF")),
      ]
      for (index, (question, path)) in questions.enumerated() {
        ir.record(index, ir.emit(.fieldInfo(question, path)))
      }
    }
    let results = try Workbench.run(module)
    #expect(results[0] > 1000)
    #expect(results[1] == 1)
    #expect(results[2] == 0)
    #expect(results[3] > 100)
    #expect(Array(results[4...9]) == [3, 1, 1, 0, 0, 27])
  }

  private func readComm() throws -> [UInt8] {
    let text = try String(contentsOfFile: "/proc/thread-self/comm", encoding: .utf8)
    return Array(text.utf8.dropLast())
  }

  @Test func loadsATracepointThatReadsItsContext() throws {
    let module = Workbench.program(
      in: Workbench.module("tracepoint"), section: "tracepoint/sched/sched_switch"
    ) { ir in
      ir.record(0, ir.emit(.contextLoad(.i32, offset: 24)))
      ir.record(1, ir.emit(.contextLoad(.i32, offset: 24)))
      ir.record(2, ir.emit(.contextLoad(.i64, offset: 32)))
      ir.record(
        3,
        ir.emit(
          .contextField(
            FieldPath(
              root: "trace_event_raw_sched_switch",
              steps: [.member("next_pid", .integer(bytes: 4, signed: true))]), .i32)))
      // The same field in two blocks: the address must not be shared.
      ir.if(ir.compare(.notEqual, ir.emit(.contextLoad(.i32, offset: 24)), .integer(5, .i32))) {
        ir.record(4, ir.emit(.contextLoad(.i32, offset: 24)))
        ir.record(
          5,
          ir.emit(
            .contextField(
              FieldPath(
                root: "trace_event_raw_sched_switch",
                steps: [.member("prev_state", .integer(bytes: 8, signed: true))]), .i64)))
      }
      let stack = ir.address(of: ir.newSlot("stack", size: 1016))
      ir.record(6, ir.emit(.stack(.kernelAddresses, to: stack, bytes: 1016)))
    }
    _ = try Workbench.load(module, kinds: ["probe": .tracepoint])
  }

  @Test func loopsWithCapturedSlotsAndContext() throws {
    let module = Workbench.program(in: Workbench.module("loop")) { ir in
      let sum = ir.newSlot("sum", size: 8)
      let last = ir.newSlot("last", size: 8)
      ir.store(.word(0), to: ir.address(of: sum))
      ir.store(.word(0), to: ir.address(of: last))
      let parent = ir.function
      let outer = ir.beginFunction(name: "each", role: .loop(parent: parent))
      let inner = ir.beginFunction(name: "each_each", role: .loop(parent: outer))
      let total = ir.load(.i64, from: ir.address(of: sum))
      ir.store(ir.add(total, .parameter(0, .i64)), to: ir.address(of: sum))
      ir.store(ir.emit(.contextLoad(.i64, offset: 8)), to: ir.address(of: last))
      ir.return(.word(0))
      ir.endFunction()
      ir.perform(.loop(count: .word(4), callback: inner))
      // A slot of its own that is too large for the stack.
      let buffer = ir.address(of: ir.newSlot("buffer", size: 200))
      ir.zero(buffer, bytes: 200)
      ir.store(.parameter(0, .i64), to: buffer, at: 192)
      ir.record(2, ir.load(.i64, from: buffer, at: 192))
      ir.if(ir.compare(.equal, .parameter(0, .i64), .word(2))) { ir.return(.word(1)) }
      ir.return(.word(0))
      ir.endFunction()
      ir.record(3, ir.emit(.loop(count: .word(10), callback: outer)))
      ir.record(0, ir.load(.i64, from: ir.address(of: sum)))
      ir.record(1, ir.load(.i64, from: ir.address(of: last)))
    }
    let results = try Workbench.run(module, context: [5, 77])
    #expect(results.prefix(4) == [18, 77, 2, 3])
  }

  @Test func visitsEveryElementOfAMap() throws {
    var module = Workbench.module("for-each")
    module.maps.append(
      IRMap(symbol: "AT_map", kind: .hash, keySize: 8, valueSize: 8, maxEntries: 16))
    module = Workbench.program(in: module) { ir in
      let (keys, values) = (ir.newSlot("keys", size: 8), ir.newSlot("values", size: 8))
      ir.store(.word(0), to: ir.address(of: keys))
      ir.store(.word(0), to: ir.address(of: values))
      let (key, value) = (ir.newSlot("key", size: 8), ir.newSlot("value", size: 8))
      for number in [1, 2, 3] {
        ir.store(.word(number), to: ir.address(of: key))
        ir.store(.word(number * 10), to: ir.address(of: value))
        ir.perform(
          .mapUpdate(map: 1, key: ir.address(of: key), value: ir.address(of: value), flags: 0))
      }
      let callback = ir.beginFunction(name: "visit", role: .forEach(parent: ir.function))
      let k = ir.load(.i64, from: .parameter(0, .pointer))
      let v = ir.load(.i64, from: .parameter(1, .pointer))
      ir.store(
        ir.add(ir.load(.i64, from: ir.address(of: keys)), k), to: ir.address(of: keys))
      ir.store(
        ir.add(ir.load(.i64, from: ir.address(of: values)), v), to: ir.address(of: values))
      ir.endFunction()
      ir.record(0, ir.emit(.forEach(map: 1, callback: callback)))
      ir.record(1, ir.load(.i64, from: ir.address(of: keys)))
      ir.record(2, ir.load(.i64, from: ir.address(of: values)))
    }
    #expect(try Workbench.run(module).prefix(3) == [3, 6, 60])
  }

  @Test func dividesSignedNumbers() throws {
    let pairs: [(Int64, Int64)] = [
      (7, 2), (-7, 2), (7, -2), (-7, -2), (0, -3), (.min, 3), (.min, -1), (.max, .min),
    ]
    let module = Workbench.program(in: Workbench.module("division")) { ir in
      for (index, pair) in pairs.enumerated() {
        let left = ir.emit(.contextLoad(.i64, offset: 0))
        let dividend = ir.emit(.binary(.add, left, .word(pair.0)))
        let divisor = ir.emit(.binary(.add, left, .word(pair.1)))
        ir.record(index * 3, ir.emit(.binary(.divideSigned, dividend, divisor)))
        ir.record(index * 3 + 1, ir.emit(.binary(.remainderSigned, dividend, divisor)))
        ir.record(index * 3 + 2, ir.emit(.binary(.divideSigned, dividend, .word(pair.1))))
      }
      let narrow = ir.emit(.contextLoad(.i32, offset: 8))
      ir.record(
        30,
        ir.resize(
          ir.emit(.binary(.divideSigned, narrow, .integer(-3, .i32))), to: .i64, signed: true))
      let byte = ir.emit(.cast(.truncate, narrow, .i8))
      ir.record(
        31,
        ir.resize(
          ir.emit(.binary(.remainderSigned, byte, .integer(3, .i8))), to: .i64, signed: true))
    }
    let results = try Workbench.run(
      module, context: [0, UInt64(UInt32(bitPattern: -100))])
    for (index, pair) in pairs.enumerated() {
      let quotient = pair.0.dividedReportingOverflow(by: pair.1).partialValue
      let remainder = pair.0.remainderReportingOverflow(dividingBy: pair.1).partialValue
      #expect(Array(results[(index * 3)...(index * 3 + 2)]) == [quotient, remainder, quotient])
    }
    #expect(results[30] == 33)
    #expect(results[31] == -1)
  }

  @Test func comparesStrings() throws {
    let module = Workbench.program(in: Workbench.module("strings")) { ir in
      let text = ir.address(of: ir.newSlot("text", size: 16))
      ir.zero(text, bytes: 16)
      ir.copy(to: text, from: ir.emit(.literal(Array("hello\0".utf8))), bytes: 6)
      func isEqual(_ literal: String) -> IRValue {
        let expected = ir.emit(.literal(Array(literal.utf8) + [0]))
        let result = ir.emit(.helper(.strncmp, [text, .word(16), expected]))
        return ir.compare(.equal, result, .word(0))
      }
      ir.record(0, ir.resize(isEqual("hello"), to: .i64, signed: false))
      ir.record(1, ir.resize(isEqual("hullo"), to: .i64, signed: false))
      // Byte by byte, unrolled: the way for kernels without the helper.
      let other = ir.emit(.literal(Array("hello\0".utf8)))
      var isSame = IRValue.true
      for index in 0..<6 {
        let same = ir.compare(
          .equal, ir.load(.i8, from: text, at: index), ir.load(.i8, from: other, at: index))
        isSame = ir.binary(.and, isSame, same)
      }
      ir.record(2, ir.resize(isSame, to: .i64, signed: false))
    }
    #expect(try Workbench.run(module).prefix(3) == [1, 0, 1])
  }

  @Test func readsLoadTimeConstants() throws {
    var module = Workbench.module("constants")
    module.constants = [
      LoadTimeConstant(source: .targetPID, shape: .integer, offset: 0, defaultInteger: 5),
      LoadTimeConstant(source: .positional(1), shape: .string(capacity: 16), offset: 8),
      LoadTimeConstant(
        source: .option("x"), shape: .integer, offset: 24, defaultInteger: -2),
    ]
    module = Workbench.program(in: module) { ir in
      ir.record(0, ir.emit(.constant(0)))
      ir.record(1, ir.load(.i8, from: ir.emit(.constantAddress(1)), at: 1))
      ir.record(2, ir.emit(.constant(2)))
      // Only right if the verifier knows the value: there is no such map entry to go to otherwise.
      ir.if(ir.compare(.equal, ir.emit(.constant(0)), .word(5))) { ir.record(3, .word(1)) }
    }
    #expect(try Workbench.run(module).prefix(4) == [5, 0, -2, 1])
    var constants: [UInt8] = Array(repeating: 0, count: 32)
    constants[0] = 9
    constants[9] = 65
    constants[24] = 3
    let results = try Workbench.run(module, constants: constants)
    #expect(results.prefix(4) == [9, 65, 3, 0])
  }

  @Test func keepsArithmeticOnLookedUpPointersBehindTheNullCheck() throws {
    var module = Workbench.module("null-check")
    module.maps.append(
      IRMap(symbol: "AT_map", kind: .hash, keySize: 8, valueSize: 64, maxEntries: 16))
    module = Workbench.program(in: module) { ir in
      let key = ir.address(of: ir.newSlot("key", size: 8))
      ir.store(.word(1), to: key)
      let found = ir.emit(.mapLookup(map: 1, key: key))
      let chosen = ir.newSlot("chosen", size: 8)
      let zero = ir.address(of: ir.newSlot("zero", size: 8))
      ir.store(.word(31), to: zero)
      ir.if(
        ir.isNonzero(found),
        then: { ir.store(ir.offset(found, by: 8), to: ir.address(of: chosen)) },
        else: { ir.store(zero, to: ir.address(of: chosen)) })
      ir.record(0, ir.load(.i64, from: ir.load(.pointer, from: ir.address(of: chosen))))
      let index = ir.emit(.contextLoad(.i64, offset: 0))
      ir.if(ir.isNonzero(found)) {
        ir.if(ir.compare(.less, index, .word(8))) {
          let element = ir.emit(.offset(found, by: ir.binary(.mul, index, .word(8))))
          ir.record(1, ir.load(.i64, from: element))
        }
      }
    }
    #expect(try Workbench.run(module, context: [3]).prefix(2) == [31, 0])
  }

  @Test func namesTheScriptsLineOfWhatTheVerifierRefuses() throws {
    var module = Workbench.module("refused.bt", lines: ["begin {", "  @x = @y[1];", "}"])
    module.maps.append(
      IRMap(symbol: "AT_y", kind: .hash, keySize: 8, valueSize: 8, maxEntries: 16))
    module = Workbench.program(in: module) { ir in
      ir.line = 1
      let key = ir.address(of: ir.newSlot("key", size: 8))
      ir.store(.word(1), to: key)
      let found = ir.emit(.mapLookup(map: 1, key: key))
      ir.line = 2
      ir.record(1, ir.load(.i64, from: found))
    }
    let object = try Workbench.compile(module)
    #expect {
      try LibBPFHost().load(object, as: LoadPlan(name: "test"))
    } throws: { error in
      guard case .rejected(let rejection) = error as? LoadError else { return false }
      return rejection.scriptLine?.text == "@x = @y[1];"
    }
  }

  @Test func usesTheContextAndLargeSlotsInsideForEach() throws {
    var module = Workbench.module("for-each")
    module.maps.append(
      IRMap(symbol: "AT_map", kind: .perCPUHash, keySize: 8, valueSize: 16, maxEntries: 16))
    module = Workbench.program(in: module) { ir in
      let pair = ir.newSlot("pair", size: 300)
      ir.zero(ir.address(of: pair), bytes: 300)
      let key = ir.address(of: ir.newSlot("key", size: 8))
      let value = ir.address(of: ir.newSlot("value", size: 16))
      for number in [1, 2] {
        ir.store(.word(number), to: key)
        ir.store(.word(number * 10), to: value)
        ir.store(.word(number * 100), to: value, at: 8)
        ir.perform(.mapUpdate(map: 1, key: key, value: value, flags: 0))
      }
      let callback = ir.beginFunction(name: "visit", role: .forEach(parent: ir.function))
      let copy = ir.address(of: ir.newSlot("copy", size: 256))
      ir.zero(copy, bytes: 256)
      ir.copy(to: ir.offset(copy, by: 200), from: .parameter(1, .pointer), bytes: 16)
      let total = ir.offset(ir.address(of: pair), by: 296 - 8)
      let addend = ir.load(.i64, from: copy, at: 208)
      ir.store(ir.add(ir.load(.i64, from: total), addend), to: total)
      ir.store(ir.emit(.contextLoad(.i64, offset: 0)), to: ir.address(of: pair))
      ir.endFunction()
      ir.perform(.forEach(map: 1, callback: callback))
      ir.record(0, ir.load(.i64, from: ir.address(of: pair)))
      ir.record(1, ir.load(.i64, from: ir.address(of: pair), at: 288))
    }
    #expect(try Workbench.run(module, context: [77]).prefix(2) == [77, 300])
  }

  @Test func keepsCapturedSlotsOfEveryProgramApart() throws {
    let ir = IRBuilder(module: Workbench.module("two"))
    for (index, name) in ["first", "second"].enumerated() {
      ir.beginFunction(name: name, role: .program(label: "raw_tp/sys_enter"))
      let large = ir.address(of: ir.newSlot("large", size: 128))
      ir.record(index * 2, ir.load(.i64, from: large, at: 120))
      ir.store(.word(index + 5), to: large, at: 120)
      ir.record(index * 2 + 1, ir.load(.i64, from: large, at: 120))
      ir.endFunction()
    }
    let object = try Workbench.load(ir.module)
    try object.run("first", context: [])
    try object.run("second", context: [])
    let entries = try object.entries(of: "AT_result")
    let results = (0..<4).map { Workbench.number(entries.value($0)) }
    #expect(results == [0, 5, 0, 6])
  }
}
