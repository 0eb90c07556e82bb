internal import BTF

/// Where a processor's convention has the arguments of a function at its entry.
struct CallingConvention {
  /// What one eight-byte part of a value is passed in.
  private enum Part {
    case integer, float
  }

  private let machine: ELFFile.Machine
  private let types: DWARFTypes
  /// Those that are left, first to last.
  private var registers: ArraySlice<Int>
  /// Where the next argument on the stack is.
  private var stack: Int
  private var floatsLeft = 8

  /// - Returns: nil for a processor whose convention is not known here.
  init?(_ machine: ELFFile.Machine, _ types: DWARFTypes, returns: BTFTypeID) {
    self.machine = machine
    self.types = types
    switch machine {
    case .amd64:
      registers = [5, 4, 1, 2, 8, 9]
      stack = 8
      // The caller says where to put what does not fit into two registers.
      if parts(of: returns) == nil { registers.removeFirst() }
    case .aarch64:
      registers = [0, 1, 2, 3, 4, 5, 6, 7]
      stack = 0
    default: return nil
    }
  }

  /// The place of the next argument.
  mutating func next(_ type: BTFTypeID) -> ArgumentPlace {
    if types.isPassedByAddress(type) { return byAddress() }
    let size = self.size(of: type)
    guard let parts = parts(of: type) else {
      if machine == .aarch64, size > 16 { return byAddress() }
      return onStack(size)
    }
    let integers = parts.count { $0 == .integer }
    let floats = parts.count - integers
    guard integers <= registers.count, floats <= floatsLeft else {
      if machine == .aarch64, integers > 0 { registers = [] }
      return onStack(size)
    }
    floatsLeft -= floats
    let taken = Array(registers.prefix(integers))
    registers = registers.dropFirst(integers)
    guard floats == 0 else {
      return .nowhere("it is passed in a floating-point register, which probes cannot read")
    }
    return .registers(taken)
  }

  private mutating func byAddress() -> ArgumentPlace {
    if let register = registers.popFirst() { return .memory(register: register, offset: 0) }
    stack += 8
    return .nowhere("its address is passed on the stack")
  }

  private mutating func onStack(_ size: Int) -> ArgumentPlace {
    defer { stack += (max(size, 1) + 7) & ~7 }
    return .stack(stack)
  }

  // MARK: Types

  /// The parts of a value that is passed in registers; nil for one that is passed in memory.
  private func parts(of id: BTFTypeID) -> [Part]? {
    let id = types.resolve(id)
    if id == .void { return [] }
    if types.isPassedByAddress(id) { return nil }
    switch types[id] {
    case .integer(let integer):
      return [Part](repeating: .integer, count: (integer.sizeInBytes + 7) / 8)
    case .pointer, .enumeration: return [.integer]
    case .float(_, let size): return size <= 8 ? [.float] : machine == .aarch64 ? [.float] : nil
    case .composite(let composite):
      let size = composite.sizeInBytes
      if size == 0 { return [] }
      guard size <= 16 else {
        if machine == .aarch64, let count = floats(in: id, depth: 0), count <= 4 {
          return [Part](repeating: .float, count: count)
        }
        return nil
      }
      if machine == .aarch64 {
        if let count = floats(in: id, depth: 0), (1...4).contains(count) {
          return [Part](repeating: .float, count: count)
        }
        return [Part](repeating: .integer, count: (size + 7) / 8)
      }
      var parts = [Part](repeating: .float, count: (size + 7) / 8)
      return classify(id, at: 0, &parts, depth: 0) ? parts : nil
    default: return [.integer]
    }
  }

  /// Notes which parts have something else than floating-point numbers in them.
  ///
  /// - Returns: Whether the value may be passed in registers.
  private func classify(_ id: BTFTypeID, at offset: Int, _ parts: inout [Part], depth: Int) -> Bool
  {
    guard depth < 8 else { return false }
    switch types[types.resolve(id)] {
    case .composite(let composite):
      for member in composite.members {
        if member.bitWidth != nil {
          let index = (offset * 8 + member.bitOffset) / 64
          if parts.indices.contains(index) { parts[index] = .integer }
          continue
        }
        guard classify(member.type, at: offset + member.byteOffset, &parts, depth: depth + 1)
        else { return false }
      }
      return true
    case .array(let array):
      let size = max(1, self.size(of: array.element))
      for index in 0..<min(array.count, 16) {
        guard classify(array.element, at: offset + index * size, &parts, depth: depth + 1)
        else { return false }
      }
      return true
    case .float(_, let size): return size <= 8 && offset % max(size, 1) == 0
    default:
      let size = max(1, self.size(of: id))
      guard offset % min(size, 8) == 0 else { return false }
      for index in (offset / 8)...((offset + size - 1) / 8) where parts.indices.contains(index) {
        parts[index] = .integer
      }
      return true
    }
  }

  /// How many floating-point numbers a structure consists of; nil if there is anything else in it.
  private func floats(in id: BTFTypeID, depth: Int) -> Int? {
    guard depth < 8 else { return nil }
    switch types[types.resolve(id)] {
    case .float: return 1
    case .array(let array):
      guard array.count <= 4 else { return nil }
      return floats(in: array.element, depth: depth + 1).map { $0 * array.count }
    case .composite(let composite):
      guard !composite.isUnion, composite.members.count <= 4 else { return nil }
      var count = 0
      for member in composite.members {
        guard let inner = floats(in: member.type, depth: depth + 1) else { return nil }
        count += inner
      }
      return count
    default: return nil
    }
  }

  private func size(of id: BTFTypeID, depth: Int = 0) -> Int {
    guard depth < 8 else { return 0 }
    switch types[types.resolve(id)] {
    case .integer(let integer): return integer.sizeInBytes
    case .enumeration(let enumeration): return enumeration.sizeInBytes
    case .float(_, let size): return size
    case .composite(let composite): return composite.sizeInBytes
    case .array(let array):
      let (size, overflow) = self.size(of: array.element, depth: depth + 1)
        .multipliedReportingOverflow(by: array.count)
      return overflow ? 0 : size
    default: return 8
    }
  }
}
