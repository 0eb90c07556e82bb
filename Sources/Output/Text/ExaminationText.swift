internal import SystemText

/// Writes how tests and benchmarks went, for people.
struct ExaminationText {
  private enum Tag: String {
    case rule = "[==========]"
    case run = "[ RUN      ]"
    case good = "[       OK ]"
    case passed = "[  PASSED  ]"
    case failed = "[  FAILED  ]"

    /// Coloured whatever reads it, as the tools do that people know this from.
    var text: String {
      "\u{1b}[\(self == .failed ? 31 : 32)m\(rawValue)\u{1b}[0m"
    }
  }

  private func line(_ tag: Tag, _ text: String, _ bytes: inout [UInt8]) {
    bytes += "\(tag.text) \(text)\n".systemBytes
  }

  private func tests(_ count: Int) -> String { "\(count) test\(count == 1 ? "" : "s")" }

  // MARK: Tests

  func appendStart(of count: Int, to text: inout [UInt8]) {
    line(.rule, "Running \(count) tests.", &text)
  }

  func appendStart(of name: String, to text: inout [UInt8]) { line(.run, name, &text) }

  /// The output is shown of a test that failed.
  func append(_ result: Record.TestResult, to text: inout [UInt8]) {
    if !result.hasPassed {
      text += result.output
      if let last = result.output.last, last != UInt8(ascii: "\n") { text.append("\n") }
    }
    line(
      result.hasPassed ? .good : .failed, "\(result.name) (\(result.duration) ns)", &text)
  }

  func append(passed: [String], failed: [String], to text: inout [UInt8]) {
    line(.rule, "\(tests(passed.count + failed.count)) ran.", &text)
    line(.passed, "\(tests(passed.count)).", &text)
    guard !failed.isEmpty else { return }
    line(.failed, "\(tests(failed.count)), listed below:", &text)
    for name in failed { line(.failed, name, &text) }
  }

  // MARK: Benchmarks

  private static let nameWidth = 41
  private static let timeWidth = 15

  func appendHeads(to text: inout [UInt8]) {
    row("Benchmark", "Time(ns)", "Iterations", &text)
    text += [UInt8](repeating: UInt8(ascii: "-"), count: 66) + [UInt8(ascii: "\n")]
  }

  func append(_ result: Record.BenchmarkResult, to text: inout [UInt8]) {
    row(result.name, "\(result.average)", "\(result.iterations)", &text)
  }

  private func row(_ name: String, _ time: String, _ count: String, _ text: inout [UInt8]) {
    func padded(_ cell: String, _ width: Int) -> [UInt8] {
      let bytes = cell.systemBytes
      return bytes + [UInt8](repeating: UInt8(ascii: " "), count: max(1, width - bytes.count))
    }
    text += padded(name, Self.nameWidth) + padded(time, Self.timeWidth) + count.systemBytes
    text.append("\n")
  }
}
