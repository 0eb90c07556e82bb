/// What can be imported, by the ending of a file's name.
package enum ImportKind: String, CaseIterable, Sendable {
  case script = ".bt"
  case header = ".h"
  case program = ".bpf.c"
  case object = ".bpf.o"

  /// Nil for the name of a file that cannot be imported.
  package init?(name: String) {
    guard let kind = Self.allCases.first(where: { name.hasSuffix($0.rawValue) }) else {
      return nil
    }
    self = kind
  }
}
