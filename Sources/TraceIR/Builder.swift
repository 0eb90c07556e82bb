/// Writes functions instruction by instruction.
///
/// One builder makes one module. Functions nest: a callback is begun while its parent is being
/// written, and the parent is written on when the callback has ended.
package final class IRBuilder {
  package private(set) var module: IRModule
  private var open: [(function: Int, block: IRBlockID, dominators: GrowingDominators)] = []
  /// The line of the script that new instructions are for.
  package var line = 0

  package init(module: IRModule) { self.module = module }

  // MARK: Module

  /// Changes what is not code.
  package func withModule<T>(_ change: (inout IRModule) -> T) -> T { change(&module) }

  // MARK: Functions and blocks

  /// The function being written.
  package var function: Int { current.function }

  /// The block being written.
  package var block: IRBlockID { current.block }

  private var current: (function: Int, block: IRBlockID) {
    guard let last = open.last else { preconditionFailure("no function is being written") }
    return (last.function, last.block)
  }

  /// Begins a function at its entry block; `endFunction` ends it.
  @discardableResult
  package func beginFunction(name: String, role: IRFunction.Role) -> Int {
    module.functions.append(IRFunction(name: name, role: role))
    let index = module.functions.count - 1
    open.append((index, IRBlockID(index: 0), GrowingDominators()))
    return index
  }

  /// Ends the innermost function; open blocks return 0.
  package func endFunction() {
    let function = current.function
    for index in module.functions[function].blocks.indices
    where module.functions[function].blocks[index].terminator == nil {
      module.functions[function].blocks[index].terminator = .return(.word(0))
    }
    open.removeLast()
  }

  /// A new, empty block of the current function.
  package func newBlock(_ label: String) -> IRBlockID {
    module.functions[function].blocks.append(IRBlock(label: label))
    return IRBlockID(index: module.functions[function].blocks.count - 1)
  }

  /// Goes on writing at the end of a block.
  package func position(at block: IRBlockID) {
    open[open.count - 1].block = block
    open[open.count - 1].dominators.begin(block.index)
  }

  /// Whether the current block has ended, so that nothing may follow.
  package var isTerminated: Bool {
    module.functions[function].blocks[block.index].terminator != nil
  }

  /// Whether every way to the current place passes the end of a block of the current function, or its part that is
  /// written.
  package func hasPassed(_ other: IRBlockID) -> Bool {
    if other == block { return true }
    let dominators = open[open.count - 1].dominators
    return dominators.isKnown
      ? dominators.dominates(other.index, block.index)
      : IRDominators(module.functions[function]).dominates(other.index, block.index)
  }

  package func terminate(_ terminator: IRTerminator) {
    guard !isTerminated else { return }
    module.functions[function].blocks[block.index].terminator = terminator
    for next in terminator.successors {
      open[open.count - 1].dominators.connect(block.index, to: next.index)
    }
  }

  package func branch(to block: IRBlockID) { terminate(.branch(block)) }

  package func branch(if condition: IRValue, then: IRBlockID, else other: IRBlockID) {
    switch condition {
    case .true: branch(to: then)
    case .false: branch(to: other)
    default: terminate(.conditional(condition, then: then, else: other))
    }
  }

  package func `return`(_ value: IRValue) { terminate(.return(value)) }

  /// Writes `body` into a block that is entered only where `condition` holds, and goes on after it.
  package func `if`(_ condition: IRValue, _ label: String = "then", _ body: () -> Void) {
    let then = newBlock(label)
    let join = newBlock("\(label).end")
    branch(if: condition, then: then, else: join)
    position(at: then)
    body()
    branch(to: join)
    position(at: join)
  }

  /// Writes two blocks of which one is entered, and goes on after them.
  package func `if`(
    _ condition: IRValue, then: () -> Void, else other: () -> Void
  ) {
    let thenBlock = newBlock("then")
    let elseBlock = newBlock("else")
    let join = newBlock("if.end")
    branch(if: condition, then: thenBlock, else: elseBlock)
    position(at: thenBlock)
    then()
    branch(to: join)
    position(at: elseBlock)
    other()
    branch(to: join)
    position(at: join)
  }

  // MARK: Instructions

  /// Appends an operation that has a result.
  package func emit(_ operation: IROperation) -> IRValue {
    guard let type = operation.resultType else {
      preconditionFailure("the operation has no result")
    }
    guard !isTerminated else { return .integer(0, type) }
    let temporary = module.functions[function].temporaryCount
    module.functions[function].temporaryCount += 1
    append(IRInstruction(result: temporary, operation: operation, line: line))
    return .temporary(temporary, type)
  }

  /// Appends an operation for its effect.
  package func perform(_ operation: IROperation) {
    if operation.resultType != nil {
      _ = emit(operation)
    } else if !isTerminated {
      append(IRInstruction(operation: operation, line: line))
    }
  }

  private func append(_ instruction: IRInstruction) {
    module.functions[function].blocks[block.index].instructions.append(instruction)
  }

  // MARK: Slots

  /// A new slot of the current function.
  package func newSlot(_ name: String, size: Int, alignment: Int = 8) -> IRSlotID {
    module.functions[function].slots.append(
      IRSlot(name: name, size: max(size, 1), alignment: alignment))
    return IRSlotID(
      function: function, index: module.functions[function].slots.count - 1)
  }

  /// The address of a slot.
  package func address(of slot: IRSlotID) -> IRValue { emit(.slot(slot)) }

  // MARK: Arithmetic, folded where both sides are known

  package func binary(_ operation: IRBinary, _ left: IRValue, _ right: IRValue) -> IRValue {
    if let a = left.constant, let b = right.constant,
      let folded = Self.fold(operation, a, b, bits: left.type.bits)
    {
      return .integer(folded, left.type)
    }
    return emit(.binary(operation, left, right))
  }

  package func add(_ left: IRValue, _ right: IRValue) -> IRValue { binary(.add, left, right) }

  package func compare(_ comparison: IRComparison, _ left: IRValue, _ right: IRValue) -> IRValue {
    if let a = left.constant, let b = right.constant {
      return Self.fold(comparison, a, b, bits: left.type.bits) ? .true : .false
    }
    return emit(.compare(comparison, left, right))
  }

  /// Whether a value is not zero or null.
  package func isNonzero(_ value: IRValue) -> IRValue {
    value.type == .i1 ? value : compare(.notEqual, value, .integer(0, value.type))
  }

  /// The opposite of a truth value.
  package func not(_ condition: IRValue) -> IRValue { binary(.xor, condition, .true) }

  /// An integer (or truth value) as another integer type, extended by its sign or by zeros.
  package func resize(_ value: IRValue, to type: IRType, signed: Bool) -> IRValue {
    if value.type == type { return value }
    if type == .i1 { return isNonzero(value) }
    if value.type == .pointer { return resize(address(of: value), to: type, signed: false) }
    if let constant = value.constant {
      let source = value.type.bits
      let wide =
        signed && source > 1 ? Self.extended(constant, bits: source) : Self.masked(constant, source)
      return .integer(Self.extended(wide, bits: type.bits), type)
    }
    if value.type.bits > type.bits { return emit(.cast(.truncate, value, type)) }
    return emit(.cast(signed && value.type != .i1 ? .signExtend : .zeroExtend, value, type))
  }

  /// The address a pointer holds, as a number.
  package func address(of pointer: IRValue) -> IRValue { emit(.cast(.address, pointer, .i64)) }

  package func select(_ condition: IRValue, _ then: IRValue, _ other: IRValue) -> IRValue {
    switch condition {
    case .true: then
    case .false: other
    default: emit(.select(condition, then, other))
    }
  }

  /// A number if it is at most `limit`, else 0: `i64`.
  ///
  /// LLVM may compare one copy of a number and go on with another, of which the verifier then knows nothing. This
  /// one has no other copies.
  package func bounded(_ number: IRValue, to limit: Int) -> IRValue {
    let only = number.constant == nil ? emit(.number(number)) : number
    return select(compare(.lessOrEqual, only, .word(limit)), only, .word(0))
  }

  // MARK: Memory

  package func offset(_ pointer: IRValue, by bytes: Int) -> IRValue {
    bytes == 0 ? pointer : emit(.offset(pointer, by: .word(bytes)))
  }

  package func load(_ type: IRType, from pointer: IRValue, at offset: Int = 0) -> IRValue {
    emit(.load(type, from: self.offset(pointer, by: offset)))
  }

  package func store(_ value: IRValue, to pointer: IRValue, at offset: Int = 0) {
    perform(.store(value, to: self.offset(pointer, by: offset)))
  }

  package func copy(to target: IRValue, from source: IRValue, bytes: Int) {
    if bytes > 0 { perform(.copy(to: target, from: source, bytes: bytes)) }
  }

  package func zero(_ pointer: IRValue, bytes: Int) {
    if bytes > 0 { perform(.zero(pointer, bytes: bytes)) }
  }

  // MARK: Folding

  private static func masked(_ value: Int64, _ bits: Int) -> Int64 {
    bits >= 64 ? value : value & ((1 << Int64(bits)) - 1)
  }

  private static func extended(_ value: Int64, bits: Int) -> Int64 {
    if bits >= 64 { return value }
    if bits == 1 { return value & 1 }
    let shift = Int64(64 - bits)
    return (value << shift) >> shift
  }

  private static func fold(_ operation: IRBinary, _ a: Int64, _ b: Int64, bits: Int) -> Int64? {
    let (ua, ub) = (
      UInt64(bitPattern: masked(a, bits)), UInt64(bitPattern: masked(b, bits))
    )
    let result: Int64
    switch operation {
    case .add: result = a &+ b
    case .sub: result = a &- b
    case .mul: result = a &* b
    case .and: result = a & b
    case .or: result = a | b
    case .xor: result = a ^ b
    case .shiftLeft:
      guard ub < UInt64(bits) else { return nil }
      result = a << Int64(ub)
    case .shiftRight:
      guard ub < UInt64(bits) else { return nil }
      result = Int64(bitPattern: ua >> ub)
    case .shiftRightSigned:
      guard ub < UInt64(bits) else { return nil }
      result = a >> Int64(ub)
    case .divide:
      guard ub != 0 else { return nil }
      result = Int64(bitPattern: ua / ub)
    case .remainder:
      guard ub != 0 else { return nil }
      result = Int64(bitPattern: ua % ub)
    case .divideSigned:
      guard b != 0 else { return nil }
      result = a.dividedReportingOverflow(by: b).partialValue
    case .remainderSigned:
      guard b != 0 else { return nil }
      result = a.remainderReportingOverflow(dividingBy: b).partialValue
    }
    return extended(result, bits: bits)
  }

  private static func fold(_ comparison: IRComparison, _ a: Int64, _ b: Int64, bits: Int) -> Bool {
    let (ua, ub) = (
      UInt64(bitPattern: masked(a, bits)), UInt64(bitPattern: masked(b, bits))
    )
    return switch comparison {
    case .equal: ua == ub
    case .notEqual: ua != ub
    case .less: ua < ub
    case .lessOrEqual: ua <= ub
    case .greater: ua > ub
    case .greaterOrEqual: ua >= ub
    case .lessSigned: a < b
    case .lessOrEqualSigned: a <= b
    case .greaterSigned: a > b
    case .greaterOrEqualSigned: a >= b
    }
  }
}
