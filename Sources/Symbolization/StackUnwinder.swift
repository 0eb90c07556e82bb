internal import ObjectFiles

/// What a thread's registers and the top of its stack were at an event.
package struct CapturedStack: Hashable, Sendable {
  package var instructionPointer: UInt64
  package var stackPointer: UInt64
  /// By the numbers of DWARF.
  package var registers: [Int: UInt64]
  /// What lies at the stack pointer and above.
  package var memory: [UInt8]

  package init(
    instructionPointer: UInt64, stackPointer: UInt64, registers: [Int: UInt64], memory: [UInt8]
  ) {
    self.instructionPointer = instructionPointer
    self.stackPointer = stackPointer
    self.registers = registers
    self.memory = memory
  }

  /// The 8 bytes at `address`; nil if they were not captured.
  func word(at address: UInt64) -> UInt64? {
    guard address >= stackPointer else { return nil }
    let offset = address - stackPointer
    guard memory.count >= 8, offset <= UInt64(memory.count - 8) else { return nil }
    var value: UInt64 = 0
    for index in (0..<8).reversed() { value = value << 8 | UInt64(memory[Int(offset) + index]) }
    return value
  }
}

/// Walks a captured stack from frame to frame, by rules for the code at each address.
struct StackUnwinder {
  /// The registers that have a meaning of their own.
  struct Convention: Sendable {
    let stackPointer: Int
    let framePointer: Int
    /// Where a function that calls nothing keeps its return address; nil if that is on the stack.
    let link: Int?
    /// The bits of a return address that are part of it.
    let addressMask: UInt64

    static let amd64 = Convention(
      stackPointer: 7, framePointer: 6, link: nil, addressMask: .max)
    static let aarch64 = Convention(
      stackPointer: 31, framePointer: 29, link: 30, addressMask: 1 << 48 - 1)
  }

  /// The rules for the code at an address of the process, and what was added to the addresses of its
  /// file.
  let rules: (UInt64) -> (row: CallFrames.Row, bias: UInt64)?
  let convention: Convention

  /// The addresses of the frames, innermost first: of callers the last byte of the call, so that a call at
  /// the very end of a function does not lead to the next one.
  func frames(of captured: CapturedStack, limit: Int) -> [UInt64] {
    var addresses: [UInt64] = []
    var registers = captured.registers
    registers[convention.stackPointer] = captured.stackPointer
    var place = captured.instructionPointer
    var isCaller = false
    while addresses.count < limit {
      let address = isCaller ? place &- 1 : place
      let before = registers[convention.stackPointer] ?? 0
      let next: UInt64?
      let found = rules(address)
      // What a handler returns to was not called: its entry begins before it.
      addresses.append(found?.row.isSignalFrame ?? false ? place : address)
      if let (row, bias) = found {
        next = step(&registers, by: row, bias, place, captured, isFirst: !isCaller)
      } else {
        next = stepByFramePointer(&registers, captured, isFirst: addresses.count == 1)
      }
      guard let next, next & convention.addressMask != 0 else { break }
      let after = registers[convention.stackPointer] ?? 0
      let isSignalFrame = found?.row.isSignalFrame ?? false
      // A stack that does not become less is damaged; a handler may have one of its own.
      guard after > before || isSignalFrame || !isCaller && after == before else { break }
      place = next & convention.addressMask
      isCaller = !isSignalFrame
    }
    return addresses
  }

  /// Makes of a function's registers those of its caller.
  ///
  /// - Returns: Where the caller goes on; nil if there is none or that is not known.
  private func step(
    _ registers: inout [Int: UInt64], by row: CallFrames.Row, _ bias: UInt64, _ place: UInt64,
    _ captured: CapturedStack, isFirst: Bool
  ) -> UInt64? {
    let evaluator = FrameExpression(
      registers: registers, bias: bias, place: place, captured: captured)
    let frame: UInt64?
    switch row.frameAddress {
    case .register(let register, let offset):
      frame = registers[register].map { $0 &+ UInt64(bitPattern: offset) }
    case .expression(let bytes): frame = evaluator.value(of: bytes, start: nil)
    }
    guard let frame else { return nil }
    func value(_ rule: CallFrames.Rule, of register: Int) -> UInt64? {
      switch rule {
      case .undefined: nil
      case .same: registers[register]
      case .atOffset(let offset): captured.word(at: frame &+ UInt64(bitPattern: offset))
      case .offset(let offset): frame &+ UInt64(bitPattern: offset)
      case .register(let other): registers[other]
      case .atExpression(let bytes):
        evaluator.value(of: bytes, start: frame).flatMap { captured.word(at: $0) }
      case .expression(let bytes): evaluator.value(of: bytes, start: frame)
      }
    }
    let back = row.returnRegister
    let rule = row.registers[back] ?? .same
    // Only a function that has not called anything still has its return address in a register.
    if rule == .same, back != convention.link || !isFirst { return nil }
    guard let next = value(rule, of: back) else { return nil }
    var caller = registers
    for (register, rule) in row.registers { caller[register] = value(rule, of: register) }
    if row.registers[convention.stackPointer] == nil { caller[convention.stackPointer] = frame }
    registers = caller
    return next
  }

  /// The way that code without rules mostly goes.
  private func stepByFramePointer(
    _ registers: inout [Int: UInt64], _ captured: CapturedStack, isFirst: Bool
  ) -> UInt64? {
    guard let frame = registers[convention.framePointer], frame != 0,
      let outer = captured.word(at: frame), let next = captured.word(at: frame &+ 8)
    else { return nil }
    registers[convention.framePointer] = outer
    registers[convention.stackPointer] = frame &+ 16
    return next
  }
}

/// The expressions that call frames use, in DWARF's language of a stack machine.
private struct FrameExpression {
  let registers: [Int: UInt64]
  /// What was added to the addresses of the file.
  let bias: UInt64
  /// Where the instruction pointer is.
  let place: UInt64
  let captured: CapturedStack

  private static let mostSteps = 256

  /// - Parameter start: What is on the stack first.
  /// - Returns: nil when the expression is damaged, asks for what was not captured, or does what call
  ///   frames do not do.
  func value(of bytes: [UInt8], start: UInt64?) -> UInt64? {
    var stack: [UInt64] = start.map { [$0] } ?? []
    var position = 0
    var steps = 0
    func take(_ width: Int) -> UInt64? {
      guard position + width <= bytes.count else { return nil }
      var value: UInt64 = 0
      for index in (0..<width).reversed() { value = value << 8 | UInt64(bytes[position + index]) }
      position += width
      return value
    }
    func variable(signed: Bool) -> UInt64? {
      var (value, shift): (UInt64, UInt64) = (0, 0)
      while let next = take(1) {
        if shift < 64 { value |= (next & 0x7f) << shift }
        shift += 7
        if next & 0x80 == 0 {
          if signed, next & 0x40 != 0, shift < 64 { value |= UInt64.max << shift }
          return value
        }
      }
      return nil
    }
    // x86-64 gives the return address, here the place itself, a number too.
    func register(_ number: Int) -> UInt64? { registers[number] ?? (number == 16 ? place : nil) }
    func binary(_ operation: (UInt64, UInt64) -> UInt64?) -> UInt64? {
      guard let right = stack.popLast(), let left = stack.popLast() else { return nil }
      return operation(left, right)
    }
    while position < bytes.count {
      steps += 1
      guard steps < Self.mostSteps, stack.count < 64, let code = take(1) else { return nil }
      let result: UInt64?
      switch code {
      case 0x03: result = take(8).map { $0 &+ bias }
      case 0x06: result = stack.popLast().flatMap { captured.word(at: $0) }
      case 0x08: result = take(1)
      case 0x09: result = take(1).map { UInt64(bitPattern: Int64(Int8(truncatingIfNeeded: $0))) }
      case 0x0a: result = take(2)
      case 0x0b: result = take(2).map { UInt64(bitPattern: Int64(Int16(truncatingIfNeeded: $0))) }
      case 0x0c: result = take(4)
      case 0x0d: result = take(4).map { UInt64(bitPattern: Int64(Int32(truncatingIfNeeded: $0))) }
      case 0x0e, 0x0f: result = take(8)
      case 0x10: result = variable(signed: false)
      case 0x11: result = variable(signed: true)
      case 0x12: result = stack.last
      case 0x13:
        guard stack.popLast() != nil else { return nil }
        continue
      case 0x14: result = stack.count > 1 ? stack[stack.count - 2] : nil
      case 0x16:
        guard stack.count > 1 else { return nil }
        stack.swapAt(stack.count - 1, stack.count - 2)
        continue
      case 0x1a: result = binary { $0 & $1 }
      case 0x1c: result = binary { $0 &- $1 }
      case 0x1e: result = binary { $0 &* $1 }
      case 0x1f: result = stack.popLast().map { 0 &- $0 }
      case 0x20: result = stack.popLast().map { ~$0 }
      case 0x21: result = binary { $0 | $1 }
      case 0x22: result = binary { $0 &+ $1 }
      case 0x23:
        guard let added = variable(signed: false) else { return nil }
        result = stack.popLast().map { $0 &+ added }
      case 0x24: result = binary { $0 << $1 }
      case 0x25: result = binary { $0 >> $1 }
      case 0x26: result = binary { UInt64(bitPattern: Int64(bitPattern: $0) >> $1) }
      case 0x27: result = binary { $0 ^ $1 }
      case 0x29: result = binary { $0 == $1 ? 1 : 0 }
      case 0x2a: result = binary { Int64(bitPattern: $0) >= Int64(bitPattern: $1) ? 1 : 0 }
      case 0x2b: result = binary { Int64(bitPattern: $0) > Int64(bitPattern: $1) ? 1 : 0 }
      case 0x2c: result = binary { Int64(bitPattern: $0) <= Int64(bitPattern: $1) ? 1 : 0 }
      case 0x2d: result = binary { Int64(bitPattern: $0) < Int64(bitPattern: $1) ? 1 : 0 }
      case 0x2e: result = binary { $0 != $1 ? 1 : 0 }
      case 0x30...0x4f: result = code - 0x30
      case 0x70...0x8f:
        guard let offset = variable(signed: true) else { return nil }
        result = register(Int(code) - 0x70).map { $0 &+ offset }
      case 0x92:
        guard let number = variable(signed: false), number < 256,
          let offset = variable(signed: true)
        else { return nil }
        result = register(Int(number)).map { $0 &+ offset }
      case 0x96: continue
      default: return nil
      }
      guard let result else { return nil }
      stack.append(result)
    }
    return stack.last
  }
}
