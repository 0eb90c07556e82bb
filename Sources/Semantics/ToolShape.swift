package import Diagnostics
package import TraceModel

/// What a script declares of its options, rows and tables, as the passes and the lowering need it.
package struct ToolShape: Sendable {
  /// In the order of the declarations.
  package var options: [ScriptOption] = []
  /// Nil without a `columns` block.
  package var row: RowShape?
  package var tables: [TableShape] = []
  /// The conditions under which values are computed; `shown` in the syntax tree counts them.
  package var conditions: [OptionCondition] = []
  /// Whether there is an `options` block.
  package var declaresOptions = false

  package init() {}

  /// The index of a condition among `conditions`; nil for one that always holds.
  mutating func index(of condition: OptionCondition) -> Int? {
    guard condition != .always else { return nil }
    if let known = conditions.firstIndex(of: condition) { return known }
    conditions.append(condition)
    return conditions.count - 1
  }
}

/// The rows of a script.
package struct RowShape: Sendable {
  /// A value that a row has.
  package struct Field: Sendable {
    package var name: String
    /// What its first column is written as.
    package var format: String
    /// When it is computed.
    package var condition: OptionCondition
  }

  /// Sources are `.field` by index into `fields`, or the runner's.
  package var columns: [ColumnSpec] = []
  package var fields: [Field] = []
}

/// A table of a script.
package struct TableShape: Sendable {
  package struct Column: Sendable {
    package var spec: ColumnSpec
    /// With its `@`; nil for keys.
    package var map: String?
    package var part: ColumnSpec.Part?
    /// When it is shown in one unit or another.
    package var condition: OptionCondition
    package var range: SourceRange
  }

  package struct Key: Sendable {
    package var name: String
    /// When it is computed and kept apart.
    package var condition: OptionCondition
  }

  package var keys: [Key] = []
  package var columns: [Column] = []
  package var heading: String?
  package var headingCondition = OptionCondition.always
  package var range: SourceRange

  /// The maps whose values it shows.
  package var maps: [String] {
    var seen: [String] = []
    for case let map? in columns.map(\.map) where !seen.contains(map) { seen.append(map) }
    return seen
  }
}

extension OptionCondition {
  /// Whether one of several holds; of none, always.
  static func any(of conditions: [OptionCondition]) -> OptionCondition {
    guard let first = conditions.first else { return .always }
    return conditions.dropFirst().reduce(first) { $0.or($1) }
  }

  /// Whether one of two holds.
  func or(_ other: OptionCondition) -> OptionCondition {
    if self == .always || other == .always { return .always }
    let more = other.alternatives.filter { !alternatives.contains($0) }
    return OptionCondition(alternatives: alternatives + more)
  }

  /// Whether both hold.
  func and(_ other: OptionCondition) -> OptionCondition {
    if self == .always { return other }
    if other == .always { return self }
    return OptionCondition(
      alternatives: alternatives.flatMap { one in
        other.alternatives.map { .init(terms: one.terms + $0.terms) }
      })
  }

  /// Whether it does not hold; of one that always does, always.
  var negated: OptionCondition {
    alternatives.reduce(.always) { negated, conjunction in
      negated.and(
        OptionCondition(
          alternatives: conjunction.terms.map {
            .init(terms: [.init(option: $0.option, isNegated: !$0.isNegated)])
          }))
    }
  }
}
