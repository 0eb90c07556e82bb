internal import TraceModel

extension IRPass {
  /// Decides which slots lie on the stack, and moves the others to per-CPU scratch memory.
  ///
  /// A program, the subprograms and the callbacks that are running have 512 bytes of stack in all, what
  /// LLVM spills included; the verifier refuses more ("combined stack size"). What LLVM spills is known afterwards only, so
  /// the backend measures the stack of what it made, and tries again with a smaller budget.
  ///
  /// Memory of a map has to be looked up and compared with null before it may be used. A per-CPU array
  /// has elements of at most 32 KiB; more memory is in an ordinary array, with an element for each
  /// program on each CPU. A subprogram's part of it lies behind those of all its callers, which give it
  /// the address.
  static let placeSlots = IRPass(name: "place-slots") { module in
    module.placeSlots()
  }
}

/// How much stack the placement pass gives to slots.
package struct StackBudget: Hashable, Sendable {
  /// Larger slots go to scratch memory; 0 for all that need memory.
  package var largestSlot = 32
  /// The sum over a program and the callbacks and subprograms inside one another; the rest is for LLVM.
  package var total = 256
  /// So many slots of a function are left to LLVM's registers, which spill to the stack.
  package var registers = 256
  /// So many captured slots of a function get a pointer each in its callbacks' frames.
  package var captures = 6

  package init() {}

  /// The next smaller budget, or nil if there is none.
  package var tighter: StackBudget? {
    var result = self
    if total > 0 {
      result.total = total > 64 ? total / 2 : 0
    } else if registers > 0 {
      result.registers = registers > 32 ? 32 : registers / 2
      result.captures = 1
    } else {
      return nil
    }
    return result
  }
}

extension IRModule {
  fileprivate mutating func placeSlots() {
    let budget = stackBudget
    let reserve = stackReserves()
    var stackUsed = Array(repeating: 0, count: functions.count)
    var scratchEnd = Array(repeating: 0, count: functions.count)
    var element = Array(repeating: 0, count: functions.count)
    // The stack that a subprogram takes, with its callbacks and what it calls.
    var need = Array(repeating: 0, count: functions.count)
    var programCount = 0
    let order = calleesFirst
    for index in order {
      if let parent = functions[index].parent {
        stackUsed[index] = stackUsed[parent]
        scratchEnd[index] = scratchEnd[parent]
        element[index] = element[parent]
      } else if case .program = functions[index].role {
        element[index] = programCount
        programCount += 1
      }
      let called = functions[index].callees.map { need[$0] }.max() ?? 0
      stackUsed[index] += functions[index].fixedStack
      let available = budget.total - stackUsed[index] - max(reserve[index], called)
      stackUsed[index] += functions[index].place(
        budget, available: available, scratchEnd: &scratchEnd[index])
      let root = root(of: index)
      need[root] = max(need[root], stackUsed[index] + called)
    }
    let usesScratch = placeScratch(&scratchEnd, order)
    scratchSize = scratchEnd.max() ?? 0
    guard scratchSize > 0 else { return }
    let kind: MapKind = scratchSize > Self.largestPerCPUElement ? .array : .perCPUArray
    let map = maps.count
    maps.append(
      IRMap(
        symbol: ObjectSymbol.scratch, kind: kind, keySize: 4, valueSize: scratchSize,
        maxEntries: programCount))
    for index in functions.indices {
      let place = ScratchPlace(
        map: map, element: element[index], stride: kind == .array ? programCount : nil)
      functions[index].useScratch(place, function: index) { usesScratch[$0] }
    }
  }

  /// Moves the scratch memory of each subprogram behind that of all its callers.
  ///
  /// - Parameters:
  ///   - ends: Where the memory of each function ends; counted from its subprogram's part, and afterwards
  ///     from the start.
  ///   - order: All functions, each after those that it calls.
  /// - Returns: For each subprogram whether it needs the memory, itself or by what it calls.
  private mutating func placeScratch(_ ends: inout [Int], _ order: [Int]) -> [Bool] {
    var start = Array(repeating: 0, count: functions.count)
    var isUsed = Array(repeating: false, count: functions.count)
    let roots = functions.indices.map(root(of:))
    for index in order.reversed() where roots[index] == index {
      for member in functions.indices where roots[member] == index {
        ends[member] += start[index]
        functions[member].moveScratch(by: start[index])
        for callee in functions[member].callees {
          start[callee] = max(start[callee], ends[member])
        }
      }
    }
    for index in order {
      let uses =
        functions[index].hasScratchSlots || functions[index].callees.contains { isUsed[$0] }
      if uses { isUsed[roots[index]] = true }
    }
    return isUsed
  }

  /// What the kernel allows for the values of per-CPU maps (`PCPU_MIN_UNIT_SIZE`).
  private static let largestPerCPUElement = 32 << 10

  /// For each function the stack that its callbacks cannot do without.
  private func stackReserves() -> [Int] {
    var reserve = Array(repeating: 0, count: functions.count)
    for index in functions.indices.reversed() {
      guard let parent = functions[index].parent else { continue }
      reserve[parent] = max(reserve[parent], functions[index].fixedStack + reserve[index])
    }
    return reserve
  }
}

/// Where the scratch memory of a program is.
private struct ScratchPlace {
  var map: Int
  var element: Int
  /// The number of elements of each CPU where the map is not per CPU by itself.
  var stride: Int?
}

extension IRSlot {
  /// The stack it takes: slots are kept 8 bytes aligned.
  fileprivate var stackSize: Int { (size + 7) / 8 * 8 }
}

extension IRFunction {
  /// Stack of the slots that must lie there: frames, and slots that pointers are stored to, since the
  /// verifier follows pointers in its stack only.
  fileprivate var fixedStack: Int {
    let pinned = pinnedSlots
    return slots.indices.filter { pinned.contains($0) || slots[$0].placement == .stack }
      .map { slots[$0].stackSize }.reduce(0, +)
  }

  /// Places every slot, and returns how much more stack that took.
  fileprivate mutating func place(
    _ budget: StackBudget, available: Int, scratchEnd: inout Int
  ) -> Int {
    let (pinned, promotable) = (pinnedSlots, promotableSlots)
    var used = 0
    for index in slots.indices where pinned.contains(index) {
      slots[index].placement = .stack
    }
    // The verifier sees an end of a loop only if it follows the counter.
    for index in promotable.intersection(counters) { slots[index].placement = .stack }
    for index in promotable.sorted().prefix(budget.registers) {
      slots[index].placement = .stack
    }
    let bySize = slots.indices.filter { slots[$0].placement == .undecided }
      .sorted { (slots[$0].size, $0) < (slots[$1].size, $1) }
    for index in bySize {
      let size = slots[index].stackSize
      if slots[index].size <= budget.largestSlot, used + size <= available, !slots[index].isHidden {
        slots[index].placement = .stack
        used += size
      } else {
        slots[index].placement = .scratch(offset: scratchEnd)
        scratchEnd += size
      }
    }
    return used
  }

  /// Slots that a pointer is stored to.
  private var pinnedSlots: Set<Int> {
    let addresses = slotAddresses
    var result: Set<Int> = []
    for instruction in blocks.flatMap(\.instructions) {
      if case .store(let value, .temporary(let target, _)) = instruction.operation,
        value.type == .pointer, let slot = addresses[target]
      {
        result.insert(slot)
      }
    }
    return result
  }

  /// Slots that LLVM will keep in registers: all of a slot is loaded or stored, and its address goes
  /// nowhere else.
  private var promotableSlots: Set<Int> {
    let addresses = slotAddresses
    var result = Set(slots.indices.filter { slots[$0].size <= 8 && slots[$0].placement != .stack })
    func escape(_ values: [IRValue]) {
      for case .temporary(let number, _) in values {
        if let slot = addresses[number] { result.remove(slot) }
      }
    }
    for instruction in blocks.flatMap(\.instructions) {
      switch instruction.operation {
      case .load(let type, .temporary(let target, _)):
        if let slot = addresses[target], slots[slot].size != type.bytes { result.remove(slot) }
      case .store(let value, .temporary(let target, _)):
        escape([value])
        if let slot = addresses[target], slots[slot].size != value.type.bytes {
          result.remove(slot)
        }
      case .zero(.temporary, _), .fill(.temporary, _, _): break
      case let operation: escape(operation.operands)
      }
    }
    return result
  }

  /// Slots that something constant is added to.
  private var counters: Set<Int> {
    let addresses = slotAddresses
    var loaded: [Int: Int] = [:]
    var advanced: [Int: Int] = [:]
    var result: Set<Int> = []
    for instruction in blocks.flatMap(\.instructions) {
      switch (instruction.operation, instruction.result) {
      case (.load(_, .temporary(let address, _)), let value?):
        loaded[value] = addresses[address]
      case (.binary(.add, .temporary(let value, _), let step), let sum?) where step.constant != nil:
        advanced[sum] = loaded[value]
      case (.store(.temporary(let value, _), .temporary(let address, _)), _):
        if let slot = advanced[value], addresses[address] == slot { result.insert(slot) }
      default: break
      }
    }
    return result
  }

  /// The slot whose address each temporary is, directly.
  private var slotAddresses: [Int: Int] {
    var result: [Int: Int] = [:]
    for instruction in blocks.flatMap(\.instructions) {
      if case .slot(let slot) = instruction.operation, let number = instruction.result {
        result[number] = slot.index
      }
    }
    return result
  }

  fileprivate var hasScratchSlots: Bool {
    slots.contains { if case .scratch = $0.placement { true } else { false } }
  }

  fileprivate mutating func moveScratch(by bytes: Int) {
    for index in slots.indices {
      if case .scratch(let offset) = slots[index].placement {
        slots[index].placement = .scratch(offset: offset + bytes)
      }
    }
  }

  /// Takes the addresses of moved slots, and what callees are given, from the scratch memory, which is
  /// looked up at the entry if the function does not know it.
  fileprivate mutating func useScratch(
    _ place: ScratchPlace, function: Int, isUsed: (Int) -> Bool
  ) {
    let isPassed = callees.contains(where: isUsed)
    guard hasScratchSlots || isPassed else { return }
    let result = temporaryCount
    let base = scratchBase ?? .temporary(result, .pointer)
    if scratchBase == nil { temporaryCount += 1 }
    IRRewriter.rewrite(&self) { [slots] instruction, rewriter in
      switch instruction.operation {
      case .slot(let slot):
        if case .scratch(let offset) = slots[slot.index].placement {
          rewriter.finish(instruction, with: .offset(base, by: .word(offset)))
        } else {
          rewriter.keep(instruction)
        }
      case .scratch where isPassed:
        rewriter.finish(instruction, with: .offset(base, by: .word(0)))
      default: rewriter.keep(instruction)
      }
    }
    if scratchBase == nil { insertLookup(place, function: function, result: result) }
  }

  private mutating func insertLookup(_ place: ScratchPlace, function: Int, result: Int) {
    slots.append(IRSlot(name: "scratch.key", size: 4, alignment: 4, placement: .stack))
    let slot = IRSlotID(function: function, index: slots.count - 1)
    let body = IRBlockID(index: blocks.count)
    let missing = IRBlockID(index: blocks.count + 1)
    blocks.append(blocks[0])
    blocks[body.index].label = "body"
    blocks.append(IRBlock(label: "no.scratch"))
    blocks[missing.index].terminator = .return(.word(0))

    var lookup: [IRInstruction] = []
    func emit(_ operation: IROperation) -> IRValue {
      guard let type = operation.resultType else {
        preconditionFailure("the operation has no result")
      }
      defer { temporaryCount += 1 }
      lookup.append(IRInstruction(result: temporaryCount, operation: operation))
      return .temporary(temporaryCount, type)
    }
    let key = emit(.slot(slot))
    var element = IRValue.integer(Int64(place.element), .i32)
    if let stride = place.stride {
      let cpu = emit(.cast(.truncate, emit(.helper(.getSMPProcessorID, [])), .i32))
      let first = emit(.binary(.mul, cpu, .integer(Int64(stride), .i32)))
      element = emit(.binary(.add, first, element))
    }
    lookup.append(IRInstruction(operation: .store(element, to: key)))
    lookup.append(
      IRInstruction(result: result, operation: .mapLookup(map: place.map, key: key)))
    let found = emit(.compare(.notEqual, .temporary(result, .pointer), .null))
    blocks[0].instructions = lookup
    blocks[0].terminator = .conditional(found, then: body, else: missing)
  }
}
