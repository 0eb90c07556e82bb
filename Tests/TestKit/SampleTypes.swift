package import BTF

extension BTFType {
  /// An integer of C that has a sign.
  package static func integer(_ name: String, bytes: Int) -> BTFType {
    .integer(
      BTFInteger(
        name: name, sizeInBytes: bytes, bitCount: bytes * 8, bitOffset: 0, isSigned: true,
        isBool: false, isChar: false))
  }

  /// C's `int`.
  package static let int = integer("int", bytes: 4)
}
