import LinuxSystem
import ObjectFiles
import Synchronization
package import TraceModel

extension DirectoryMachine {
  package var release: String {
    get throws(MachineError) {
      let path = "/proc/sys/kernel/osrelease"
      guard let text = try text(path) else { throw .malformed(path: path, reason: "missing") }
      return text.trimmed
    }
  }

  package var architecture: Architecture {
    get throws(MachineError) {
      try cached(\.architecture) { () throws(MachineError) in
        // Kernels before 6.1 do not tell in a file.
        let path = "/proc/sys/kernel/arch"
        let told = isLive ? KernelIdentity.current().machine : try text(path)?.trimmed
        guard let name = told, let architecture = Architecture.named(name) else {
          throw .malformed(path: path, reason: "unknown architecture \(told ?? "")")
        }
        return architecture
      }
    }
  }

  package var bootTimeInSeconds: Int64 {
    get throws(MachineError) {
      let path = "/proc/stat"
      for line in try text(path)?.split(separator: "\n") ?? [] where line.hasPrefix("btime ") {
        if let seconds = Int64(line.dropFirst(6)) { return seconds }
      }
      throw .malformed(path: path, reason: "no btime")
    }
  }

  package var possibleCPUs: [Int] {
    get throws(MachineError) {
      try cached(\.possibleCPUs) { () throws(MachineError) in try cpus("possible") }
    }
  }

  package var onlineCPUs: [Int] {
    get throws(MachineError) { try cpus("online") }
  }

  private func cpus(_ name: String) throws(MachineError) -> [Int] {
    let path = "/sys/devices/system/cpu/\(name)"
    guard let text = try text(path), let cpus = CPUList.parse(text) else {
      throw .malformed(path: path, reason: "no list of CPUs")
    }
    return cpus
  }

  package var pageSizeInBytes: Int { isLive ? Machine.pageSize : 4096 }

  package var configuration: [String: String] {
    get throws(MachineError) {
      if let packed = try? read("/proc/config.gz"),
        let text = Zlib.inflate(packed, limit: 1 << 24)
      {
        return Self.parseConfiguration(String(decoding: text, as: UTF8.self))
      }
      return Self.parseConfiguration(try text("/boot/config-\(release)") ?? "")
    }
  }

  private static func parseConfiguration(_ text: String) -> [String: String] {
    var values: [String: String] = [:]
    for line in text.split(separator: "\n") where line.hasPrefix("CONFIG_") {
      guard let sign = line.firstIndex(of: "=") else { continue }
      values[String(line[..<sign])] = String(line[line.index(after: sign)...])
    }
    return values
  }

  package func supports(_ feature: KernelFeature) -> FeatureAnswer {
    if let probe = settings.probe { return probe(feature) }
    let answers = try? cached(\.features) { () throws(MachineError) in
      Self.parseFeatures(try text("/features") ?? "")
    }
    return answers?[feature.name] ?? .no(reason: "not recorded")
  }

  private static func parseFeatures(_ text: String) -> [String: FeatureAnswer] {
    var answers: [String: FeatureAnswer] = [:]
    for line in text.split(separator: "\n") where !line.hasPrefix("#") {
      let words = line.split(separator: " ", maxSplits: 2)
      guard words.count >= 2 else { continue }
      answers[String(words[0])] =
        words[1] == "yes" ? .yes : .no(reason: words.count > 2 ? String(words[2]) : "")
    }
    return answers
  }

  package var mounts: [Mount] {
    get throws(MachineError) {
      let path = isLive ? "/proc/self/mounts" : "/proc/mounts"
      return (try text(path) ?? "").split(separator: "\n").compactMap { line in
        let words = line.split(separator: " ")
        guard words.count >= 4 else { return nil }
        return Mount(
          source: Self.unescape(words[0]), mountPoint: Self.unescape(words[1]),
          fileSystem: String(words[2]), options: words[3].split(separator: ",").map(String.init))
      }
    }
  }

  /// Undoes the octal escapes that the kernel writes for spaces and the like.
  private static func unescape(_ text: Substring) -> String {
    guard text.contains("\\") else { return String(text) }
    let bytes = Array(text.utf8)
    var plain: [UInt8] = []
    var index = 0
    while index < bytes.count {
      let digits = bytes[index...].dropFirst().prefix(3)
      if bytes[index] == UInt8(ascii: "\\"), digits.count == 3,
        let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 8)
      {
        plain.append(value)
        index += 4
      } else {
        plain.append(bytes[index])
        index += 1
      }
    }
    return String(decoding: plain, as: UTF8.self)
  }
}

extension String {
  /// Without white space at both ends.
  var trimmed: String {
    guard let start = firstIndex(where: { !$0.isWhitespace }),
      let end = lastIndex(where: { !$0.isWhitespace })
    else { return "" }
    return String(self[start...end])
  }
}
