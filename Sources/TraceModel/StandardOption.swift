/// An option that the runner of tools answers itself, for every tool that has something to do with it.
///
/// A script whose `options` have one of these names spells it in another way, gives it another default
/// or reads it; it has the meaning that is told here all the same.
package struct StandardOption: Hashable, Sendable {
  /// As scripts and conditions of columns know it.
  package let name: String
  package let kind: OptionKind
  /// The usual letter, if it is free.
  package let letter: String?
  /// The usual word; nil if the option only exists where a script declares it.
  package let word: String?
  /// What the usage calls a positional argument; nil for an option with dashes.
  package let position: String?
  /// What it calls the value, if not as it does others of the kind.
  package let valueName: String?
  /// One phrase for the usage.
  package let summary: String

  private init(
    _ name: String, _ kind: OptionKind, letter: String? = nil, word: String? = nil,
    position: String? = nil, valueName: String? = nil, summary: String
  ) {
    self.name = name
    self.kind = kind
    self.letter = letter
    self.word = word
    self.position = position
    self.valueName = valueName
    self.summary = summary
  }

  /// The time of day before rows or reports.
  package static let time = StandardOption(
    "time", .toggle, letter: "T", word: "timestamp", summary: "show the time of day")
  /// The time between reports.
  package static let interval = StandardOption(
    "interval", .time(unit: 1_000_000_000), position: "INTERVAL",
    summary: "report after each such time; also understands 500ms and 2m")
  /// How many reports.
  package static let count = StandardOption(
    "count", .number(lowest: 1, highest: .max), position: "COUNT",
    summary: "stop after so many reports")
  /// The most lines of a table.
  package static let top = StandardOption(
    "top", .number(lowest: 0, highest: Int64(Int32.max)), word: "top",
    summary: "show the N largest only; 0 shows all")
  /// The column by which lines are sorted.
  package static let sort = StandardOption(
    "sort", .column, word: "sort", summary: "sort by this column")
  /// Keeps earlier reports on the screen.
  package static let noclear = StandardOption(
    "noclear", .toggle, summary: "do not clear the screen before each report")
  /// Stacks on one line.
  package static let folded = StandardOption(
    "folded", .toggle, word: "folded", summary: "show each stack on one line, for flame graphs")
  /// A line between the kernel's part of a stack and the program's.
  package static let delimited = StandardOption(
    "delimited", .toggle, word: "delimited",
    summary: "show where the kernel's part of a stack ends")
  /// A mark behind each frame of the kernel.
  package static let annotated = StandardOption(
    "annotations", .toggle, summary: "mark frames of the kernel with _[k]")
  /// Where in its function each frame is.
  package static let offsets = StandardOption(
    "offset", .toggle, summary: "show where in its function each frame is")
  /// Addresses before frames.
  package static let addresses = StandardOption(
    "addresses", .toggle, summary: "show the address of each frame, unless they are folded")
  /// The time of day in UTC.
  package static let utc = StandardOption(
    "utc", .toggle, summary: "show the time of day in UTC")
  /// Rows and tables as CSV.
  package static let csv = StandardOption(
    "csv", .toggle, summary: "print as CSV, as -f csv does")
  /// The end of the run.
  package static let duration = StandardOption(
    "duration", .time(unit: 1_000_000_000), letter: "d", word: "duration",
    summary: "stop after this time; also understands 500ms and 2m")
  /// One process.
  package static let pid = StandardOption(
    "pid", .process, letter: "p", word: "pid",
    summary: "trace this process only, until it ends")
  /// One thread.
  package static let tid = StandardOption(
    "tid", .thread, letter: "t", word: "tid", summary: "only this thread")
  /// One user.
  package static let uid = StandardOption(
    "uid", .user, letter: "u", word: "uid",
    summary: "only processes of this user, by name or number")
  /// Part of a command's name.
  package static let comm = StandardOption(
    "name", .commandName, letter: "n", word: "name",
    summary: "only threads whose name contains this")
  /// The children of one process.
  package static let ppid = StandardOption(
    "ppid", .process, word: "ppid", valueName: "PPID",
    summary: "only children of this process")
  /// A cgroup and those below it.
  package static let cgroup = StandardOption(
    "cgroup", .path, word: "cgroup",
    summary: "only processes in this cgroup (version 2) or below it")
  /// A set of cgroups.
  package static let cgroupMap = StandardOption(
    "cgroupmap", .path, word: "cgroupmap", valueName: "FILE",
    summary: "only cgroups whose ids are the keys of this pinned BPF map")
  /// One mount namespace.
  package static let mountNamespace = StandardOption(
    "mntns", .number(lowest: 0, highest: .max), word: "mntns", valueName: "NUMBER",
    summary: "only this mount namespace")
  /// A set of mount namespaces.
  package static let mountNamespaceMap = StandardOption(
    "mntnsmap", .path, word: "mntnsmap", valueName: "FILE",
    summary: "only mount namespaces whose numbers are the keys of this pinned BPF map")

  /// All of them.
  package static let all: [StandardOption] =
    [
      time, interval, count, top, sort, noclear, folded, delimited, annotated, offsets, addresses,
      utc,
      csv, duration,
    ] + TaskFilter.allCases.map(\.standard)

  /// The filter of processes that it asks for, if it is about one.
  package var filter: TaskFilter? { TaskFilter.allCases.first { $0.standard == self } }

  /// The one of that name.
  package static func named(_ name: String) -> StandardOption? { all.first { $0.name == name } }
}
