import TraceIR
import TraceModel

extension AggregationFunction {
  /// Every aggregation, in the order of the manual.
  package static let all: [AggregationFunction] = [
    count, sum, min, max, average, stats, log2Histogram, linearHistogram, timeSeries,
  ]

  /// A signature of one number.
  static let oneNumber = Function.Signature([Function.Parameter("value", .integer)])

  /// Whether a number is signed; literals that are not negative count as such.
  static func isSigned(_ call: any CallCheck) -> Bool { call.type(0).readable.isSigned }
}
