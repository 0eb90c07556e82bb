extension ELFFile {
  /// Whether a uprobe may be set at a place in a function.
  package enum InstructionBoundary: Hashable, Sendable {
    case start
    case inside
    /// It cannot be said: the function's size or the processor's instructions are not known.
    case unknown
  }

  /// Tells whether an instruction of `symbol` starts at `address`.
  package func instructionBoundary(
    at address: UInt64, in symbol: ObjectSymbol
  ) throws(ObjectFileError) -> InstructionBoundary {
    if address == symbol.address { return .start }
    guard symbol.size > 0, address > symbol.address, address - symbol.address < symbol.size,
      symbol.size < 1 << 28, let disassembler = Disassembler(machine)
    else { return .unknown }
    let wanted = Int(address - symbol.address)
    // The last instruction that matters may reach 16 bytes beyond the wanted place.
    let code = try bytes(
      atAddress: symbol.address, count: min(symbol.size, UInt64(wanted) + 16))
    guard let starts = disassembler.instructionOffsets(of: code, at: symbol.address) else {
      return .unknown
    }
    if starts.contains(wanted) { return .start }
    return (starts.last ?? 0) + 16 > wanted ? .inside : .unknown
  }
}
