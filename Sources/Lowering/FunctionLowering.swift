import Diagnostics
import Language
import Semantics
import Syntax
import TraceIR
import TraceModel

/// A function of the script as a subprogram.
struct LoweredFunction {
  /// Its index in the module.
  var index: Int
  var convention: CallingConvention
}

/// How a function of the script is called: what the parameters of its subprogram hold.
///
/// BPF passes five words. Two are for what passes may add, the context and the scratch memory; the
/// lowering has three, for the arguments, and for two addresses: of the result, if it is no number, and
/// of a word that a function sets to end the whole probe.
struct CallingConvention {
  /// Where the arguments are.
  enum Arguments {
    /// A parameter for each: a number, or the address of the value.
    case words
    /// The address of a tuple of all.
    case tuple(ScriptType)
  }

  let arguments: Arguments
  let types: [ScriptType]
  let result: ScriptType
  /// Whether a call may end the probe.
  let mayLeave: Bool

  /// The words that the lowering has.
  private static let wordLimit = 3

  init(_ body: TypedBody, mayLeave: Bool) {
    types = body.parameters
    result = body.result
    self.mayLeave = mayLeave
    let others = (body.result.isInMemory ? 1 : 0) + (mayLeave ? 1 : 0)
    arguments = types.count + others <= Self.wordLimit ? .words : .tuple(.tuple(types))
  }

  private var argumentTypes: [IRType] {
    switch arguments {
    case .words: types.map { $0.isInMemory ? .pointer : .i64 }
    case .tuple: [.pointer]
    }
  }

  /// The parameters of the subprogram.
  var parameters: [IRType] {
    argumentTypes + (result.isInMemory ? [.pointer] : []) + (mayLeave ? [.pointer] : [])
  }

  /// The parameter with the address of the result.
  var resultPointer: IRValue? {
    result.isInMemory ? .parameter(argumentTypes.count, .pointer) : nil
  }

  /// The parameter with the address of the word that ends the probe.
  var leavePointer: IRValue? { mayLeave ? .parameter(parameters.count - 1, .pointer) : nil }
}

extension ScriptType {
  /// Whether values are bytes in memory rather than a number in a register.
  var isInMemory: Bool { !isScalar && self != .none }
}

/// Slots of a function with addresses that it was called with, for its callbacks too.
struct CallMemory {
  var resultPointer: IRSlotID?
  var leavePointer: IRSlotID?
}

/// The lowering of one function of the script, as a subprogram that is compiled once.
struct FunctionLowering {
  private let script: ScriptLowering
  private let typed: TypedFunction
  private let convention: CallingConvention
  private let body: BodyLowering
  private var builder: IRBuilder { script.builder }

  /// Begins the subprogram; `lower` writes it.
  init(_ script: ScriptLowering, _ typed: TypedFunction) {
    self.script = script
    self.typed = typed
    convention = CallingConvention(typed.body, mayLeave: script.mayLeave(typed.body))
    let root = script.builder.beginFunction(
      name: "fn_\(typed.syntax.name)", role: .subprogram(parameters: convention.parameters))
    body = BodyLowering(script, typed.body, root: root, range: typed.syntax.range)
  }

  /// Writes the whole subprogram.
  func lower() -> LoweredFunction {
    builder.line = script.line(of: typed.syntax.range, expansion: nil)
    takeArguments()
    if let pointer = convention.resultPointer {
      body.call.resultPointer = keep(pointer, "result.pointer")
    }
    if let pointer = convention.leavePointer {
      body.call.leavePointer = keep(pointer, "leave.pointer")
    }
    body.lowerBlock(typed.syntax.body)
    builder.return(.word(0))
    builder.endFunction()
    return LoweredFunction(index: body.root, convention: convention)
  }

  /// Makes variables of the arguments, so that they can be assigned to.
  private func takeArguments() {
    let packed: [(name: String, offset: Int, type: ScriptType)] =
      if case .tuple(let type) = convention.arguments { body.elements(type) } else { [] }
    for (position, type) in convention.types.enumerated() {
      let slot = body.slot(ofVariable: position, isWritten: true)
      switch convention.arguments {
      case .words where type.isInMemory:
        builder.copy(
          to: slot, from: .parameter(position, .pointer), bytes: body.size(type))
      case .words:
        builder.store(
          builder.resize(
            .parameter(position, .i64), to: body.irType(type), signed: type.isSigned), to: slot)
      case .tuple:
        let place = builder.offset(.parameter(0, .pointer), by: packed[position].offset)
        if type.isInMemory {
          builder.copy(to: slot, from: place, bytes: body.size(type))
        } else {
          builder.store(builder.load(body.irType(type), from: place), to: slot)
        }
      }
    }
  }

  private func keep(_ pointer: IRValue, _ name: String) -> IRSlotID {
    let slot = body.memory.slot(of: body.root, name, size: 8)
    builder.store(pointer, to: builder.address(of: slot))
    return slot
  }
}

// MARK: - Bodies that call and return

extension BodyLowering {
  /// Writes a call of a function of the script.
  func lowerCall(ofFunction index: Int, _ id: ExprID) -> LoweredValue {
    guard case .call(let syntax) = tree[id].kind, let callee = script.functions[index] else {
      return unsupported("this call", id)
    }
    let convention = callee.convention
    var arguments: [IRValue] = []
    switch convention.arguments {
    case .words:
      for (argument, type) in zip(syntax.arguments, convention.types) {
        arguments.append(word(argument, as: type))
      }
    case .tuple(let type):
      let packed = scratch(bytes: size(type))
      if hasGaps(type) { builder.zero(packed, bytes: size(type)) }
      for (argument, element) in zip(syntax.arguments, elements(type)) {
        store(argument, to: builder.offset(packed, by: element.offset), as: element.type)
      }
      arguments.append(packed)
    }
    var result: IRValue?
    if convention.result.isInMemory {
      let memory = zeroed(bytes: size(convention.result))
      arguments.append(memory)
      result = memory
    }
    var leave: IRValue?
    if convention.mayLeave {
      let pointer = leavePointer
      arguments.append(pointer)
      leave = pointer
    }
    let returned = builder.emit(.call(function: callee.index, arguments: arguments))
    if let leave {
      builder.if(builder.isNonzero(builder.load(.i64, from: leave)), "leave") { leaveProbe() }
    }
    if let result { return .memory(result) }
    guard convention.result != .none else { return .none }
    return .scalar(builder.resize(returned, to: irType(convention.result), signed: true))
  }

  /// Writes a call of a function of an imported object.
  func lowerCall(ofImported index: Int, _ id: ExprID) -> LoweredValue {
    guard case .call(let syntax) = tree[id].kind,
      let declaration = script.script.importedFunctions[index].declaration
    else { return unsupported("this call", id) }
    let arguments = zip(syntax.arguments, declaration.parameters).map { argument, parameter in
      converted(argument, toForeign: parameter.type)
    }
    let external = script.external(declaration)
    let returned = builder.emit(.callExternal(function: external, arguments: arguments))
    if declaration.result == .void { return .none }
    return .scalar(builder.resize(returned, to: irType(type(id)), signed: true))
  }

  /// The value of an expression as C passes one of that type, in 64 bits.
  private func converted(_ id: ExprID, toForeign type: IRForeignType) -> IRValue {
    switch type {
    case .integer(let bytes, let signed):
      converted(id, to: .integer(bytes: bytes, signed: signed))
    case .boolean: converted(id, to: .boolean)
    case .enumeration(_, let bytes): converted(id, to: .integer(bytes: bytes, signed: false))
    case .void, .pointer, .structure: converted(id, to: .uint64)
    }
  }

  /// An argument as a word: a number of 64 bits, or the address of the value.
  private func word(_ argument: ExprID, as type: ScriptType) -> IRValue {
    if type.isInMemory {
      let memory = scratch(bytes: size(type))
      store(argument, to: memory, as: type)
      return memory
    }
    return converted(argument, to: type)
  }

  /// The value of an expression as a number type has it, in 64 bits.
  private func converted(_ id: ExprID, to type: ScriptType) -> IRValue {
    if type == .boolean {
      let truth = truth(value(id), self.type(id))
      return builder.resize(truth, to: .i64, signed: false)
    }
    let narrow = builder.resize(integer(id), to: irType(type), signed: type.isSigned)
    return builder.resize(narrow, to: .i64, signed: type.isSigned)
  }

  /// Writes a `return`.
  func lowerReturn(_ value: ExprID?) {
    guard case .function = typed.environment, let value else {
      return leaveBody(returning: value.map { integer($0) })
    }
    guard typed.result != .none else {
      effect(value)
      return leaveBody()
    }
    if let slot = call.resultPointer {
      store(value, to: builder.load(.pointer, from: builder.address(of: slot)), as: typed.result)
      return leaveBody(returning: .word(0))
    }
    leaveBody(returning: converted(value, to: typed.result))
  }

  /// Ends the whole probe here, from whatever function or loop.
  func leaveProbe() {
    if let slot = call.leavePointer {
      builder.store(.word(1), to: builder.load(.pointer, from: builder.address(of: slot)))
    }
    leaveBody()
  }

  /// The address of the word that a callee sets to end the probe; it is 0.
  private var leavePointer: IRValue {
    if let slot = call.leavePointer {
      return builder.load(.pointer, from: builder.address(of: slot))
    }
    let pointer = scratch(bytes: 8)
    builder.store(.word(0), to: pointer)
    return pointer
  }
}

extension ScriptLowering {
  /// Whether a body may end the probe, itself or by what it calls.
  func mayLeave(_ body: TypedBody) -> Bool {
    body.facts.values.contains { facts in
      switch facts.meaning {
      case .function(let function): function.endsProbe
      case .scriptFunction(let index): functions[index]?.convention.mayLeave == true
      default: false
      }
    }
  }
}

extension TypedScript {
  /// The functions that a probe calls, itself or by others.
  fileprivate func calls(of body: TypedBody) -> [Int] {
    body.facts.values.compactMap {
      if case .scriptFunction(let index) = $0.meaning { index } else { nil }
    }
  }

  /// The functions that probes call, themselves or by others.
  var calledFunctions: Set<Int> {
    var called: Set<Int> = []
    var open = probes.flatMap { calls(of: $0.body) }
    while let index = open.popLast() {
      if called.insert(index).inserted { open += calls(of: functions[index].body) }
    }
    return called
  }
}
