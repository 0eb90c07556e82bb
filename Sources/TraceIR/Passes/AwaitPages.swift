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
    writer.write(if: constant)
    functions[program] = writer.function
    return true
  }
}

/// Which instructions of a program are needed to touch the memory of the process that it reads.
private struct PagePlan {
  /// What becomes of an instruction.
  enum Part {
    /// It is done as it stands.
    case kept
    /// It reads memory of the process: the same, but it waits for the page.
    case read
    /// It reads memory of the process, but what it reads decides nothing: only the pages are touched.
    case touch
  }

  /// For each block that leads to a read: what becomes of its instructions; nil for those that are left out.
  private(set) var parts: [Int: [Part?]] = [:]
  /// Where such a block may go; other ways are at their end.
  private(set) var successors: [Int: [Int]] = [:]

  private let function: IRFunction
  private let number: Int
  private let module: IRModule
  /// The temporaries that have the same value as when the program itself runs.
  private var known: Set<Int> = []
  /// The slots that known pointers point to.
  private var slots: [Int: Int] = [:]

  /// As many bytes are read to be looked at.
  static let readSize = 64

  /// Helpers that merely answer.
  private static let answering: Set<KernelHelper> = [
    .getCurrentPIDTGID, .getCurrentUIDGID, .getCurrentComm, .getCurrentTask, .getCurrentTaskBTF,
    .getCurrentCgroupID, .getNSCurrentPIDTGID, .getSMPProcessorID, .getNUMANodeID, .getFuncIP,
    .getAttachCookie, .ktimeGetNS, .ktimeGetBootNS, .jiffies64,
  ]

  /// Nil if there is nothing to touch.
  init?(of number: Int, in module: IRModule) {
    self.module = module
    self.number = number
    function = module.functions[number]
    guard function.blocks.contains(where: { $0.instructions.contains(where: \.readsProcess) })
    else { return nil }
    let order = function.reversePostorder
    for block in order { findKnown(in: block) }
    findWays(order)
    guard parts[0] != nil else { return nil }
    findNeeded(order)
  }

  func isKnown(_ value: IRValue) -> Bool {
    if case .temporary(let number, _) = value { known.contains(number) } else { true }
  }

  // MARK: What can be worked out

  private mutating func findKnown(in block: Int) {
    for instruction in function.blocks[block].instructions {
      guard let result = instruction.result, canBeWorkedOut(instruction.operation) else { continue }
      // The verifier knows bounds of a text's length that it does not know of the answer of the helper that waits.
      if case .probeReadString(.user, _, _, _) = instruction.operation { continue }
      known.insert(result)
      switch instruction.operation {
      case .slot(let slot): slots[result] = slot.index
      case .offset(let pointer, _): slots[result] = slot(of: pointer)
      default: break
      }
    }
  }

  private func slot(of pointer: IRValue) -> Int? {
    if case .temporary(let number, _) = pointer { slots[number] } else { nil }
  }

  /// Whether an operation has no effect outside the slots, and what it takes is known.
  private func canBeWorkedOut(_ operation: IROperation) -> Bool {
    guard operation.operands.allSatisfy(isKnown) else { return false }
    return switch operation {
    case .constant, .constantAddress, .literal, .binary, .compare, .cast, .slot, .offset, .load,
      .context, .contextLoad, .contextField, .fieldAddress, .typedLoad, .number, .fieldInfo:
      true
    case .select(_, let value, _): value.type != .pointer
    case .store(let value, let target): value.type != .pointer && slot(of: target) != nil
    case .copy, .zero, .fill, .probeRead, .probeReadString:
      operation.target.flatMap(slot) != nil
    case .mapLookup(_, let key): slot(of: key) != nil
    case .helper(let helper, _): Self.answering.contains(helper)
    case .call(let callee, _): isQuiet(callee)
    default: false
    }
  }

  /// Whether a subprogram only answers. That it reports what it cannot read is no harm.
  private func isQuiet(_ callee: Int) -> Bool {
    var own: Set<Int> = []
    for instruction in module.functions[callee].blocks.lazy.flatMap(\.instructions) {
      switch instruction.operation {
      case .slot: if let result = instruction.result { own.insert(result) }
      case .offset(.temporary(let base, _), _) where own.contains(base):
        if let result = instruction.result { own.insert(result) }
      case .store, .copy, .zero, .fill, .probeRead, .probeReadString:
        guard case .temporary(let target, _)? = instruction.operation.target, own.contains(target)
        else { return false }
      case .constant, .constantAddress, .literal, .binary, .compare, .cast, .select, .offset, .load,
        .context, .contextLoad, .contextField, .fieldAddress, .typedLoad, .number, .fieldInfo,
        .mapLookup, .emit(_, _, .failure):
        break
      case .helper(let helper, _): guard Self.answering.contains(helper) else { return false }
      case .call(let callee, _): guard isQuiet(callee) else { return false }
      default: return false
      }
    }
    return true
  }

  // MARK: Where to go

  /// Finds the blocks that are on a way to a read. No way goes back: a loop is entered once.
  private mutating func findWays(_ order: [Int]) {
    var position = [Int](repeating: 0, count: function.blocks.count)
    for (place, block) in order.enumerated() { position[block] = place }
    var leads: Set<Int> = []
    for block in order.reversed() {
      let terminator = function.blocks[block].terminator
      var next = (terminator?.successors ?? []).map(\.index)
        .filter { position[$0] > position[block] && leads.contains($0) }
      if case .conditional(let condition, _, _)? = terminator, !isKnown(condition) {
        next = Array(next.prefix(1))
      }
      successors[block] = next
      let reads = function.blocks[block].instructions.contains {
        $0.readsProcess && canBeWorkedOut($0.operation)
      }
      if reads || !next.isEmpty { leads.insert(block) }
    }
    var open = leads.contains(0) ? [0] : []
    while let block = open.popLast() {
      guard parts[block] == nil else { continue }
      parts[block] = Array(repeating: nil, count: function.blocks[block].instructions.count)
      open += successors[block] ?? []
    }
  }

  // MARK: What is needed

  private mutating func findNeeded(_ order: [Int]) {
    var temporaries: Set<Int> = []
    var read: Set<Int> = []
    func need(_ value: IRValue) {
      if case .temporary(let number, _) = value { temporaries.insert(number) }
    }
    for block in parts.keys where successors[block]?.isEmpty == false {
      function.blocks[block].terminator?.operands.filter(isKnown).forEach(need)
    }
    var isSettled = false
    while !isSettled {
      let before = (temporaries.count, read.count)
      for block in order.reversed() where parts[block] != nil {
        for (index, instruction) in function.blocks[block].instructions.enumerated().reversed() {
          let operation = instruction.operation
          guard canBeWorkedOut(operation) else { continue }
          let writes = operation.written.compactMap(slot).contains(where: read.contains)
          let part: Part
          if instruction.readsProcess {
            part = writes && operation.readsFew(Self.readSize) ? .read : .touch
          } else {
            guard writes || instruction.result.map(temporaries.contains) == true else { continue }
            part = .kept
          }
          parts[block]?[index] = part
          for operand in operation.operands where part != .touch || operand != operation.target {
            need(operand)
          }
          read.formUnion(operation.readPointers.compactMap(slot))
        }
      }
      isSettled = before == (temporaries.count, read.count)
    }
  }
}

extension IRInstruction {
  /// Whether it reads memory of the process.
  fileprivate var readsProcess: Bool {
    switch operation {
    case .probeRead(.user, _, _, _), .probeReadString(.user, _, _, _): true
    default: false
    }
  }
}

extension IROperation {
  /// Where it writes to, if that is all that it does beside its result.
  fileprivate var target: IRValue? {
    switch self {
    case .store(_, let target), .copy(let target, _, _), .zero(let target, _),
      .fill(let target, _, _), .probeRead(_, let target, _, _),
      .probeReadString(_, let target, _, _):
      target
    default: nil
    }
  }

  /// Where it may write to.
  fileprivate var written: [IRValue] {
    if case .helper(_, let arguments) = self { arguments } else { target.map { [$0] } ?? [] }
  }

  /// Where it may read.
  fileprivate var readPointers: [IRValue] {
    switch self {
    case .load(_, let pointer), .mapLookup(_, let pointer), .copy(_, let pointer, _),
      .cast(.address, let pointer, _):
      [pointer]
    case .helper(_, let arguments), .call(_, let arguments): arguments
    default: []
    }
  }

  /// Whether it reads bytes, at most so many.
  fileprivate func readsFew(_ limit: Int) -> Bool {
    guard case .probeRead(_, _, let size, _) = self else { return false }
    return (size.constant ?? .max) <= Int64(limit)
  }
}

extension IROperation {
  /// The same with other operands, of what can be worked out.
  fileprivate func mappingOperands(_ map: (IRValue) -> IRValue) -> IROperation {
    switch self {
    case .binary(let binary, let left, let right): .binary(binary, map(left), map(right))
    case .compare(let comparison, let left, let right): .compare(comparison, map(left), map(right))
    case .cast(let cast, let value, let type): .cast(cast, map(value), type)
    case .select(let condition, let then, let other): .select(map(condition), map(then), map(other))
    case .offset(let pointer, let bytes): .offset(map(pointer), by: map(bytes))
    case .load(let type, let pointer): .load(type, from: map(pointer))
    case .store(let value, let target): .store(map(value), to: map(target))
    case .copy(let target, let source, let bytes):
      .copy(to: map(target), from: map(source), bytes: bytes)
    case .zero(let target, let bytes): .zero(map(target), bytes: bytes)
    case .fill(let target, let bytes, let byte): .fill(map(target), bytes: bytes, with: byte)
    case .fieldAddress(let base, let path): .fieldAddress(map(base), path)
    case .typedLoad(let type, let address): .typedLoad(type, from: map(address))
    case .number(let pointer): .number(map(pointer))
    case .probeRead(let space, let target, let size, let source):
      .probeRead(space, to: map(target), size: map(size), from: map(source))
    case .probeReadString(let space, let target, let size, let source):
      .probeReadString(space, to: map(target), size: map(size), from: map(source))
    case .mapLookup(let index, let key): .mapLookup(map: index, key: map(key))
    case .helper(let helper, let arguments): .helper(helper, arguments.map(map))
    case .call(let callee, let arguments): .call(function: callee, arguments: arguments.map(map))
    default: self
    }
  }
}

/// Writes what a plan says in front of the program.
private struct PageWriter {
  private let plan: PagePlan
  private let original: IRFunction
  private let number: Int
  private(set) var function: IRFunction

  private var block = 0
  private var line = 0
  /// The temporaries that stand for those of the program.
  private var values: [Int: IRValue] = [:]
  private var slots: [Int: Int] = [:]
  private var pageSlot: Int?
  /// The first block of the program itself.
  private var start = IRBlockID(index: 0)

  /// The least size of pages. Larger ones are touched more often than they need.
  private static let pageSize = 4096

  init(_ plan: PagePlan, _ function: IRFunction, number: Int) {
    self.plan = plan
    self.number = number
    original = function
    self.function = function
  }

  mutating func write(if constant: Int) {
    start = newBlock("start")
    function.blocks[start.index] = original.blocks[0]
    for index in function.blocks.indices {
      function.blocks[index].terminator = function.blocks[index].terminator?.retargeted {
        $0.index == 0 ? start : $0
      }
    }
    let copies = plan.parts.keys.sorted().map {
      ($0, newBlock("await_\(original.blocks[$0].label)"))
    }
    let copy = Dictionary(uniqueKeysWithValues: copies)
    function.blocks[0] = IRBlock(label: "entry")
    let mayWait = emit(.compare(.notEqual, emit(.constant(constant)), .word(0)))
    function.blocks[0].terminator = .conditional(mayWait, then: copy[0] ?? start, else: start)
    // What is used is worked out in a block before.
    for source in original.reversePostorder {
      guard let target = copy[source], let parts = plan.parts[source] else { continue }
      block = target.index
      for (instruction, part) in zip(original.blocks[source].instructions, parts) {
        guard let part else { continue }
        line = instruction.line
        write(instruction, as: part)
      }
      let next = (plan.successors[source] ?? []).compactMap { copy[$0] }
      function.blocks[block].terminator = end(of: source, goingTo: next) { copy[$0.index] ?? start }
    }
    if let first = copy[0] { zeroSlots(at: first.index) }
  }

  /// Makes the small ones of the copied slots zero, since not all that the program writes to them is known.
  private mutating func zeroSlots(at first: Int) {
    let instructions = function.blocks[first].instructions
    function.blocks[first].instructions = []
    block = first
    for copy in slots.values.sorted() where function.slots[copy].size <= PagePlan.readSize {
      let pointer = emit(.slot(IRSlotID(function: number, index: copy)))
      perform(.zero(pointer, bytes: function.slots[copy].size))
    }
    function.blocks[first].instructions += instructions
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
      let status = emit(.helper(.copyFromUser, [value(target), value(size), value(address)]))
      if let result = instruction.result { values[result] = status }
    case (_, .probeRead(.user, _, let size, let address)):
      let status = touch(value(address))
      if size != .word(1) {
        let last = emit(.binary(.sub, value(size), .word(1)))
        _ = touch(emit(.binary(.add, value(address), last)))
      }
      if let result = instruction.result { values[result] = status }
    case (_, .probeReadString(.user, _, let size, let address)):
      touchText(value(address), size: value(size))
    default: keep(instruction)
    }
  }

  /// Reads a byte: zero, or negative on failure.
  private mutating func touch(_ address: IRValue) -> IRValue {
    emit(.helper(.copyFromUser, [pageByte(), .word(1), address]))
  }

  /// Touches the page in which a text begins, and the next one if the text goes on there.
  private mutating func touchText(_ address: IRValue, size: IRValue) {
    _ = touch(address)
    let end = emit(.binary(.or, address, .word(Self.pageSize - 1)))
    let last = emit(.binary(.add, address, size))
    let (across, further, rest) = (newBlock("across"), newBlock("further"), newBlock("touched"))
    let reaches = emit(.compare(.greater, last, end))
    terminate(.conditional(reaches, then: across, else: rest), continueAt: across)
    _ = touch(end)
    let isText = emit(.compare(.notEqual, emit(.load(.i8, from: pageByte())), .integer(0, .i8)))
    terminate(.conditional(isText, then: further, else: rest), continueAt: further)
    _ = touch(emit(.binary(.add, end, .word(1))))
    terminate(.branch(rest), continueAt: rest)
  }

  private mutating func pageByte() -> IRValue {
    let index = pageSlot ?? newSlot(IRSlot(name: "page", size: 8))
    pageSlot = index
    return emit(.slot(IRSlotID(function: number, index: index)))
  }

  private mutating func keep(_ instruction: IRInstruction) {
    var operation = instruction.operation.mappingOperands(value)
    if case .slot(let slot) = operation {
      operation = .slot(IRSlotID(function: number, index: copiedSlot(slot.index)))
    }
    guard operation.resultType != nil else { return perform(operation) }
    let copy = emit(operation)
    if let result = instruction.result { values[result] = copy }
  }

  private func value(_ value: IRValue) -> IRValue {
    if case .temporary(let number, _) = value { values[number] ?? value } else { value }
  }

  private mutating func emit(_ operation: IROperation) -> IRValue {
    guard let type = operation.resultType else {
      preconditionFailure("the operation has no result")
    }
    let result = function.temporaryCount
    function.temporaryCount += 1
    function.blocks[block].instructions.append(
      IRInstruction(result: result, operation: operation, line: line))
    return .temporary(result, type)
  }

  private mutating func perform(_ operation: IROperation) {
    function.blocks[block].instructions.append(IRInstruction(operation: operation, line: line))
  }

  /// The slot that takes the place of one of the program's; zero where nothing that is known is written to it.
  private mutating func copiedSlot(_ index: Int) -> Int {
    if let copy = slots[index] { return copy }
    let copy = newSlot(original.slots[index])
    slots[index] = copy
    return copy
  }

  private mutating func newSlot(_ slot: IRSlot) -> Int {
    function.slots.append(slot)
    return function.slots.count - 1
  }

  private mutating func newBlock(_ label: String) -> IRBlockID {
    function.blocks.append(IRBlock(label: label))
    return IRBlockID(index: function.blocks.count - 1)
  }

  private mutating func terminate(_ terminator: IRTerminator, continueAt next: IRBlockID) {
    function.blocks[block].terminator = terminator
    block = next.index
  }
}
