internal import CLLVM

/// One member of a structure in debug information; sizes and offsets are bytes.
struct DebugMember {
  let name: String
  let type: LLVMMetadata
  let size: Int
  let offset: Int
}

extension LLVMUnit {
  /// The file that lines refer to, with its text inside, and the compile unit of it.
  ///
  /// Lines of the script go into the object from here. The C API has no call that attaches the text
  /// to a file, so a module that has nothing but such a file is parsed.
  func addSource(name: String, lines: [String], producer: String) -> (
    file: LLVMMetadata, unit: LLVMMetadata
  ) {
    let file = parsedFile(name: name, lines: lines) ?? plainFile(name: name)
    let unit = unsafe LLVMDIBuilderCreateCompileUnit(
      debug, LLVMDWARFSourceLanguageC, file.reference, producer, producer.utf8.count, 0, "", 0, 0,
      "", 0, LLVMDWARFEmissionFull, 0, 0, 0, "", 0, "", 0)
    addFlag("Debug Info Version", Int(LLVMDebugMetadataVersion()))
    addFlag("Dwarf Version", 5)
    return unsafe (file, LLVMMetadata(unit))
  }

  private func addFlag(_ name: String, _ value: Int) {
    unsafe LLVMAddModuleFlag(
      module, LLVMModuleFlagBehaviorWarning, name, name.utf8.count,
      LLVMValueAsMetadata(integer(Int64(value), bits: 32).reference))
  }

  private func plainFile(name: String) -> LLVMMetadata {
    unsafe LLVMMetadata(LLVMDIBuilderCreateFile(debug, name, name.utf8.count, "", 0))
  }

  private func parsedFile(name: String, lines: [String]) -> LLVMMetadata? {
    let source = Self.escaped(lines.map { $0 + "\n" }.joined())
    let text = """
      !bt.file = !{!0}
      !0 = !DIFile(filename: "\(Self.escaped(name))", directory: "", source: "\(source)")
      """
    let buffer = unsafe LLVMCreateMemoryBufferWithMemoryRangeCopy(text, text.utf8.count, "source")
    var parsed: LLVMModuleRef?
    var message: UnsafeMutablePointer<CChar>?
    guard unsafe LLVMParseIRInContext(context, buffer, &parsed, &message) == 0 else {
      unsafe LLVMDisposeMessage(message)
      return nil
    }
    defer { unsafe LLVMDisposeModule(parsed) }
    var operands: [LLVMValueRef?] = unsafe [nil]
    unsafe LLVMGetNamedMetadataOperands(parsed, "bt.file", &operands)
    return unsafe operands[0].map { unsafe LLVMMetadata(LLVMValueAsMetadata($0)) }
  }

  /// As LLVM's text wants it between quotes.
  private static func escaped(_ text: String) -> String {
    let digits = Array("0123456789ABCDEF")
    var result = ""
    result.reserveCapacity(text.utf8.count)
    for byte in text.utf8 {
      if byte >= 0x20, byte < 0x7f, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\") {
        result.unicodeScalars.append(Unicode.Scalar(byte))
      } else {
        result += "\\" + String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
      }
    }
    return result
  }

  // MARK: Types

  func debugInteger(_ name: String, bytes: Int, signed: Bool) -> LLVMMetadata {
    let encoding: UInt32 = signed ? 5 : 7  // DW_ATE_signed, DW_ATE_unsigned
    return unsafe LLVMMetadata(
      LLVMDIBuilderCreateBasicType(
        debug, name, name.utf8.count, UInt64(bytes * 8), encoding, LLVMDIFlagZero))
  }

  /// A pointer to a type, or to nothing known.
  func debugPointer(to type: LLVMMetadata? = nil) -> LLVMMetadata {
    unsafe LLVMMetadata(
      LLVMDIBuilderCreatePointerType(debug, type?.reference, 64, 0, 0, "", 0))
  }

  func debugArray(_ element: LLVMMetadata, elementSize: Int, count: Int) -> LLVMMetadata {
    var ranges: [LLVMMetadataRef?] = unsafe [
      LLVMDIBuilderGetOrCreateSubrange(debug, 0, Int64(count))
    ]
    return unsafe LLVMMetadata(
      LLVMDIBuilderCreateArrayType(
        debug, UInt64(elementSize * count * 8), 0, element.reference, &ranges, 1))
  }

  func debugEnumeration(bytes: Int, in file: LLVMMetadata) -> LLVMMetadata {
    unsafe LLVMMetadata(
      LLVMDIBuilderCreateEnumerationType(
        debug, file.reference, "", 0, file.reference, 0, UInt64(bytes * 8), 0, nil, 0,
        debugInteger("unsigned int", bytes: bytes, signed: false).reference))
  }

  /// An enumeration whose enumerators are numbered from 0 in order.
  func debugEnumeration(
    _ name: String, bytes: Int, signed: Bool, enumerators: [String], in file: LLVMMetadata
  ) -> LLVMMetadata {
    var elements: [LLVMMetadataRef?] = unsafe enumerators.enumerated().map { index, name in
      unsafe LLVMDIBuilderCreateEnumerator(
        debug, name, name.utf8.count, Int64(index), signed ? 0 : 1)
    }
    return unsafe LLVMMetadata(
      LLVMDIBuilderCreateEnumerationType(
        debug, file.reference, name, name.utf8.count, file.reference, 0, UInt64(bytes * 8), 0,
        &elements, UInt32(enumerators.count),
        debugInteger(signed ? "int" : "unsigned int", bytes: bytes, signed: signed).reference))
  }

  func debugStructure(
    _ name: String, isUnion: Bool, size: Int, _ members: [DebugMember], in file: LLVMMetadata
  ) -> LLVMMetadata {
    var elements: [LLVMMetadataRef?] = unsafe members.map { member in
      unsafe LLVMDIBuilderCreateMemberType(
        debug, file.reference, member.name, member.name.utf8.count, file.reference, 0,
        UInt64(member.size * 8), 0, UInt64(member.offset * 8), LLVMDIFlagZero,
        member.type.reference)
    }
    let count = UInt32(members.count)
    if isUnion {
      return unsafe LLVMMetadata(
        LLVMDIBuilderCreateUnionType(
          debug, file.reference, name, name.utf8.count, file.reference, 0, UInt64(size * 8), 0,
          LLVMDIFlagZero, &elements, count, 0, "", 0))
    }
    return unsafe LLVMMetadata(
      LLVMDIBuilderCreateStructType(
        debug, file.reference, name, name.utf8.count, file.reference, 0, UInt64(size * 8), 0,
        LLVMDIFlagZero, nil, &elements, count, 0, nil, "", 0))
  }

  /// A structure or union of which nothing but the name is known.
  func debugForwardDeclaration(_ name: String, isUnion: Bool, in file: LLVMMetadata) -> LLVMMetadata
  {
    let tag: UInt32 = isUnion ? 0x17 : 0x13  // DW_TAG_union_type, DW_TAG_structure_type
    return unsafe LLVMMetadata(
      LLVMDIBuilderCreateForwardDecl(
        debug, tag, name, name.utf8.count, file.reference, file.reference, 0, 0, 0, 0, "", 0))
  }

  // MARK: Definitions

  func debugGlobal(_ name: String, type: LLVMMetadata, in file: LLVMMetadata, unit: LLVMMetadata)
    -> LLVMMetadata
  {
    let expression = unsafe LLVMDIBuilderCreateExpression(debug, nil, 0)
    return unsafe LLVMMetadata(
      LLVMDIBuilderCreateGlobalVariableExpression(
        debug, unit.reference, name, name.utf8.count, "", 0, file.reference, 0, type.reference, 0,
        expression, nil, 0))
  }

  /// A function of another object; `result` is nil for `void`.
  func debugDeclaration(
    _ name: String, parameters: [LLVMMetadata?], returns result: LLVMMetadata?,
    in file: LLVMMetadata
  ) -> LLVMMetadata {
    var types: [LLVMMetadataRef?] = unsafe [result?.reference]
    for parameter in parameters { unsafe types.append(parameter?.reference) }
    let type = unsafe LLVMDIBuilderCreateSubroutineType(
      debug, file.reference, &types, UInt32(types.count), LLVMDIFlagZero)
    return unsafe LLVMMetadata(
      LLVMDIBuilderCreateFunction(
        debug, file.reference, name, name.utf8.count, "", 0, file.reference, 0, type, 0, 0, 0,
        LLVMDIFlagPrototyped, 1))
  }

  /// A function with parameters, which the kernel wants to have names.
  func debugFunction(
    _ name: String, parameters: [(name: String, type: LLVMMetadata)], returns result: LLVMMetadata,
    isStatic: Bool, line: Int, in file: LLVMMetadata
  ) -> LLVMMetadata {
    var types: [LLVMMetadataRef?] = unsafe [result.reference]
    for parameter in parameters { unsafe types.append(parameter.type.reference) }
    let type = unsafe LLVMDIBuilderCreateSubroutineType(
      debug, file.reference, &types, UInt32(types.count), LLVMDIFlagZero)
    let function = unsafe LLVMDIBuilderCreateFunction(
      debug, file.reference, name, name.utf8.count, "", 0, file.reference, UInt32(line), type,
      isStatic ? 1 : 0, 1, UInt32(line), LLVMDIFlagPrototyped, 1)
    for (index, parameter) in parameters.enumerated() {
      _ = unsafe LLVMDIBuilderCreateParameterVariable(
        debug, function, parameter.name, parameter.name.utf8.count, UInt32(index + 1),
        file.reference, UInt32(line), parameter.type.reference, 1, LLVMDIFlagZero)
    }
    return unsafe LLVMMetadata(function)
  }
}
