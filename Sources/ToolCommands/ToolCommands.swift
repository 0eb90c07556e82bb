extension ToolCommand {
  /// Every command, in the order in which usage and manual list them.
  package static let all: [ToolCommand] = [
    list, search, help, man, show, check, copy, run, compile, inspect, render, exec, complete,
  ]

  /// The command of that name.
  static func named(_ word: String) -> ToolCommand? { all.first { $0.name == word } }
}
