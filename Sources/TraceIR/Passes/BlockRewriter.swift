/// Writes the instructions and blocks that take the place of others in one function.
struct IRBlockRewriter {
  var function: IRFunction
  private let index: Int
  /// The block that is written.
  var block = 0
  /// The line of the script that it is written for.
  var line = 0

  private struct Shape: Hashable {
    var name: String
    var size: Int
  }
  private var slots: [Shape: Int] = [:]

  init(_ function: IRFunction, index: Int) {
    self.function = function
    self.index = index
  }

  // MARK: Instructions

  /// Appends an instruction as it is.
  mutating func keep(_ instruction: IRInstruction) {
    function.blocks[block].instructions.append(instruction)
  }

  /// Appends an operation that has a result, for the line of the instruction being replaced.
  mutating func emit(_ operation: IROperation) -> IRValue {
    guard let type = operation.resultType else {
      preconditionFailure("the operation has no result")
    }
    let result = function.temporaryCount
    function.temporaryCount += 1
    keep(IRInstruction(result: result, operation: operation, line: line))
    return .temporary(result, type)
  }

  /// Appends an operation without a result.
  mutating func perform(_ operation: IROperation) {
    keep(IRInstruction(operation: operation, line: line))
  }

  /// Appends an operation whose result takes the place of the replaced instruction's.
  mutating func finish(_ instruction: IRInstruction, with operation: IROperation) {
    keep(IRInstruction(result: instruction.result, operation: operation, line: instruction.line))
  }

  // MARK: Memory

  /// The address of a slot for what takes the place of one instruction: pointer.
  ///
  /// The next instruction's gets the same of that name and size.
  mutating func slot(_ name: String, size: Int) -> IRValue {
    let shape = Shape(name: name, size: size)
    let number = slots[shape] ?? function.slots.count
    if number == function.slots.count { function.slots.append(IRSlot(name: name, size: size)) }
    slots[shape] = number
    return emit(.slot(IRSlotID(function: index, index: number)))
  }

  // MARK: Blocks

  /// A new, empty block; it has to be ended.
  mutating func newBlock(_ label: String) -> IRBlockID {
    function.blocks.append(IRBlock(label: label))
    return IRBlockID(index: function.blocks.count - 1)
  }

  /// Ends the current block.
  mutating func end(_ terminator: IRTerminator) { function.blocks[block].terminator = terminator }

  /// Ends the current block and goes on in another.
  mutating func end(_ terminator: IRTerminator, continueAt next: IRBlockID) {
    end(terminator)
    block = next.index
  }

  /// Has `replace` write, for every instruction of a function, what stands in its place; it goes on
  /// in a block that every way through what it wrote leads to.
  static func rewrite(
    _ function: inout IRFunction, index: Int,
    _ replace: (IRInstruction, inout IRBlockRewriter) -> Void
  ) {
    var rewriter = IRBlockRewriter(function, index: index)
    for number in function.blocks.indices {
      rewriter.block = number
      rewriter.function.blocks[number].instructions = []
      for instruction in function.blocks[number].instructions {
        rewriter.line = instruction.line
        replace(instruction, &rewriter)
      }
      rewriter.function.blocks[rewriter.block].terminator = function.blocks[number].terminator
    }
    function = rewriter.function
  }
}
