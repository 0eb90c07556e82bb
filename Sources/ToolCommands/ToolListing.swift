package import TraceModel

/// Tools below the headings of their subjects, as text.
package struct ToolListing: Sendable {
  /// A tool and what there is to say of it.
  package struct Entry: Sendable {
    let name: String
    let summary: String
    let subject: ToolSubject?
    /// A line each, below the summary.
    let remarks: [String]

    package init(
      name: String, summary: String, subject: ToolSubject?, remarks: [String] = []
    ) {
      self.name = name
      self.summary = summary
      self.subject = subject
      self.remarks = remarks
    }
  }

  package let entries: [Entry]

  package init(_ entries: [Entry]) { self.entries = entries }

  /// The heading of tools that do not say what they are about.
  private static let others = "Others"

  package var text: String {
    let subjects = ToolSubject.allCases.map(Optional.some) + [nil]
    return subjects.compactMap { subject -> String? in
      let tools = entries.filter { $0.subject == subject }
      guard !tools.isEmpty else { return nil }
      return "\(subject?.title ?? Self.others):\n" + tools.map(lines).joined()
    }.joined(separator: "\n")
  }

  private func lines(of entry: Entry) -> String {
    let width = entries.map(\.name.count).max() ?? 0
    let padding = String(repeating: " ", count: width - entry.name.count)
    let margin = String(repeating: " ", count: width + 4)
    let summary = entry.summary.isEmpty ? "" : "\(padding)  \(entry.summary)"
    return "  \(entry.name)\(summary)\n"
      + entry.remarks.map { "\(margin)\($0)\n" }.joined()
  }
}
