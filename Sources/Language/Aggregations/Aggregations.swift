import TraceIR
import TraceModel

extension AggregationFunction {
  /// Every aggregation, in the order of the manual.
  package static let all: [AggregationFunction] = [
    count, sum, min, max, average, stats, log2Histogram, linearHistogram, timeSeries,
  ]

  /// A signature of one number.
  static let oneNumber = Function.Signature([Function.Parameter("value", .any)])

  /// Whether the one number is signed; nil if it is none, which is reported.
  static func sign(_ call: any CallCheck) -> Bool? {
    let type = call.type(0).readable
    if type.isNumber { return type.isSigned }
    call.error(
      "argument-kind",
      "\(call.name)() only supports integer arguments (\(type.text) provided)")
    return nil
  }

  /// Whether a number is signed; literals that are not negative count as such.
  static func isSigned(_ call: any CallCheck) -> Bool { call.type(0).readable.isSigned }
}
