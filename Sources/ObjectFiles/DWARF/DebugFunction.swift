package import BTF

/// A function as its debug information describes it.
package struct DebugFunction: Hashable, Sendable {
  /// As the source writes it, without its scope.
  package let name: String
  /// As the linker knows it, where that is another name.
  package let linkageName: String?
  /// In the order of the source; what compilers add, such as `this`, included.
  package let parameters: [DebugParameter]
  package let isVariadic: Bool
  /// `void` for nothing.
  package let returns: BTFTypeID
}

/// A parameter of a function.
package struct DebugParameter: Hashable, Sendable {
  /// Empty where the source gives it none.
  package let name: String
  package let type: BTFTypeID
  /// Where its value is when the function is entered.
  package let place: ArgumentPlace
}

/// Where an argument is when a function is entered. Registers are numbered as DWARF does.
package enum ArgumentPlace: Hashable, Sendable {
  /// In registers, eight bytes in each but the last.
  case registers([Int])
  /// In memory, at a distance from the stack pointer.
  case stack(Int)
  /// In memory, at a distance from the address in a register.
  case memory(register: Int, offset: Int)
  case constant(Int64)
  /// Nowhere that a probe could look; the reason is a clause: `it is optimized out`.
  case nowhere(String)
}

/// Functions and the types that they are described with.
package struct DebugFunctions: Sendable {
  /// All types of the binary that were asked for so far; numbers keep their meaning.
  package let types: BTFTypes
  /// By the addresses of their entries.
  package let functions: [UInt64: DebugFunction]
}
