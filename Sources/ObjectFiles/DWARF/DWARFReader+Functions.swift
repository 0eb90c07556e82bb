internal import BTF

extension DWARFReader {
  /// The function that is entered at an address.
  func description(ofFunctionAt address: UInt64) -> DebugFunction? {
    guard let entry = function(at: address), entry.entryAddress(&budget) == address else {
      return nil
    }
    let returns = types.type(of: entry)
    var convention = CallingConvention(image.file.machine, types, returns: returns)
    var parameters: [DebugParameter] = []
    let children = entry.children
    let declared = self.parameters(of: entry, children)
    for parameter in declared.prefix(255) {
      let type = types.type(of: parameter)
      // Asked for every parameter, so that the next one finds its register.
      let usual = convention?.next(type)
      parameters.append(
        DebugParameter(
          name: parameter.name ?? "", type: type,
          place: place(of: parameter, usual: usual, in: entry, at: address)))
    }
    return DebugFunction(
      name: entry.name ?? "", linkageName: entry.linkageName, parameters: parameters,
      isVariadic: children.contains { $0.tag == .unspecifiedParameters }, returns: returns)
  }

  /// The parameters of a function with code: as far as it has them its own, else those of what it was
  /// made from.
  private func parameters(of entry: DWARFEntry, _ children: [DWARFEntry]) -> [DWARFEntry] {
    let own = children.filter { $0.tag == .formalParameter }
    let origin = entry.origin?.children.filter { $0.tag == .formalParameter } ?? []
    guard origin.count > own.count else { return own }
    return origin.map { parameter in
      own.first { $0.origin?.offset == parameter.offset } ?? parameter
    }
  }

  /// Where a parameter is at the entry of its function.
  ///
  /// What a list of locations says of that very address counts more than the convention, which compilers
  /// change for functions that nobody else calls. A location that holds for the whole function is the one
  /// after its prologue.
  ///
  /// - Parameter usual: Where the convention has it; nil if that is not known.
  private func place(
    of parameter: DWARFEntry, usual: ArgumentPlace?, in function: DWARFEntry, at address: UInt64
  ) -> ArgumentPlace {
    if let constant = parameter[.constantValue]?.signedNumber { return .constant(constant) }
    let usual = usual ?? .nowhere("how this processor passes arguments is not known")
    guard let location = parameter[.location] else {
      return function.first({ $0[.isExternal] })?.isTrue == true
        ? usual : .nowhere("it is optimized out")
    }
    guard let expression = parameter.unit.location(location, at: address, &budget) else {
      return usual
    }
    let place = expression.place(
      frame: function[.frameBase], in: function.unit, returnAddress: returnAddressSize)
    return place ?? usual
  }

  /// Has the first type that is defined with a name be among the types: whether there is one.
  func findType(named name: String) -> Bool {
    for header in image.headers {
      guard let unit = image.unit(header).map(whole), let root = unit.root, root.hasChildren else {
        continue
      }
      var walk = DWARFWalk(unit, at: root.next)
      while let step = walk.next() {
        switch step.tag {
        case .structureType, .classType, .unionType, .enumerationType, .typedef:
          let entry = walk.entry
          if entry[.declaration] == nil, entry.text(.name) == name {
            types.add(entry)
            return true
          }
        case .namespace: break
        default: if !step.tag.isScope { walk.skipChildren() }
        }
      }
    }
    return false
  }

  /// What a call puts onto the stack.
  private var returnAddressSize: Int { image.file.machine == .amd64 ? 8 : 0 }
}

extension DWARFExpression {
  /// What it means at the entry of a function; nil if it does not hold there, or is not understood.
  ///
  /// - Parameter frame: What offsets in the frame count from.
  func place(frame: DWARFValue?, in unit: DWARFUnit, returnAddress: Int) -> ArgumentPlace? {
    var cursor = DWARFCursor(bytes, at: 0, isBigEndian: self.unit.image.isBigEndian)
    if bytes.isEmpty { return .nowhere("it is optimized out") }
    var registers: [Int] = []
    while !cursor.isAtEnd {
      guard let step = step(&cursor, frame, unit, returnAddress) else { return nil }
      guard case .registers(let next) = step else {
        // Not one of several pieces.
        return cursor.isAtEnd && registers.isEmpty ? step : nil
      }
      registers += next
      if cursor.isAtEnd { break }
      guard cursor.byte() == 0x93 else { return nil }  // piece
      let size = cursor.unsigned()
      guard size == 8 || cursor.isAtEnd else { return nil }
    }
    guard !cursor.isDamaged, !registers.isEmpty else { return nil }
    if registers.contains(where: { isFloat($0) }) {
      return .nowhere("it is passed in a floating-point register, which probes cannot read")
    }
    return .registers(registers)
  }

  private func isFloat(_ register: Int) -> Bool {
    unit.image.file.machine == .amd64 ? (17...48).contains(register) : (64...95).contains(register)
  }

  private func step(
    _ cursor: inout DWARFCursor, _ frame: DWARFValue?, _ unit: DWARFUnit, _ returnAddress: Int
  ) -> ArgumentPlace? {
    let operation = cursor.byte()
    func value(_ number: Int64) -> ArgumentPlace? {
      guard cursor.byte() == 0x9f, cursor.isAtEnd else { return nil }  // stack value
      return .constant(number)
    }
    func memory(_ register: Int) -> ArgumentPlace? {
      guard let offset = Int(exactly: cursor.signed()), abs(offset) < 1 << 20 else { return nil }
      if cursor.isAtEnd {
        return register == stackPointer
          ? .stack(offset) : .memory(register: register, offset: offset)
      }
      // The number in the register itself.
      guard offset == 0, cursor.byte() == 0x9f else { return nil }
      return .registers([register])
    }
    switch operation {
    case 0x50...0x6f: return .registers([Int(operation) - 0x50])
    case 0x90: return .registers([Int(clamping: cursor.unsigned())])
    case 0x70...0x8f: return memory(Int(operation) - 0x70)
    case 0x92: return memory(Int(clamping: cursor.unsigned()))
    case 0x91:
      // Above the frame is what the caller put there; what is inside is not written yet.
      guard let offset = Int(exactly: cursor.signed()), (0..<(1 << 20)).contains(offset),
        cursor.isAtEnd, isCallFrame(frame, unit)
      else { return nil }
      return .stack(offset + returnAddress)
    case 0x30...0x4f: return value(Int64(operation) - 0x30)
    case 0x08: return value(Int64(cursor.byte()))
    case 0x09: return value(Int64(Int8(bitPattern: cursor.byte())))
    case 0x0a: return value(Int64(cursor.unsigned(size: 2)))
    case 0x0b: return value(Int64(Int16(truncatingIfNeeded: cursor.unsigned(size: 2))))
    case 0x0c: return value(Int64(cursor.unsigned(size: 4)))
    case 0x0d: return value(Int64(Int32(truncatingIfNeeded: cursor.unsigned(size: 4))))
    case 0x0e, 0x0f: return value(Int64(bitPattern: cursor.unsigned(size: 8)))
    case 0x10: return value(Int64(bitPattern: cursor.unsigned()))
    case 0x11: return value(cursor.signed())
    case 0x9e:
      let size = cursor.unsigned()
      guard (1...8).contains(size) else { return nil }
      let number = cursor.unsigned(size: Int(size))
      return cursor.isAtEnd ? .constant(Int64(bitPattern: number)) : nil
    case 0xa3, 0xf3:
      // What a register was at the entry, which is now.
      guard cursor.unsigned() == 1 else { return nil }
      let register = cursor.byte()
      guard (0x50...0x6f).contains(register), cursor.byte() == 0x9f else { return nil }
      return .registers([Int(register) - 0x50])
    default: return nil
    }
  }

  private var stackPointer: Int { unit.image.file.machine == .amd64 ? 7 : 31 }

  /// Whether offsets count from the address that the frame has by its call frame information.
  private func isCallFrame(_ frame: DWARFValue?, _ unit: DWARFUnit) -> Bool {
    guard case .block(let range)? = frame else { return false }
    return Array(unit.image.section(unit.header.section.name)[range]) == [0x9c]
  }
}
