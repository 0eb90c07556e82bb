/// What tracefs says of the records of a tracepoint.
package struct TracepointFormat: Hashable, Sendable {
  package let name: String
  /// What perf_event_open wants as `config`.
  package let id: Int
  /// In the order of the file, common fields included.
  package let fields: [TracepointField]
  /// How the kernel itself prints a record, unparsed.
  package let printFormat: String

  /// The fields that belong to this tracepoint alone.
  package var ownFields: [TracepointField] { fields.filter { !$0.isCommon } }
}

/// One field of a tracepoint's record.
package struct TracepointField: Hashable, Sendable {
  /// Where the bytes of a field of varying length are.
  package enum Dynamic: Hashable, Sendable {
    /// The field holds `length << 16 | offset`, from the start of the record.
    case fromRecord
    /// The same, with the offset counted from the end of the field itself.
    case fromField
  }

  package let name: String
  /// The type of the field in C, or of its elements for an array: `const char *`, `unsigned long`.
  package let type: String
  /// How many elements an array has; nil for what is no array, and for a dynamic one.
  package let elementCount: Int?
  /// In bytes, from the start of the record.
  package let offset: Int
  package let sizeInBytes: Int
  package let isSigned: Bool
  /// One of the fields all tracepoints start with, which BPF programs may not read.
  package let isCommon: Bool
  package let dynamic: Dynamic?

  /// As C would declare it: `char prev_comm[16]`, `const char * filename`, `__data_loc char[] name`.
  package var declaration: String {
    switch (dynamic, elementCount) {
    case (.fromRecord, _): "__data_loc \(type)[] \(name)"
    case (.fromField, _): "__rel_loc \(type)[] \(name)"
    case (nil, let count?): "\(type) \(name)[\(count)]"
    case (nil, nil): "\(type) \(name)"
    }
  }
}
