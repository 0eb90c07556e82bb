import LinuxSystem
package import ObjectFiles
import Synchronization

extension DirectoryMachine {
  package func binaries(
    matching target: String, process: Int32?
  ) throws(MachineError) -> [String] {
    let pattern = NamePattern(target)
    if pattern.matchesAll { return try mappedBinaries(of: process) }
    var prefix = root
    if let process, let found = try self.process(process) { prefix = found.root }
    if target.contains("/") {
      if pattern.isExact {
        let path = target.hasPrefix("/") ? prefix + target : target
        return FileSystem.isRegularFile(MemberPath(path).file) ? [path] : []
      }
      if target.hasPrefix("/") { return expand(target, below: prefix) }
      return expand("/" + target, below: ".").map { String($0.dropFirst(2)) }
    }
    if !pattern.isExact { return executables(matching: pattern, below: prefix) }
    let named = executables(matching: pattern, below: prefix)
    if !named.isEmpty || !target.hasPrefix("lib") { return named }
    guard let library = try library(target, below: prefix) else { return [] }
    return [library]
  }

  package func implementation(
    of function: String, in path: String
  ) throws(MachineError) -> FunctionImplementation? {
    guard let found = settings.linkedFunction?(function) else { return nil }
    if found.isOfKernel { return .ofKernel }
    let library: FileInfo.ID
    do throws(SystemError) {
      library = try FileSystem.info(of: found.path).id
      // Containers have files of their own, often of the same build.
      guard try FileSystem.info(of: path).id == library || isSameBuild(path, found.path)
      else { return nil }
    } catch  where error.isAbsence {
      return nil
    } catch { throw .system(error) }
    // A library may have been replaced since: the address of the old one is the middle of something in the new one.
    return try ownFiles().contains(library.inode) ? .address(found.address) : nil
  }

  /// Whether two binaries are known to be the same.
  private func isSameBuild(_ path: String, _ other: String) -> Bool {
    guard let build = try? object(at: path).buildID() else { return false }
    return build == (try? object(at: other).buildID())
  }

  /// The files that this process runs code from, by their inodes.
  private func ownFiles() throws(MachineError) -> Set<UInt64> {
    if let known = caches.withLock({ $0.ownFiles }) { return known }
    let files = Set(try binaries(of: CurrentProcess.id).filter { !$0.isDeleted }.map(\.inode))
    caches.withLock { $0.ownFiles = files }
    return files
  }

  /// Everything that runs in `process`, or in any process.
  private func mappedBinaries(of process: Int32?) throws(MachineError) -> [String] {
    var paths: Set<String> = []
    let ids: [Int32]
    if let process { ids = [process] } else { ids = try processes }
    for id in ids {
      // A process may end while we look, or not be ours to look at.
      for binary in (try? binaries(of: id)) ?? [] where !binary.isDeleted {
        paths.insert(binary.openPath)
      }
    }
    // Other mount namespaces mostly show the same files, which are meant once, by their shortest names.
    var seen: Set<FileInfo.ID> = []
    return paths.sorted { ($0.utf8.count, $0) < ($1.utf8.count, $1) }.filter { path in
      guard FileSystem.isRegularFile(path), let info = try? FileSystem.info(of: path) else {
        return false
      }
      return seen.insert(info.id).inserted
    }.sorted()
  }

  /// Executables in the search path, in its order.
  private func executables(matching pattern: NamePattern, below prefix: String) -> [String] {
    var found: [String] = []
    // `/bin` is `/usr/bin` on most machines.
    var seen: Set<FileInfo.ID> = []
    for folder in settings.searchPath.split(separator: ":") where folder.hasPrefix("/") {
      let names =
        pattern.isExact
        ? [pattern.text]
        : ((try? FileSystem.list("\(prefix)\(folder)")) ?? []).filter(pattern.matches)
      for name in names {
        let path = "\(prefix)\(folder)/\(name)"
        if FileSystem.isExecutable(path), let info = try? FileSystem.info(of: path),
          seen.insert(info.id).inserted
        {
          found.append(path)
        }
      }
    }
    return found
  }

  /// Returns the file of library `name`, as the dynamic linker would find it.
  private func library(_ name: String, below prefix: String) throws(MachineError) -> String? {
    let architecture = try self.architecture
    let cache: LibraryCache
    if prefix == root {
      cache = try cached(\.libraries) { () throws(MachineError) in
        LibraryCache((try? read("/etc/ld.so.cache")) ?? [])
      }
    } else {
      cache = LibraryCache((try? FileSystem.read("\(prefix)/etc/ld.so.cache")) ?? [])
    }
    if let path = cache.path(of: name, for: architecture), FileSystem.exists(prefix + path) {
      return prefix + path
    }
    let triplet = "\(architecture.name)-linux-gnu"
    for folder in [
      "/lib/\(triplet)", "/usr/lib/\(triplet)", "/lib64", "/usr/lib64", "/lib", "/usr/lib",
      "/usr/local/lib",
    ] {
      let names = (try? FileSystem.list(prefix + folder)) ?? []
      if let file = names.first(where: { LibraryCache.is($0, name) }) {
        return "\(prefix)\(folder)/\(file)"
      }
    }
    return nil
  }

  /// Returns the regular files that an absolute path with wildcards means; `*` stops at a slash.
  private func expand(_ target: String, below prefix: String) -> [String] {
    var paths = [prefix]
    for part in target.split(separator: "/") {
      let pattern = NamePattern(String(part))
      paths = paths.flatMap { path -> [String] in
        if pattern.isExact {
          let next = "\(path)/\(part)"
          return FileSystem.exists(next) ? [next] : []
        }
        return ((try? FileSystem.list(path)) ?? []).filter(pattern.matches).map { "\(path)/\($0)" }
      }
    }
    return paths.filter(FileSystem.isRegularFile)
  }
}

extension DirectoryMachine {
  package func object(at path: String) throws(MachineError) -> ELFFile {
    if let known = caches.withLock({ $0.objects[path] }) { return known }
    do throws(ObjectFileError) {
      let opened = try ELFFile(path)
      caches.withLock { $0.objects[path] = opened }
      return opened
    } catch { throw .badObject(error, path: path) }
  }

  package func functions(
    in path: String, matching pattern: NamePattern
  ) throws(MachineError) -> [ObjectSymbol] {
    let object = try object(at: path)
    do throws(ObjectFileError) {
      let found = try object.symbols().functions(pattern)
      // What was stripped from it may be installed beside it.
      return found.isEmpty
        ? try object.symbolsWithDebugFile(folders: settings.debugFolders).functions(pattern)
        : found
    } catch { throw .badObject(error, path: path) }
  }

  package func debugInformation(of path: String) throws(MachineError) -> DebugInformation? {
    if let known = caches.withLock({ $0.debugInformation[path] }) { return known }
    let found = DebugInformation(
      of: try object(at: path), root: Self.processRoot(of: path) ?? root,
      folders: settings.debugFolders)
    caches.withLock { $0.debugInformation[path] = .some(found) }
    return found
  }

  /// The folder `/proc/ID/root` that a path goes through; nil if it goes through none.
  private static func processRoot(of path: String) -> String? {
    let parts = path.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
    guard path.hasPrefix("/proc/"), parts.count == 4, parts[3].hasPrefix("root/") else {
      return nil
    }
    return "/proc/\(parts[2])/root"
  }

  package func usdtProbes(in path: String) throws(MachineError) -> [USDTProbe] {
    let object = try object(at: path)
    do { return try object.usdtProbes() } catch { throw .badObject(error, path: path) }
  }
}

extension SymbolTable {
  fileprivate func functions(_ pattern: NamePattern) -> [ObjectSymbol] {
    if pattern.isExact { return symbols(named: pattern.text).filter(\.isFunction) }
    return functions.filter { pattern.matches($0.name) }
  }
}
