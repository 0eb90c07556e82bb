internal import TraceModel

extension IRPass {
  /// Decides which slots lie on the stack, and moves the others to per-CPU scratch memory.
  ///
  /// A program and the callbacks it is in have 512 bytes of stack in all, what LLVM spills included;
  /// the verifier refuses more ("combined stack size"). Memory of a map has to be looked up and
  /// compared with null before it may be used.
  static let placeSlots = IRPass(name: "place-slots") { module in
    module.placeSlots()
  }
}

/// How much stack the placement pass gives to slots.
package struct StackBudget: Hashable, Sendable {
  /// Larger slots go to scratch memory.
  package var largestSlot = 64
  /// The sum over a program and the callbacks inside one another; the rest is for LLVM.
  package var total = 256

  package init() {}
}

extension IRModule {
  fileprivate mutating func placeSlots() {
    let budget = stackBudget
    let reserve = stackReserves()
    var stackUsed = Array(repeating: 0, count: functions.count)
    var scratchEnd = Array(repeating: 0, count: functions.count)
    var element = Array(repeating: 0, count: functions.count)
    var programCount = 0
    for index in functions.indices {
      if let parent = functions[index].parent {
        stackUsed[index] = stackUsed[parent]
        scratchEnd[index] = scratchEnd[parent]
        element[index] = element[parent]
      } else {
        element[index] = programCount
        programCount += 1
      }
      stackUsed[index] += functions[index].fixedStack
      let available = budget.total - stackUsed[index] - reserve[index]
      stackUsed[index] += functions[index].place(
        largest: budget.largestSlot, available: available, scratchEnd: &scratchEnd[index])
    }
    scratchSize = scratchEnd.max() ?? 0
    guard scratchSize > 0 else { return }
    let map = maps.count
    maps.append(
      IRMap(
        symbol: ObjectSymbol.scratch, kind: .perCPUArray, keySize: 4, valueSize: scratchSize,
        maxEntries: programCount))
    for index in functions.indices {
      functions[index].useScratch(function: index, map: map, element: element[index])
    }
  }

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
    largest: Int, available: Int, scratchEnd: inout Int
  ) -> Int {
    let (pinned, promotable) = (pinnedSlots, promotableSlots)
    var used = 0
    for index in slots.indices where pinned.contains(index) || promotable.contains(index) {
      slots[index].placement = .stack
    }
    let bySize = slots.indices.filter { slots[$0].placement == .undecided }
      .sorted { (slots[$0].size, $0) < (slots[$1].size, $1) }
    for index in bySize {
      let size = slots[index].stackSize
      if slots[index].size <= largest, used + size <= available {
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
      case .zero(.temporary, _): break
      case let operation: escape(operation.operands)
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

  /// Looks the scratch memory up at the entry, and takes the addresses of moved slots from it.
  fileprivate mutating func useScratch(function: Int, map: Int, element: Int) {
    let usesScratch = slots.contains { if case .scratch = $0.placement { true } else { false } }
    guard usesScratch else { return }
    let base = temporaryCount
    temporaryCount += 1
    IRRewriter.rewrite(&self) { [slots] instruction, rewriter in
      if case .slot(let slot) = instruction.operation,
        case .scratch(let offset) = slots[slot.index].placement
      {
        let place = IROperation.offset(.temporary(base, .pointer), by: .word(offset))
        rewriter.finish(instruction, with: place)
      } else {
        rewriter.keep(instruction)
      }
    }
    insertLookup(function: function, map: map, element: element, result: base)
  }

  private mutating func insertLookup(function: Int, map: Int, element: Int, result: Int) {
    slots.append(IRSlot(name: "scratch.key", size: 4, alignment: 4, placement: .stack))
    let key = IRValue.temporary(temporaryCount, .pointer)
    let found = IRValue.temporary(temporaryCount + 1, .i1)
    let slot = IRSlotID(function: function, index: slots.count - 1)
    let body = IRBlockID(index: blocks.count)
    let missing = IRBlockID(index: blocks.count + 1)
    blocks.append(blocks[0])
    blocks[body.index].label = "body"
    blocks.append(IRBlock(label: "no.scratch"))
    blocks[missing.index].terminator = .return(.word(0))
    blocks[0].instructions = [
      IRInstruction(result: temporaryCount, operation: .slot(slot)),
      IRInstruction(operation: .store(.integer(Int64(element), .i32), to: key)),
      IRInstruction(result: result, operation: .mapLookup(map: map, key: key)),
      IRInstruction(
        result: temporaryCount + 1,
        operation: .compare(.notEqual, .temporary(result, .pointer), .null)),
    ]
    blocks[0].terminator = .conditional(found, then: body, else: missing)
    temporaryCount += 2
  }
}
