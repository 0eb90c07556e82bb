internal import TraceModel

extension IRModule {
  /// Has a program begin with touching the memory of the process that it is going to read, if the load-time
  /// constant of that index says that it is loaded as one that may wait.
  ///
  /// What a process has not used yet, as the texts of a program that was just started, is not in its page
  /// tables. Reads of programs fail there, except for those that wait for the page, which only programs that the kernel
  /// calls sleepable may make. So such a program first goes the ways of its body without its effects (decision
  /// 0057): then it begins as if it could not wait, and finds the pages there.
  ///
  /// - Returns: Whether the program has anything to touch; if not, it is left as it is.
  package mutating func awaitPages(in program: Int, if constant: Int) -> Bool {
    guard let plan = PagePlan(of: program, in: self) else { return false }
    var writer = PageWriter(plan, functions[program], number: program)
    functions[program] = writer.write(if: constant)
    return true
  }
}

/// Writes what a plan says in front of the program.
private struct PageWriter {
  private let plan: PagePlan
  private let original: IRFunction
  private let number: Int
  private var code: IRBlockRewriter

  /// The temporaries that stand for those of the program.
  private var values: [Int: IRValue] = [:]
  private var slots: [Int: Int] = [:]
  /// The first block of the program itself.
  private var start = IRBlockID(index: 0)

  /// The least size of pages. Larger ones are touched more often than they need.
  private static let pageSize = 4096

  init(_ plan: PagePlan, _ function: IRFunction, number: Int) {
    self.plan = plan
    self.number = number
    original = function
    code = IRBlockRewriter(function, index: number)
  }

  /// The program with that in front of it, behind the question whether a load-time constant is not zero.
  mutating func write(if constant: Int) -> IRFunction {
    start = code.newBlock("start")
    code.function.blocks[start.index] = original.blocks[0]
    for index in code.function.blocks.indices {
      let terminator = code.function.blocks[index].terminator
      code.function.blocks[index].terminator = terminator?.retargeted {
        $0.index == 0 ? start : $0
      }
    }
    let copies = plan.parts.keys.sorted().map {
      ($0, code.newBlock("await_\(original.blocks[$0].label)"))
    }
    let copy = Dictionary(uniqueKeysWithValues: copies)
    code.function.blocks[0] = IRBlock(label: "entry")
    let mayWait = code.emit(.compare(.notEqual, code.emit(.constant(constant)), .word(0)))
    code.end(.conditional(mayWait, then: copy[0] ?? start, else: start))
    // What is used is worked out in a block before.
    for source in original.reversePostorder {
      guard let target = copy[source], let parts = plan.parts[source] else { continue }
      code.block = target.index
      for (instruction, part) in zip(original.blocks[source].instructions, parts) {
        guard let part else { continue }
        code.line = instruction.line
        write(instruction, as: part)
      }
      let next = (plan.successors[source] ?? []).compactMap { copy[$0] }
      code.end(end(of: source, goingTo: next) { copy[$0.index] ?? start })
    }
    if let first = copy[0] { zeroSlots(at: first.index) }
    return code.function
  }

  /// Makes the small ones of the copied slots zero, since not all that the program writes to them is known.
  private mutating func zeroSlots(at first: Int) {
    let instructions = code.function.blocks[first].instructions
    code.function.blocks[first].instructions = []
    code.block = first
    for copy in slots.values.sorted()
    where code.function.slots[copy].size <= PagePlan.readSize {
      let pointer = code.emit(.slot(IRSlotID(function: number, index: copy)))
      code.perform(.zero(pointer, bytes: code.function.slots[copy].size))
    }
    code.function.blocks[first].instructions += instructions
  }

  private func end(
    of source: Int, goingTo next: [IRBlockID], _ target: (IRBlockID) -> IRBlockID
  ) -> IRTerminator {
    guard let first = next.first else { return .branch(start) }
    guard
      case .conditional(let condition, let then, let other)? = original.blocks[source].terminator,
      plan.isKnown(condition)
    else { return .branch(first) }
    func goes(_ block: IRBlockID) -> IRBlockID {
      plan.successors[source]?.contains(block.index) == true ? target(block) : start
    }
    return .conditional(value(condition), then: goes(then), else: goes(other))
  }

  // MARK: Instructions

  private mutating func write(_ instruction: IRInstruction, as part: PagePlan.Part) {
    let operation = instruction.operation
    switch (part, operation) {
    case (.read, .probeRead(_, let target, let size, let address)):
      let status = code.emit(.helper(.copyFromUser, [value(target), value(size), value(address)]))
      if let result = instruction.result { values[result] = status }
    case (_, .probeRead(.user, _, let size, let address)):
      let status = touch(value(address))
      if size != .word(1) {
        let last = code.emit(.binary(.sub, value(size), .word(1)))
        _ = touch(code.emit(.binary(.add, value(address), last)))
      }
      if let result = instruction.result { values[result] = status }
    case (_, .probeReadString(.user, _, let size, let address)):
      touchText(value(address), size: value(size))
    default: keep(instruction)
    }
  }

  /// Reads a byte: zero, or negative on failure.
  private mutating func touch(_ address: IRValue) -> IRValue {
    code.emit(.helper(.copyFromUser, [pageByte(), .word(1), address]))
  }

  /// Touches the page in which a text begins, and the next one if the text goes on there.
  private mutating func touchText(_ address: IRValue, size: IRValue) {
    _ = touch(address)
    let end = code.emit(.binary(.or, address, .word(Self.pageSize - 1)))
    let last = code.emit(.binary(.add, address, size))
    let (across, further, rest) = (
      code.newBlock("across"), code.newBlock("further"), code.newBlock("touched")
    )
    let reaches = code.emit(.compare(.greater, last, end))
    code.end(.conditional(reaches, then: across, else: rest), continueAt: across)
    _ = touch(end)
    let byte = code.emit(.load(.i8, from: pageByte()))
    let isText = code.emit(.compare(.notEqual, byte, .integer(0, .i8)))
    code.end(.conditional(isText, then: further, else: rest), continueAt: further)
    _ = touch(code.emit(.binary(.add, end, .word(1))))
    code.end(.branch(rest), continueAt: rest)
  }

  private mutating func pageByte() -> IRValue { code.slot("page", size: 8) }

  private mutating func keep(_ instruction: IRInstruction) {
    var operation = instruction.operation.mappingOperands(value)
    if case .slot(let slot) = operation {
      operation = .slot(IRSlotID(function: number, index: copiedSlot(slot.index)))
    }
    guard operation.resultType != nil else { return code.perform(operation) }
    let copy = code.emit(operation)
    if let result = instruction.result { values[result] = copy }
  }

  private func value(_ value: IRValue) -> IRValue {
    if case .temporary(let number, _) = value { values[number] ?? value } else { value }
  }

  /// The slot that takes the place of one of the program's; zero where nothing that is known is written to it.
  private mutating func copiedSlot(_ index: Int) -> Int {
    if let copy = slots[index] { return copy }
    code.function.slots.append(original.slots[index])
    slots[index] = code.function.slots.count - 1
    return code.function.slots.count - 1
  }
}
