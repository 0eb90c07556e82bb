/// The number of a type within one BTF; 0 is `void`.
///
/// In the BTF of a kernel module, numbers below the base's `typeCount` mean types of the base.
package struct BTFTypeID: RawRepresentable, Hashable, Comparable, Sendable {
  package let rawValue: UInt32

  package init(rawValue: UInt32) { self.rawValue = rawValue }
  package init(_ rawValue: UInt32) { self.rawValue = rawValue }

  /// C's `void`.
  package static let void = BTFTypeID(0)

  package static func < (left: BTFTypeID, right: BTFTypeID) -> Bool {
    left.rawValue < right.rawValue
  }
}

/// The kinds of types, numbered as in the kernel's `linux/btf.h`.
package enum BTFKind: UInt8, Hashable, Sendable, CaseIterable {
  case void = 0
  case integer
  case pointer
  case array
  case structure
  case union
  case enumeration
  case forward
  case typedef
  case volatile
  case const
  case restrict
  case function
  case functionPrototype
  case variable
  case dataSection
  case float
  case declarationTag
  case typeTag
  case enumeration64
}

/// One type, decoded.
package enum BTFType: Hashable, Sendable {
  case void
  case integer(BTFInteger)
  case pointer(to: BTFTypeID)
  case array(BTFArray)
  /// A struct or union.
  case composite(BTFComposite)
  case enumeration(BTFEnumeration)
  /// `struct name;` or `union name;` whose definition is elsewhere or nowhere.
  case forward(name: String, isUnion: Bool)
  case typedef(name: String, target: BTFTypeID)
  case volatile(BTFTypeID)
  case const(BTFTypeID)
  case restrict(BTFTypeID)
  case function(name: String, prototype: BTFTypeID, linkage: BTFLinkage)
  case functionPrototype(BTFPrototype)
  case variable(name: String, type: BTFTypeID, linkage: BTFLinkage)
  case dataSection(BTFDataSection)
  case float(name: String, sizeInBytes: Int)
  /// A tag on a declaration; `component` is a member's or parameter's index, or -1 for the whole.
  case declarationTag(name: String, target: BTFTypeID, component: Int)
  /// A tag on a type, such as `user` in `const char __user *`.
  case typeTag(name: String, target: BTFTypeID)
}

/// An integer type.
package struct BTFInteger: Hashable, Sendable {
  package let name: String
  package let sizeInBytes: Int
  /// Significant bits; smaller than `sizeInBytes * 8` only in BTF of old compilers.
  package let bitCount: Int
  /// Where the significant bits start within the bytes.
  package let bitOffset: Int
  package let isSigned: Bool
  package let isBool: Bool
  /// True when the compiler said that this is text. Kernel BTF leaves it out for `char`.
  package let isChar: Bool

  package init(
    name: String, sizeInBytes: Int, bitCount: Int, bitOffset: Int, isSigned: Bool, isBool: Bool,
    isChar: Bool
  ) {
    self.name = name
    self.sizeInBytes = sizeInBytes
    self.bitCount = bitCount
    self.bitOffset = bitOffset
    self.isSigned = isSigned
    self.isBool = isBool
    self.isChar = isChar
  }
}

/// An array type.
package struct BTFArray: Hashable, Sendable {
  package let element: BTFTypeID
  /// The type of the index, which nobody needs; BTF has it.
  package let index: BTFTypeID
  /// How many elements; 0 for a flexible array member.
  package let count: Int

  package init(element: BTFTypeID, index: BTFTypeID, count: Int) {
    self.element = element
    self.index = index
    self.count = count
  }
}

/// A struct or union.
package struct BTFComposite: Hashable, Sendable {
  package let isUnion: Bool
  /// Empty for an anonymous one.
  package let name: String
  package let sizeInBytes: Int
  package let members: [BTFMember]

  package init(isUnion: Bool, name: String, sizeInBytes: Int, members: [BTFMember]) {
    self.isUnion = isUnion
    self.name = name
    self.sizeInBytes = sizeInBytes
    self.members = members
  }
}

/// One member of a struct or union.
package struct BTFMember: Hashable, Sendable {
  /// Empty for an anonymous struct or union, whose members are then members of the outer one.
  package let name: String
  package let type: BTFTypeID
  /// From the start of the struct or union.
  package let bitOffset: Int
  /// Bits of a bit-field; nil for a whole member.
  package let bitWidth: Int?

  package init(name: String, type: BTFTypeID, bitOffset: Int, bitWidth: Int? = nil) {
    self.name = name
    self.type = type
    self.bitOffset = bitOffset
    self.bitWidth = bitWidth
  }

  /// The member's offset in bytes; for a bit-field, of the byte its first bit is in.
  package var byteOffset: Int { bitOffset / 8 }
}

/// An enum.
package struct BTFEnumeration: Hashable, Sendable {
  /// Empty for an anonymous one.
  package let name: String
  package let sizeInBytes: Int
  package let isSigned: Bool
  package let values: [BTFEnumerator]

  package init(name: String, sizeInBytes: Int, isSigned: Bool, values: [BTFEnumerator]) {
    self.name = name
    self.sizeInBytes = sizeInBytes
    self.isSigned = isSigned
    self.values = values
  }
}

/// One named value of an enum.
package struct BTFEnumerator: Hashable, Sendable {
  package let name: String
  /// The value, sign-extended if the enum is signed; else its bits.
  package let value: Int64

  package init(name: String, value: Int64) {
    self.name = name
    self.value = value
  }
}

/// What a function takes and returns.
package struct BTFPrototype: Hashable, Sendable {
  package let returns: BTFTypeID
  package let parameters: [BTFParameter]
  /// True for `...` at the end, which is not among `parameters`.
  package let isVariadic: Bool

  package init(returns: BTFTypeID, parameters: [BTFParameter], isVariadic: Bool) {
    self.returns = returns
    self.parameters = parameters
    self.isVariadic = isVariadic
  }
}

/// One parameter of a function.
package struct BTFParameter: Hashable, Sendable {
  /// Empty where the declaration has no name, as for most function pointers.
  package let name: String
  package let type: BTFTypeID

  package init(name: String, type: BTFTypeID) {
    self.name = name
    self.type = type
  }
}

/// Who can see a function or variable.
package enum BTFLinkage: Hashable, Sendable {
  case local
  case global
  case external
  case other(UInt32)
}

/// The variables of an ELF section.
package struct BTFDataSection: Hashable, Sendable {
  /// One variable and its place in the section, in bytes.
  package struct Variable: Hashable, Sendable {
    package let variable: BTFTypeID
    package let offset: Int
    package let sizeInBytes: Int

    package init(variable: BTFTypeID, offset: Int, sizeInBytes: Int) {
      self.variable = variable
      self.offset = offset
      self.sizeInBytes = sizeInBytes
    }
  }

  package let name: String
  package let sizeInBytes: Int
  package let variables: [Variable]

  package init(name: String, sizeInBytes: Int, variables: [Variable]) {
    self.name = name
    self.sizeInBytes = sizeInBytes
    self.variables = variables
  }
}

/// A function that BTF describes.
package struct BTFFunction: Hashable, Sendable {
  package let id: BTFTypeID
  package let name: String
  package let returns: BTFTypeID
  package let parameters: [BTFParameter]
  package let isVariadic: Bool

  package init(
    id: BTFTypeID, name: String, returns: BTFTypeID, parameters: [BTFParameter], isVariadic: Bool
  ) {
    self.id = id
    self.name = name
    self.returns = returns
    self.parameters = parameters
    self.isVariadic = isVariadic
  }
}

/// A member found by name, perhaps inside anonymous members.
package struct BTFField: Hashable, Sendable {
  package let name: String
  package let type: BTFTypeID
  /// From the start of the outermost struct or union.
  package let bitOffset: Int
  /// Bits of a bit-field; nil for a whole member.
  package let bitWidth: Int?
  /// The indices of the members passed through: anonymous ones first, the found one last.
  package let path: [Int]

  /// The field's offset in bytes; for a bit-field, of the byte its first bit is in.
  package var byteOffset: Int { bitOffset / 8 }

  package init(name: String, type: BTFTypeID, bitOffset: Int, bitWidth: Int?, path: [Int]) {
    self.name = name
    self.type = type
    self.bitOffset = bitOffset
    self.bitWidth = bitWidth
    self.path = path
  }
}
