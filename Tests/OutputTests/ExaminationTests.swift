import Output
import Testing
import TraceModel

/// Tests and benchmarks, as text and as JSON.
@Suite struct ExaminationTests {
  private static let records: [Record] = [
    .tests(count: 2), .testStart("a"),
    .testResult(.init(name: "a", duration: 12, hasPassed: true, output: Array("x\n".utf8))),
    .testStart("b"),
    .testResult(.init(name: "b", duration: 7, hasPassed: false, output: Array("y".utf8))),
    .testSummary(passed: ["a"], failed: ["b"]),
  ]

  private func output(
    _ records: [Record], _ renderer: any Renderer, after header: SessionHeader? = nil
  ) -> String {
    var renderer = renderer
    var page = Page()
    if let header { renderer.begin(header, into: &page) }
    for record in records { renderer.render(record, into: &page) }
    return String(decoding: page.output, as: UTF8.self)
  }

  @Test func showsWhatAFailedTestWrote() {
    let text = output(Self.records, TextRenderer())
    let plain = text.replacing(#/\u{1b}\[[0-9]*m/#, with: "")
    #expect(
      plain == """
        [==========] Running 2 tests.
        [ RUN      ] a
        [       OK ] a (12 ns)
        [ RUN      ] b
        y
        [  FAILED  ] b (7 ns)
        [==========] 2 tests ran.
        [  PASSED  ] 1 test.
        [  FAILED  ] 1 test, listed below:
        [  FAILED  ] b

        """)
    #expect(text.contains("\u{1b}[32m[       OK ]\u{1b}[0m a"))
    #expect(text.contains("\u{1b}[31m[  FAILED  ]\u{1b}[0m b"))
  }

  @Test func writesTestsAsJSON() {
    #expect(
      output(Self.records, JSONRenderer()) == """
        {"type": "test_result", "data": {"a": {"duration": 12, "passed": true, "output": "x\\n"}}}
        {"type": "test_result", "data": {"b": {"duration": 7, "passed": false, "output": "y"}}}

        """)
  }

  @Test func writesBenchmarks() {
    let records: [Record] = [
      .benchmarks, .benchmarkResult(.init(name: "a", average: 103, iterations: 16000)),
    ]
    #expect(
      output(records, TextRenderer()) == """
        Benchmark                                Time(ns)       Iterations
        ------------------------------------------------------------------
        a                                        103            16000

        """)
    #expect(
      output(records, JSONRenderer())
        == #"{"type": "benchmark_result", "data": {"a": {"average": 103, "iters": 16000}}}"# + "\n")
  }

  @Test func showsWhatOlderReleasesShowed() throws {
    var manifest = Manifest(script: "x.bt", producer: "test", architecture: "x86_64")
    manifest.configuration.compatibility = try #require(Compatibility(release: "0.21"))
    let header = SessionHeader(of: manifest, kernel: nil, clock: .init(boot: 0, wall: 0))
    let stats = Value.stats(.init(count: 7, average: 1, total: 9, signed: true))
    let records: [Record] = [.attached(count: 2), .value(stats)]
    #expect(
      output(records, TextRenderer(), after: header)
        == "Attaching 2 probes...\ncount 7, average 1, total 9\n")
    #expect(output(records, TextRenderer()) == "{ .count = 7, .average = 1, .total = 9 }\n")
  }
}
