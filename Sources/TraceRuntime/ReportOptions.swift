/// How a run shows rows and tables, and when it reports.
package struct ReportOptions: Hashable, Sendable {
  /// The time between reports, in nanoseconds; nil: one report, at the end.
  package var interval: UInt64?
  /// The run ends after so many reports.
  package var count: UInt64?
  /// The most lines of a table; 0 for all, nil for what the script says.
  package var top: UInt64?
  /// The name or heading of the column by which lines are sorted; nil for the last value.
  package var sortColumn: String?
  /// Whether stacks go on one line each.
  package var isFolded = false
  /// Whether the end of the kernel's part of a stack is marked.
  package var isDelimited = false
  /// Whether frames of the kernel are marked.
  package var isAnnotated = false
  /// Whether frames are shown with their offsets in functions.
  package var hasOffsets = false
  /// Whether frames are shown with their addresses.
  package var hasAddresses = false
  /// Whether the time of day is shown before rows and reports.
  package var showsTime = false
  /// Whether that time is UTC.
  package var isInUTC = false
  /// Whether the screen is cleared before each report.
  package var clearsScreen = false

  package init() {}
}
