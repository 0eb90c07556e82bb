internal import Glibc

/// Facts about the running kernel and the machine.
package struct KernelIdentity: Hashable, Sendable {
  /// `uname -r`, for example "6.1.0-18-amd64".
  package let release: String
  /// `uname -m`, for example "x86_64".
  package let machine: String
  /// `uname -v`.
  package let version: String
  package let hostName: String

  package init(release: String, machine: String, version: String, hostName: String) {
    self.release = release
    self.machine = machine
    self.version = version
    self.hostName = hostName
  }

  /// The kernel we run on.
  package static func current() -> KernelIdentity {
    var name = utsname()
    _ = unsafe uname(&name)
    return KernelIdentity(
      release: text(of: name.release), machine: text(of: name.machine),
      version: text(of: name.version), hostName: text(of: name.nodename))
  }

  private static func text<Field>(of field: Field) -> String {
    unsafe withUnsafeBytes(of: field) { bytes in
      let end = unsafe bytes.firstIndex(of: 0) ?? bytes.count
      return unsafe String(decoding: bytes[..<end], as: UTF8.self)
    }
  }
}

/// Sizes and CPUs.
package enum Machine {
  package static var pageSize: Int { Int(sysconf(CInt(_SC_PAGESIZE))) }

  /// The CPUs that may ever come online, from `/sys/devices/system/cpu/possible`.
  package static var possibleCPUs: [Int] {
    get throws(SystemError) { try cpus("possible") }
  }

  /// The CPUs that run now.
  package static var onlineCPUs: [Int] {
    get throws(SystemError) { try cpus("online") }
  }

  private static func cpus(_ name: String) throws(SystemError) -> [Int] {
    let path = "/sys/devices/system/cpu/\(name)"
    guard let list = CPUList.parse(try FileSystem.readText(path)) else {
      throw .invalid("read", path)
    }
    return list
  }
}

/// The kernel's notation for sets of CPUs.
package enum CPUList {
  /// The CPUs of a list such as "0-3,5", ascending; nil when it is not one.
  package static func parse(_ text: String) -> [Int]? {
    var cpus: [Int] = []
    for part in text.split(whereSeparator: { $0 == "," || $0.isWhitespace }) {
      let ends = part.split(separator: "-", omittingEmptySubsequences: false)
      let numbers = ends.compactMap { Int($0) }
      guard numbers.count == ends.count, let first = numbers.first, let last = numbers.last,
        numbers.count <= 2, first >= 0, first <= last, last < 1 << 20
      else { return nil }
      cpus.append(contentsOf: first...last)
    }
    return cpus
  }
}
