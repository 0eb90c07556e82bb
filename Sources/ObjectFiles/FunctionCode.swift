extension ELFFile {
  /// The functions that a function may choose which chooses the real one when the program is linked
  /// (IFUNC): where they start, ascending.
  ///
  /// These are the addresses of code that its own code takes. Empty where that cannot be told: for other
  /// processors, or where another function is asked.
  package func implementations(
    of indirect: ObjectSymbol
  ) throws(ObjectFileError) -> [UInt64] {
    guard let instructions = try instructions(of: indirect) else { return [] }
    var taken: Set<UInt64> = []
    var pages: [UInt32: UInt64] = [:]
    for instruction in instructions {
      switch machine {
      case .amd64:
        if let address = instruction.addressTakenOnAMD64 { taken.insert(address) }
      case .aarch64:
        if let address = instruction.addressTakenOnARM64(&pages) { taken.insert(address) }
      default: return []
      }
    }
    let end = indirect.address &+ indirect.size
    return taken.filter { address in
      !(indirect.address..<end).contains(address)
        && section(atAddress: address)?.isExecutable == true
    }.sorted()
  }

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

  /// The address that `lea` forms from that of the next instruction, or that `mov` has in it.
  var addressTakenOnAMD64: UInt64? {
    let code = bytes.drop { (0x40...0x4f).contains($0) }
    guard let first = code.first else { return nil }
    let next = code.startIndex + 1
    if first == 0x8d, code.count == 6, code[next] & 0xc7 == 0x05,
      let distance = bytes.load(Int32.self, at: next + 1, bigEndian: false)
    {
      return address &+ UInt64(bytes.count) &+ UInt64(bitPattern: Int64(distance))
    }
    if (0xb8...0xbf).contains(first), code.count == 5 {
      return bytes.load(UInt32.self, at: next, bigEndian: false).map(UInt64.init)
    }
    if first == 0xc7, code.count == 6, code[next] & 0xf8 == 0xc0 {
      return bytes.load(UInt32.self, at: next + 1, bigEndian: false).map(UInt64.init)
    }
    return nil
  }

  /// The address that `adrp` and `add` form in a register, or `adr` alone.
  ///
  /// - Parameter pages: What registers got by `adrp`, by their numbers.
  func addressTakenOnARM64(_ pages: inout [UInt32: UInt64]) -> UInt64? {
    guard let word = bytes.load(UInt32.self, at: 0, bigEndian: false) else { return nil }
    let distance =
      Int64(Int32(bitPattern: (word >> 5 & 0x7ffff) << 13) >> 11)
      | Int64(word >> 29 & 3)
    switch word {
    case _ where word & 0x9f00_0000 == 0x9000_0000:
      pages[word & 31] = (address & ~0xfff) &+ UInt64(bitPattern: distance << 12)
      return nil
    case _ where word & 0x9f00_0000 == 0x1000_0000:
      return address &+ UInt64(bitPattern: distance)
    case _ where word & 0xffc0_0000 == 0x9100_0000:
      return pages[word >> 5 & 31].map { $0 &+ UInt64(word >> 10 & 0xfff) }
    default: return nil
    }
  }
}
