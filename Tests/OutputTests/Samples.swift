import Output
import TraceModel

/// What a renderer makes of some records.
struct Rendered {
  var output: String
  var messages: String
  /// What `output` was made of.
  var bytes: [UInt8]

  init(_ records: [Record], as format: RendererSpec = .text, usesColor: Bool = false) {
    var renderer = format.make(RendererOptions(usesColor: usesColor))
    var page = Page()
    for record in records { renderer.render(record, into: &page) }
    renderer.finish(into: &page)
    bytes = page.output
    output = String(decoding: page.output, as: UTF8.self)
    messages = String(decoding: page.messages, as: UTF8.self)
  }
}

extension Value {
  static func text(bytes text: String) -> Value { .string(Array(text.utf8), truncated: false) }
}

extension MapSnapshot {
  /// A map of plain values.
  static func values(_ name: String, _ entries: [(Value, Value)]) -> MapSnapshot {
    MapSnapshot(
      name: name, shape: .plain, isScalar: false,
      entries: entries.map { Entry(key: $0, value: $1) })
  }

  /// A map without keys.
  static func scalar(_ name: String, _ value: Value, shape: MapShape = .plain) -> MapSnapshot {
    MapSnapshot(
      name: name, shape: shape, isScalar: true, entries: [Entry(key: .none, value: value)])
  }

  static func histogram(
    _ name: String, key: Value = .none, _ histogram: Histogram
  ) -> MapSnapshot {
    MapSnapshot(
      name: name, shape: .histogram, isScalar: key == .none,
      entries: [Entry(key: key, value: .histogram(histogram))])
  }
}

extension Histogram {
  /// The power-of-two histogram of some samples.
  static func log2(_ samples: [Int64], bits: Int = 0) -> Histogram {
    let scale = Log2Histogram(bits: bits)
    var counts = [UInt64](repeating: 0, count: scale.bucketCount)
    for sample in samples { counts[scale.bucket(of: sample)] += 1 }
    return scale.histogram(counts)
  }

  /// The linear histogram of some samples.
  static func linear(
    _ samples: [Int64], _ minimum: Int64, _ maximum: Int64, _ step: Int64
  ) -> Histogram {
    let scale = LinearHistogram(minimum: minimum, maximum: maximum, step: step)
    var counts = [UInt64](repeating: 0, count: scale.bucketCount)
    for sample in samples { counts[scale.bucket(of: sample)] += 1 }
    return scale.histogram(counts)
  }
}

extension Record.Accounting {
  /// Of two probes and the functions of a script, with two maps.
  static var sample: Record.Accounting {
    var dropped = Dropped()
    dropped.data = 1
    dropped.failures = 2
    dropped.actions = 3
    dropped.ends = 4
    var one = Dropped()
    one.data = 1
    return Record.Accounting(
      probes: [
        Probe(name: "kretprobe:vfs_read", fired: 1_234_567, missed: 12, dropped: Dropped()),
        Probe(name: "interval:s:1", fired: 9, missed: nil, dropped: dropped),
        Probe(name: nil, fired: nil, missed: nil, dropped: one),
      ],
      fullMaps: [
        FullMap(name: "@a", maxEntries: 1, refused: 1),
        FullMap(name: "@b", maxEntries: 10, refused: 20),
      ])
  }
}

extension MapSnapshot {
  /// A map of one series; each number is an interval's, nil for one without.
  static func series(
    _ name: String, key: Value = .none, interval: UInt64, from start: String,
    _ values: [(String, Value?)]
  ) -> MapSnapshot {
    let points = values.map { Series.Point(start: start + $0.0, value: $0.1) }
    return MapSnapshot(
      name: name, shape: .series, isScalar: key == .none,
      entries: [Entry(key: key, value: .series(Series(interval: interval, points: points)))])
  }
}
