package import TraceModel

extension Record: WireEnum {
  package static let wireName = "record"

  package static let wireCases: [WireCase<Record>] = [
    WireCase(0, "attached", WirePart<Int>(1, "count")) {
      .attached(count: $0)
    } take: {
      if case .attached(let count) = $0 { count } else { nil }
    },
    WireCase(1, "text", WirePart<TextSource>(1, "source"), WirePart<WireBytes>(2, "bytes")) {
      .text($0, $1.bytes)
    } take: {
      if case .text(let source, let bytes) = $0 { (source, WireBytes(bytes)) } else { nil }
    },
    WireCase(2, "value", WirePart<Value>(1, "value")) {
      .value($0)
    } take: {
      if case .value(let value) = $0 { value } else { nil }
    },
    WireCase(3, "map", WirePart<MapSnapshot>(1, "map")) {
      .map($0)
    } take: {
      if case .map(let map) = $0 { map } else { nil }
    },
    WireCase(4, "lostEvents", WirePart<UInt64>(1, "count")) {
      .lostEvents($0)
    } take: {
      if case .lostEvents(let count) = $0 { count } else { nil }
    },
    WireCase(5, "totalLostEvents", WirePart<UInt64>(1, "count")) {
      .totalLostEvents($0)
    } take: {
      if case .totalLostEvents(let count) = $0 { count } else { nil }
    },
    WireCase(6, "message", WirePart<Severity>(1, "severity"), WirePart<String>(2, "text")) {
      .message($0, $1)
    } take: {
      if case .message(let severity, let text) = $0 { (severity, text) } else { nil }
    },
    WireCase(7, "note", WirePart<String>(1, "text")) {
      .note($0)
    } take: {
      if case .note(let text) = $0 { text } else { nil }
    },
    WireCase(
      8, "scriptMessage", WirePart<Severity>(1, "severity"), WirePart<WireBytes>(2, "text"),
      WirePart<ScriptPosition?>(3, "position")
    ) {
      .scriptMessage($0, $1.bytes, $2)
    } take: {
      if case .scriptMessage(let severity, let text, let position) = $0 {
        (severity, WireBytes(text), position)
      } else {
        nil
      }
    },
    WireCase(9, "failure", WirePart<Failure>(1, "failure")) {
      .failure($0)
    } take: {
      if case .failure(let failure) = $0 { failure } else { nil }
    },
    WireCase(10, "ending", .ending),
    WireCase(11, "childMessages", WirePart<WireBytes>(1, "bytes")) {
      .childMessages($0.bytes)
    } take: {
      if case .childMessages(let bytes) = $0 { WireBytes(bytes) } else { nil }
    },
    WireCase(12, "tests", WirePart<Int>(1, "count")) {
      .tests(count: $0)
    } take: {
      if case .tests(let count) = $0 { count } else { nil }
    },
    WireCase(13, "testStart", WirePart<String>(1, "name")) {
      .testStart($0)
    } take: {
      if case .testStart(let name) = $0 { name } else { nil }
    },
    WireCase(14, "testResult", WirePart<TestResult>(1, "result")) {
      .testResult($0)
    } take: {
      if case .testResult(let result) = $0 { result } else { nil }
    },
    WireCase(
      15, "testSummary", WirePart<[String]>(1, "passed"), WirePart<[String]>(2, "failed")
    ) {
      .testSummary(passed: $0, failed: $1)
    } take: {
      if case .testSummary(let passed, let failed) = $0 { (passed, failed) } else { nil }
    },
    WireCase(16, "benchmarks", .benchmarks),
    WireCase(17, "benchmarkResult", WirePart<BenchmarkResult>(1, "result")) {
      .benchmarkResult($0)
    } take: {
      if case .benchmarkResult(let result) = $0 { result } else { nil }
    },
    WireCase(18, "rowHeading", .rowHeading),
    WireCase(19, "row", WirePart<[Value]>(1, "values")) {
      .row($0)
    } take: {
      if case .row(let values) = $0 { values } else { nil }
    },
    WireCase(20, "table", WirePart<TableSnapshot>(1, "table")) {
      .table($0)
    } take: {
      if case .table(let table) = $0 { table } else { nil }
    },
    WireCase(21, "clearScreen", .clearScreen),
    WireCase(22, "accounting", WirePart<Accounting>(1, "accounting")) {
      .accounting($0)
    } take: {
      if case .accounting(let accounting) = $0 { accounting } else { nil }
    },
  ]
}

extension Record.TextSource: WireNumbered {
  package static let wireName = "source of text"
}

extension Record.Severity: WireNumbered {
  package static let wireName = "severity"
}

extension Record.TestResult: WireStruct {
  package static let wireName = "result of a test"

  package static let blank = Record.TestResult(
    name: "", duration: 0, hasPassed: false, output: [])

  package static let wireFields: [WireField<Record.TestResult>] = [
    WireField(1, "name", \.name, .required), WireField(2, "duration", \.duration),
    WireField(3, "hasPassed", \.hasPassed, .required), WireField(4, "output", \.wireOutput),
  ]

  private var wireOutput: WireBytes {
    get { WireBytes(output) }
    set { output = newValue.bytes }
  }
}

extension Record.BenchmarkResult: WireStruct {
  package static let wireName = "result of a benchmark"

  package static let blank = Record.BenchmarkResult(name: "", average: 0, iterations: 0)

  package static let wireFields: [WireField<Record.BenchmarkResult>] = [
    WireField(1, "name", \.name, .required), WireField(2, "average", \.average),
    WireField(3, "iterations", \.iterations),
  ]
}

extension Record.Failure: WireStruct {
  package static let wireName = "failure"

  package static let blank = Record.Failure(text: "", position: nil)

  package static let wireFields: [WireField<Record.Failure>] = [
    WireField(1, "text", \.text), WireField(2, "helper", \.helper),
    WireField(3, "position", \.position),
  ]
}

extension Record.Failure.Helper: WireStruct {
  package static let wireName = "helper"

  package static let blank = Record.Failure.Helper(name: "", code: 0)

  package static let wireFields: [WireField<Record.Failure.Helper>] = [
    WireField(1, "name", \.name), WireField(2, "code", \.code),
  ]
}

extension MapSnapshot: WireStruct {
  package static let wireName = "contents of a map"

  package static let blank = MapSnapshot(name: "", shape: .plain, isScalar: false, entries: [])

  package static let wireFields: [WireField<MapSnapshot>] = [
    WireField(1, "name", \.name, .required), WireField(2, "shape", \.shape, .required),
    WireField(3, "isScalar", \.isScalar, .required), WireField(4, "entries", \.wireEntries),
    WireField(5, "isContinuation", \.isContinuation), WireField(6, "isContinued", \.isContinued),
  ]

  private var wireEntries: [Entry] {
    get { Array(entries) }
    set { entries = MapEntryList(newValue) }
  }
}

extension MapSnapshot.Entry: WireStruct {
  package static let wireName = "element of a map"

  package static let blank = MapSnapshot.Entry(key: .none, value: .none)

  package static let wireFields: [WireField<MapSnapshot.Entry>] = [
    WireField(1, "key", \.key, .required), WireField(2, "value", \.value, .required),
  ]
}
