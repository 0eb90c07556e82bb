package import TraceIR
package import TraceModel

/// The type of an expression, a variable, a map's key or a map's value.
package indirect enum ScriptType: Hashable, Sendable {
  /// What calls without a value have.
  case none
  /// What only pointers point to.
  case void
  case integer(bytes: Int, signed: Bool)
  case boolean
  case enumeration(ValueLayout.Enumeration)
  /// Text of at most `capacity` bytes, its NUL included.
  case string(capacity: Int)
  case buffer(capacity: Int)
  case pointer(to: ScriptType, AddressSpace)
  case array(of: ScriptType, count: Int)
  case tuple([ScriptType])
  case record([RecordField])
  /// A structure or union of C.
  case structure(StructureReference)
  /// The `args` of a probe; its fields are those of the probe's context.
  case arguments
  case presented(Presentation)
  /// What an aggregating function gives and a map keeps.
  case aggregation(Aggregation)
  /// The argument of `nsecs(...)`, `pid(...)`: a bare word that is no value.
  case word(String)
  /// The type of what other parts of the script will tell.
  case unresolved
  /// The type of what is wrong; the mistake is reported already.
  case poison

  package struct RecordField: Hashable, Sendable {
    package var name: String
    package var type: ScriptType

    package init(name: String, type: ScriptType) {
      self.name = name
      self.type = type
    }
  }

  package static let int8 = ScriptType.integer(bytes: 1, signed: true)
  package static let int32 = ScriptType.integer(bytes: 4, signed: true)
  package static let int64 = ScriptType.integer(bytes: 8, signed: true)
  package static let uint8 = ScriptType.integer(bytes: 1, signed: false)
  package static let uint32 = ScriptType.integer(bytes: 4, signed: false)
  package static let uint64 = ScriptType.integer(bytes: 8, signed: false)

  /// The smallest signed integer that holds a literal, or `uint64`.
  package static func literal(_ value: UInt64) -> ScriptType {
    switch value {
    case ...UInt64(Int8.max): .int8
    case ...UInt64(Int16.max): .integer(bytes: 2, signed: true)
    case ...UInt64(Int32.max): .int32
    case ...UInt64(Int64.max): .int64
    default: .uint64
    }
  }

  /// The smallest signed integer that holds a value.
  package static func literal(_ value: Int64) -> ScriptType {
    if value >= 0 { return literal(UInt64(value)) }
    return switch value {
    case Int64(Int8.min)...: .int8
    case Int64(Int16.min)...: .integer(bytes: 2, signed: true)
    case Int64(Int32.min)...: .int32
    default: .int64
    }
  }
}

/// Where types of C are defined.
package enum TypeOrigin: Hashable, Sendable {
  /// The kernel's own types.
  case kernel
  /// Those that a kernel module adds.
  case module(String)
  /// The C in the script.
  case script
  /// The debug information of the binary at a path.
  case binary(String)

  /// The kernel module, if that is what it is.
  package var module: String? { if case .module(let name) = self { name } else { nil } }

  /// The path of the binary, if that is what it is.
  package var binary: String? { if case .binary(let path) = self { path } else { nil } }

  /// As messages name it: `vmlinux`, `nf_conntrack`.
  package var text: String {
    switch self {
    case .kernel: "vmlinux"
    case .module(let name): name
    case .script: "the script"
    case .binary(let path): path
    }
  }

  /// Why what it says holds on this machine only.
  var reason: String { "types are taken from \(text) as it is on this machine" }
}

/// A structure or union of C, by where its definition is.
package struct StructureReference: Hashable, Sendable {
  package var isUnion: Bool
  /// Empty for an anonymous one.
  package var name: String
  package var origin: TypeOrigin
  /// Its id among the types of `origin`.
  package var type: UInt32

  package init(isUnion: Bool, name: String, origin: TypeOrigin, type: UInt32) {
    self.isUnion = isUnion
    self.name = name
    self.origin = origin
    self.type = type
  }

  /// The way from it through `steps` as relocations name it; nil where they cannot.
  package func path(_ steps: [FieldPath.Step]) -> FieldPath? {
    switch origin {
    case .script, .binary: return nil
    case .kernel, .module:
      guard !name.isEmpty else { return nil }
      return FieldPath(
        rootKind: isUnion ? .union : .structure, root: name, steps: steps, module: origin.module)
    }
  }
}

extension ScriptType {
  package var isInteger: Bool { if case .integer = self { true } else { false } }
  package var isString: Bool { if case .string = self { true } else { false } }
  package var isPointer: Bool { if case .pointer = self { true } else { false } }
  package var isPoison: Bool { self == .poison }

  /// Whether there is a stack in it that is unwound outside the kernel.
  package var isToBeUnwound: Bool {
    switch self {
    case .presented(.unwoundStack): true
    case .array(let element, _): element.isToBeUnwound
    case .tuple(let types): types.contains(where: \.isToBeUnwound)
    case .record(let fields): fields.contains { $0.type.isToBeUnwound }
    default: false
    }
  }

  /// Whether it is neither wrong nor still to be found out, so that something can be said of it.
  package var isKnown: Bool { self != .poison && self != .unresolved }

  /// Integers, truth values and enumerations: what arithmetic takes.
  package var isNumber: Bool {
    switch self {
    case .integer, .boolean, .enumeration: true
    default: false
    }
  }

  /// Whether one 64-bit register holds it.
  package var isScalar: Bool { isNumber || isPointer }

  /// Whether arithmetic on it is signed.
  package var isSigned: Bool {
    switch self {
    case .integer(_, let signed): signed
    case .enumeration(let enumeration): enumeration.signed
    case .aggregation(let aggregation): aggregation.isSigned
    default: false
    }
  }

  /// The width of a number or pointer in bytes; 8 for everything else.
  package var scalarBytes: Int {
    switch self {
    case .integer(let bytes, _): bytes
    case .boolean: 1
    case .enumeration(let enumeration): enumeration.bytes
    default: 8
    }
  }

  /// The integer a castable aggregation is read as; every other type is itself.
  package var readable: ScriptType {
    if case .aggregation(let aggregation) = self, aggregation.isCastable {
      return .integer(bytes: 8, signed: aggregation.isSigned)
    }
    return self
  }
}
