import LinuxSystem

extension DirectoryMachine {
  package var processes: [Int32] {
    get throws(MachineError) { try list("/proc").compactMap { Int32($0) }.sorted() }
  }

  package func process(_ id: Int32) throws(MachineError) -> UserProcess? {
    guard let name = try text("/proc/\(id)/comm") else { return nil }
    let namespace = mountNamespace("\(id)")
    let isOurs = namespace == nil || namespace == mountNamespace("self")
    return UserProcess(
      id: id, name: name.hasSuffix("\n") ? String(name.dropLast()) : name,
      executable: try? FileSystem.linkTarget("\(root)/proc/\(id)/exe"),
      mountNamespace: namespace, root: isOurs ? root : "\(root)/proc/\(id)/root")
  }

  /// The number in a link such as `mnt:[4026531841]`.
  private func mountNamespace(_ process: String) -> UInt64? {
    guard let link = try? FileSystem.linkTarget("\(root)/proc/\(process)/ns/mnt") else {
      return nil
    }
    return UInt64(link.filter { $0 >= "0" && $0 <= "9" })
  }

  package func binaries(of id: Int32) throws(MachineError) -> [MappedBinary] {
    guard let process = try process(id), let maps = try text("/proc/\(id)/maps") else { return [] }
    var found: [MappedBinary] = []
    for line in maps.split(separator: "\n") {
      // 7f12a4000000-7f12a4022000 r-xp 00028000 fe:00 1234   /usr/lib/libc.so.6 (deleted)
      let words = line.split(separator: " ", maxSplits: 5, omittingEmptySubsequences: true)
      guard words.count == 6, words[1].dropFirst(2).hasPrefix("x"), let inode = UInt64(words[4]),
        inode != 0
      else { continue }
      var path = String(words[5]).trimmed
      guard path.hasPrefix("/"), !Self.isMemory(path) else { continue }
      let mark = " (deleted)"
      let isDeleted = path.hasSuffix(mark)
      if isDeleted { path = String(path.dropLast(mark.count)) }
      if found.contains(where: { $0.path == path && $0.inode == inode }) { continue }
      found.append(
        MappedBinary(
          path: path,
          openPath: isDeleted ? "\(root)/proc/\(id)/map_files/\(words[0])" : process.root + path,
          inode: inode, isDeleted: isDeleted))
    }
    return found
  }

  /// Whether the kernel shows this path for memory that is no file.
  private static func isMemory(_ path: String) -> Bool {
    ["/memfd:", "/dev/zero", "/dev/shm/", "/SYSV", "//anon", "/anon_hugepage"].contains {
      path.hasPrefix($0)
    }
  }
}
