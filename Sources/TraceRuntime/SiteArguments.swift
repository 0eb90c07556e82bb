internal import BPF
internal import MachineView
internal import ObjectFiles
internal import TraceModel

/// Translates what a binary says of the arguments of its static tracepoints.
struct SiteArguments {
  private let file: ELFFile
  private let registers: [String: Int]
  private let instructionPointer: Int

  init(_ file: ELFFile) {
    self.file = file
    let architecture = file.machine == .aarch64 ? Architecture.arm64 : .amd64
    registers = architecture.assemblerRegisters
    instructionPointer = architecture.offset(ofRegister: architecture.instructionPointer) ?? 0
  }

  /// The arguments of a tracepoint, with those that programs cannot get at.
  func arguments(
    of probe: USDTProbe
  ) throws(ObjectFileError) -> [StaticTracepoint.Argument] {
    try USDTArgument.operands(of: probe.arguments).map { text throws(ObjectFileError) in
      var place: SiteArgument?
      if let argument = USDTArgument(text, for: file.machine) {
        place = try translate(argument, at: probe.address)
      }
      return StaticTracepoint.Argument(text: text, place: place)
    }
  }

  private func translate(
    _ argument: USDTArgument, at place: UInt64
  ) throws(ObjectFileError) -> SiteArgument? {
    var result = SiteArgument(sizeInBytes: argument.sizeInBytes, isSigned: argument.isSigned)
    switch argument.place {
    case .constant(let value): result.constant = value
    case .register(let name):
      guard let base = offset(of: name) else { return nil }
      result.base = base
    case .memory(let address):
      result.isInMemory = true
      guard try add(address, to: &result, at: place) else { return nil }
    case .address(let address):
      guard try add(address, to: &result, at: place) else { return nil }
    }
    return result
  }

  private func offset(of register: String) -> UInt16? {
    registers[register].map { UInt16($0) }
  }

  /// - Returns: Whether all of the address is known.
  private func add(
    _ address: USDTArgument.Address, to result: inout SiteArgument, at place: UInt64
  ) throws(ObjectFileError) -> Bool {
    result.constant = address.displacement
    if let index = address.index {
      guard let register = offset(of: index) else { return false }
      result.index = SiteArgument.Index(
        register: register, shift: UInt8(address.scale.trailingZeroBitCount),
        width: address.extent == nil ? 64 : 32, isSigned: address.extent != .unsigned)
    }
    if let base = address.base {
      guard let register = offset(of: base) else { return false }
      result.base = register
    }
    guard let symbol = address.symbol else { return true }
    guard let target = try self.address(of: symbol) else { return false }
    result.constant &+= Int64(bitPattern: target)
    if file.kind == .executable, Int(result.base ?? 0) != instructionPointer { return true }
    // The code moves with the data: what counts is how far one is from the other.
    guard result.base == nil || Int(result.base ?? 0) == instructionPointer else { return false }
    result.base = UInt16(instructionPointer)
    result.constant &-= Int64(bitPattern: place)
    return true
  }

  private func address(of symbol: String) throws(ObjectFileError) -> UInt64? {
    if let found = try file.symbols().symbol(named: symbol) { return found.address }
    return try file.symbolsWithDebugFile().symbol(named: symbol)?.address
  }
}
