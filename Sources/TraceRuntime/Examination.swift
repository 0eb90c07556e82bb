internal import BPF
internal import LinuxSystem
internal import Output
internal import TraceModel

/// Runs the tests and benchmarks of a script.
struct Examination {
  let manifest: Manifest
  let object: any HostedObject
  let decoder: ValueDecoder
  /// Where results go; what the script writes goes elsewhere.
  let outlet: Outlet
  let options: SessionOptions

  // MARK: Tests

  /// Runs each test once, in order.
  ///
  /// - Returns: The exit status: 1 if one failed.
  func test(_ probes: [SelectedProbe]) throws(SessionError) -> Int32 {
    outlet.emit(.tests(count: probes.count))
    var passed: [String] = []
    var failed: [String] = []
    for probe in probes {
      let name = probe.points.compactMap(\.testName).first ?? probe.name
      outlet.emit(.testStart(name))
      let output = CollectingSink()
      let handler = handler(writingTo: output)
      let run = try measure(probe, count: 1)
      try drain(handler)
      let hasPassed = run.result == 0 && !handler.hasFailed
      outlet.emit(
        .testResult(
          .init(
            name: name, duration: run.duration, hasPassed: hasPassed, output: output.bytes)))
      if hasPassed { passed.append(name) } else { failed.append(name) }
    }
    outlet.emit(.testSummary(passed: passed, failed: failed))
    outlet.emit(.ending)
    return try end(failed: !failed.isEmpty)
  }

  // MARK: Benchmarks

  /// A benchmark is repeated until it has taken so many nanoseconds.
  private static let enough: UInt64 = 1_000_000
  /// However fast it is, it is not repeated more often.
  private static let mostRuns: UInt64 = 10_000_000

  /// Measures each benchmark, in order.
  ///
  /// - Returns: The exit status: 1 if one failed.
  func benchmark(_ probes: [SelectedProbe]) throws(SessionError) -> Int32 {
    outlet.emit(.benchmarks)
    var hasFailed = false
    for probe in probes {
      let name = probe.points.compactMap(\.benchmarkName).first ?? probe.name
      let handler = handler(writingTo: CollectingSink())
      let first = try measure(probe, count: 1)
      try drain(handler)
      if handler.hasFailed {
        outlet.emit(.message(.error, "Benchmark '\(name)' failed."))
        hasFailed = true
        continue
      }
      // It does not want to be measured.
      if first.result != 0 { continue }
      outlet.emit(.benchmarkResult(try repeated(probe, name, handler)))
    }
    outlet.emit(.ending)
    return try end(failed: hasFailed)
  }

  private func repeated(
    _ probe: SelectedProbe, _ name: String, _ handler: EventHandler
  ) throws(SessionError) -> Record.BenchmarkResult {
    var count: UInt64 = 1
    while true {
      let run = try measure(probe, count: UInt32(count))
      try drain(handler)
      if run.duration * count >= Self.enough || count >= Self.mostRuns {
        return .init(name: name, average: run.duration, iterations: count)
      }
      // A little more than should be enough; at most ten times as much, for the first runs are slow.
      let wanted = Self.enough * 6 / 5 / max(1, run.duration)
      count = min(max(wanted, count + 1), count * 10, Self.mostRuns)
    }
  }

  // MARK: Running

  private func handler(writingTo sink: CollectingSink) -> EventHandler {
    EventHandler(
      manifest: manifest, object: object, decoder: decoder,
      outlet: Outlet(renderer: TextRenderer(), sink: sink), showsWarnings: options.showsWarnings)
  }

  private func measure(
    _ probe: SelectedProbe, count: UInt32
  ) throws(SessionError) -> MeasuredRun {
    do { return try object.measure(probe.program.symbol, count: count) } catch {
      throw .run(probe: probe.name, error)
    }
  }

  /// Handles all that waits in the ring buffer.
  private func drain(_ handler: EventHandler) throws(SessionError) {
    var count = 0
    repeat {
      count = try attempt { () throws(SystemError) in
        try object.consumeEvents(limit: 4096, next: .anyRecord) { record in
          handler.handle(record)
          return .next
        }
      }
    } while count > 0
    handler.outlet.flush()
  }

  private func end(failed: Bool) throws(SessionError) -> Int32 {
    outlet.flush()
    if let failure = outlet.failure { throw .output(failure) }
    return failed ? 1 : 0
  }
}

extension EventHandler {
  /// Whether the script has said that something is wrong.
  fileprivate var hasFailed: Bool { errorCount > 0 || (exitStatus ?? 0) != 0 }
}

/// Keeps pages instead of writing them; output and messages in the order in which they came.
private final class CollectingSink: PageSink {
  private(set) var bytes: [UInt8] = []

  func write(_ page: Page) { bytes += page.output + page.messages }

  func flush() {}
}
