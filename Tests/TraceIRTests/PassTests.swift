import Testing
import TraceIR
import TraceModel

/// What each pass makes of small modules, as text.
@Suite struct PassTests {
  private func module(_ write: (IRBuilder) -> Void) -> IRModule {
    let ir = IRBuilder(module: IRModule(name: "m"))
    ir.beginFunction(name: "f", role: .program(label: "raw_tp/x"))
    write(ir)
    ir.endFunction()
    return ir.module
  }

  /// The text of all functions after a pass of that name.
  private func functions(of module: IRModule, after name: String) throws -> String {
    var module = module
    let pass = try #require(IRPass.all.first { $0.name == name })
    pass.run(&module)
    #expect(IRChecker.faults(in: module) == [])
    return module.functions.indices.map { IRPrinter.text(of: $0, in: module) }
      .joined(separator: "\n")
  }

  @Test func removesBlocksThatNothingEnters() throws {
    let module = module { ir in
      let (never, then) = (ir.newBlock("never"), ir.newBlock("then"))
      ir.terminate(.conditional(.true, then: then, else: never))
      ir.position(at: never)
      ir.branch(to: then)
      ir.position(at: then)
      ir.return(.word(1))
    }
    #expect(
      try functions(of: module, after: "remove-dead-blocks") == """
        program 0 f in raw_tp/x
        entry.0:
          goto then.1
        then.1:
          return 1

        """)
  }

  /// A text is touched where it begins and where it may go on; what has an effect is left out.
  @Test func aProgramAwaitsThePagesThatItReads() throws {
    var module = module { ir in
      let argument = ir.emit(.contextLoad(.i64, offset: 112))
      let pointer = ir.address(of: ir.newSlot("pointer", size: 8))
      ir.perform(.probeRead(.user, to: pointer, size: .word(8), from: argument))
      let event = ir.address(of: ir.newSlot("event", size: 72))
      ir.store(.word(1), to: event)
      let text = ir.offset(event, by: 8)
      ir.perform(
        .probeReadString(.user, to: text, size: .word(64), from: ir.load(.i64, from: pointer)))
      ir.perform(.emit(event: event, size: .word(72), urgency: .data))
      ir.return(.word(0))
    }
    let awaits = module.awaitPages(in: 0, if: 0)
    #expect(awaits)
    #expect(
      IRPrinter.text(of: 0, in: module) == """
        program 0 f in raw_tp/x
          slot pointer.0: 8 bytes
          slot event.1: 72 bytes
          slot pointer.2: 8 bytes
          slot page.3: 8 bytes
        entry.0:
          %7 = constant 0
          %8 = ne %7, 0
          if %8 await_entry.2 else entry.1
        entry.1:
          %0 = context_load at 112
          %1 = slot pointer.0
          %2 = probe_read_user 8 bytes to %1 from %0
          %3 = slot event.1
          store 1 to %3
          %4 = offset %3 by 8
          %5 = load from %1
          %6 = probe_read_user_str 64 bytes to %4 from %5
          emit data of 72 bytes at %3
          return 0
        await_entry.2:
          %26 = slot pointer.2
          zero 8 bytes at %26
          %9 = context_load at 112
          %10 = slot pointer.2
          %11 = helper copy_from_user %10:ptr 8 %9
          %12 = load from %10
          %13 = slot page.3
          %14 = helper copy_from_user %13:ptr 1 %12
          %15 = or %12, 4095
          %16 = add %12, 64
          %17 = ugt %16, %15
          if %17 across.3 else touched.5
        across.3:
          %18 = slot page.3
          %19 = helper copy_from_user %18:ptr 1 %15
          %20 = slot page.3
          %21 = load.i8 from %20
          %22 = ne.i8 %21, 0
          if %22 further.4 else touched.5
        further.4:
          %23 = add %15, 1
          %24 = slot page.3
          %25 = helper copy_from_user %24:ptr 1 %23
          goto touched.5
        touched.5:
          goto entry.1

        """)
  }

  @Test func aProgramThatReadsNothingOfItsProcessAwaitsNothing() {
    var module = module { ir in
      let value = ir.address(of: ir.newSlot("value", size: 8))
      let argument = ir.emit(.contextLoad(.i64, offset: 112))
      ir.perform(.probeRead(.kernel, to: value, size: .word(8), from: argument))
      ir.return(.word(0))
    }
    let before = module
    let awaits = module.awaitPages(in: 0, if: 0)
    #expect(!awaits)
    #expect(module == before)
  }

  @Test func addsTheRingBufferAndTheCounterOfLostEvents() throws {
    var module = module { ir in
      let event = ir.address(of: ir.newSlot("event", size: 8))
      ir.perform(.emit(event: event, size: .word(8), urgency: .data))
    }
    module.runPasses()
    #expect(module.maps.map(\.symbol) == ["bt_events", "bt_lost"])
    #expect(module.maps.map(\.kind) == [.ringBuffer, .perCPUArray])
  }

  @Test func writesOperationsOfTheScriptsMapsForThoseOfTheKernel() throws {
    var module = module { ir in
      ir.withModule {
        $0.scriptMaps = [
          IRScriptMap(symbol: "AT_n", kind: .hash, keySize: 4, valueSize: 8, maxEntries: 9)
        ]
      }
      let key = ir.address(of: ir.newSlot("k", size: 4, alignment: 4))
      ir.store(.integer(7, .i32), to: key)
      let status = ir.address(of: ir.newSlot("status", size: 8))
      let old = ir.emit(.add(map: 0, key: key, amount: .word(2), status: status))
      ir.return(ir.binary(.or, ir.emit(.length(map: 0)), old))
    }
    let text = try functions(of: module, after: "realize-maps")
    #expect(
      text == """
        program 0 f in raw_tp/x
          slot k.0: 4 bytes, aligned 4
          slot status.1: 8 bytes
          slot element.2: 8 bytes
          slot before.3: 8 bytes
          slot first.4: 8 bytes
        entry.0:
          %0 = slot k.0
          store.i32 7 to %0
          %1 = slot status.1
          %5 = slot element.2
          %6 = slot before.3
          store 0 to %1
          store 0 to %6
          %7 = map_lookup AT_n key %0
          store.ptr %7 to %5
          %8 = eq.ptr %7, null
          if %8 new.1 else found.3
        new.1:
          %9 = slot first.4
          store 2 to %9
          %10 = map_update AT_n key %0 value %9 flags 1
          %11 = eq %10, -17
          %12 = select %11, 0, %10
          store %12 to %1
          if %11 again.2 else added.4
        again.2:
          %13 = map_lookup AT_n key %0
          store.ptr %13 to %5
          %14 = eq.ptr %13, null
          if %14 added.4 else found.3
        found.3:
          %15 = load.ptr from %5
          %16 = load from %15
          store %16 to %6
          atomic_add %15 by 2
          goto added.4
        added.4:
          %2 = load from %6
          %3 = for_each AT_n call 1
          %4 = or %3, %2
          return %4

        for_each 1 len_0_1 of 0
        entry.0:
          return 0

        """)
    module.runPasses()
    #expect(module.maps.map(\.symbol) == ["AT_n"])
    #expect(module.maps.map(\.keySize) == [4])
  }

  /// The kinds of the maps that the kernel keeps for a map of the script.
  private func kinds(
    _ map: IRScriptMap, _ write: (IRBuilder) -> Void = { _ in }
  ) -> [MapKind] {
    var module = module { ir in
      ir.withModule { $0.scriptMaps = [map] }
      write(ir)
    }
    module.runPasses()
    #expect(IRChecker.faults(in: module) == [])
    return module.maps.map(\.kind)
  }

  @Test func keepsInArraysWhatNobodyCanTellFromAHash() {
    let count = IRScriptMap(
      symbol: "AT_", kind: .perCPUHash, keySize: 0, valueSize: 8, maxEntries: 1, keyCount: 1)
    #expect(kinds(count) == [.perCPUArray, .array])
    var number = IRScriptMap(
      symbol: "AT_n", kind: .hash, keySize: 0, valueSize: 8, maxEntries: 1, keyCount: 1,
      isWord: true)
    #expect(kinds(number) == [.array])
    #expect(kinds(number) { _ = $0.emit(.remove(map: 0, key: .null)) } == [.hash])
    number.isDeclared = true
    #expect(kinds(number) == [.hash])

    let text = IRScriptMap(
      symbol: "AT_t", kind: .hash, keySize: 0, valueSize: 16, maxEntries: 1, keyCount: 1)
    #expect(kinds(text) == [.hash])

    var byte = IRScriptMap(
      symbol: "AT_b", kind: .hash, keySize: 1, valueSize: 4, maxEntries: 4096, keyCount: 256,
      isWord: true)
    #expect(kinds(byte) == [.array])
    #expect(kinds(byte) { _ = $0.emit(.length(map: 0)) } == [.hash])
    byte.maxEntries = 255
    #expect(kinds(byte) == [.hash])
    byte.maxEntries = 256
    byte.kind = .perCPUHash
    #expect(kinds(byte) == [.perCPUArray, .array])
    let search: (IRBuilder) -> Void = { ir in
      let key = ir.address(of: ir.newSlot("k", size: 1))
      _ = ir.emit(.contains(map: 0, key: key))
    }
    #expect(kinds(byte, search) == [.perCPUHash])
    byte.valueSize = 32 << 10
    #expect(kinds(byte) == [.perCPUHash])
  }

  @Test func givesThreadsPlacesForNumbersThatAreTakenOutAgain() {
    let start = IRScriptMap(
      symbol: "AT_s", kind: .hash, keySize: 4, valueSize: 8, maxEntries: 4096, isWord: true,
      threadKeys: [.current])
    func symbols(
      _ map: IRScriptMap, ordered: Bool = true, _ write: (IRBuilder, IRValue) -> Void
    ) -> [String] {
      var module = module { ir in
        ir.withModule {
          $0.scriptMaps = [map]
          $0.storesAreOrdered = ordered
        }
        let key = ir.address(of: ir.newSlot("k", size: 4, alignment: 4))
        ir.store(.integer(7, .i32), to: key)
        write(ir, key)
      }
      module.runPasses()
      #expect(IRChecker.faults(in: module) == [])
      return module.maps.map(\.symbol)
    }
    let use: (IRBuilder, IRValue) -> Void = { ir, key in
      _ = ir.emit(.put(map: 0, key: key, value: key))
      _ = ir.emit(.element(map: 0, key: key))
      _ = ir.emit(.contains(map: 0, key: key))
      _ = ir.emit(.remove(map: 0, key: key))
    }
    #expect(symbols(start, use) == ["AT_s", "TP_s"])
    #expect(symbols(start, ordered: false, use) == ["AT_s"])
    #expect(symbols(start) { _ = $0.emit(.put(map: 0, key: $1, value: $1)) } == ["AT_s"])
    #expect(
      symbols(start) {
        use($0, $1)
        _ = $0.emit(.length(map: 0))
      } == ["AT_s"])
    var few = start
    few.maxEntries = 4095
    #expect(symbols(few, use) == ["AT_s"])
    var other = start
    other.threadKeys = nil
    #expect(symbols(other, use) == ["AT_s"])
    other.threadKeys = [.switched, .woken]
    #expect(symbols(other, use) == ["AT_s", "TP_s"])
    other.threadKeys = [.current, .switched, .woken]
    #expect(symbols(other, use) == ["AT_s"])

    var record = start
    record.isWord = false
    record.valueSize = ThreadPlace.largestValue
    #expect(symbols(record, use) == ["AT_s", "TP_s"])
    record.valueSize += 1
    #expect(symbols(record, use) == ["AT_s"])
  }

  private func counts(keySize: Int = 4) -> IRScriptMap {
    IRScriptMap(
      symbol: "AT_c", kind: .perCPUHash, keySize: keySize, valueSize: 8, maxEntries: 4096)
  }

  /// A module that counts under a key, and then does something else with the map.
  private func counting(
    in map: IRScriptMap, ordered: Bool = true,
    _ write: (IRBuilder, _ key: IRValue) -> Void = { _, _ in }
  ) -> IRModule {
    module { ir in
      ir.withModule {
        $0.scriptMaps = [map]
        $0.storesAreOrdered = ordered
      }
      let key = ir.address(of: ir.newSlot("k", size: 32))
      let status = ir.address(of: ir.newSlot("status", size: 8))
      _ = ir.emit(.makeElement(map: 0, key: key, status: status))
      write(ir, key)
    }
  }

  @Test func givesCPUsPlacesForKeysOfMapsThatAreOnlyAddedTo() {
    func symbols(
      _ map: IRScriptMap, ordered: Bool = true,
      _ write: (IRBuilder, _ key: IRValue) -> Void = { _, _ in }
    ) -> [String] {
      var module = counting(in: map, ordered: ordered, write)
      module.runPasses()
      #expect(IRChecker.faults(in: module) == [])
      return module.maps.map(\.symbol)
    }
    #expect(symbols(counts()) == ["AT_c", "CP_c", "bt_run"])
    #expect(symbols(counts(keySize: 32)) == ["AT_c", "CP_c", "bt_run"])
    #expect(symbols(counts(keySize: 33)) == ["AT_c"])
    #expect(symbols(counts(), ordered: false) == ["AT_c"])
    #expect(symbols(counts()) { _ = $0.emit(.remove(map: 0, key: $1)) } == ["AT_c"])
    #expect(symbols(counts()) { _ = $0.emit(.contains(map: 0, key: $1)) } == ["AT_c"])
    #expect(symbols(counts()) { ir, _ in _ = ir.emit(.length(map: 0)) } == ["AT_c"])
    #expect(
      symbols(counts()) { _ = $0.emit(.elementOfCPU(map: 0, key: $1, cpu: .word(0))) }
        == ["AT_c"])
    var declared = counts()
    declared.isDeclared = true
    #expect(symbols(declared) == ["AT_c"])
    var recent = counts()
    recent.kind = .lruPerCPUHash
    #expect(symbols(recent) == ["AT_c"])
  }

  @Test func looksAtThePlaceOfAKeyBeforeTheHash() throws {
    #expect(
      try functions(of: counting(in: counts(keySize: 12)), after: "realize-maps") == """
        program 0 f in raw_tp/x
          slot k.0: 32 bytes
          slot status.1: 8 bytes
          slot place.2: 8 bytes
          slot number.3: 4 bytes
          slot element.4: 8 bytes
        entry.0:
          %0 = slot k.0
          %1 = slot status.1
          %3 = slot place.2
          store.ptr null to %3
          store 0 to %1
          %4 = slot number.3
          store.i32 0 to %4
          %5 = map_lookup CP_c key %4
          %6 = ne.ptr %5, null
          if %6 table.5 else made.4
        marked.1:
          %27 = offset %23 by 8
          %28 = offset %27 by 0
          %29 = load from %28
          %30 = offset %27 by 8
          %31 = load.i32 from %30
          %32 = zext %31:i32 to i64
          %33 = xor %29, %13
          %34 = xor %32, %16
          %35 = or %33, %34
          %36 = eq %35, 0
          if %36 mine.2 else hashed.3
        mine.2:
          store.ptr %24 to %3
          goto made.4
        hashed.3:
          %37 = slot element.4
          store 0 to %1
          %38 = map_lookup AT_c key %0
          store.ptr %38 to %37
          %39 = eq.ptr %38, null
          if %39 new.7 else made.8
        made.4:
          %2 = load.ptr from %3
          return 0
        table.5:
          %7 = slot number.3
          store.i32 1 to %7
          %8 = map_lookup bt_run key %7
          %9 = ne.ptr %8, null
          if %9 dated.6 else made.4
        dated.6:
          %10 = load from %8
          %11 = add %10, 1
          %12 = offset %0 by 0
          %13 = load from %12
          %14 = offset %0 by 8
          %15 = load.i32 from %14
          %16 = zext %15:i32 to i64
          %17 = mul %13, -7046029254386353131
          %18 = xor %17, %16
          %19 = mul %18, -7046029254386353131
          %20 = lshr %19, 55
          %21 = mul %20, 32
          %22 = add %21, 8
          %23 = offset %5 by %22
          %24 = offset %23 by 24
          %25 = load from %23
          %26 = eq %25, %11
          if %26 marked.1 else hashed.3
        new.7:
          %40 = literal "\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00"
          %41 = map_update AT_c key %0 value %40 flags 1
          %42 = ne %41, -17
          %43 = select %42, %41, 0
          store %43 to %1
          %44 = map_lookup AT_c key %0
          store.ptr %44 to %37
          goto made.8
        made.8:
          %45 = load.ptr from %37
          store.ptr %45 to %3
          %46 = ne.ptr %45, null
          if %46 there.9 else made.4
        there.9:
          %47 = ult %25, %11
          if %47 vacant.10 else made.4
        vacant.10:
          atomic_add %5 by 1
          %48 = load from %5
          %49 = eq %48, 1
          if %49 alone.11 else left.13
        alone.11:
          %50 = load from %23
          %51 = ult %50, %11
          if %51 claimed.12 else left.13
        claimed.12:
          zero 8 bytes at %24
          %52 = offset %23 by 8
          copy 12 bytes to %52 from %0
          %53 = sub %11, %50
          atomic_add %23 by %53
          store.ptr %24 to %3
          goto left.13
        left.13:
          atomic_add %5 by -1
          goto made.4

        """)
  }

  @Test func expandsSignedDivision() throws {
    let module = module { ir in
      let x = ir.emit(.contextLoad(.i32, offset: 0))
      let slot = ir.address(of: ir.newSlot("x", size: 4, alignment: 4))
      ir.store(ir.emit(.binary(.divideSigned, x, .integer(-3, .i32))), to: slot)
      ir.store(ir.emit(.binary(.remainderSigned, x, .integer(3, .i32))), to: slot)
    }
    #expect(
      try functions(of: module, after: "expand-signed-division") == """
        program 0 f in raw_tp/x
          slot x.0: 4 bytes, aligned 4
        entry.0:
          %0 = context_load.i32 at 0
          %1 = slot x.0
          %4 = ashr.i32 %0, 31
          %5 = xor.i32 %0, %4
          %6 = sub.i32 %5, %4
          %7 = udiv.i32 %6, 3
          %8 = xor.i32 %4, -1
          %9 = xor.i32 %7, %8
          %2 = sub.i32 %9, %8
          store.i32 %2 to %1
          %10 = ashr.i32 %0, 31
          %11 = xor.i32 %0, %10
          %12 = sub.i32 %11, %10
          %13 = urem.i32 %12, 3
          %14 = xor.i32 %13, %10
          %3 = sub.i32 %14, %10
          store.i32 %3 to %1
          return 0

        """)
  }

  @Test func givesCallbacksAFrameWithWhatTheyUseOfTheFunctionsAround() throws {
    let module = module { ir in
      let sum = ir.newSlot("sum", size: 8)
      ir.store(.word(0), to: ir.address(of: sum))
      let outer = ir.beginFunction(name: "outer", role: .loop(parent: 0))
      let inner = ir.beginFunction(name: "inner", role: .loop(parent: outer))
      ir.perform(.increment(ir.address(of: sum), by: .parameter(0, .i64)))
      ir.perform(.increment(ir.address(of: sum), by: ir.emit(.contextLoad(.i64, offset: 0))))
      ir.endFunction()
      ir.perform(.loop(count: .word(2), callback: inner))
      ir.endFunction()
      ir.perform(.loop(count: .word(3), callback: outer))
    }
    #expect(
      try functions(of: module, after: "outline-callbacks") == """
        program 0 f in raw_tp/x
          slot sum.0: 8 bytes
          slot frame.outer.1: 16 bytes, on the stack
        entry.0:
          %0 = slot sum.0
          store 0 to %0
          %2 = slot sum.0
          %3 = context
          %4 = slot frame.outer.1
          store.ptr %2 to %4
          %5 = offset %4 by 8
          store.ptr %3 to %5
          %1 = loop 3 times call 1 frame %4
          return 0

        loop 1 outer of 0
          context in frame[1]
          slot frame.inner.0: 16 bytes, on the stack
        entry.0:
          %1 = load.ptr from arg1
          %2 = context
          %3 = slot frame.inner.0
          store.ptr %1 to %3
          %4 = offset %3 by 8
          store.ptr %2 to %4
          %0 = loop 2 times call 2 frame %3
          return 0

        loop 2 inner of 1
          context in frame[1]
        entry.0:
          %0 = load.ptr from arg1
          increment %0 by arg0
          %1 = load.ptr from arg1
          %2 = context_load at 0
          increment %1 by %2
          return 0

        """)
  }

  @Test func movesLargeSlotsToScratchMemory() throws {
    var module = module { ir in
      let (small, large) = (ir.newSlot("small", size: 16), ir.newSlot("large", size: 100))
      ir.zero(ir.address(of: small), bytes: 16)
      ir.zero(ir.address(of: large), bytes: 100)
      let callback = ir.beginFunction(name: "each", role: .loop(parent: 0))
      ir.zero(ir.address(of: ir.newSlot("own", size: 65)), bytes: 65)
      ir.endFunction()
      ir.perform(.loop(count: .word(3), callback: callback))
    }
    #expect(
      try functions(of: module, after: "place-slots") == """
        program 0 f in raw_tp/x
          slot small.0: 16 bytes, on the stack
          slot large.1: 100 bytes, scratch at 0
          slot scratch.key.2: 4 bytes, aligned 4, on the stack
        entry.0:
          %4 = slot scratch.key.2
          store.i32 0 to %4
          %3 = map_lookup bt_scratch key %4
          %5 = ne.ptr %3, null
          if %5 body.1 else no.scratch.2
        body.1:
          %0 = slot small.0
          zero 16 bytes at %0
          %1 = offset %3 by 0
          zero 100 bytes at %1
          %2 = loop 3 times call 1
          return 0
        no.scratch.2:
          return 0

        loop 1 each of 0
          slot own.0: 65 bytes, scratch at 104
          slot scratch.key.1: 4 bytes, aligned 4, on the stack
        entry.0:
          %2 = slot scratch.key.1
          store.i32 0 to %2
          %1 = map_lookup bt_scratch key %2
          %3 = ne.ptr %1, null
          if %3 body.1 else no.scratch.2
        body.1:
          %0 = offset %1 by 104
          zero 65 bytes at %0
          return 0
        no.scratch.2:
          return 0

        """)
    module.runPasses()
    #expect(module.scratchSize == 176)
    #expect(module.maps.last?.valueSize == 176)
  }

  @Test func givesEachProgramAnElementOfTheScratchMap() {
    let ir = IRBuilder(module: IRModule(name: "m"))
    for name in ["f", "g"] {
      ir.beginFunction(name: name, role: .program(label: "raw_tp/x"))
      ir.zero(ir.address(of: ir.newSlot("large", size: name == "f" ? 100 : 500)), bytes: 100)
      ir.endFunction()
    }
    var module = ir.module
    module.runPasses()
    #expect(module.maps.map(\.maxEntries) == [2])
    #expect(module.scratchSize == 504)
    #expect(IRPrinter.text(of: 1, in: module).contains("store.i32 1 to %"))
  }

  @Test func givesSubprogramsTheContextAndScratchMemoryBehindThatOfTheirCallers() throws {
    let ir = IRBuilder(module: IRModule(name: "m"))
    ir.beginFunction(name: "inner", role: .subprogram(parameters: [.i64]))
    ir.zero(ir.address(of: ir.newSlot("large", size: 104)), bytes: 104)
    ir.return(.parameter(0, .i64))
    ir.endFunction()
    ir.beginFunction(name: "outer", role: .subprogram(parameters: []))
    let callback = ir.beginFunction(name: "each", role: .loop(parent: 1))
    ir.zero(ir.address(of: ir.newSlot("own", size: 72)), bytes: 72)
    ir.perform(.call(function: 0, arguments: [ir.emit(.contextLoad(.i64, offset: 0))]))
    ir.endFunction()
    ir.perform(.loop(count: .word(3), callback: callback))
    ir.endFunction()
    ir.beginFunction(name: "f", role: .program(label: "raw_tp/x"))
    ir.zero(ir.address(of: ir.newSlot("large", size: 200)), bytes: 200)
    ir.perform(.call(function: 0, arguments: [.word(1)]))
    ir.perform(.call(function: 1, arguments: []))
    ir.endFunction()
    var module = ir.module
    module.runPasses()
    #expect(IRChecker.faults(in: module) == [])
    #expect(module.scratchSize == 200 + 72 + 104)
    #expect(module.maps.map(\.maxEntries) == [1])
    #expect(
      (0..<3).map { IRPrinter.text(of: $0, in: module) }.joined(separator: "\n") == """
        subprogram 0 inner(i64, ptr)
          slot large.0: 104 bytes, scratch at 272
        entry.0:
          %0 = offset arg1 by 272
          zero 104 bytes at %0
          return arg0

        subprogram 1 outer(ptr, ptr)
          context in arg0
          slot scratch.0: 8 bytes, on the stack
          slot frame.each.1: 16 bytes, on the stack
        entry.0:
          %1 = slot scratch.0
          store.ptr arg1 to %1
          %2 = slot scratch.0
          %3 = context
          %4 = slot frame.each.1
          store.ptr %2 to %4
          %5 = offset %4 by 8
          store.ptr %3 to %5
          %0 = loop 3 times call 2 frame %4
          return 0

        loop 2 each of 1
          context in frame[1]
          slot own.0: 72 bytes, scratch at 200
        entry.0:
          %4 = load.ptr from arg1
          %5 = load.ptr from %4
          %0 = offset %5 by 200
          zero 72 bytes at %0
          %1 = context_load at 0
          %3 = offset %5 by 0
          %2 = call inner %1 %3:ptr
          return 0

        """)
  }

  @Test func refusesASubprogramThatIsCalledWithOtherTypes() {
    let ir = IRBuilder(module: IRModule(name: "m"))
    ir.beginFunction(name: "f", role: .program(label: "raw_tp/x"))
    ir.perform(.call(function: 1, arguments: [.word(1)]))
    ir.endFunction()
    ir.beginFunction(name: "late", role: .subprogram(parameters: [.pointer]))
    ir.endFunction()
    #expect(
      IRChecker.faults(in: ir.module) == [
        "f entry.0 #0: late is called with other types"
      ])
  }

  @Test func refusesSubprogramsThatCallEachOther() {
    let ir = IRBuilder(module: IRModule(name: "m"))
    for (name, callee) in [("one", 1), ("two", 0)] {
      ir.beginFunction(name: name, role: .subprogram(parameters: []))
      ir.perform(.call(function: callee, arguments: []))
      ir.endFunction()
    }
    #expect(
      IRChecker.faults(in: ir.module) == [
        "two entry.0 #0: one calls itself, or what calls it"
      ])
  }

  @Test func subprogramsComeBeforeTheirCallersWhereverTheyStand() {
    let ir = IRBuilder(module: IRModule(name: "m"))
    ir.beginFunction(name: "f", role: .program(label: "raw_tp/x"))
    let callback = ir.beginFunction(name: "loop", role: .loop(parent: 0))
    ir.perform(.call(function: 2, arguments: []))
    ir.endFunction()
    ir.perform(.call(function: 3, arguments: []))
    ir.endFunction()
    ir.beginFunction(name: "inner", role: .subprogram(parameters: []))
    ir.perform(.call(function: 3, arguments: []))
    ir.endFunction()
    ir.beginFunction(name: "innermost", role: .subprogram(parameters: []))
    ir.endFunction()
    #expect(ir.module.calleesFirst == [3, 2, 0, callback])
  }

  @Test func movesWhatIsBeyondTheBudgetButNeverFramesAndPointers() {
    var module = module { ir in
      for number in 0..<9 {
        ir.zero(ir.address(of: ir.newSlot("s\(number)", size: 32)), bytes: 32)
      }
      let held = ir.newSlot("pointer", size: 8)
      let scalar = ir.newSlot("scalar", size: 8)
      ir.store(ir.address(of: scalar), to: ir.address(of: held))
      let callback = ir.beginFunction(name: "each", role: .loop(parent: 0))
      ir.perform(.load(.i64, from: ir.address(of: scalar)))
      ir.endFunction()
      ir.perform(.loop(count: .word(3), callback: callback))
    }
    module.runPasses()
    let placements = Dictionary(
      uniqueKeysWithValues: module.functions[0].slots.map { ($0.name, $0.placement) })
    #expect(placements["pointer"] == .stack)
    #expect(placements["frame.each"] == .stack)
    #expect(placements["scalar"] == .stack)
    #expect(placements.values.filter { $0 == .stack }.count == 11)
    #expect(placements["s8"] == .scratch(offset: 32))
  }

  /// The verifier would follow it from round to round, and find no end.
  @Test func putsWhatACallbackChangesWhereTheVerifierDoesNotFollowIt() {
    var module = module { ir in
      let (count, limit, inner) = (
        ir.newSlot("count", size: 8), ir.newSlot("limit", size: 8), ir.newSlot("inner", size: 8)
      )
      for slot in [count, limit, inner] { ir.store(.word(5), to: ir.address(of: slot)) }
      let callback = ir.beginFunction(name: "each", role: .loop(parent: 0))
      ir.store(ir.load(.i64, from: ir.address(of: limit)), to: ir.address(of: count))
      // Without its numbers, a loop of blocks has no end either.
      let (head, end) = (ir.newBlock("head"), ir.newBlock("end"))
      ir.branch(to: head)
      ir.position(at: head)
      let next = ir.add(ir.load(.i64, from: ir.address(of: inner)), .word(1))
      ir.store(next, to: ir.address(of: inner))
      ir.branch(if: ir.compare(.less, next, .word(3)), then: head, else: end)
      ir.position(at: end)
      ir.endFunction()
      ir.perform(.loop(count: .word(3), callback: callback))
    }
    module.runPasses()
    let placements = Dictionary(
      uniqueKeysWithValues: module.functions[0].slots.map { ($0.name, $0.placement) })
    #expect(placements["count"] == .scratch(offset: 0))
    #expect(placements["limit"] == .stack)
    #expect(placements["inner"] == .stack)
  }

  @Test func gathersManyCapturedSlotsButNoPointers() {
    var module = module { ir in
      let slots = (0..<20).map { ir.newSlot("v\($0)", size: 8) }
      let held = ir.newSlot("pointer", size: 8)
      ir.store(ir.address(of: slots[0]), to: ir.address(of: held))
      let callback = ir.beginFunction(name: "each", role: .loop(parent: 0))
      for slot in slots { ir.store(.word(1), to: ir.address(of: slot)) }
      ir.perform(.load(.pointer, from: ir.address(of: held)))
      ir.endFunction()
      ir.perform(.loop(count: .word(3), callback: callback))
    }
    module.runPasses()
    let slots = Dictionary(
      module.functions[0].slots.map { ($0.name, $0) }, uniquingKeysWith: { $1 })
    #expect(slots["captured"]?.size == 160)
    #expect(slots["captured"]?.placement == .scratch(offset: 0))
    #expect(slots["frame.each"]?.size == 16)
  }

  /// The kernel's limit for the values of per-CPU maps is 32 KiB.
  @Test func givesEachCPUElementsOfItsOwnWhereTheyAreTooLargeForAPerCPUMap() throws {
    var module = module { ir in
      ir.zero(ir.address(of: ir.newSlot("huge", size: 32768)), bytes: 8)
    }
    let ir = IRBuilder(module: module)
    ir.beginFunction(name: "g", role: .program(label: "raw_tp/x"))
    ir.zero(ir.address(of: ir.newSlot("larger", size: 32769)), bytes: 8)
    ir.endFunction()
    var both = ir.module
    module.runPasses()
    #expect(module.maps.last?.kind == .perCPUArray)
    both.runPasses()
    let map = try #require(both.maps.last)
    #expect(map.kind == .array)
    #expect(map.valueSize == 32776)
    #expect(map.maxEntries == 2)
    #expect(
      IRPrinter.text(of: 1, in: both).hasPrefix(
        """
        program 1 g in raw_tp/x
          slot larger.0: 32769 bytes, scratch at 0
          slot scratch.key.1: 4 bytes, aligned 4, on the stack
        entry.0:
          %2 = slot scratch.key.1
          %3 = helper get_smp_processor_id
          %4 = trunc %3 to i32
          %5 = mul.i32 %4, 2
          %6 = add.i32 %5, 1
          store.i32 %6 to %2
          %1 = map_lookup bt_scratch key %2

        """))
  }

  /// `on_stack_limit`.
  @Test func leavesNothingThatNeedsMemoryOnTheStackWithALimitOfZero() {
    var module = module { ir in
      let read = ir.address(of: ir.newSlot("read", size: 1))
      ir.perform(.probeRead(.kernel, to: read, size: .word(1), from: .word(0)))
      ir.store(.word(1), to: ir.address(of: ir.newSlot("scalar", size: 8)))
    }
    module.stackBudget.largestSlot = 0
    module.runPasses()
    #expect(module.functions[0].slots[0].placement == .scratch(offset: 0))
    #expect(module.functions[0].slots[1].placement == .stack)
  }

  @Test func tightensTheStackUntilOnlyFramesAreLeft() throws {
    let module = module { ir in
      let scalars = (0..<8).map { ir.newSlot("v\($0)", size: 8) }
      for scalar in scalars { ir.store(.word(1), to: ir.address(of: scalar)) }
      let callback = ir.beginFunction(name: "each", role: .loop(parent: 0))
      for scalar in scalars[..<2] { ir.perform(.load(.i64, from: ir.address(of: scalar))) }
      ir.endFunction()
      ir.perform(.loop(count: .word(3), callback: callback))
    }
    var budgets = [StackBudget()]
    while let tighter = budgets.last?.tighter { budgets.append(tighter) }
    let stack = budgets.map { budget in
      var module = module
      module.stackBudget = budget
      module.runPasses()
      return module.functions[0].slots.filter { $0.placement == .stack }.map(\.name)
    }
    #expect(stack.first?.count == 9)
    #expect(stack.last == ["frame.each", "scratch.key"])
    #expect(budgets.count < 16)
  }
}
