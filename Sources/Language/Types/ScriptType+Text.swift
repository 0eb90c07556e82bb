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

extension Presentation {
  /// The kind of type, without mode and limit: `kstack`.
  package var kindName: String {
    switch self {
    case .kernelStack: "kstack"
    case .userStack: "ustack"
    case .inet: "inet"
    default: typeName
    }
  }

  /// The name of the type in messages.
  package var typeName: String {
    switch self {
    case .kernelSymbol: "ksym_t"
    case .userSymbol: "usym_t"
    case .kernelStack(let mode, let limit): "kstack_\(mode.name)_\(limit)"
    case .userStack(let mode, let limit): "ustack_\(mode.name)_\(limit)"
    case .inet: "inet[24]"
    case .macAddress: "mac_address"
    case .cgroupPath: "cgroup_path_t"
    case .timestamp: "timestamp"
    case .userName: "username_t"
    case .systemCallName: "syscall_name_t"
    case .textList(let capacity): "text_list[\(capacity)]"
    }
  }
}

extension Aggregation {
  /// The name of the type in messages: `count_t`, `usum_t`.
  package var typeName: String {
    func prefixed(_ name: String, _ signed: Bool) -> String { (signed ? "" : "u") + name }
    return switch self {
    case .count: "count_t"
    case .sum(let signed): prefixed("sum_t", signed)
    case .min(let signed): prefixed("min_t", signed)
    case .max(let signed): prefixed("max_t", signed)
    case .average(let signed): prefixed("avg_t", signed)
    case .stats(let signed): prefixed("stats_t", signed)
    case .log2Histogram: "hist_t"
    case .linearHistogram: "lhist_t"
    }
  }
}
