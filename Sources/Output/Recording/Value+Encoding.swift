package import TraceModel

extension Value: WireEnum {
  package static let wireName = "value"

  package static let wireCases: [WireCase<Value>] = [
    WireCase(0, "none", .none),
    WireCase(1, "integer", WirePart<Int64>(1, "value")) {
      .integer($0)
    } take: {
      if case .integer(let value) = $0 { value } else { nil }
    },
    WireCase(2, "unsigned", WirePart<UInt64>(1, "value")) {
      .unsigned($0)
    } take: {
      if case .unsigned(let value) = $0 { value } else { nil }
    },
    WireCase(3, "boolean", WirePart<Bool>(1, "value")) {
      .boolean($0)
    } take: {
      if case .boolean(let value) = $0 { value } else { nil }
    },
    WireCase(
      4, "enumeration", WirePart<String?>(1, "name"), WirePart<Int64>(2, "number"),
      WirePart<Bool>(3, "signed")
    ) {
      .enumeration(name: $0, number: $1, signed: $2)
    } take: {
      if case .enumeration(let name, let number, let signed) = $0 {
        (name, number, signed)
      } else {
        nil
      }
    },
    WireCase(5, "string", WirePart<WireBytes>(1, "bytes"), WirePart<Bool>(2, "truncated")) {
      .string($0.bytes, truncated: $1)
    } take: {
      if case .string(let bytes, let truncated) = $0 { (WireBytes(bytes), truncated) } else { nil }
    },
    WireCase(6, "buffer", WirePart<WireBytes>(1, "bytes")) {
      .buffer($0.bytes)
    } take: {
      if case .buffer(let bytes) = $0 { WireBytes(bytes) } else { nil }
    },
    WireCase(7, "pointer", WirePart<UInt64>(1, "address")) {
      .pointer($0)
    } take: {
      if case .pointer(let address) = $0 { address } else { nil }
    },
    WireCase(8, "array", WirePart<[Value]>(1, "elements")) {
      .array($0)
    } take: {
      if case .array(let elements) = $0 { elements } else { nil }
    },
    WireCase(9, "tuple", WirePart<[Value]>(1, "elements")) {
      .tuple($0)
    } take: {
      if case .tuple(let elements) = $0 { elements } else { nil }
    },
    WireCase(10, "record", WirePart<[Member]>(1, "members")) {
      .record($0)
    } take: {
      if case .record(let members) = $0 { members } else { nil }
    },
    WireCase(11, "stats", WirePart<Stats>(1, "stats")) {
      .stats($0)
    } take: {
      if case .stats(let stats) = $0 { stats } else { nil }
    },
    WireCase(12, "symbol", WirePart<String?>(1, "name"), WirePart<UInt64>(2, "address")) {
      .symbol(name: $0, address: $1)
    } take: {
      if case .symbol(let name, let address) = $0 { (name, address) } else { nil }
    },
    WireCase(13, "stack", WirePart<Stack>(1, "stack")) {
      .stack($0)
    } take: {
      if case .stack(let stack) = $0 { stack } else { nil }
    },
    WireCase(14, "text", WirePart<String>(1, "text")) {
      .text($0)
    } take: {
      if case .text(let text) = $0 { text } else { nil }
    },
    WireCase(15, "histogram", WirePart<Histogram>(1, "histogram")) {
      .histogram($0)
    } take: {
      if case .histogram(let histogram) = $0 { histogram } else { nil }
    },
    WireCase(16, "series", WirePart<Series>(1, "series")) {
      .series($0)
    } take: {
      if case .series(let series) = $0 { series } else { nil }
    },
    WireCase(17, "words", WirePart<WordList>(1, "words")) {
      .words($0)
    } take: {
      if case .words(let words) = $0 { words } else { nil }
    },
  ]
}

extension Value.Member: WireStruct {
  package static let wireName = "member"

  package static let blank = Value.Member("", .none)

  package static let wireFields: [WireField<Value.Member>] = [
    WireField(1, "name", \.name), WireField(2, "value", \.value, .required),
  ]
}

extension Value.Stats: WireStruct {
  package static let wireName = "statistics"

  package static let blank = Value.Stats(count: 0, average: 0, total: 0, signed: false)

  package static let wireFields: [WireField<Value.Stats>] = [
    WireField(1, "count", \.count), WireField(2, "average", \.average),
    WireField(3, "total", \.total), WireField(4, "signed", \.signed),
  ]
}

// MARK: Aggregations

extension Histogram: WireStruct {
  package static let wireName = "histogram"

  package static let blank = Histogram(buckets: [], suffixes: [], shortenedFrom: 0)

  package static let wireFields: [WireField<Histogram>] = [
    WireField(1, "buckets", \.buckets), WireField(2, "suffixes", \.suffixes),
    WireField(3, "shortenedFrom", \.shortenedFrom),
  ]
}

extension Histogram.Bucket: WireStruct {
  package static let wireName = "bucket"

  package static let blank = Histogram.Bucket(lower: nil, upper: nil, count: 0)

  package static let wireFields: [WireField<Histogram.Bucket>] = [
    WireField(1, "lower", \.wireLower), WireField(2, "upper", \.wireUpper),
    WireField(3, "count", \.count),
  ]

  private var wireLower: WideNumber? {
    get { lower.map { WideNumber($0) } }
    set { lower = newValue?.value }
  }

  private var wireUpper: WideNumber? {
    get { upper.map { WideNumber($0) } }
    set { upper = newValue?.value }
  }
}

/// A number of 128 bits.
struct WideNumber: WireStruct {
  var high: Int64
  var low: UInt64

  init(_ value: Int128) {
    high = Int64(truncatingIfNeeded: value >> 64)
    low = UInt64(truncatingIfNeeded: value)
  }

  var value: Int128 { Int128(high) << 64 | Int128(low) }

  static let wireName = "wide number"
  static let blank = WideNumber(0)
  static let wireFields: [WireField<WideNumber>] = [
    WireField(1, "high", \.high), WireField(2, "low", \.low),
  ]
}

extension Series: WireStruct {
  package static let wireName = "series"

  package static let blank = Series(interval: 0, points: [])

  package static let wireFields: [WireField<Series>] = [
    WireField(1, "interval", \.interval), WireField(2, "points", \.points),
  ]
}

extension Series.Point: WireStruct {
  package static let wireName = "point of a series"

  package static let blank = Series.Point(start: "", value: nil)

  package static let wireFields: [WireField<Series.Point>] = [
    WireField(1, "start", \.start), WireField(2, "value", \.value),
  ]
}

// MARK: Stacks

extension Stack: WireStruct {
  package static let wireName = "stack"

  package static let blank = Stack(mode: .bpftrace, space: .kernel, frames: [])

  package static let wireFields: [WireField<Stack>] = [
    WireField(1, "mode", \.mode, .required), WireField(2, "space", \.space, .required),
    WireField(3, "frames", \.frames),
  ]
}

extension Stack.Space: WireEnum {
  package static let wireName = "space of a stack"

  package static let wireCases: [WireCase<Stack.Space>] = [
    WireCase(0, "kernel", .kernel),
    WireCase(1, "process", WirePart<UInt64>(1, "id")) {
      .process($0)
    } take: {
      if case .process(let id) = $0 { id } else { nil }
    },
  ]
}

extension Stack.Frame: WireStruct {
  package static let wireName = "frame"

  package static let blank = Stack.Frame(address: 0)

  package static let wireFields: [WireField<Stack.Frame>] = [
    WireField(1, "address", \.address), WireField(2, "symbol", \.symbol),
    WireField(3, "offset", \.offset), WireField(4, "object", \.object),
    WireField(5, "source", \.source), WireField(6, "inlined", \.inlined),
    WireField(7, "location", \.location),
  ]
}

extension Stack.Inlined: WireStruct {
  package static let wireName = "inlined function"

  package static let blank = Stack.Inlined(symbol: "")

  package static let wireFields: [WireField<Stack.Inlined>] = [
    WireField(1, "symbol", \.symbol), WireField(2, "source", \.source),
  ]
}

extension Stack.FileLocation: WireStruct {
  package static let wireName = "place in a file"

  package static let blank = Stack.FileLocation(buildID: [], offset: 0)

  package static let wireFields: [WireField<Stack.FileLocation>] = [
    WireField(1, "buildID", \.wireBuildID), WireField(2, "offset", \.offset),
  ]

  private var wireBuildID: WireBytes {
    get { WireBytes(buildID) }
    set { buildID = newValue.bytes }
  }
}
