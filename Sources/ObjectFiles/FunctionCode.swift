extension ELFFile {
  /// The offsets in a function of the instructions by which it returns, ascending; nil where that cannot be
  /// told.
  package func returns(of function: ObjectSymbol) throws(ObjectFileError) -> [UInt64]? {
    guard let disassembler = Disassembler(machine),
      let instructions = try instructions(of: function)
    else { return nil }
    return instructions.filter { instruction in
      let text = disassembler.instruction(of: instruction.bytes, at: instruction.address)?.text
      return text?.split(separator: " ").contains { $0 == "ret" || $0 == "retq" } ?? false
    }.map { $0.address - function.address }
  }

  /// Whether a Go compiler made the program. Its functions may be moved to another stack while they run,
  /// so that an address to return to that was put there by others breaks the program.
  package var isOfGo: Bool {
    section(named: ".gopclntab") != nil || section(named: ".note.go.buildid") != nil
      || section(named: ".go.buildinfo") != nil
  }

  /// The instructions of a function; nil where they cannot be told apart.
  private func instructions(
    of function: ObjectSymbol
  ) throws(ObjectFileError) -> [Instruction]? {
    guard function.size > 0, function.size < 1 << 24, let disassembler = Disassembler(machine)
    else { return nil }
    let code = try bytes(atAddress: function.address, count: function.size)
    guard let starts = disassembler.instructionOffsets(of: code, at: function.address) else {
      return nil
    }
    return zip(starts, starts.dropFirst() + [code.count]).map { start, end in
      Instruction(
        address: function.address &+ UInt64(start), bytes: Array(code[start..<max(start, end)]))
    }
  }
}

private struct Instruction {
  let address: UInt64
  let bytes: [UInt8]
}
