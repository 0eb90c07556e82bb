/// What a tool is about: the heading under which `bt-tool list` shows it.
package enum ToolSubject: UInt8, CaseIterable, Hashable, Sendable {
  case processes = 0
  case cpu = 1
  case files = 2
  case memory = 3
  case network = 4
  case programs = 5

  /// As scripts write it.
  package var word: String { "\(self)" }

  /// The heading for people.
  package var title: String {
    switch self {
    case .processes: "Processes and security"
    case .cpu: "CPU and scheduler"
    case .files: "Files and disks"
    case .memory: "Memory"
    case .network: "Network"
    case .programs: "User programs"
    }
  }

  /// The subject of that word.
  package static func named(_ word: String) -> ToolSubject? { allCases.first { $0.word == word } }
}

extension ToolSubject: WireNumbered {
  package static let wireName = "subject of a tool"
}
