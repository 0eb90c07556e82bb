package import TraceModel

/// The type of a temporary. Signedness belongs to operations, not to types.
package enum IRType: Hashable, Sendable {
  /// The result of a comparison.
  case i1
  case i8, i16, i32, i64
  /// A pointer to memory that a program may touch itself: stack, map value, context, constants.
  ///
  /// Addresses in foreign memory (kernel or user) are plain `i64` and are read with `probeRead`.
  case pointer

  /// The size in memory; a truth value takes a byte.
  package var bytes: Int {
    switch self {
    case .i1, .i8: 1
    case .i16: 2
    case .i32: 4
    case .i64, .pointer: 8
    }
  }

  /// The number of bits of an integer type; 64 for pointers.
  package var bits: Int { self == .i1 ? 1 : bytes * 8 }

  /// The integer type of `bytes` bytes: 1, 2, 4 or 8.
  package static func integer(bytes: Int) -> IRType {
    switch bytes {
    case 1: .i8
    case 2: .i16
    case 4: .i32
    case 8: .i64
    default: preconditionFailure("no integer has \(bytes) bytes")
    }
  }
}

/// An operand.
package enum IRValue: Hashable, Sendable {
  /// The result of an instruction of the same function; assigned once.
  case temporary(Int, IRType)
  /// A constant; the value is the type's bits, sign-extended.
  case integer(Int64, IRType)
  /// A parameter of a callback or subprogram.
  case parameter(Int, IRType)

  package var type: IRType {
    switch self {
    case .temporary(_, let type), .integer(_, let type), .parameter(_, let type): type
    }
  }

  /// The value, when it is known.
  package var constant: Int64? {
    if case .integer(let value, _) = self { value } else { nil }
  }

  package static let `true` = IRValue.integer(1, .i1)
  package static let `false` = IRValue.integer(0, .i1)
  /// The pointer to nothing.
  package static let null = IRValue.integer(0, .pointer)

  /// A 64-bit constant.
  package static func word(_ value: Int64) -> IRValue { .integer(value, .i64) }
  /// A 64-bit constant.
  package static func word(_ value: Int) -> IRValue { .integer(Int64(value), .i64) }
}

/// Memory of fixed size that belongs to one run of a function; the placement pass decides whether it
/// lies on the stack or in per-CPU scratch memory.
package struct IRSlot: Hashable, Sendable {
  /// Where a slot lies.
  package enum Placement: Hashable, Sendable {
    /// The placement pass has not run yet.
    case undecided
    case stack
    /// At that offset of the program's element of the scratch map.
    case scratch(offset: Int)
  }

  /// For people reading the IR.
  package var name: String
  package var size: Int
  /// 1, 2, 4 or 8.
  package var alignment: Int
  package var placement: Placement
  /// Whether the verifier must not follow what is in it, as it does on the stack.
  package var isHidden = false

  package init(
    name: String, size: Int, alignment: Int = 8, placement: Placement = .undecided
  ) {
    self.name = name
    self.size = size
    self.alignment = alignment
    self.placement = placement
  }
}

/// A slot of a function, or, inside a callback, of one of the functions that enclose it.
package struct IRSlotID: Hashable, Sendable {
  package var function: Int
  package var index: Int

  package init(function: Int, index: Int) {
    self.function = function
    self.index = index
  }
}

/// A block of a function, by its index.
package struct IRBlockID: Hashable, Sendable {
  package var index: Int

  package init(index: Int) { self.index = index }
}

/// Which memory an address belongs to.
package enum AddressSpace: UInt8, Hashable, Sendable {
  case kernel = 0
  case user = 1
  /// Not known; read as kernel memory.
  case unknown = 2
}

extension KernelHelper {
  /// The helper that copies bytes, or text up to its end, from memory of the kernel or of a process.
  package static func probeRead(_ space: AddressSpace, isText: Bool) -> KernelHelper {
    switch (space, isText) {
    case (.user, false): .probeReadUser
    case (.user, true): .probeReadUserString
    case (_, false): .probeReadKernel
    case (_, true): .probeReadKernelString
    }
  }
}
