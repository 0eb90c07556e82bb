/// Why bytes are not usable as BTF, or why a question about BTF has no answer.
package enum BTFError: Error, Hashable, Sendable {
  /// The bytes do not start with BTF's magic number.
  case notBTF
  /// The bytes are BTF written on a machine of the other byte order.
  case foreignByteOrder
  /// The header's version is not 1.
  case unsupportedVersion(UInt8)
  /// A section of the header reaches beyond the bytes, or is misaligned.
  case badSection(String)
  /// Something was to be read at `offset`, beyond the end of the bytes.
  case truncated(offset: Int)
  /// A type of a kind that no kernel has defined yet; what follows it cannot be read.
  case unknownKind(UInt8, id: BTFTypeID)
  /// A type refers to a type id that does not exist.
  case noSuchType(BTFTypeID)
  /// A name's offset lies outside the string section, or its text has no end.
  case badString(offset: UInt32)
  /// Types refer to each other in a circle, or are nested deeper than any compiler would write.
  case tooDeep(BTFTypeID)
  /// The type has no size: `void`, a function, a forward declaration.
  case sizeless(BTFTypeID)
  /// A type of another kind was expected.
  case wrongKind(BTFTypeID, found: BTFKind)
  /// A size or offset is larger than can be represented.
  case overflow(BTFTypeID)
  /// A CO-RE relocation's access string does not fit the type it is about.
  case badAccess(String)
}
