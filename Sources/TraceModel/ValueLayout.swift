/// How the bytes of one value lie in a map, an event or a stack slot.
///
/// Compiler and runtime agree on values through this type alone. All integers are in the byte order
/// of the machine that runs the program; offsets and sizes are bytes.
package indirect enum ValueLayout: Hashable, Sendable {
  /// No value; the key of a map without explicit keys.
  case none
  /// A two's-complement integer of 1, 2, 4 or 8 bytes.
  case integer(bytes: Int, signed: Bool)
  /// One byte, zero or one.
  case boolean
  /// An integer whose values have names.
  case enumeration(Enumeration)
  /// Text up to the first NUL, or all of `capacity` bytes.
  case string(capacity: Int)
  /// An array of `char` in a structure of C: text up to the first NUL, or all of it, which then is not cut
  /// off.
  case characters(count: Int)
  /// A 32-bit length and then `capacity` bytes, of which the first *length* count.
  case buffer(capacity: Int)
  /// An address, 8 bytes.
  case pointer
  /// `count` elements, one after the other.
  case array(element: ValueLayout, count: Int)
  /// Unnamed elements: `(1, a)`.
  case tuple([Field], size: Int)
  /// Named elements, a record of the language or a structure of C: `{ .a = 1 }`.
  case record([Field], size: Int)
  /// Bytes that the runtime turns into text, such as an address into a symbol.
  case presented(Presentation)

  /// One element of a tuple or record.
  package struct Field: Hashable, Sendable {
    /// Empty in tuples and for anonymous members.
    package var name: String
    /// From the start of the enclosing value.
    package var offset: Int
    package var layout: ValueLayout
    /// For a C bit-field, which bits of the integer at `offset` it is.
    package var bits: BitRange?

    package init(name: String = "", offset: Int, layout: ValueLayout, bits: BitRange? = nil) {
      self.name = name
      self.offset = offset
      self.layout = layout
      self.bits = bits
    }
  }

  /// Consecutive bits of an integer, counted from its least significant one.
  package struct BitRange: Hashable, Sendable {
    package var lowest: Int
    package var count: Int

    package init(lowest: Int, count: Int) {
      self.lowest = lowest
      self.count = count
    }
  }

  /// A C enumeration: width, sign and the names of its values.
  package struct Enumeration: Hashable, Sendable {
    package var name: String
    package var bytes: Int
    package var signed: Bool
    package var values: [Value]
    package var names: NameSource

    /// Who knows the names of the values.
    package enum NameSource: Hashable, Sendable {
      /// `values`.
      case listed
      /// The running kernel, or a module of it: `values` is empty, or has the name of one enumerator
      /// by which the enumeration is found.
      case kernel(module: String?)
    }

    /// One enumerator; unsigned values are kept as their bit pattern.
    package struct Value: Hashable, Sendable {
      package var name: String
      package var value: Int64

      package init(name: String, value: Int64) {
        self.name = name
        self.value = value
      }
    }

    package init(
      name: String, bytes: Int, signed: Bool, values: [Value], names: NameSource = .listed
    ) {
      self.name = name
      self.bytes = bytes
      self.signed = signed
      self.values = values
      self.names = names
    }
  }

  /// The number of bytes a value of this layout takes.
  package var size: Int {
    switch self {
    case .none: 0
    case .integer(let bytes, _): bytes
    case .boolean: 1
    case .enumeration(let enumeration): enumeration.bytes
    case .string(let capacity): capacity
    case .characters(let count): count
    case .buffer(let capacity): capacity + 4
    case .pointer: 8
    case .array(let element, let count): element.size * count
    case .tuple(_, let size), .record(_, let size): size
    case .presented(let presentation): presentation.size
    }
  }

  /// The alignment that tuples give an element of this layout.
  package var alignment: Int {
    switch self {
    case .none, .boolean, .string, .characters: 1
    case .integer(let bytes, _): bytes
    case .enumeration(let enumeration): enumeration.bytes
    case .buffer: 4
    case .pointer: 8
    case .array(let element, _): element.alignment
    case .tuple(let fields, _), .record(let fields, _):
      fields.map(\.layout.alignment).max() ?? 1
    case .presented(let presentation): presentation.alignment
    }
  }

  /// Lays out elements one after the other by natural alignment, the whole padded to the largest.
  ///
  /// - Returns: The fields with their offsets, and the size of the whole.
  package static func pack(_ elements: [(name: String, layout: ValueLayout)]) -> (
    fields: [Field], size: Int
  ) {
    var offset = 0
    var largest = 1
    var fields: [Field] = []
    for element in elements {
      let alignment = element.layout.alignment
      largest = max(largest, alignment)
      offset = (offset + alignment - 1) / alignment * alignment
      fields.append(Field(name: element.name, offset: offset, layout: element.layout))
      offset += element.layout.size
    }
    return (fields, (offset + largest - 1) / largest * largest)
  }
}

extension ValueLayout {
  /// Whether it is a stack, which is shown on lines of its own.
  package var isStack: Bool {
    switch self {
    case .presented(.kernelStack), .presented(.userStack), .presented(.unwoundStack): true
    default: false
    }
  }

  /// A part of a key; nil if it has not so many.
  package func part(_ index: Int) -> ValueLayout? {
    switch self {
    case .tuple(let fields, _): fields.indices.contains(index) ? fields[index].layout : nil
    case .none: nil
    default: index == 0 ? self : nil
    }
  }
}

extension ValueLayout {
  /// Whether there is a stack in it that is still to be unwound.
  package var isToBeUnwound: Bool {
    switch self {
    case .presented(.unwoundStack): true
    case .array(let element, _): element.isToBeUnwound
    case .tuple(let fields, _), .record(let fields, _): fields.contains { $0.layout.isToBeUnwound }
    default: false
    }
  }

  /// What it is once its stacks are unwound: stacks as `ustack` has them, which are equal if their call chains
  /// are.
  package var unwound: ValueLayout {
    guard isToBeUnwound else { return self }
    switch self {
    case .presented(.unwoundStack(let mode, let limit, _)):
      return .presented(.userStack(mode, limit: limit))
    case .array(let element, let count): return .array(element: element.unwound, count: count)
    case .tuple(let fields, _):
      let packed = Self.pack(fields.map { ($0.name, $0.layout.unwound) })
      return .tuple(packed.fields, size: packed.size)
    case .record(let fields, _):
      let packed = Self.pack(fields.map { ($0.name, $0.layout.unwound) })
      return .record(packed.fields, size: packed.size)
    default: return self
    }
  }
}

// MARK: Encoding

extension ValueLayout: WireEnum {
  package static let wireName = "layout of a value"

  package static let wireCases: [WireCase<ValueLayout>] = [
    WireCase(0, "none", .none),
    WireCase(1, "integer", WirePart<Int>(1, "bytes"), WirePart<Bool>(2, "signed")) {
      bytes, signed throws(ManifestError) in
      .integer(bytes: try width(bytes), signed: signed)
    } take: {
      if case .integer(let bytes, let signed) = $0 { (bytes, signed) } else { nil }
    },
    WireCase(2, "boolean", .boolean),
    WireCase(3, "enumeration", WirePart<Enumeration>(1, "enumeration")) {
      .enumeration($0)
    } take: {
      if case .enumeration(let enumeration) = $0 { enumeration } else { nil }
    },
    WireCase(4, "string", WirePart<Int>(1, "capacity")) {
      .string(capacity: $0)
    } take: {
      if case .string(let capacity) = $0 { capacity } else { nil }
    },
    WireCase(5, "buffer", WirePart<Int>(1, "capacity")) {
      .buffer(capacity: $0)
    } take: {
      if case .buffer(let capacity) = $0 { capacity } else { nil }
    },
    WireCase(6, "pointer", .pointer),
    WireCase(7, "array", WirePart<ValueLayout>(1, "element"), WirePart<Int>(2, "count")) {
      .array(element: $0, count: $1)
    } take: {
      if case .array(let element, let count) = $0 { (element, count) } else { nil }
    },
    WireCase(8, "tuple", WirePart<[Field]>(1, "fields"), WirePart<Int>(2, "size")) {
      .tuple($0, size: $1)
    } take: {
      if case .tuple(let fields, let size) = $0 { (fields, size) } else { nil }
    },
    WireCase(9, "record", WirePart<[Field]>(1, "fields"), WirePart<Int>(2, "size")) {
      .record($0, size: $1)
    } take: {
      if case .record(let fields, let size) = $0 { (fields, size) } else { nil }
    },
    WireCase(11, "characters", WirePart<Int>(1, "count")) {
      .characters(count: $0)
    } take: {
      if case .characters(let count) = $0 { count } else { nil }
    },
    WireCase(10, "presented", WirePart<Presentation>(1, "presentation")) {
      .presented($0)
    } take: {
      if case .presented(let presentation) = $0 { presentation } else { nil }
    },
  ]

  fileprivate static func width(_ bytes: Int) throws(ManifestError) -> Int {
    guard [1, 2, 4, 8].contains(bytes) else { throw .malformed("an integer of \(bytes) bytes") }
    return bytes
  }
}

extension ValueLayout.Field: WireStruct {
  package static let wireName = "field"

  package static let blank = ValueLayout.Field(offset: 0, layout: .none)

  package static let wireFields: [WireField<ValueLayout.Field>] = [
    WireField(1, "name", \.name),
    WireField(2, "offset", \.offset, .required),
    WireField(3, "layout", \.layout, .required),
    WireField(4, "bits", \.bits, .critical),
  ]
}

extension ValueLayout.BitRange: WireStruct {
  package static let wireName = "bit-field"

  package static let blank = ValueLayout.BitRange(lowest: 0, count: 0)

  package static let wireFields: [WireField<ValueLayout.BitRange>] = [
    WireField(1, "lowest", \.lowest, .required),
    WireField(2, "count", \.count, .required),
  ]
}

extension ValueLayout.Enumeration: WireStruct {
  package static let wireName = "enumeration"

  package static let blank = ValueLayout.Enumeration(name: "", bytes: 4, signed: false, values: [])

  package static let wireFields: [WireField<ValueLayout.Enumeration>] = [
    WireField(1, "name", \.name),
    WireField(2, "bytes", \.bytes, .required),
    WireField(3, "signed", \.signed, .required),
    WireField(4, "values", \.values),
    WireField(5, "names", \.names, .critical),
  ]

  package func check() throws(ManifestError) { _ = try ValueLayout.width(bytes) }
}

extension ValueLayout.Enumeration.NameSource: WireEnum {
  package static let wireName = "source of names"

  package static let wireCases: [WireCase<ValueLayout.Enumeration.NameSource>] = [
    WireCase(0, "listed", .listed),
    WireCase(1, "kernel", WirePart<String?>(1, "module")) {
      .kernel(module: $0)
    } take: {
      if case .kernel(let module) = $0 { .some(module) } else { .none }
    },
  ]
}

extension ValueLayout.Enumeration.Value: WireStruct {
  package static let wireName = "enumerator"

  package static let blank = ValueLayout.Enumeration.Value(name: "", value: 0)

  package static let wireFields: [WireField<ValueLayout.Enumeration.Value>] = [
    WireField(1, "name", \.name, .required),
    WireField(2, "value", \.value, .required),
  ]
}
