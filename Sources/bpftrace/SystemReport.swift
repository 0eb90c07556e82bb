import CommandSession
import Language
import LinuxSystem
import MachineView
import TraceModel

/// What `--info` tells.
enum SystemReport {
  /// Prints the report and returns the exit status.
  static func show(_ machine: DirectoryMachine) -> Int32 {
    let identity = KernelIdentity.current()
    var text = "System\n  OS: Linux \(identity.release) \(identity.version)\n"
    text += "  Arch: \(identity.machine)\n\n"
    text += "Build\n  version: \(Release.version)\n\n"
    for (title, features) in [("Kernel helpers", helpers), ("Kernel features", others)] {
      text += "\(title)\n\(columns(features.map { ($0.name, machine.supports($0).isYes) }))\n"
    }
    text += "Probe types\n"
    var answers: [KernelFeature: Bool] = [:]
    var types: [(String, Bool)] = []
    for type in ProbeType.all {
      let works = type.requires.allSatisfy { feature in
        if let known = answers[feature] { return known }
        let answer = machine.supports(feature).isYes
        answers[feature] = answer
        return answer
      }
      types.append((type.name, works))
    }
    text += columns(types)
    Messages.plain(text)
    return 0
  }

  private static var helpers: [KernelFeature] { KernelFeature.all.filter { $0.helper != nil } }
  private static var others: [KernelFeature] { KernelFeature.all.filter { $0.helper == nil } }

  /// `name: yes` entries, two on a line.
  private static func columns(_ entries: [(String, Bool)]) -> String {
    var lines: [String] = []
    var index = 0
    while index < entries.count {
      var line = "  "
      for entry in entries[index..<min(index + 2, entries.count)] {
        let cell = "\(entry.0): \(entry.1 ? "yes" : "no")"
        line += cell + String(repeating: " ", count: max(1, 36 - cell.count))
      }
      while line.last == " " { line.removeLast() }
      lines.append(line)
      index += 2
    }
    return lines.map { "\($0)\n" }.joined()
  }
}
