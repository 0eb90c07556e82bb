package import Language
package import Syntax
package import TraceIR
import TraceModel

/// Types by the names scripts use.
package enum TypeNames {
  /// The language's own type of a name, or nil.
  package static func builtin(_ name: String) -> ScriptType? {
    switch name {
    case "bool": .boolean
    case "int8": .int8
    case "int16": .integer(bytes: 2, signed: true)
    case "int32": .int32
    case "int64": .int64
    case "uint8": .uint8
    case "uint16": .integer(bytes: 2, signed: false)
    case "uint32": .uint32
    case "uint64": .uint64
    case "void": .void
    case "string": .string(capacity: 0)
    case "buffer": .buffer(capacity: 0)
    case "char": .int8
    case "short": .integer(bytes: 2, signed: true)
    case "int": .int32
    case "long": .int64
    default: declared[name]
    }
  }

  /// The types of presented values and aggregations, by the names that declare them.
  private static let declared: [String: ScriptType] = {
    var types: [String: ScriptType] = [:]
    for presentation in Presentation.declarable {
      if let name = presentation.facts.declaredName { types[name] = .presented(presentation) }
    }
    for aggregation in Aggregation.declarable {
      types[aggregation.typeName] = .aggregation(aggregation)
    }
    return types
  }()

  /// Applies suffixes, read from left to right.
  package static func apply(
    _ suffixes: [TypeSyntax.Suffix], to base: ScriptType, space: AddressSpace
  ) -> ScriptType {
    suffixes.reduce(base) { type, suffix in
      switch (suffix, type) {
      case (.pointer, _): .pointer(to: type, space)
      case (.array(let count), .string): .string(capacity: Int(clamping: count ?? 0))
      case (.array(let count), .buffer): .buffer(capacity: Int(clamping: count ?? 0))
      case (.array, .presented(.inet)): .presented(.inet)
      case (.array(let count), _): .array(of: type, count: Int(clamping: count ?? 0))
      }
    }
  }
}
