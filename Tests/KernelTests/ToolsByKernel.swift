import CommandTestKit
import Foundation

/// What became of a tool's cases on one kernel.
enum ToolVerdict: Equatable {
  case works
  case needs(String)
  case fails

  /// The verdict after one more case with another one.
  ///
  /// One failure counts for all; a feature that only some cases need does not.
  mutating func add(_ other: ToolVerdict) {
    switch (self, other) {
    case (.fails, _), (_, .fails): self = .fails
    case (.works, _), (_, .works): self = .works
    case (.needs, .needs): break
    }
  }

  var cell: String {
    switch self {
    case .works: "works"
    case .needs(let feature): "needs `\(feature)`"
    case .fails: "fails"
    }
  }
}

/// The page `docs/tools-by-kernel.md`: a table that runs on several kernels fill, a column each.
struct ToolsByKernel {
  /// The cells by tool and kernel.
  private(set) var cells: [String: [String: String]] = [:]
  private(set) var kernels: [String] = []

  /// Where the page is.
  static let page = ToolUnderTest.root.appendingPathComponent("docs/tools-by-kernel.md")

  init(reading page: String) {
    let rows = page.split(separator: "\n").filter { $0.hasPrefix("| ") }.map { row in
      row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    guard let heading = rows.first(where: { $0.first == "Tool" }) else { return }
    kernels = Array(heading.dropFirst())
    for row in rows where row.count == heading.count && row[0] != "Tool" && !row[0].hasPrefix("--")
    {
      cells[row[0]] = Dictionary(
        zip(kernels, row.dropFirst()), uniquingKeysWith: { first, _ in first })
    }
  }

  /// Puts what a run on `kernel` found in that kernel's column; only `tools` keep their rows.
  mutating func note(_ verdicts: [String: ToolVerdict], on kernel: String, of tools: [String]) {
    if !kernels.contains(kernel) { kernels.append(kernel) }
    // The oldest comes first; the running kernel, which is of no particular age, last.
    kernels.sort {
      $1 == "running"
        || $0 != "running" && $0.compare($1, options: .numeric) == .orderedAscending
    }
    for (tool, verdict) in verdicts { cells[tool, default: [:]][kernel] = verdict.cell }
    cells = cells.filter { tools.contains($0.key) }
  }

  /// The page.
  var text: String {
    let names = cells.keys.sorted()
    let table =
      [["Tool"] + kernels, Array(repeating: "---", count: kernels.count + 1)]
      + names.map { name in [name] + kernels.map { cells[name]?[$0] ?? "not run" } }
    let features = Set(cells.values.flatMap(\.values).compactMap(Self.feature)).sorted()
    return """
      # The tools by kernel

      Written by `make test-kernels`, which runs the data file of each tool under each kernel: do not
      edit. A tool works if all cases of its file hold, but for those that need something which the
      machine lacks; it needs a feature if no case can run without it. `running` is a machine of
      today's with a kernel that allows no probes on its functions.

      \(table.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n"))

      \(features.map { "`\($0)`: \(Feature.named($0)?.sentence ?? "?")" }.joined(separator: ". \n"))

      """
  }

  /// The feature that a cell names.
  static func feature(in cell: String) -> String? {
    cell.wholeMatch(of: #/needs `(.+)`/#).map { String($0.output.1) }
  }
}
