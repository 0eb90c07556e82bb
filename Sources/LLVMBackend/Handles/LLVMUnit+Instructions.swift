internal import CLLVM
internal import TraceIR
internal import TraceModel

extension LLVMUnit {
  // MARK: Position

  func position(at block: LLVMBlock) {
    unsafe LLVMPositionBuilderAtEnd(builder, block.reference)
  }

  /// The line of the script that following instructions are for.
  func setLine(_ line: Int, in subprogram: LLVMMetadata) {
    unsafe LLVMSetCurrentDebugLocation2(
      builder,
      LLVMDIBuilderCreateDebugLocation(context, UInt32(line), 0, subprogram.reference, nil))
  }

  // MARK: Arithmetic

  func binary(_ operation: IRBinary, _ left: LLVMValue, _ right: LLVMValue) -> LLVMValue {
    let opcode =
      switch operation {
      case .add: LLVMAdd
      case .sub: LLVMSub
      case .mul: LLVMMul
      case .and: LLVMAnd
      case .or: LLVMOr
      case .xor: LLVMXor
      case .shiftLeft: LLVMShl
      case .shiftRight: LLVMLShr
      case .shiftRightSigned: LLVMAShr
      case .divide: LLVMUDiv
      case .remainder: LLVMURem
      case .divideSigned: LLVMSDiv
      case .remainderSigned: LLVMSRem
      }
    return unsafe LLVMValue(
      LLVMBuildBinOp(builder, opcode, left.reference, right.reference, ""))
  }

  func compare(_ comparison: IRComparison, _ left: LLVMValue, _ right: LLVMValue) -> LLVMValue {
    let predicate =
      switch comparison {
      case .equal: LLVMIntEQ
      case .notEqual: LLVMIntNE
      case .less: LLVMIntULT
      case .lessOrEqual: LLVMIntULE
      case .greater: LLVMIntUGT
      case .greaterOrEqual: LLVMIntUGE
      case .lessSigned: LLVMIntSLT
      case .lessOrEqualSigned: LLVMIntSLE
      case .greaterSigned: LLVMIntSGT
      case .greaterOrEqualSigned: LLVMIntSGE
      }
    return unsafe LLVMValue(
      LLVMBuildICmp(builder, predicate, left.reference, right.reference, ""))
  }

  func zeroExtend(_ value: LLVMValue, to type: LLVMType) -> LLVMValue {
    unsafe LLVMValue(LLVMBuildZExt(builder, value.reference, type.reference, ""))
  }

  func signExtend(_ value: LLVMValue, to type: LLVMType) -> LLVMValue {
    unsafe LLVMValue(LLVMBuildSExt(builder, value.reference, type.reference, ""))
  }

  func truncate(_ value: LLVMValue, to type: LLVMType) -> LLVMValue {
    unsafe LLVMValue(LLVMBuildTrunc(builder, value.reference, type.reference, ""))
  }

  func address(of pointer: LLVMValue) -> LLVMValue {
    unsafe LLVMValue(
      LLVMBuildPtrToInt(builder, pointer.reference, integerType(bits: 64).reference, ""))
  }

  func pointer(at address: LLVMValue) -> LLVMValue {
    unsafe LLVMValue(LLVMBuildIntToPtr(builder, address.reference, pointerType.reference, ""))
  }

  func select(_ condition: LLVMValue, _ then: LLVMValue, _ other: LLVMValue) -> LLVMValue {
    unsafe LLVMValue(
      LLVMBuildSelect(builder, condition.reference, then.reference, other.reference, ""))
  }

  // MARK: Memory

  func allocate(_ type: LLVMType, name: String) -> LLVMValue {
    let slot = unsafe LLVMBuildAlloca(builder, type.reference, name)
    unsafe LLVMSetAlignment(slot, 8)
    return unsafe LLVMValue(slot)
  }

  func offset(_ pointer: LLVMValue, by bytes: LLVMValue) -> LLVMValue {
    var indices: [LLVMValueRef?] = unsafe [bytes.reference]
    return unsafe LLVMValue(
      LLVMBuildGEP2(
        builder, integerType(bits: 8).reference, pointer.reference, &indices, 1, ""))
  }

  func load(_ type: LLVMType, from pointer: LLVMValue, alignment: Int, isVolatile: Bool = false)
    -> LLVMValue
  {
    let load = unsafe LLVMBuildLoad2(builder, type.reference, pointer.reference, "")
    unsafe LLVMSetAlignment(load, UInt32(alignment))
    if isVolatile { unsafe LLVMSetVolatile(load, 1) }
    return unsafe LLVMValue(load)
  }

  func store(
    _ value: LLVMValue, to pointer: LLVMValue, alignment: Int, isVolatile: Bool = false
  ) {
    let store = unsafe LLVMBuildStore(builder, value.reference, pointer.reference)
    unsafe LLVMSetAlignment(store, UInt32(alignment))
    if isVolatile { unsafe LLVMSetVolatile(store, 1) }
  }

  /// Adds to a number in memory that others change too; what was there before is not returned, for
  /// the instruction that does so needs kernel 5.12.
  func atomicAdd(_ value: LLVMValue, to pointer: LLVMValue, alignment: Int) {
    let operation = unsafe LLVMBuildAtomicRMW(
      builder, LLVMAtomicRMWBinOpAdd, pointer.reference, value.reference,
      LLVMAtomicOrderingMonotonic, 0)
    unsafe LLVMSetAlignment(operation, UInt32(alignment))
  }

  // MARK: Calls

  @discardableResult
  func call(_ function: LLVMValue, type: LLVMType, _ arguments: [LLVMValue]) -> LLVMValue {
    var references = unsafe arguments.map { unsafe Optional($0.reference) }
    return unsafe LLVMValue(
      LLVMBuildCall2(
        builder, type.reference, function.reference, &references, UInt32(arguments.count), ""))
  }

  /// Calls the kernel helper of that number.
  @discardableResult
  func callHelper(
    _ helper: KernelHelper, _ arguments: [LLVMValue], returns result: LLVMType
  ) -> LLVMValue {
    let types = arguments.map { unsafe LLVMType(LLVMTypeOf($0.reference)) }
    return call(pointer(helper.number), type: functionType(types, returns: result), arguments)
  }

  /// The value, as one of which LLVM knows nothing: what is computed from it is not moved to before
  /// this place, and comparisons with it stay.
  func pinned(_ value: LLVMValue, sequence: Int) -> LLVMValue {
    let valueType = unsafe LLVMType(LLVMTypeOf(value.reference))
    guard let (function, type) = intrinsic("llvm.bpf.passthrough", [valueType, valueType])
    else { return value }
    return call(function, type: type, [integer(Int64(sequence), bits: 32), value])
  }

  /// The number, as one of which LLVM's choice of instructions knows nothing; `pinned` is gone by then.
  func hidden(_ number: LLVMValue) -> LLVMValue {
    let type = unsafe LLVMType(LLVMTypeOf(number.reference))
    let function = functionType([type], returns: type)
    // No instruction: the result is where the operand is.
    let constraints = "=r,0"
    var text: [CChar] = [0]
    var words = constraints.utf8.map { CChar($0) }
    let code = unsafe LLVMValue(
      LLVMGetInlineAsm(
        function.reference, &text, 0, &words, words.count, 0, 0, LLVMInlineAsmDialectATT, 0))
    return call(code, type: function, [number])
  }

  // MARK: Ends of blocks

  func branch(to block: LLVMBlock) { _ = unsafe LLVMBuildBr(builder, block.reference) }

  func branch(if condition: LLVMValue, then: LLVMBlock, else other: LLVMBlock) {
    _ = unsafe LLVMBuildCondBr(
      builder, condition.reference, then.reference, other.reference)
  }

  func `return`(_ value: LLVMValue) { _ = unsafe LLVMBuildRet(builder, value.reference) }

  // MARK: Fields that the loader finds

  /// The address of the member of that index of the structure at `base`.
  func structureMember(
    _ index: Int, of base: LLVMValue, type: LLVMType, description: LLVMMetadata
  ) -> LLVMValue {
    let position = integer(Int64(index), bits: 32)
    let result = callAccess(
      "llvm.preserve.struct.access.index", [base, position, position], description)
    setElementType(of: result, type)
    return result
  }

  /// The address of the member of that index of the union at `base`.
  func unionMember(_ index: Int, of base: LLVMValue, description: LLVMMetadata) -> LLVMValue {
    callAccess(
      "llvm.preserve.union.access.index", [base, integer(Int64(index), bits: 32)], description)
  }

  /// The address of an element of the array at `base`.
  func arrayElement(
    _ index: Int, of base: LLVMValue, type: LLVMType, description: LLVMMetadata
  ) -> LLVMValue {
    let result = callAccess(
      "llvm.preserve.array.access.index",
      [base, integer(1, bits: 32), integer(Int64(index), bits: 32)], description)
    setElementType(of: result, type)
    return result
  }

  /// What the loader knows of the field at `address`, by the number of the question, as 32 bits.
  func fieldInfo(_ question: Int, of address: LLVMValue) -> LLVMValue {
    guard let (function, type) = intrinsic("llvm.bpf.preserve.field.info", [pointerType]) else {
      preconditionFailure("LLVM has no llvm.bpf.preserve.field.info")
    }
    return call(function, type: type, [address, integer(Int64(question), bits: 64)])
  }

  /// What the loader knows of a type, by the number of the question, as 32 bits.
  ///
  /// - Parameter number: Another for each call.
  func typeInfo(_ question: Int, of description: LLVMMetadata, number: Int) -> LLVMValue {
    callInfo(
      "llvm.bpf.preserve.type.info",
      [integer(Int64(number), bits: 32), integer(Int64(question), bits: 64)], description)
  }

  /// What the loader knows of an enumerator (`NAME:VALUE`), by the number of the question, as 64 bits.
  ///
  /// - Parameter number: Another for each call.
  func enumeratorInfo(
    _ question: Int, _ enumerator: String, of description: LLVMMetadata, number: Int
  ) -> LLVMValue {
    callInfo(
      "llvm.bpf.preserve.enum.value",
      [
        integer(Int64(number), bits: 32), passText(enumerator),
        integer(Int64(question), bits: 64),
      ], description)
  }

  private func callInfo(
    _ name: String, _ arguments: [LLVMValue], _ description: LLVMMetadata
  ) -> LLVMValue {
    guard let (function, type) = intrinsic(name, []) else {
      preconditionFailure("LLVM has no \(name)")
    }
    let result = call(function, type: type, arguments)
    unsafe LLVMSetMetadata(
      result.reference, metadataKind("llvm.preserve.access.index"),
      LLVMMetadataAsValue(context, description.reference))
    return result
  }

  private func callAccess(
    _ name: String, _ arguments: [LLVMValue], _ description: LLVMMetadata
  ) -> LLVMValue {
    guard let (function, type) = intrinsic(name, [pointerType, pointerType]) else {
      preconditionFailure("LLVM has no \(name)")
    }
    let result = call(function, type: type, arguments)
    unsafe LLVMSetMetadata(
      result.reference, metadataKind("llvm.preserve.access.index"),
      LLVMMetadataAsValue(context, description.reference))
    return result
  }

  private func setElementType(of call: LLVMValue, _ type: LLVMType) {
    let name = "elementtype"
    let kind = unsafe LLVMGetEnumAttributeKindForName(name, name.utf8.count)
    unsafe LLVMAddCallSiteAttribute(
      call.reference, 1, LLVMCreateTypeAttribute(context, kind, type.reference))
  }
}
