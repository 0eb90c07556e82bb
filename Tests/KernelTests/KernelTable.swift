import CommandTestKit
import Foundation

/// What became of the cases of a row on one kernel.
enum KernelVerdict: Equatable {
  case works
  case needs(String)
  case fails

  /// The verdict after one more case with another one.
  ///
  /// One failure counts for all; a feature that only some cases need does not.
  mutating func add(_ other: KernelVerdict) {
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

/// A page with a table that runs on several kernels fill, a column each.
struct KernelTable {
  /// Which page it is, and what stands on it around the table.
  enum Page: String, CaseIterable {
    case tools = "tools-by-kernel.md"
    case probes = "kernels.md"

    var url: URL { ToolUnderTest.root.appendingPathComponent("docs/\(rawValue)") }

    /// What the rows are about, as the first column is headed.
    var subject: String {
      switch self {
      case .tools: "Tool"
      case .probes: "Probe"
      }
    }

    fileprivate var introduction: String {
      switch self {
      case .tools:
        """
        # The tools by kernel

        Written by `make test-kernels`, which runs the data file of each tool under each kernel: do not
        edit. A tool works if all cases of its file hold that were run (with `SHORT=1` the first that can run,
        as for the cells below), but for those that need something which the machine lacks; it needs a feature if
        no case can run without it.
        """
      case .probes:
        """
        # The probes by kernel

        Written by `make test-kernels`, which runs the cases under `Tests/Fixtures/Kernel` that name a row of
        this table under each kernel: do not edit. A probe works if it is attached, fires, and has the
        right arguments; it needs a feature if the machine lacks what the kernel attaches it by.
        """
      }
    }
  }

  let page: Page
  /// The cells by row and kernel.
  private(set) var cells: [String: [String: String]] = [:]
  private(set) var kernels: [String] = []

  /// The table that is on the page now; an empty one if there is none.
  init(of page: Page) throws {
    self.init(
      page,
      reading: FileManager.default.fileExists(atPath: page.url.path)
        ? try String(contentsOf: page.url, encoding: .utf8) : "")
  }

  init(_ page: Page, reading text: String) {
    self.page = page
    let rows = text.split(separator: "\n").filter { $0.hasPrefix("| ") }.map { row in
      row.split(separator: "|").map { $0.trimmingCharacters(in: .whitespaces) }
    }
    guard let heading = rows.first(where: { $0.first == page.subject }) else { return }
    kernels = Array(heading.dropFirst())
    for row in rows
    where row.count == heading.count && row[0] != page.subject && !row[0].hasPrefix("--") {
      cells[row[0]] = Dictionary(
        zip(kernels, row.dropFirst()), uniquingKeysWith: { first, _ in first })
    }
  }

  /// Puts what a run on `kernel` found in that kernel's column; only `rows` stay.
  mutating func note(_ verdicts: [String: KernelVerdict], on kernel: String, of rows: [String]) {
    if !kernels.contains(kernel) { kernels.append(kernel) }
    // The oldest comes first; the running kernel, which is of no particular age, last.
    kernels.sort {
      $1 == "running"
        || $0 != "running" && $0.compare($1, options: .numeric) == .orderedAscending
    }
    for (row, verdict) in verdicts { cells[row, default: [:]][kernel] = verdict.cell }
    cells = cells.filter { rows.contains($0.key) }
  }

  /// The page.
  var text: String {
    let names = cells.keys.sorted()
    let table =
      [[page.subject] + kernels, Array(repeating: "---", count: kernels.count + 1)]
      + names.map { name in [name] + kernels.map { cells[name]?[$0] ?? "not run" } }
    let features = Set(cells.values.flatMap(\.values).compactMap(Self.feature)).sorted()
    return """
      \(page.introduction) `running` is a machine of
      today's with a kernel that allows no probes on its functions. The others are Debian's, emulated.

      \(table.map { "| " + $0.joined(separator: " | ") + " |" }.joined(separator: "\n"))

      \(features.map { "- `\($0)`: where it is missing, \(Feature.named($0)?.sentence ?? "?")" }
        .joined(separator: "\n"))

      """
  }

  /// The feature that a cell names.
  static func feature(in cell: String) -> String? {
    cell.wholeMatch(of: #/needs `(.+)`/#).map { String($0.output.1) }
  }
}
