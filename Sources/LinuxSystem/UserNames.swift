/// Names of users and their numbers, from a file in the form of `/etc/passwd`.
///
/// Name services other than the file are not asked: they need shared libraries at run time.
package struct UserNames: Sendable {
  private let names: [UInt32: String]
  private let numbers: [String: UInt32]

  package init(passwd text: String) {
    var names: [UInt32: String] = [:]
    var numbers: [String: UInt32] = [:]
    for line in text.split(separator: "\n") {
      let fields = line.split(separator: ":", maxSplits: 3, omittingEmptySubsequences: false)
      guard fields.count >= 3, let id = UInt32(fields[2]) else { continue }
      let name = String(fields[0])
      // The first entry counts.
      if names[id] == nil { names[id] = name }
      if numbers[name] == nil { numbers[name] = id }
    }
    self.names = names
    self.numbers = numbers
  }

  package init(reading path: String = "/etc/passwd") throws(SystemError) {
    self.init(passwd: try FileSystem.readText(path))
  }

  package func name(of id: UInt32) -> String? { names[id] }

  /// The number of the user with a name; nil if there is none.
  package func number(of name: String) -> UInt32? { numbers[name] }

  /// The names of all users, sorted.
  package var all: [String] { numbers.keys.sorted() }
}
