/// By what the processes of a container are known.
package enum ContainerPlace: Hashable, Sendable {
  /// They are in this cgroup (version 2), or below it.
  case cgroup(String)
  /// They are in the mount namespace of that number, because the container has no such cgroup.
  case mountNamespace(UInt64)
}

/// Why a container is not found.
package enum ContainerError: Error, Hashable, Sendable {
  /// No container that runs has this name or id; the names of those that run.
  case unknown(String, running: [String])
  /// There is one of that name or id, but no process is in it.
  case notRunning(String)
  /// Several containers that run have the name, or ids that begin like this.
  case ambiguous(String, ids: [String])
  case machine(MachineError)
}

extension ContainerError: CustomStringConvertible {
  package var description: String {
    switch self {
    case .unknown(let word, let running):
      "there is no container '\(word)', "
        + (running.isEmpty ? "none runs" : "only " + running.joined(separator: ", "))
    case .notRunning(let word): "the container '\(word)' does not run"
    case .ambiguous(let word, let ids):
      "several containers are called '\(word)': " + ids.joined(separator: ", ")
    case .machine(let error): "\(error)"
    }
  }
}

extension DirectoryMachine {
  /// Returns where the container of that name, or whose id begins like that, has its processes.
  ///
  /// Ids are found in the cgroups of processes, names in the state files of docker, podman, nerdctl and
  /// kubelet; a task of containerd by its folder.
  package func container(_ word: String) throws(ContainerError) -> ContainerPlace {
    let running: [String: RunningContainer]
    do { running = try runningContainers() } catch { throw .machine(error) }
    let names = containerNames()
    let named = names.filter { $0.name == word }.map(\.id)
    var found = Set(named.filter { running[$0] != nil })
    if found.isEmpty, named.isEmpty, word.utf8.count >= 2 {
      found = Set(running.keys.filter { $0.hasPrefix(word) })
    }
    if found.isEmpty, let task = containerdTask(word) { return try place(of: task, called: word) }
    guard let id = found.first else {
      let isKnown = !named.isEmpty || names.contains { $0.id.hasPrefix(word) }
      if isKnown, !word.isEmpty { throw .notRunning(word) }
      throw .unknown(
        word,
        running: running.keys.sorted().map { id in
          names.first { $0.id == id }?.name ?? String(id.prefix(12))
        })
    }
    guard found.count == 1 else {
      throw .ambiguous(word, ids: found.sorted().map { String($0.prefix(12)) })
    }
    return try place(of: running[id] ?? RunningContainer(process: 0), called: word)
  }

  /// Where a container's processes are, by one of them.
  private func place(
    of container: RunningContainer, called word: String
  ) throws(ContainerError) -> ContainerPlace {
    if let path = container.cgroup {
      do throws(MachineError) {
        _ = try cgroupFolder(path)
        return .cgroup(path)
      } catch {
        // Not to be seen from here; the mount namespace tells as well.
      }
    }
    let namespace: UInt64?
    do throws(MachineError) { namespace = try process(container.process)?.mountNamespace } catch {
      throw .machine(error)
    }
    guard let namespace else { throw .notRunning(word) }
    return .mountNamespace(namespace)
  }

  // MARK: Those that run

  private struct RunningContainer {
    /// The first of its processes.
    var process: Int32
    /// Its cgroup of version 2.
    var cgroup: String?
  }

  /// The containers that processes are in, by their ids.
  private func runningContainers() throws(MachineError) -> [String: RunningContainer] {
    var found: [String: RunningContainer] = [:]
    for process in try processes {
      for (hierarchy, path) in cgroups(of: process) {
        guard let (id, folder) = Self.container(inCgroup: path) else { continue }
        var container = found[id] ?? RunningContainer(process: process)
        if hierarchy.isEmpty, container.cgroup == nil { container.cgroup = folder }
        found[id] = container
      }
    }
    return found
  }

  /// The cgroups of a process: controllers (none for version 2), and the path.
  private func cgroups(of process: Int32) -> [(controllers: Substring, path: Substring)] {
    // A process that has ended meanwhile is in no container.
    let text: String?
    do throws(MachineError) { text = try self.text("/proc/\(process)/cgroup") } catch { return [] }
    return (text ?? "").split(separator: "\n").compactMap { line in
      let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      return parts.count == 3 ? (parts[1], parts[2]) : nil
    }
  }

  /// The id of the container whose cgroup a path goes through, and the path of that cgroup.
  static func container(inCgroup path: Substring) -> (id: String, cgroup: String)? {
    var folder = ""
    for part in path.split(separator: "/") {
      folder += "/\(part)"
      let words = part.split { !($0.isASCII && ($0.isLetter || $0.isNumber)) }
      // The process that watches a container has a cgroup beside it.
      guard !words.contains("conmon") else { continue }
      if let id = words.first(where: { $0.utf8.count == idLength && $0.allSatisfy(\.isHexDigit) }) {
        return (String(id), folder)
      }
    }
    return nil
  }

  /// Letters of an id of a container.
  private static let idLength = 64

  /// A task of containerd, which may have any name: by the folder that it has in some namespace.
  private func containerdTask(_ word: String) -> RunningContainer? {
    guard !word.isEmpty, !word.contains("/"), word != ".", word != ".." else { return nil }
    let folder = "/run/containerd/io.containerd.runtime.v2.task"
    for namespace in entries(folder) {
      guard let text = readable("\(folder)/\(namespace)/\(word)/init.pid"),
        let process = Int32(text.trimmed)
      else { continue }
      let path = cgroups(of: process).first { $0.controllers.isEmpty }?.path
      return RunningContainer(
        process: process, cgroup: path.flatMap { $0 == "/" ? nil : String($0) })
    }
    return nil
  }

  // MARK: Names

  /// The names of containers, as the programs that keep them have noted them.
  private func containerNames() -> [(name: String, id: String)] {
    dockerNames() + podmanNames() + nerdctlNames() + kubeletNames()
  }

  private func dockerNames() -> [(name: String, id: String)] {
    let folder = "/var/lib/docker/containers"
    return entries(folder).compactMap { id in
      guard let name = json("\(folder)/\(id)/config.v2.json")?["Name"]?.string else { return nil }
      return (name.hasPrefix("/") ? String(name.dropFirst()) : name, id)
    }
  }

  /// Podman's own storage, and that of users who run it without rights.
  private func podmanNames() -> [(name: String, id: String)] {
    let homes = entries("/home").map { "/home/\($0)" } + ["/root"]
    let folders =
      ["/var/lib/containers/storage"] + homes.map { "\($0)/.local/share/containers/storage" }
    return folders.flatMap { folder in
      entries(folder).filter { $0.hasSuffix("-containers") }.flatMap { driver in
        (json("\(folder)/\(driver)/containers.json")?.elements ?? []).flatMap { container in
          let id = container["id"]?.string ?? ""
          return (container["names"]?.elements ?? []).compactMap(\.string).map { ($0, id) }
        }
      }
    }
  }

  /// A file for each name, with the id in it.
  private func nerdctlNames() -> [(name: String, id: String)] {
    let folder = "/var/lib/nerdctl"
    return entries(folder).flatMap { address in
      entries("\(folder)/\(address)/names").flatMap { namespace in
        let names = "\(folder)/\(address)/names/\(namespace)"
        return entries(names).compactMap { name in
          readable("\(names)/\(name)").map { (name, $0.trimmed) }
        }
      }
    }
  }

  /// Links to logs: pod, namespace and name with the id behind it. A container is known by its name, and by
  /// its pod's and its own.
  private func kubeletNames() -> [(name: String, id: String)] {
    entries("/var/log/containers").flatMap { link -> [(name: String, id: String)] in
      let parts = link.split(separator: "_")
      guard parts.count == 3, parts[2].hasSuffix(".log"), let dash = parts[2].lastIndex(of: "-")
      else { return [] }
      let name = String(parts[2][..<dash])
      let id = String(parts[2][parts[2].index(after: dash)...].dropLast(4))
      return [(name, id), ("\(parts[0])/\(name)", id)]
    }
  }

  // What cannot be read names no container.

  private func entries(_ folder: String) -> [String] {
    do { return try list(folder) } catch { return [] }
  }

  private func readable(_ path: String) -> String? {
    do { return try text(path) } catch { return nil }
  }

  private func json(_ path: String) -> JSONReading? {
    readable(path).flatMap { JSONReading(Array($0.utf8)) }
  }
}
