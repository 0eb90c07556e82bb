import TraceIR
import TraceModel

extension AggregationFunction {
  static let timeSeries = AggregationFunction(
    name: "tseries",
    signature: Function.Signature([
      Function.Parameter("value", .integer), Function.Parameter("interval_ns", .any),
      Function.Parameter("num_intervals", .any),
      Function.Parameter("function", .any, optional: true),
    ]),
    summary: "Numbers by interval of time, as a graph.",
    details:
      "Keeps the last `num_intervals` intervals, which begin at multiples of `interval_ns`. An "
      + "interval has the last of its numbers, or what `function` makes of them: `\"avg\"`, "
      + "`\"max\"`, `\"min\"` or `\"sum\"`. "
      + "At most \(TimeSeries.countLimit(.last)) intervals, \(TimeSeries.countLimit(.average)) "
      + "of averages.",
    example: "tseries(rand %10, 10s, 1)",
    conflict: Conflict(
      "tseries-bounds", "Different tseries bounds in a single map unsupported"),
    unstableKey: "unstable_tseries",
    check: { (call: any CallCheck) -> TimeSeries? in
      guard let function = functionOfSeries(call),
        let interval = bound(1, "interval_ns", call), let count = bound(2, "num_intervals", call)
      else { return nil }
      let limit = TimeSeries.countLimit(function)
      if count > 1_000_000 {
        call.error(
          "tseries-bounds", "tseries() num_intervals must be < 1000000 (\(count) provided)")
        return nil
      }
      if count > limit {
        call.error(
          "tseries-bounds",
          "tseries() can keep at most \(limit) intervals of this function (\(count) provided)")
        return nil
      }
      return TimeSeries(
        function: function, interval: interval, count: Int(count), isSigned: isSigned(call))
    },
    update: { call, series, slot in
      let builder = call.builder
      let value = call.integer(0)
      let now = builder.add(
        builder.emit(.helper(.ktimeGetBootNS, [])),
        call.loadTimeInteger(.taiOffset, default: 0))
      let number = builder.binary(.divide, now, .integer(series.interval, .i64))
      let index = builder.binary(.remainder, number, .word(series.count))
      // Always so, but the verifier does not know what a remainder is.
      builder.if(builder.compare(.less, index, .word(series.count)), "interval") {
        let offset = builder.binary(.mul, index, .word(8 * series.wordsPerInterval))
        let place = builder.emit(.offset(slot, by: offset))
        if series.function == .last {
          builder.store(now, to: place)
          builder.store(value, to: place, at: 8)
        } else {
          take(value, number, series, place, builder)
        }
      }
    })

  /// Takes a number into an interval, which may still hold what was sampled a round ago.
  private static func take(
    _ value: IRValue, _ number: IRValue, _ series: TimeSeries, _ place: IRValue,
    _ builder: IRBuilder
  ) {
    let mark = builder.add(number, .word(1))
    let isOld = builder.compare(.notEqual, builder.load(.i64, from: place), mark)
    builder.if(
      isOld,
      then: {
        builder.store(mark, to: place)
        builder.store(value, to: place, at: 8)
        if series.function == .average { builder.store(.word(1), to: place, at: 16) }
      },
      else: {
        switch series.function {
        case .average, .sum, .last:
          builder.perform(.increment(builder.offset(place, by: 8), by: value))
          if series.function == .average {
            builder.perform(.increment(builder.offset(place, by: 16), by: .word(1)))
          }
        case .minimum, .maximum:
          let comparison: IRComparison =
            switch (series.function, series.isSigned) {
            case (.minimum, true): .lessSigned
            case (.minimum, false): .less
            case (_, true): .greaterSigned
            case (_, false): .greater
            }
          let known = builder.load(.i64, from: place, at: 8)
          builder.if(builder.compare(comparison, value, known), "extreme") {
            builder.store(value, to: place, at: 8)
          }
        }
      })
  }

  /// The function that the last argument names; nil if there is none, which is reported.
  private static func functionOfSeries(_ call: any CallCheck) -> TimeSeries.Function? {
    guard call.argumentCount > 3 else { return .last }
    guard let text = call.constant(3)?.text else {
      call.error(
        "argument-literal",
        "tseries() expects a string literal (\(call.type(3).readable.text) provided)")
      return nil
    }
    let named = TimeSeries.Function.allCases.filter { $0 != .last }
    if let function = named.first(where: { $0.name == text }) { return function }
    call.error(
      "tseries-function",
      "tseries() expects one of the following aggregation functions: "
        + named.map(\.name).joined(separator: ", ") + " (\"\(text)\" provided)")
    return nil
  }

  /// A literal of at least 1; nil if it is not one, which is reported.
  private static func bound(_ argument: Int, _ name: String, _ call: any CallCheck) -> Int64? {
    guard let number = call.constant(argument)?.integer, number >= 0 else {
      call.error(
        "tseries-bounds", "tseries: invalid \(name) value (must be non-negative literal)")
      return nil
    }
    guard number >= 1 else {
      call.error("tseries-bounds", "tseries() \(name) must be >= 1 (\(number) provided)")
      return nil
    }
    return number
  }
}
