internal import TraceModel

/// Which instructions of a program are needed to touch the memory of the process that it reads.
struct PagePlan {
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
  private var slots = SlotPointers()

  /// As many bytes are read to be looked at.
  static let readSize = 64

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
      slots.note(instruction)
    }
  }

  /// Whether an operation has no effect outside the slots, and what it takes is known.
  private func canBeWorkedOut(_ operation: IROperation) -> Bool {
    guard operation.operands.allSatisfy(isKnown) else { return false }
    return switch operation {
    case .select(_, let value, _): value.type != .pointer
    case .store(let value, let target): value.type != .pointer && slots[target] != nil
    case .mapLookup(_, let key): slots[key] != nil
    case .call(let callee, _): isQuiet(callee)
    default: operation.target.map { slots[$0] != nil } ?? operation.onlyAnswers
    }
  }

  /// Whether a subprogram only answers. That it reports what it cannot read is no harm.
  private func isQuiet(_ callee: Int) -> Bool {
    var own = SlotPointers()
    for instruction in module.functions[callee].blocks.lazy.flatMap(\.instructions) {
      own.note(instruction)
      let isQuiet =
        switch instruction.operation {
        case .emit(_, _, .failure): true
        case .call(let callee, _): isQuiet(callee)
        case let operation: operation.target.map { own[$0] != nil } ?? operation.onlyAnswers
        }
      guard isQuiet else { return false }
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
          let writes = operation.written.compactMap { slots[$0] }.contains(where: read.contains)
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
          read.formUnion(operation.readPointers.compactMap { slots[$0] })
        }
      }
      isSettled = before == (temporaries.count, read.count)
    }
  }
}

/// The slots that pointers point to.
private struct SlotPointers {
  private var slots: [Int: Int] = [:]

  subscript(pointer: IRValue) -> Int? {
    if case .temporary(let number, _) = pointer { slots[number] } else { nil }
  }

  /// Takes note of an instruction that may make such a pointer.
  mutating func note(_ instruction: IRInstruction) {
    guard let result = instruction.result else { return }
    switch instruction.operation {
    case .slot(let slot): slots[result] = slot.index
    case .offset(let pointer, _): slots[result] = self[pointer]
    default: break
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

  /// Whether it does nothing but make its result.
  fileprivate var onlyAnswers: Bool {
    switch self {
    case .constant, .constantAddress, .literal, .binary, .compare, .cast, .select, .slot, .offset,
      .load, .context, .contextLoad, .contextField, .fieldAddress, .typedLoad, .number, .fieldInfo,
      .mapLookup:
      true
    case .helper(let helper, _): Self.answering.contains(helper)
    default: false
    }
  }

  /// Helpers that merely answer.
  private static let answering: Set<KernelHelper> = [
    .getCurrentPIDTGID, .getCurrentUIDGID, .getCurrentComm, .getCurrentTask, .getCurrentTaskBTF,
    .getCurrentCgroupID, .getNSCurrentPIDTGID, .getSMPProcessorID, .getNUMANodeID, .getFuncIP,
    .getAttachCookie, .ktimeGetNS, .ktimeGetBootNS, .jiffies64,
  ]

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
