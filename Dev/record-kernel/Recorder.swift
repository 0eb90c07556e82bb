import BPF
import BTF
import LinuxSystem
import MachineView
import ObjectFiles
import TraceModel

/// Writes what `selection` names of the running kernel below a folder, in the kernel's own layout.
struct Recorder {
  let machine = DirectoryMachine()
  let selection = KernelSelection()
  /// The recorded kernel's folder.
  let folder: String
  /// Whether nothing is recorded that the machine lacks.
  let isAsIs: Bool

  func record() throws {
    try recordFacts()
    try recordFeatures()
    try recordTracepoints()
    let functions = try recordSymbols()
    try recordTypes(functions: functions)
  }

  private func write(_ text: String, to path: String) throws {
    try write(Array(text.utf8), to: path)
  }

  private func write(_ bytes: [UInt8], to path: String) throws {
    let target = "\(folder)/\(path)"
    if let slash = target.lastIndex(of: "/") {
      try FileSystem.createDirectory(String(target[..<slash]))
    }
    try FileSystem.write(bytes, to: target)
  }

  // MARK: Facts

  private func recordFacts() throws {
    // What a distribution or builder appended is nobody's business.
    let release = String(try machine.release.prefix { $0.isNumber || $0 == "." })
    try write(release + "\n", to: "proc/sys/kernel/osrelease")
    try write(try machine.architecture.name + "\n", to: "proc/sys/kernel/arch")
    try write("btime 1700000000\n", to: "proc/stat")
    try write("0-3\n", to: "sys/devices/system/cpu/possible")
    try write("0-3\n", to: "sys/devices/system/cpu/online")
    try write(
      """
      proc /proc proc rw,relatime 0 0
      sysfs /sys sysfs rw,relatime 0 0
      tracefs /sys/kernel/tracing tracefs rw,relatime 0 0
      cgroup2 /sys/fs/cgroup cgroup2 rw,relatime 0 0

      """, to: "proc/mounts")
    let configuration = try machine.configuration
    let lines = selection.configuration.map { name in
      if !isAsIs, selection.assumedConfiguration.contains(name) { return "\(name)=y" }
      return configuration[name].map { "\(name)=\($0)" } ?? "# \(name) is not set"
    }
    try write(lines.joined(separator: "\n") + "\n", to: "boot/config-\(release)")
  }

  private func recordFeatures() throws {
    let host = LibBPFHost()
    var lines: [String] = []
    for feature in KernelFeature.all {
      let isAssumed = !isAsIs && selection.assumedFeatures.contains(feature.name)
      switch isAssumed ? .yes : host.probe(feature) {
      case .yes: lines.append("\(feature.name) yes")
      case .no(let reason), .forbidden(let reason):
        lines.append("\(feature.name) no \(reason)")
      }
    }
    try write(lines.joined(separator: "\n") + "\n", to: "features")
  }

  // MARK: Tracepoints

  private func recordTracepoints() throws {
    var names: [TracepointName] = []
    for (category, event) in selection.tracepoints {
      names += try machine.tracepoints(category: category, event: event)
    }
    for call in selection.systemCalls {
      for event in ["sys_enter_\(call)", "sys_exit_\(call)"] {
        names += try machine.tracepoints(
          category: NamePattern("syscalls"), event: NamePattern(event))
      }
    }
    for name in names {
      let path = "sys/kernel/tracing/events/\(name.category)/\(name.event)/format"
      try write(try FileSystem.read("/\(path)"), to: path)
    }
  }

  // MARK: Symbols

  /// - Returns: The names of the functions that were recorded.
  private func recordSymbols() throws -> [String] {
    let all = try machine.functions(module: .any, name: .any).functions.map(\.name)
    let names = Set(all.filter { name in selection.functions.contains { $0.matches(name) } })
    let functions = names.sorted()
    try write(
      functions.joined(separator: "\n") + "\n",
      to: "sys/kernel/tracing/available_filter_functions")
    var symbols: [(address: UInt64, line: String)] = []
    for (names, type) in [(functions, "T"), (selection.variables, "D")] {
      for name in names {
        guard let symbol = try machine.kernelSymbol(named: name) else { continue }
        let digits = String(symbol.address, radix: 16)
        let padding = String(repeating: "0", count: 16 - digits.count)
        symbols.append((symbol.address, "\(padding)\(digits) \(type) \(name)"))
      }
    }
    symbols.sort { $0.address < $1.address }
    try write(symbols.map(\.line).joined(separator: "\n") + "\n", to: "proc/kallsyms")
    return functions
  }

  // MARK: Types

  private func recordTypes(functions: [String]) throws {
    guard let types = try machine.btf(nil) else {
      throw MachineError.malformed(path: "/sys/kernel/btf/vmlinux", reason: "missing")
    }
    var subset = BTFSubset(of: types, pointers: .named)
    for name in selection.structures {
      for id in try types.findAll(name, [.structure, .union]) { subset.keep(id) }
    }
    for name in selection.otherTypes {
      for id in try types.findAll(name, [.typedef, .enumeration, .enumeration64, .integer]) {
        subset.keep(id)
      }
    }
    for name in selection.enumValues {
      if let found = try types.enumValue(named: name) { subset.keep(found.enumeration) }
    }
    var kept: [BTFTypeID] = []
    try types.forEachName([.structure]) { id, name in
      if selection.structurePatterns.contains(where: { $0.matches(name) }) { kept.append(id) }
    }
    for event in try types.rawTracepointNames()
    where selection.rawTracepoints.contains(where: { $0.matches(event) }) {
      if let id = try types.rawTracepointID(event) { kept.append(id) }
      if let id = try types.find("__traceiter_\(event)", .function) { kept.append(id) }
    }
    let names = Set(functions)
    try types.forEachName([.function]) { id, name in
      if names.contains(name) { kept.append(id) }
    }
    for id in kept { subset.keep(id) }
    try write(try subset.bytes(), to: "sys/kernel/btf/vmlinux")
  }
}
