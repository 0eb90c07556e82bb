internal import TraceIR
internal import TraceModel

/// Translates the instructions of one function, one method for each kind.
final class FunctionTranslator {
  private let owner: ModuleTranslator
  private let source: IRFunction
  private let index: Int
  private let function: LLVMValue
  private let subprogram: LLVMMetadata

  private var blocks: [LLVMBlock] = []
  private var slots: [Int: LLVMValue] = [:]
  /// Where pointers become numbers; nil where none does.
  private var numberSlot: LLVMValue?
  private var temporaries: [Int: LLVMValue] = [:]
  /// What is known of the temporaries that are pointers.
  private var pointers: [Int: PointerFacts] = [:]
  /// Temporaries that are the addresses of read-only bytes.
  private var literals: [Int: [UInt8]] = [:]
  /// The power of two that divides a temporary number, where it is known.
  private var multiples: [Int: Int] = [:]

  private struct PointerFacts {
    /// The power of two that divides the address.
    var alignment = 8
    /// Whether the alignment is more than a lower bound.
    var isExact = true
    /// Whether it may only be computed with after a comparison with null.
    var isFromLookup = false
  }

  init(
    _ owner: ModuleTranslator, index: Int, function: LLVMValue, subprogram: LLVMMetadata
  ) {
    self.owner = owner
    self.index = index
    source = owner.module.functions[index]
    self.function = function
    self.subprogram = subprogram
  }

  func translate() {
    let order = source.reversePostorder
    let entry = owner.unit.addBlock("slots", to: function)
    blocks = source.blocks.enumerated().map { number, block in
      owner.unit.addBlock("\(block.label).\(number)", to: function)
    }
    let firstLine = source.blocks.lazy.flatMap(\.instructions).map(\.line).first { $0 > 0 } ?? 1
    owner.unit.position(at: entry)
    owner.unit.setLine(firstLine, in: subprogram)
    allocateSlots()
    owner.unit.branch(to: blocks[0])
    let reachable = Set(order)
    for number in order { translate(block: number) }
    for number in source.blocks.indices where !reachable.contains(number) {
      owner.unit.position(at: blocks[number])
      returnValue(owner.unit.integer(0, bits: 64))
    }
  }

  /// Reserves the stack of the slots in use; all of it in the entry block, for BPF knows no other.
  private func allocateSlots() {
    var used: Set<Int> = []
    var usesNumbers = false
    for instruction in source.blocks.flatMap(\.instructions) {
      if case .slot(let slot) = instruction.operation { used.insert(slot.index) }
      if case .number = instruction.operation { usesNumbers = true }
    }
    let byte = owner.unit.integerType(bits: 8)
    if usesNumbers {
      numberSlot = owner.unit.allocate(owner.unit.arrayType(byte, count: 8), name: "number")
    }
    for number in used.sorted() {
      let slot = source.slots[number]
      slots[number] = owner.unit.allocate(
        owner.unit.arrayType(byte, count: (slot.size + 7) / 8 * 8), name: slot.name)
    }
  }

  private func translate(block number: Int) {
    let block = source.blocks[number]
    owner.unit.position(at: blocks[number])
    var line = 0
    for instruction in block.instructions {
      if instruction.line > 0, instruction.line != line {
        line = instruction.line
        owner.unit.setLine(line, in: subprogram)
      }
      let result = translate(instruction.operation)
      guard let number = instruction.result else { continue }
      if let result { temporaries[number] = result }
      noteFacts(of: number, from: instruction.operation)
    }
    switch block.terminator {
    case .branch(let target): owner.unit.branch(to: blocks[target.index])
    case .conditional(let condition, let then, let other):
      owner.unit.branch(
        if: value(condition), then: blocks[then.index], else: blocks[other.index])
    case .return(let result): returnValue(value(result))
    case nil: preconditionFailure("a block does not end")
    }
  }

  /// Programs return 32 bits, all others 64.
  private func returnValue(_ value: LLVMValue) {
    if case .program = source.role {
      owner.unit.return(owner.unit.truncate(value, to: owner.unit.integerType(bits: 32)))
    } else {
      owner.unit.return(value)
    }
  }

  // MARK: Values

  private func type(_ type: IRType) -> LLVMType {
    type == .pointer ? owner.unit.pointerType : owner.unit.integerType(bits: type.bits)
  }

  private func value(_ value: IRValue) -> LLVMValue {
    switch value {
    case .temporary(let number, _):
      if let known = temporaries[number] { return known }
      guard let bytes = literals[number] else {
        preconditionFailure("%\(number) has no value yet")
      }
      return owner.literal(bytes)
    case .integer(let number, .pointer):
      return number == 0 ? owner.unit.null(owner.unit.pointerType) : owner.unit.pointer(Int(number))
    case .integer(let number, let type): return owner.unit.integer(number, bits: type.bits)
    case .parameter(let number, _):
      if case .forEach = source.role { return owner.unit.parameter(number + 1, of: function) }
      return owner.unit.parameter(number, of: function)
    }
  }

  private func word(_ number: Int) -> LLVMValue { owner.unit.integer(Int64(number), bits: 64) }

  // MARK: What is known of pointers

  private func facts(of pointer: IRValue) -> PointerFacts {
    if case .temporary(let number, _) = pointer {
      pointers[number] ?? PointerFacts()
    } else {
      PointerFacts()
    }
  }

  private func largestPowerOfTwo(in value: IRValue) -> Int {
    switch value {
    case .integer(let number, _): number == 0 ? 8 : min(8, 1 << number.trailingZeroBitCount)
    case .temporary(let number, _): multiples[number] ?? 1
    case .parameter: 1
    }
  }

  private func noteFacts(of number: Int, from operation: IROperation) {
    switch operation {
    case .literal(let bytes): literals[number] = bytes
    case .mapLookup, .mapLookupPerCPU: pointers[number] = PointerFacts(isFromLookup: true)
    case .offset(let base, let bytes):
      var facts = facts(of: base)
      facts.alignment = min(facts.alignment, largestPowerOfTwo(in: bytes))
      if bytes.constant == nil { facts.isExact = false }
      pointers[number] = facts
    case .select(_, let then, let other) where then.type == .pointer:
      let (left, right) = (facts(of: then), facts(of: other))
      pointers[number] = PointerFacts(
        alignment: min(left.alignment, right.alignment), isExact: left.isExact && right.isExact,
        isFromLookup: left.isFromLookup || right.isFromLookup)
    case .binary(.mul, let left, let right):
      multiples[number] = min(8, largestPowerOfTwo(in: left) * largestPowerOfTwo(in: right))
    case .binary(.shiftLeft, let left, let right):
      if let count = right.constant, count < 8 {
        multiples[number] = min(8, largestPowerOfTwo(in: left) << Int(count))
      }
    case .binary(.add, let left, let right), .binary(.sub, let left, let right):
      multiples[number] = min(largestPowerOfTwo(in: left), largestPowerOfTwo(in: right))
    case .binary(.and, let left, let right):
      multiples[number] = max(largestPowerOfTwo(in: left), largestPowerOfTwo(in: right))
    default: break
    }
  }

  /// The alignment of an access of that many bytes: its own, unless the address is known to have
  /// less.
  ///
  /// The verifier refuses misaligned access to the stack, and LLVM splits what it knows to be
  /// misaligned.
  private func alignment(of pointer: IRValue, bytes: Int) -> Int {
    let facts = facts(of: pointer)
    return facts.isExact ? min(bytes, facts.alignment) : bytes
  }

  // MARK: Instructions

  private func translate(_ operation: IROperation) -> LLVMValue? {
    switch operation {
    case .constant(let index): return loadConstant(index)
    case .constantAddress(let index): return constantAddress(index)
    case .literal: return nil
    case .binary(let operation, let left, let right):
      let result = owner.unit.binary(operation, value(left), value(right))
      // LLVM knows what a remainder is below and drops the comparison that tells the verifier.
      return operation == .remainder && left.constant == nil && right.constant != nil
        ? owner.unit.pinned(result, sequence: owner.nextPin()) : result
    case .compare(let comparison, let left, let right):
      return owner.unit.compare(comparison, value(left), value(right))
    case .cast(let cast, let operand, let type): return convert(cast, operand, to: type)
    case .select(let condition, let then, let other):
      return owner.unit.select(value(condition), value(then), value(other))
    case .slot(let slot): return slots[slot.index]
    case .offset(let pointer, let bytes): return offset(pointer, by: bytes)
    case .load(let type, let pointer): return load(type, from: pointer)
    case .store(let value, let pointer): store(value, to: pointer)
    case .copy(let target, let source, let bytes): copy(to: target, from: source, bytes: bytes)
    case .zero(let pointer, let bytes): zero(pointer, bytes: bytes)
    case .fill(let pointer, let bytes, let byte):
      let literal = [UInt8](repeating: byte, count: bytes)
      if let pieces = pieces(bytes: bytes, alignment: facts(of: pointer).alignment) {
        store(literal, to: base(of: pointer), pieces)
      } else {
        _ = call(.probeReadKernel, [value(pointer), word(bytes), owner.literal(literal)])
      }
    case .increment(let pointer, let amount): increment(pointer, by: amount)
    case .atomicAdd(let pointer, let amount):
      owner.unit.atomicAdd(value(amount), to: value(pointer), alignment: amount.type.bytes)
    case .context: return context
    case .contextLoad(let type, let offset): return loadContext(type, offset: offset)
    case .contextField(let path, let type): return loadContextField(path, type)
    case .fieldAddress(let base, let path): return fieldAddress(of: base, path)
    case .typedLoad(let type, let address):
      return owner.unit.load(
        self.type(type), from: owner.unit.pointer(at: value(address)), alignment: type.bytes,
        isVolatile: true)
    case .number(let pointer): return number(of: value(pointer))
    case .fieldInfo(let question, let path): return fieldInfo(question, path)
    case .probeRead(let space, let target, let size, let source):
      return call(
        .probeRead(space, isText: false), [value(target), value(size), value(source)])
    case .probeReadString(let space, let target, let size, let source):
      return call(.probeRead(space, isText: true), [value(target), value(size), value(source)])
    case .element, .elementOfCPU, .makeElement, .put, .add, .remove, .contains, .length, .object,
      .iterate:
      preconditionFailure("an operation on a script's map was not realized")
    case .mapLookup(let map, let key):
      return owner.unit.callHelper(
        .mapLookup, [owner.maps[map], value(key)], returns: owner.unit.pointerType)
    case .mapLookupPerCPU(let map, let key, let cpu):
      return owner.unit.callHelper(
        .mapLookupPerCPU, [owner.maps[map], value(key), value(cpu)],
        returns: owner.unit.pointerType)
    case .mapUpdate(let map, let key, let element, let flags):
      return call(
        .mapUpdate, [owner.maps[map], value(key), value(element), word(flags)])
    case .mapObject(let map): return owner.unit.address(of: owner.maps[map])
    case .mapDelete(let map, let key):
      return call(.mapDelete, [owner.maps[map], value(key)])
    case .forEach(let map, let callback, let frame):
      return call(
        .forEachMapElement,
        [owner.maps[map], callbackAddress(callback), value(frame), word(0)])
    case .loop(let count, let callback, let frame):
      return call(
        .loop, [value(count), callbackAddress(callback), value(frame), word(0)])
    case .isUnderCgroup(let map):
      return call(.currentTaskUnderCgroup, [owner.maps[map], word(0)])
    case .helper(let helper, let arguments): return call(helper, arguments.map(value))
    case .call(let callee, let arguments): return owner.call(callee, arguments.map { value($0) })
    case .callExternal(let callee, let arguments):
      return owner.call(external: callee, arguments.map { value($0) })
    case .scratch: return owner.unit.null(owner.unit.pointerType)
    case .stack(let frames, let target, let bytes):
      let flags =
        switch frames {
        case .kernelAddresses: 0
        case .userAddresses: 1 << 8  // BPF_F_USER_STACK
        case .userLocations: 1 << 8 | 1 << 11  // BPF_F_USER_BUILD_ID
        }
      return call(
        .getStack, [context, value(target), word(bytes), word(flags)])
    case .emit(let event, let size, let urgency): emit(event, size: size, urgency)
    case .count(let count): self.count(count)
    }
    return nil
  }

  private func call(_ helper: KernelHelper, _ arguments: [LLVMValue]) -> LLVMValue {
    owner.unit.callHelper(helper, arguments, returns: owner.unit.integerType(bits: 64))
  }

  private func callbackAddress(_ callback: Int) -> LLVMValue {
    guard let function = owner.functions[callback] else {
      preconditionFailure("callback \(callback) was not declared")
    }
    return function.function
  }

  // MARK: Constants

  private func constantAddress(_ index: Int) -> LLVMValue {
    guard let constants = owner.constants else { preconditionFailure("there are no constants") }
    let offset = owner.module.constants[index].offset
    return offset == 0 ? constants : owner.unit.offset(constants, by: word(offset))
  }

  /// Volatile, so that LLVM does not take the default for the value.
  private func loadConstant(_ index: Int) -> LLVMValue {
    owner.unit.load(
      owner.unit.integerType(bits: 64), from: constantAddress(index), alignment: 8,
      isVolatile: true)
  }

  // MARK: Conversions

  private func convert(_ cast: IRCast, _ operand: IRValue, to type: IRType) -> LLVMValue {
    switch cast {
    case .zeroExtend: owner.unit.zeroExtend(value(operand), to: self.type(type))
    case .signExtend: owner.unit.signExtend(value(operand), to: self.type(type))
    case .truncate: owner.unit.truncate(value(operand), to: self.type(type))
    case .address: owner.unit.address(of: value(operand))
    }
  }

  // MARK: Memory of the program

  /// A pointer moved by a number of bytes.
  ///
  /// The verifier allows no arithmetic on what a lookup returned before it was compared with null,
  /// and none with numbers before they were bounded; so LLVM must not move it up. Nor does the verifier
  /// allow `|` of a pointer, by which LLVM adds a number that is less than a slot's alignment.
  private func offset(_ pointer: IRValue, by bytes: IRValue) -> LLVMValue {
    if bytes.constant == 0 { return value(pointer) }
    let isPinned = bytes.constant == nil || facts(of: pointer).isFromLookup
    let base =
      isPinned
      ? owner.unit.pinned(value(pointer), sequence: owner.nextPin()) : value(pointer)
    let isHidden = bytes.constant == nil && !facts(of: pointer).isFromLookup
    return owner.unit.offset(base, by: isHidden ? owner.unit.hidden(value(bytes)) : value(bytes))
  }

  private func load(_ type: IRType, from pointer: IRValue) -> LLVMValue {
    let alignment = alignment(of: pointer, bytes: type.bytes)
    guard type == .i1 else {
      return owner.unit.load(self.type(type), from: value(pointer), alignment: alignment)
    }
    let byte = owner.unit.load(owner.unit.integerType(bits: 8), from: value(pointer), alignment: 1)
    return owner.unit.compare(.notEqual, byte, owner.unit.integer(0, bits: 8))
  }

  private func store(_ stored: IRValue, to pointer: IRValue) {
    let alignment = alignment(of: pointer, bytes: stored.type.bytes)
    let operand =
      stored.type == .i1
      ? owner.unit.zeroExtend(value(stored), to: owner.unit.integerType(bits: 8)) : value(stored)
    owner.unit.store(operand, to: value(pointer), alignment: alignment)
  }

  /// The most loads and stores that a copy is unrolled to; beyond, a helper does it.
  private static let unrollLimit = 16

  /// The pieces in which memory of that alignment is copied, or nil if there are too many.
  private func pieces(bytes: Int, alignment: Int) -> [(offset: Int, size: Int)]? {
    var (result, offset): ([(offset: Int, size: Int)], Int) = ([], 0)
    while offset < bytes {
      guard result.count < Self.unrollLimit else { return nil }
      var size = alignment
      while size > bytes - offset { size /= 2 }
      result.append((offset, size))
      offset += size
    }
    return result
  }

  private func place(_ pointer: LLVMValue, _ offset: Int) -> LLVMValue {
    offset == 0 ? pointer : owner.unit.offset(pointer, by: word(offset))
  }

  private func copy(to target: IRValue, from source: IRValue, bytes: Int) {
    if case .temporary(let number, _) = source, let literal = literals[number],
      literal.count >= bytes,
      let pieces = pieces(bytes: bytes, alignment: facts(of: target).alignment)
    {
      return store(literal, to: base(of: target), pieces)
    }
    let alignment = min(facts(of: target).alignment, facts(of: source).alignment)
    guard let pieces = pieces(bytes: bytes, alignment: alignment) else {
      _ = call(.probeReadKernel, [value(target), word(bytes), value(source)])
      return
    }
    copy(pieces, to: base(of: target), from: base(of: source))
  }

  private func copy(
    _ pieces: [(offset: Int, size: Int)], to: LLVMValue, from: LLVMValue
  ) {
    for piece in pieces {
      let type = owner.unit.integerType(bits: piece.size * 8)
      let part = owner.unit.load(type, from: place(from, piece.offset), alignment: piece.size)
      owner.unit.store(part, to: place(to, piece.offset), alignment: piece.size)
    }
  }

  private func store(
    _ literal: [UInt8], to target: LLVMValue, _ pieces: [(offset: Int, size: Int)]
  ) {
    for piece in pieces {
      var number: UInt64 = 0
      for byte in literal[piece.offset..<(piece.offset + piece.size)].reversed() {
        number = number << 8 | UInt64(byte)
      }
      owner.unit.store(
        owner.unit.integer(Int64(bitPattern: number), bits: piece.size * 8),
        to: place(target, piece.offset), alignment: piece.size)
    }
  }

  /// A pointer that pieces are counted from; see `offset(_:by:)`.
  private func base(of pointer: IRValue) -> LLVMValue {
    facts(of: pointer).isFromLookup
      ? owner.unit.pinned(value(pointer), sequence: owner.nextPin()) : value(pointer)
  }

  private func zero(_ pointer: IRValue, bytes: Int) {
    guard let pieces = pieces(bytes: bytes, alignment: facts(of: pointer).alignment) else {
      // Reading from nowhere fails, and makes the target zero.
      _ = call(
        .probeReadKernel,
        [value(pointer), word(bytes), owner.unit.null(owner.unit.pointerType)])
      return
    }
    let base = base(of: pointer)
    for piece in pieces {
      owner.unit.store(
        owner.unit.integer(0, bits: piece.size * 8), to: place(base, piece.offset),
        alignment: piece.size)
    }
  }

  private func increment(_ pointer: IRValue, by amount: IRValue) {
    let word = owner.unit.integerType(bits: 64)
    let old = owner.unit.load(word, from: value(pointer), alignment: 8)
    let new = owner.unit.binary(.add, old, value(amount))
    owner.unit.store(new, to: value(pointer), alignment: 8)
  }

  // MARK: Context and kernel structures

  /// The context: a parameter of programs and subprograms, or what callbacks find in their frame.
  private var context: LLVMValue {
    if let parameter = source.contextParameter {
      return owner.unit.parameter(parameter, of: function)
    }
    guard let frame = source.frameParameter else { return owner.unit.parameter(0, of: function) }
    guard let position = source.contextCapture else {
      preconditionFailure("a callback uses a context that was not captured")
    }
    return owner.unit.load(
      owner.unit.pointerType, from: place(value(frame), position * 8), alignment: 8)
  }

  /// Volatile: the verifier allows access to the context at constant offsets and in certain widths
  /// only, so LLVM must neither merge nor narrow it.
  private func loadContext(_ type: IRType, offset: Int) -> LLVMValue {
    owner.unit.load(
      self.type(type), from: place(context, offset), alignment: type.bytes, isVolatile: true)
  }

  private func loadContextField(_ path: FieldPath, _ type: IRType) -> LLVMValue {
    let address = owner.address(of: path, base: context)
    return owner.unit.load(
      self.type(type), from: address, alignment: type.bytes, isVolatile: true)
  }

  private func fieldAddress(of base: IRValue, _ path: FieldPath) -> LLVMValue {
    let pointer = owner.unit.pointer(at: value(base))
    return owner.unit.address(of: owner.address(of: path, base: pointer))
  }

  /// A negated pointer is just a number to the verifier. LLVM would undo a second negation, if it knew
  /// what comes out of the slot.
  private func number(of pointer: LLVMValue) -> LLVMValue {
    guard let numberSlot else { preconditionFailure("numbers of pointers have a slot") }
    owner.unit.store(
      owner.unit.binary(.sub, word(0), pointer), to: numberSlot, alignment: 8, isVolatile: true)
    let negated = owner.unit.load(
      owner.unit.integerType(bits: 64), from: numberSlot, alignment: 8, isVolatile: true)
    return owner.unit.binary(.sub, word(0), negated)
  }

  private func fieldInfo(_ question: IRFieldQuestion, _ path: FieldPath) -> LLVMValue {
    let word = owner.unit.integerType(bits: 64)
    func field(_ number: Int) -> LLVMValue {
      let address = owner.address(of: path, base: owner.unit.null(owner.unit.pointerType))
      return owner.unit.zeroExtend(owner.unit.fieldInfo(number, of: address), to: word)
    }
    return switch question {
    case .offset: field(0)
    case .size: field(1)
    case .exists: field(2)
    case .leftShift: field(4)
    case .rightShift: field(5)
    case .typeExists: owner.unit.zeroExtend(owner.typeInfo(0, of: path), to: word)
    case .typeSize: owner.unit.zeroExtend(owner.typeInfo(1, of: path), to: word)
    case .enumeratorExists: owner.enumeratorInfo(0, of: path)
    case .enumeratorValue: owner.enumeratorInfo(1, of: path)
    }
  }

  // MARK: Events

  /// Bytes of the largest event that is copied word by word.
  private static let largestReservation: Int64 = 128

  /// Copies an event, once it is put together, into the ring buffer.
  ///
  /// Reserving room before that would change the order in which the script sends: what is sent while an
  /// event is put together would come after it.
  private func emit(_ event: IRValue, size: IRValue, _ urgency: EventUrgency) {
    guard let events = owner.module.map(ObjectSymbol.events) else {
      preconditionFailure("the module has no ring buffer")
    }
    stampTime(on: event)
    let lost = owner.unit.addBlock("lost", to: function)
    let sent = owner.unit.addBlock("sent", to: function)
    let buffer = owner.maps[events]
    var flags = word(urgency.wakesRuntime ? RingBufferFlags.forceWakeup : 0)
    if let room = owner.module.room(for: urgency) {
      let limit = loadConstant(room)
      let used = call(.ringBufferQuery, [buffer, word(RingBufferFlags.usedBytes)])
      let needed = owner.unit.binary(
        .and, owner.unit.binary(.add, value(size), word(15)), word(-8))
      let after = owner.unit.binary(.add, used, needed)
      let fits = owner.unit.addBlock("fits", to: function)
      owner.unit.branch(
        if: owner.unit.compare(.lessOrEqual, after, limit), then: fits, else: lost)
      owner.unit.position(at: fits)
      if !urgency.wakesRuntime {
        // The event with which the buffer gets half full: the runtime may be resting.
        let half = owner.unit.binary(.shiftRight, limit, word(1))
        let beyond = owner.unit.binary(.sub, after, half)
        flags = owner.unit.select(
          owner.unit.compare(.less, beyond, needed), word(RingBufferFlags.forceWakeup), word(0))
      }
    }
    if case .integer(let bytes, _) = size, bytes <= Self.largestReservation,
      let pieces = pieces(bytes: Int(bytes), alignment: facts(of: event).alignment)
    {
      // Two calls that copy nothing take less time than one that copies some words.
      let record = owner.unit.callHelper(
        .ringBufferReserve, [buffer, word(Int(bytes)), word(0)],
        returns: owner.unit.pointerType)
      let reserved = owner.unit.addBlock("reserved", to: function)
      owner.unit.branch(
        if: owner.unit.compare(.equal, record, owner.unit.null(owner.unit.pointerType)),
        then: lost, else: reserved)
      owner.unit.position(at: reserved)
      copy(pieces, to: record, from: base(of: event))
      _ = call(.ringBufferSubmit, [record, flags])
      owner.unit.branch(to: sent)
    } else {
      let result = call(
        .ringBufferOutput, [buffer, value(event), value(size), flags])
      owner.unit.branch(
        if: owner.unit.compare(.lessSigned, result, word(0)), then: lost, else: sent)
    }
    owner.unit.position(at: lost)
    count(.dropped(urgency))
    owner.unit.branch(to: sent)
    owner.unit.position(at: sent)
  }

  private func count(_ count: IRCount) {
    let counter = owner.module.counter(of: count, in: index)
    switch count {
    case .refused: owner.count(counter)
    case .dropped:
      owner.count(.lostEvents)
      owner.count(counter)
    case .run:
      guard let asked = owner.module.constants.firstIndex(where: { $0.source == .countsRuns })
      else { return }
      let (counted, next) = (
        owner.unit.addBlock("counted", to: function), owner.unit.addBlock("next", to: function)
      )
      owner.unit.branch(
        if: owner.unit.compare(.notEqual, loadConstant(asked), word(0)), then: counted, else: next)
      owner.unit.position(at: counted)
      owner.count(counter)
      owner.unit.branch(to: next)
      owner.unit.position(at: next)
    }
  }

  /// Puts the time into an event's header, in runs that ask for it.
  private func stampTime(on event: IRValue) {
    guard let asked = owner.module.constants.firstIndex(where: { $0.source == .eventTime }) else {
      return
    }
    let stamp = owner.unit.addBlock("stamp", to: function)
    let send = owner.unit.addBlock("send", to: function)
    owner.unit.branch(
      if: owner.unit.compare(.notEqual, loadConstant(asked), word(0)), then: stamp, else: send)
    owner.unit.position(at: stamp)
    let units = owner.unit.binary(
      .shiftRight, call(.ktimeGetBootNS, []), word(Int(EventTime.shift)))
    let place = value(event)
    let header = owner.unit.load(owner.unit.integerType(bits: 64), from: place, alignment: 8)
    owner.unit.store(
      owner.unit.binary(.or, header, owner.unit.binary(.shiftLeft, units, word(32))), to: place,
      alignment: 8)
    owner.unit.branch(to: send)
    owner.unit.position(at: send)
  }
}
