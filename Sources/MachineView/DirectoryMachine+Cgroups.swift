import LinuxSystem

extension DirectoryMachine {
  package func cgroupID(_ path: String) throws(MachineError) -> UInt64 {
    // Else a folder that is mounted elsewhere, or no cgroup at all; the number is then of no use, as
    // with any wrong path, but the kernel's own tools accept it too.
    try folder(path, among: cgroupFolders(path) + [path]).info.inode
  }

  package func cgroupFolder(_ path: String) throws(MachineError) -> String {
    try folder(path, among: cgroupFolders(path)).path
  }

  /// Where the cgroup (v2) at `path` can have its folder.
  private func cgroupFolders(_ path: String) throws(MachineError) -> [String] {
    let hierarchies = try mounts.filter { $0.fileSystem == "cgroup2" }.map(\.mountPoint)
    return hierarchies.filter { path == $0 || path.hasPrefix($0 + "/") }.map { _ in path }
      + hierarchies.map { $0 + (path.hasPrefix("/") ? path : "/" + path) }
  }

  /// The first of some paths that is a folder, with this machine's root before it.
  private func folder(
    _ wanted: String, among candidates: [String]
  ) throws(MachineError) -> (path: String, info: FileInfo) {
    var failure = SystemError.noEntry("stat", wanted)
    for candidate in candidates {
      do {
        let info = try FileSystem.info(of: root + candidate)
        if info.kind == .directory { return (root + candidate, info) }
      } catch {
        if !error.isAbsence { failure = error }
      }
    }
    throw .system(failure)
  }

  package func cgroups(withID id: UInt64) throws(MachineError) -> [Cgroup] {
    var found: [Cgroup] = []
    for mount in try mounts {
      guard let hierarchy = Self.hierarchy(mount) else { continue }
      guard let path = folder(withInode: id, below: root + mount.mountPoint) else { continue }
      let cgroup = Cgroup(hierarchy: hierarchy, path: path.isEmpty ? "/" : path)
      if !found.contains(cgroup) { found.append(cgroup) }
    }
    return found
  }

  /// The name of the hierarchy that `mount` shows; nil if it shows none.
  private static func hierarchy(_ mount: Mount) -> String? {
    switch mount.fileSystem {
    case "cgroup2": return "unified"
    case "cgroup":
      let general: Set<String> = [
        "rw", "ro", "nosuid", "nodev", "noexec", "relatime", "noatime", "xattr", "clone_children",
      ]
      let names = mount.options.filter { !general.contains($0) && !$0.hasPrefix("release_agent=") }
      return names.map { $0.hasPrefix("name=") ? String($0.dropFirst(5)) : $0 }
        .joined(separator: ",")
    default: return nil
    }
  }

  /// Returns the path, from `start`, of the folder whose inode number is `inode`.
  private func folder(withInode inode: UInt64, below start: String) -> String? {
    if (try? FileSystem.info(of: start))?.inode == inode { return "" }
    var open = [""]
    while let path = open.popLast() {
      // Cgroups come and go; one that has gone is simply not the one.
      for entry in (try? FileSystem.entries(of: start + path)) ?? [] where entry.kind == .directory
      {
        let child = "\(path)/\(entry.name)"
        if (try? FileSystem.info(of: start + child))?.inode == inode { return child }
        open.append(child)
      }
    }
    return nil
  }
}
