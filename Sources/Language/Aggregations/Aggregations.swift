extension AggregationFunction {
  /// Every aggregation, in the order of the manual.
  package static let all: [AggregationFunction] = []
}
