import TraceModel

extension ScriptType {
  /// The type as messages name it: `int8`, `string[16]`, `struct task_struct *`, `(int8,string[2])`.
  package var text: String {
    switch self {
    case .none: "none"
    case .void: "void"
    case .integer(let bytes, let signed): "\(signed ? "int" : "uint")\(bytes * 8)"
    case .boolean: "bool"
    case .enumeration(let enumeration): "enum \(enumeration.name)"
    case .string(0): "string"
    case .string(let capacity): "string[\(capacity)]"
    case .buffer(let capacity): "buffer[\(capacity + 4)]"
    case .pointer(let target, _): "\(target.text) *"
    case .array(let element, let count): "\(element.text)[\(count)]"
    case .tuple(let elements): "(\(elements.map(\.text).joined(separator: ",")))"
    case .record(let fields):
      "record { \(fields.map { ".\($0.name) = \($0.type.text)" }.joined(separator: ", ")) }"
    case .structure(let reference): "\(reference.isUnion ? "union" : "struct") \(reference.name)"
    case .arguments: "struct args"
    case .presented(let presentation): presentation.typeName
    case .aggregation(let aggregation): aggregation.typeName
    case .word(let word): word
    case .unresolved, .poison: "none"
    }
  }
}
