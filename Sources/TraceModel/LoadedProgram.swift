/// A BPF program that is loaded in the kernel, as far as others can be attached to its functions.
package struct LoadedProgram: Hashable, Sendable {
  /// The kernel's number of it.
  package var id: UInt64
  /// The numbers of its functions in its types, the program itself first.
  package var functions: [UInt32]
  /// Its BTF.
  package var types: [UInt8]

  package init(id: UInt64, functions: [UInt32], types: [UInt8]) {
    self.id = id
    self.functions = functions
    self.types = types
  }
}
