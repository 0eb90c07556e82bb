package import TraceModel

/// One thing that a session has to tell.
package enum Record: Hashable, Sendable {
  /// Everything is attached: the number of attach points.
  case attached(count: Int)
  /// Bytes that the script writes itself.
  case text(TextSource, [UInt8])
  /// The value of `print(x)`.
  case value(Value)
  /// Rows may follow: what people read above them.
  case rowHeading
  /// One row: a value for each of the header's columns.
  case row([Value])
  /// A table at one moment.
  case table(TableSnapshot)
  /// What was shown so far is out of date.
  case clearScreen
  /// A whole map, because of `print(@m)` or at the end.
  case map(MapSnapshot)
  /// Events that found no room in the ring buffer since the last such record.
  case lostEvents(UInt64)
  /// All events that found no room.
  case totalLostEvents(UInt64)
  /// What came of each probe, and what was lost.
  case accounting(Accounting)
  /// A remark of the runtime.
  case message(Severity, String)
  /// A line for people who want to see what is being done.
  case note(String)
  /// `errorf` and `warnf`: formatted text and the place of the call.
  case scriptMessage(Severity, [UInt8], ScriptPosition?)
  /// A failure inside a program.
  case failure(Failure)
  /// What a command that the script ran wrote to its standard error.
  case childMessages([UInt8])
  /// Tests are about to run: how many.
  case tests(count: Int)
  /// A test begins: its name.
  case testStart(String)
  case testResult(TestResult)
  /// All tests have run: the names of those that passed, and of those that failed.
  case testSummary(passed: [String], failed: [String])
  /// Benchmarks are about to run.
  case benchmarks
  case benchmarkResult(BenchmarkResult)
  /// Everything has ended; the maps that are shown at the end follow.
  case ending

  /// What in the script wrote a text.
  package enum TextSource: UInt8, Hashable, Sendable, CaseIterable {
    case printf = 0
    case time = 1
    case cat = 2
    case join = 3
    case system = 4
  }

  package enum Severity: UInt8, Hashable, Sendable, CaseIterable {
    case warning = 0
    case error = 1
  }

  /// How a test went.
  package struct TestResult: Hashable, Sendable {
    package var name: String
    /// Nanoseconds.
    package var duration: UInt64
    package var hasPassed: Bool
    /// What it wrote, messages included, as text.
    package var output: [UInt8]

    package init(name: String, duration: UInt64, hasPassed: Bool, output: [UInt8]) {
      self.name = name
      self.duration = duration
      self.hasPassed = hasPassed
      self.output = output
    }
  }

  /// What a benchmark measured.
  package struct BenchmarkResult: Hashable, Sendable {
    package var name: String
    /// Nanoseconds of one run, on average.
    package var average: UInt64
    /// How many runs were measured.
    package var iterations: UInt64

    package init(name: String, average: UInt64, iterations: UInt64) {
      self.name = name
      self.average = average
      self.iterations = iterations
    }
  }

  /// A failure inside a program while it ran.
  package struct Failure: Hashable, Sendable {
    /// What went wrong, as a sentence.
    package var text: String
    /// The kernel helper that failed, if it was one.
    package var helper: Helper?
    package var position: ScriptPosition?

    package struct Helper: Hashable, Sendable {
      /// Without `bpf_`: `map_update_elem`.
      package var name: String
      /// What it returned.
      package var code: Int64

      package init(name: String, code: Int64) {
        self.name = name
        self.code = code
      }
    }

    package init(text: String, helper: Helper? = nil, position: ScriptPosition?) {
      self.text = text
      self.helper = helper
      self.position = position
    }
  }
}
