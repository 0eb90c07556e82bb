internal import LinuxSystem
internal import MachineView
package import TraceModel

/// The names that there are for values of options, on this machine and in one script.
package struct OptionValues {
  private let manifest: Manifest
  private let userFile: String

  /// - Parameters:
  ///   - manifest: Says whose system calls are meant, and has the columns that tables are sorted by.
  ///   - userFile: In the form of `/etc/passwd`.
  package init(for manifest: Manifest, userFile: String = "/etc/passwd") {
    self.manifest = manifest
    self.userFile = userFile
  }

  /// The names of values of a kind; nil for a kind whose values have none.
  func words(of kind: OptionKind) -> [String]? {
    switch kind {
    case .user: (try? UserNames(reading: userFile))?.all
    case .signal: names(.signals)
    case .errorNumber: names(.errors)
    case .openFlags: names(.openFlags)
    case .disk: names(.disks)
    case .systemCall:
      Architecture.named(manifest.architecture)?.systemCallNames.values.sorted()
    case .column: manifest.tables.flatMap(\.columns).map(\.spokenName)
    default: nil
    }
  }

  /// What an option prints that lists the names of a kind: a line for each, behind its number, in their order.
  ///
  /// - Parameter reader: Knows the numbers.
  package func listing(of kind: OptionKind, _ reader: OptionReader) -> String {
    let numbers = (words(of: kind) ?? []).compactMap { name in
      (try? reader.number(name, kind)).map { (number: $0, name: name) }
    }.sorted { ($0.number, $0.name) < ($1.number, $1.name) }
    let width = numbers.last.map { "\($0.number)".utf8.count } ?? 0
    return numbers.map { number, name in
      let digits = "\(number)"
      return String(repeating: " ", count: width - digits.utf8.count) + "\(digits): \(name)"
    }.joined(separator: "\n")
  }

  private func names(_ numbers: NamedNumbers) -> [String] {
    NumberNames(of: numbers, on: DirectoryMachine()).names
  }
}

extension ColumnSpec {
  /// What people call it: its heading, if it has one.
  var spokenName: String { heading.isEmpty ? name : heading }
}
