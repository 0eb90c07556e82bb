internal import TraceModel

/// Finds what is wrong with a module: the rules that passes and backend rely on.
///
/// Run after every pass in debug builds and in tests. Each complaint names function and block.
package struct IRChecker {
  private let module: IRModule
  private var faults: [String] = []
  private var function = 0
  private var place = ""
  /// For each function its place in `calleesFirst`.
  private let turns: [Int]

  private init(_ module: IRModule) {
    self.module = module
    var turns = Array(repeating: 0, count: module.functions.count)
    for (turn, index) in module.calleesFirst.enumerated() { turns[index] = turn }
    self.turns = turns
  }

  /// All broken rules, in order; empty for a sound module.
  package static func faults(in module: IRModule) -> [String] {
    var checker = IRChecker(module)
    checker.checkConstants()
    for index in module.functions.indices { checker.check(function: index) }
    return checker.faults
  }

  private mutating func complain(_ text: String) { faults.append("\(place): \(text)") }

  private mutating func require(_ condition: Bool, _ text: @autoclosure () -> String) {
    if !condition { complain(text()) }
  }

  // MARK: Module

  private mutating func checkConstants() {
    place = "constants"
    for constant in module.constants {
      require(constant.offset >= 0 && constant.offset % 8 == 0, "offset \(constant.offset)")
    }
  }

  // MARK: Functions

  private mutating func check(function index: Int) {
    function = index
    let function = module.functions[index]
    place = function.name
    if let parent = function.parent {
      require(
        parent >= 0 && parent < index, "a callback comes after the function that encloses it")
      guard parent >= 0, parent < index else { return }
    }
    for slot in function.slots {
      require(slot.size > 0, "slot \(slot.name) has no size")
      require([1, 2, 4, 8].contains(slot.alignment), "slot \(slot.name) has an odd alignment")
    }
    guard !function.blocks.isEmpty else { return complain("has no entry") }
    guard checkTerminators(of: function) else { return }

    let definitions = collectDefinitions(of: function)
    let dominators = IRDominators(function)
    for (number, block) in function.blocks.enumerated() {
      for (position, instruction) in block.instructions.enumerated() {
        place = "\(function.name) \(block.label).\(number) #\(position)"
        for operand in instruction.operation.operands {
          check(
            operand, at: (number, position), definitions: definitions, dominators: dominators)
        }
        check(instruction.operation)
      }
      place = "\(function.name) \(block.label).\(number) end"
      for operand in block.terminator?.operands ?? [] {
        check(
          operand, at: (number, block.instructions.count), definitions: definitions,
          dominators: dominators)
      }
      switch block.terminator {
      case .conditional(let condition, _, _):
        require(condition.type == .i1, "the condition is no truth value")
      case .return(let value): require(value.type == .i64, "what is returned is no i64")
      case .branch, nil: break
      }
    }
  }

  /// Whether all blocks end, and at blocks that exist.
  private mutating func checkTerminators(of function: IRFunction) -> Bool {
    let before = faults.count
    for (number, block) in function.blocks.enumerated() {
      place = "\(function.name) \(block.label).\(number)"
      guard let terminator = block.terminator else {
        complain("does not end")
        continue
      }
      for target in terminator.successors {
        require(function.blocks.indices.contains(target.index), "goes to a block that is not")
        require(target.index != 0, "goes to the entry")
      }
    }
    return faults.count == before
  }

  private struct Definition {
    var block: Int
    var position: Int
    var type: IRType
  }

  private mutating func collectDefinitions(of function: IRFunction) -> [Int: Definition] {
    var definitions: [Int: Definition] = [:]
    for (number, block) in function.blocks.enumerated() {
      for (position, instruction) in block.instructions.enumerated() {
        place = "\(function.name) \(block.label).\(number) #\(position)"
        guard let type = instruction.operation.resultType else {
          require(instruction.result == nil, "has a result and should have none")
          continue
        }
        guard let result = instruction.result else {
          complain("has no result")
          continue
        }
        require(
          (0..<function.temporaryCount).contains(result), "temporary %\(result) out of range")
        require(definitions[result] == nil, "%\(result) is assigned twice")
        definitions[result] = Definition(block: number, position: position, type: type)
      }
    }
    return definitions
  }

  private mutating func check(
    _ operand: IRValue, at use: (block: Int, position: Int), definitions: [Int: Definition],
    dominators: IRDominators
  ) {
    switch operand {
    case .integer: break
    case .parameter(let number, let type):
      let parameters = module.functions[function].parameters
      guard parameters.indices.contains(number) else {
        return complain("there is no parameter \(number)")
      }
      require(parameters[number] == type, "parameter \(number) is no \(type.name)")
    case .temporary(let number, let type):
      guard let definition = definitions[number] else {
        return complain("%\(number) is never assigned")
      }
      require(definition.type == type, "%\(number) is used as \(type.name)")
      guard dominators.isReachable(use.block) else { return }
      let precedes =
        definition.block == use.block
        ? definition.position < use.position
        : dominators.dominates(definition.block, use.block)
      require(precedes, "%\(number) is used where it need not have been assigned")
    }
  }

  // MARK: Operations

  private mutating func expect(_ value: IRValue, _ type: IRType, _ what: String) {
    require(value.type == type, "\(what) is \(value.type.name), not \(type.name)")
  }

  private mutating func checkMap(_ map: Int) {
    require(module.maps.indices.contains(map), "there is no map \(map)")
  }

  private mutating func checkScriptMap(_ map: Int, _ key: IRValue?) {
    guard module.scriptMaps.indices.contains(map) else {
      return complain("there is no script map \(map)")
    }
    guard let key else { return }
    expect(key, .pointer, "the key")
    require(
      (key == .null) == (module.scriptMaps[map].keySize == 0), "the key is not one of the map's")
  }

  private mutating func checkAmount(_ amount: IRValue) {
    require(amount.type == .i32 || amount.type == .i64, "the amount is \(amount.type.name)")
  }

  private mutating func checkCallback(
    _ callback: Int, _ frame: IRValue, _ matches: (IRFunction.Role) -> Bool
  ) {
    expect(frame, .pointer, "the frame")
    guard module.functions.indices.contains(callback) else {
      return complain("there is no function \(callback)")
    }
    let role = module.functions[callback].role
    require(matches(role), "function \(callback) is no such callback")
    require(
      module.functions[callback].parent == function, "function \(callback) is another's callback")
  }

  private mutating func checkCall(of callee: Int, _ arguments: [IRValue]) {
    guard module.functions.indices.contains(callee),
      case .subprogram(let parameters) = module.functions[callee].role
    else { return complain("function \(callee) is no subprogram") }
    let name = module.functions[callee].name
    require(
      turns[callee] < turns[module.root(of: function)], "\(name) calls itself, or what calls it")
    require(parameters.count <= 5, "\(name) has more than five parameters")
    require(arguments.map(\.type) == parameters, "\(name) is called with other types")
  }

  private mutating func checkCall(ofExternal callee: Int, _ arguments: [IRValue]) {
    guard module.externals.indices.contains(callee) else {
      return complain("there is no external function \(callee)")
    }
    let external = module.externals[callee]
    require(external.parameters.count <= 5, "\(external.name) has more than five parameters")
    require(
      arguments.count == external.parameters.count,
      "\(external.name) is called with \(arguments.count) arguments")
    for argument in arguments { expect(argument, .i64, "the argument") }
  }

  private mutating func checkBinary(_ operation: IRBinary, _ left: IRValue, _ right: IRValue) {
    require(left.type == right.type, "operands are \(left.type.name) and \(right.type.name)")
    require(left.type != .pointer, "arithmetic on pointers")
    guard left.type == .i1 else { return }
    switch operation {
    case .and, .or, .xor: break
    default: complain("\(operation.rawValue) of truth values")
    }
  }

  private mutating func checkComparison(
    _ comparison: IRComparison, _ left: IRValue, _ right: IRValue
  ) {
    require(left.type == right.type, "operands are \(left.type.name) and \(right.type.name)")
    guard left.type == .pointer else { return }
    require(comparison == .equal || comparison == .notEqual, "pointers have no order")
    require(left == .null || right == .null, "pointers compare with null only")
  }

  private mutating func checkCast(_ cast: IRCast, _ value: IRValue, _ type: IRType) {
    switch cast {
    case .address:
      expect(value, .pointer, "what is cast")
      require(type == .i64, "an address is an i64")
    case .zeroExtend, .signExtend:
      require(
        value.type != .pointer && type != .pointer && value.type.bits < type.bits,
        "\(cast.rawValue) from \(value.type.name) to \(type.name)")
    case .truncate:
      require(
        value.type != .pointer && type != .pointer && value.type.bits > type.bits,
        "trunc from \(value.type.name) to \(type.name)")
    }
  }

  private mutating func checkConstant(_ index: Int, text: Bool) {
    guard module.constants.indices.contains(index) else {
      return complain("there is no constant \(index)")
    }
    if case .string = module.constants[index].shape {
      require(text, "constant \(index) is text")
    }
  }

  private mutating func checkQuestion(_ question: IRFieldQuestion, _ path: FieldPath) {
    switch question {
    case .exists, .size, .offset, .leftShift, .rightShift:
      require(!path.steps.isEmpty, "the way to \(path.root) has no steps")
    case .typeExists, .typeSize:
      require(path.steps.isEmpty, "\(path.text) is not a type")
    case .enumeratorExists, .enumeratorValue:
      require(
        path.rootKind == .enumeration && path.steps.count == 1, "\(path.text) is not an enumerator")
    }
    require(!path.root.isEmpty, "the loader finds no type without a name")
  }

  private mutating func checkSlot(_ slot: IRSlotID) {
    var enclosing: Int? = function
    while let candidate = enclosing, candidate != slot.function {
      enclosing = module.functions[candidate].parent
    }
    guard enclosing != nil else { return complain("the slot of a function that does not enclose") }
    require(
      module.functions[slot.function].slots.indices.contains(slot.index), "there is no such slot")
  }

  private mutating func check(_ operation: IROperation) {
    switch operation {
    case .constant(let index): checkConstant(index, text: false)
    case .constantAddress(let index): checkConstant(index, text: true)
    case .literal(let bytes): require(!bytes.isEmpty, "the literal is empty")
    case .binary(let operation, let left, let right): checkBinary(operation, left, right)
    case .compare(let comparison, let left, let right): checkComparison(comparison, left, right)
    case .cast(let cast, let value, let type): checkCast(cast, value, type)
    case .select(let condition, let then, let other):
      expect(condition, .i1, "the condition")
      expect(other, then.type, "the second choice")
    case .slot(let slot): checkSlot(slot)
    case .offset(let pointer, let bytes):
      expect(pointer, .pointer, "the base")
      expect(bytes, .i64, "the offset")
    case .load(_, let pointer): expect(pointer, .pointer, "the address")
    case .store(_, let pointer): expect(pointer, .pointer, "the address")
    case .copy(let target, let source, let bytes):
      expect(target, .pointer, "the target")
      expect(source, .pointer, "the source")
      require(bytes > 0, "copies \(bytes) bytes")
    case .zero(let pointer, let bytes), .fill(let pointer, let bytes, _):
      expect(pointer, .pointer, "the target")
      require(bytes > 0, "fills \(bytes) bytes")
    case .increment(let pointer, let amount):
      expect(pointer, .pointer, "the address")
      expect(amount, .i64, "the amount")
    case .atomicAdd(let pointer, let amount):
      expect(pointer, .pointer, "the address")
      checkAmount(amount)
    case .context: break
    case .contextLoad(let type, let offset):
      require(offset >= 0 && offset % type.bytes == 0, "offset \(offset) of the context")
    case .contextField(let path, _):
      require(!path.steps.isEmpty, "the way to \(path.root) has no steps")
    case .fieldInfo(let question, let path): checkQuestion(question, path)
    case .fieldAddress(let base, let path):
      expect(base, .i64, "the base")
      require(!path.steps.isEmpty, "the way to \(path.root) has no steps")
    case .typedLoad(_, let address): expect(address, .i64, "the address")
    case .number(let pointer): expect(pointer, .i64, "the pointer")
    case .probeRead(_, let target, let size, let source),
      .probeReadString(_, let target, let size, let source):
      expect(target, .pointer, "the target")
      expect(size, .i64, "the size")
      expect(source, .i64, "the source")
    case .element(let map, let key), .remove(let map, let key), .contains(let map, let key):
      checkScriptMap(map, key)
    case .elementOfCPU(let map, let key, let cpu):
      checkScriptMap(map, key)
      expect(cpu, .i64, "the CPU")
    case .makeElement(let map, let key, let status):
      checkScriptMap(map, key)
      expect(status, .pointer, "the status")
    case .put(let map, let key, let value):
      checkScriptMap(map, key)
      expect(value, .pointer, "the value")
    case .add(let map, let key, let amount, let status):
      checkScriptMap(map, key)
      checkAmount(amount)
      expect(status, .pointer, "the status")
    case .length(let map), .object(let map): checkScriptMap(map, nil)
    case .iterate(let map, let callback, let frame):
      checkScriptMap(map, nil)
      checkCallback(callback, frame) { if case .forEach = $0 { true } else { false } }
    case .mapObject(let map): checkMap(map)
    case .mapLookup(let map, let key), .mapDelete(let map, let key):
      checkMap(map)
      expect(key, .pointer, "the key")
    case .mapLookupPerCPU(let map, let key, let cpu):
      checkMap(map)
      expect(key, .pointer, "the key")
      expect(cpu, .i64, "the CPU")
    case .mapUpdate(let map, let key, let value, _):
      checkMap(map)
      expect(key, .pointer, "the key")
      expect(value, .pointer, "the value")
    case .forEach(let map, let callback, let frame):
      checkMap(map)
      checkCallback(callback, frame) { if case .forEach = $0 { true } else { false } }
    case .loop(let count, let callback, let frame):
      expect(count, .i64, "the count")
      checkCallback(callback, frame) { if case .loop = $0 { true } else { false } }
    case .isUnderCgroup(let map): checkMap(map)
    case .call(let callee, let arguments): checkCall(of: callee, arguments)
    case .callExternal(let callee, let arguments): checkCall(ofExternal: callee, arguments)
    case .scratch: break
    case .helper(let helper, let arguments):
      require(arguments.count <= 5, "\(helper.name) has \(arguments.count) arguments")
    case .stack(let frames, let target, let bytes):
      expect(target, .pointer, "the target")
      require(bytes > 0 && bytes % frames.size == 0, "a stack of \(bytes) bytes")
    case .emit(let pointer, let size, _):
      expect(pointer, .pointer, "the event")
      expect(size, .i64, "the size")
    case .count(.refused(let map)): checkScriptMap(map, nil)
    case .count(.run), .count(.dropped): break
    }
  }
}
