extension ELFFile {
  /// The offsets in a function of the instructions by which it returns, ascending; nil where that cannot be
  /// told.
  package func returns(of function: ObjectSymbol) throws(ObjectFileError) -> [UInt64]? {
    guard function.size > 0, function.size < 1 << 24, let disassembler = Disassembler(machine)
    else { return nil }
    let code = try bytes(atAddress: function.address, count: function.size)
    guard let starts = disassembler.instructionOffsets(of: code, at: function.address) else {
      return nil
    }
    let ends = starts.dropFirst() + [code.count]
    return zip(starts, ends).filter { start, end in
      let bytes = Array(code[start..<max(start, end)])
      let address = function.address &+ UInt64(start)
      let text = disassembler.instruction(of: bytes, at: address)?.text
      return text?.split(separator: " ").contains { $0 == "ret" || $0 == "retq" } ?? false
    }.map { start, _ in UInt64(start) }
  }

  /// Whether a Go compiler made the program. Its functions may be moved to another stack while they run,
  /// so that an address to return to that was put there by others breaks the program.
  package var isOfGo: Bool {
    section(named: ".gopclntab") != nil || section(named: ".note.go.buildid") != nil
      || section(named: ".go.buildinfo") != nil
  }
}
