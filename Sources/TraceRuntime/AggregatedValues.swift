internal import Output
internal import TraceModel

extension ValueDecoder {
  /// What an aggregation came to, as it is shown.
  func value(of merged: AggregatedValue) -> Value {
    switch merged {
    case .number(let number, let signed): Value(bitPattern: number, signed: signed)
    case .statistics(let count, let average, let total, let signed):
      .stats(Value.Stats(count: count, average: average, total: total, signed: signed))
    case .histogram(let histogram): .histogram(histogram)
    case .series(let series): .series(presenter.present(series))
    }
  }
}

extension Presenter {
  /// A series with its times as local ones.
  func present(_ series: SampledSeries) -> Series {
    let points = series.samples.map { sample in
      let nanoseconds = Int64(bitPattern: sample.start) &+ clocks.taiToRealtime
      return Series.Point(
        start: Self.time(nanoseconds, format: "%Y-%m-%d %H:%M:%S.%k"),
        value: sample.value.map { Value(bitPattern: $0, signed: series.isSigned) })
    }
    return Series(interval: series.interval, points: points)
  }
}
