/// Writes the instructions that take the place of others in one function.
struct IRRewriter {
  private(set) var instructions: [IRInstruction] = []
  private(set) var temporaryCount: Int
  private var line = 0

  init(temporaryCount: Int) { self.temporaryCount = temporaryCount }

  /// Appends an instruction as it is.
  mutating func keep(_ instruction: IRInstruction) { instructions.append(instruction) }

  /// Appends an operation that has a result, for the line of the instruction being replaced.
  mutating func emit(_ operation: IROperation) -> IRValue {
    guard let type = operation.resultType else {
      preconditionFailure("the operation has no result")
    }
    let result = temporaryCount
    temporaryCount += 1
    instructions.append(IRInstruction(result: result, operation: operation, line: line))
    return .temporary(result, type)
  }

  /// Appends an operation without a result.
  mutating func perform(_ operation: IROperation) {
    instructions.append(IRInstruction(operation: operation, line: line))
  }

  /// Appends an operation whose result takes the place of the replaced instruction's.
  mutating func finish(_ instruction: IRInstruction, with operation: IROperation) {
    instructions.append(
      IRInstruction(result: instruction.result, operation: operation, line: instruction.line))
  }

  /// Has `replace` write, for every instruction of a function, what stands in its place.
  static func rewrite(
    _ function: inout IRFunction, _ replace: (IRInstruction, inout IRRewriter) -> Void
  ) {
    for index in function.blocks.indices {
      var rewriter = IRRewriter(temporaryCount: function.temporaryCount)
      for instruction in function.blocks[index].instructions {
        rewriter.line = instruction.line
        replace(instruction, &rewriter)
      }
      function.blocks[index].instructions = rewriter.instructions
      function.temporaryCount = rewriter.temporaryCount
    }
  }
}
