package import TraceModel

/// The language as a table.
package enum Catalog {
  /// Every function and builtin, by name.
  package static let functions: [String: Function] = Dictionary(
    Function.all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

  /// Every aggregation, by name.
  package static let aggregations: [String: AggregationFunction] = Dictionary(
    AggregationFunction.all.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })

  /// The example scripts of all entries, in the order of the manual.
  package static var examples: [CatalogExample] {
    Function.all.flatMap(\.examples) + AggregationFunction.all.flatMap(\.examples)
      + Library.all.flatMap(\.examples)
  }

  /// The function that makes an aggregation.
  package static func function(of aggregation: Aggregation) -> AggregationFunction {
    guard let function = AggregationFunction.all.first(where: { $0.kind.tag == aggregation.tag })
    else { preconditionFailure("no function makes \(aggregation.typeName)") }
    return function
  }

  /// The probe type that a script names so, or nil.
  ///
  /// Full names are case-insensitive, short ones are not.
  package static func probeType(_ name: String) -> ProbeType? {
    let lower = name.lowercased()
    return ProbeType.all.first {
      $0.name == lower || $0.otherNames.contains(lower) || $0.shortNames.contains(name)
    }
  }

  /// Whether a name alone is a value: a builtin, or a macro of the library without arguments.
  package static func isValue(_ name: String) -> Bool {
    builtin(name) != nil || Library.macros[name]?.contains { $0.parameters.isEmpty } == true
  }

  /// The function of that name, if it may be written without parentheses.
  package static func builtin(_ name: String) -> Function? {
    if name.hasPrefix("arg"), let number = Int(name.dropFirst(3)), (0...255).contains(number),
      name == "arg\(number)"
    {
      return .argument(number)
    }
    guard let function = functions[name], function.isBuiltin else { return nil }
    return function
  }
}
