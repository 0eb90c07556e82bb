internal import LinuxSystem

/// Where tools are looked for, in this order: the user's own folders before the installed ones.
package struct ToolFolders: Hashable, Sendable {
  package var user: [String]
  package var system: [String]

  /// The folder of the user's own tools; nil if it is not known.
  package var own: String?

  /// Where the installed library is, below the folder that has the command's.
  package static let library = "share/bpftrace/tools"

  package var all: [String] { user + system }

  package init(user: [String] = [], system: [String] = []) {
    self.user = user
    self.system = system
    own = user.last
  }

  /// Finds the folders from the environment and the place of the command.
  ///
  /// - Parameters:
  ///   - variable: Reads the environment: `BT_TOOL_PATH` (folders between colons), `XDG_DATA_HOME`,
  ///     `HOME`.
  ///   - executable: The path of the running command; `share/bpftrace/tools` beside its folder is the
  ///     installed library. A command in a build folder uses the library that was built with it, then
  ///     the scripts themselves.
  package init(variable: (String) -> String?, executable: String?) {
    func folder(_ name: String) -> String? {
      variable(name).flatMap { $0.isEmpty ? nil : $0 }
    }
    user = (folder("BT_TOOL_PATH") ?? "").split(separator: ":").map(String.init)
    let data = folder("XDG_DATA_HOME") ?? folder("HOME").map { "\($0)/.local/share" }
    own = data.map { "\($0)/bpftrace/tools" }
    if let own { user.append(own) }
    system = []
    guard let executable else { return }
    let parts = executable.split(separator: "/", omittingEmptySubsequences: false)
    if let build = parts.firstIndex(of: ".build") {
      let repository = parts[..<build].joined(separator: "/")
      system.append("\(repository)/build/\(Self.library)")
      system.append("\(repository)/tools")
    } else if parts.count > 2 {
      system.append(parts.dropLast(2).joined(separator: "/") + "/\(Self.library)")
    }
  }
}
