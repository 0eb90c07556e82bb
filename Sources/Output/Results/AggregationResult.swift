/// What an aggregation makes of its slots that is more than one number: how it is shown and ordered.
///
/// One file for each in this folder.
protocol AggregationResult {
  /// What orders maps with such values; nil if their keys do.
  var orderingNumber: Int128? { get }
  /// Whether it is written on lines of its own, below the name of its map.
  var isBlock: Bool { get }

  /// Appends what people read. What follows a block is an empty line, for which its last line ends.
  func append(to text: inout [UInt8])
  /// Appends a value of JSON.
  func append(toJSON text: inout [UInt8])

  /// It with its numbers divided, truncating.
  func divided(by divisor: Int64) -> Value
}

extension Value {
  /// It with its numbers divided by `divisor`, truncating; what is no number stays.
  package func divided(by divisor: Int64) -> Value {
    switch self {
    case .integer(let number): .integer(number.dividedReportingOverflow(by: divisor).partialValue)
    case .unsigned(let number): .unsigned(number / divisor.magnitude)
    default: result?.divided(by: divisor) ?? self
    }
  }

  /// The parts of a key, each a column.
  package var columns: [Value] {
    switch self {
    case .tuple(let elements): elements
    case .none: []
    default: [self]
    }
  }
}
