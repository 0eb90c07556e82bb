internal import CLLVM

// What a unit hands out. All of it lives as long as the unit, and only the unit looks inside.

/// A value of LLVM's: an instruction's result, a constant, a global, a function.
@safe
struct LLVMValue {
  let reference: OpaquePointer

  init(_ reference: OpaquePointer?) {
    guard let reference = unsafe reference else {
      preconditionFailure("LLVM gave no value")
    }
    unsafe self.reference = reference
  }
}

/// A type of LLVM's.
@safe
struct LLVMType {
  let reference: OpaquePointer

  init(_ reference: OpaquePointer?) {
    guard let reference = unsafe reference else {
      preconditionFailure("LLVM gave no type")
    }
    unsafe self.reference = reference
  }
}

/// A basic block of LLVM's.
@safe
struct LLVMBlock {
  let reference: OpaquePointer

  init(_ reference: OpaquePointer?) {
    guard let reference = unsafe reference else {
      preconditionFailure("LLVM gave no block")
    }
    unsafe self.reference = reference
  }
}

/// A node of debug information.
@safe
struct LLVMMetadata {
  let reference: OpaquePointer

  init(_ reference: OpaquePointer?) {
    guard let reference = unsafe reference else {
      preconditionFailure("LLVM gave no metadata")
    }
    unsafe self.reference = reference
  }
}
