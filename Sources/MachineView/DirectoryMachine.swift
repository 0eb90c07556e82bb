import BTF
package import LinuxSystem
import ObjectFiles
import Synchronization
package import TraceModel

/// A kernel and its user space, read from the proc, sys and tracefs trees under a folder.
///
/// The folder is `/` for the machine we run on, or a recorded one. A recorded kernel has the same files
/// at the same places, as far as somebody needed them, and a file `features` with a line
/// `NAME yes` or `NAME no REASON` for each feature.
package final class DirectoryMachine: KernelView, UserView {
  /// What the caller decides; the machine itself reads no environment.
  package struct Settings: Sendable {
    /// Read instead of `/sys/kernel/btf/vmlinux`.
    package var btfPath: String?
    /// Read instead of tracefs's `available_filter_functions`, in the same form.
    package var traceableFunctionsPath: String?
    /// Folders between colons, for binaries given by name.
    package var searchPath: String
    /// Asks the running kernel for a feature; nil to read the recorded answers.
    package var probe: (@Sendable (KernelFeature) -> FeatureAnswer)?
    /// Asks the running kernel for the BPF programs that it has; nil where there are none to be asked for.
    package var programs: (@Sendable () throws(SystemError) -> [LoadedProgram])?
    /// Asks for a function of the libraries of this process; nil where it is not about the running machine.
    package var linkedFunction: (@Sendable (String) -> LinkedFunction?)?
    /// What advice is given by.
    package var surroundings: Surroundings
    /// Whether tracefs may be mounted where a script needs it and it is not.
    package var mountsTracefs: Bool
    /// Where to look for debug files first.
    package var debugFolders: [String] = []

    package init(
      btfPath: String? = nil, traceableFunctionsPath: String? = nil,
      searchPath: String = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      probe: (@Sendable (KernelFeature) -> FeatureAnswer)? = nil,
      surroundings: Surroundings = .host, mountsTracefs: Bool = false
    ) {
      self.btfPath = btfPath
      self.traceableFunctionsPath = traceableFunctionsPath
      self.searchPath = searchPath
      self.probe = probe
      self.surroundings = surroundings
      self.mountsTracefs = mountsTracefs
    }
  }

  /// What has been read already.
  struct Caches: Sendable {
    var types: [String: BTFTypes?] = [:]
    var tracefs: String?
    var formats: [TracepointName: TracepointFormat?] = [:]
    var traceableFunctions: [UInt8]?
    var symbolText: [UInt8]?
    var symbols: KernelSymbolTable?
    var architecture: Architecture?
    var possibleCPUs: [Int]?
    var features: [String: FeatureAnswer]?
    var libraries: LibraryCache?
    /// The inodes of what this process runs.
    var ownFiles: Set<UInt64>?
    var objects: [String: ELFFile] = [:]
    var debugInformation: [String: DebugInformation?] = [:]
  }

  /// The folder, empty for `/`.
  let root: String
  package let settings: Settings
  let caches = Mutex(Caches())
  /// The kernel's own types, if somebody has asked for them ahead of time.
  let typesAhead = ValueAhead<BTFTypes>()

  package init(root: String = "/", settings: Settings = Settings()) {
    var root = root
    while root.hasSuffix("/") { root.removeLast() }
    self.root = root
    self.settings = settings
  }

  /// Whether this is the machine we run on.
  var isLive: Bool { root.isEmpty }

  // MARK: Files

  /// Reads `path`, which starts with a slash, below the root.
  func read(_ path: String, expectedSize: Int = 0) throws(MachineError) -> [UInt8] {
    do throws(SystemError) {
      return try FileSystem.read(root + path, expectedSize: expectedSize)
    } catch { throw .system(error) }
  }

  /// Reads `path` below the root as text; nil if it does not exist.
  func text(_ path: String) throws(MachineError) -> String? {
    do { return try FileSystem.readText(root + path) } catch {
      if error.isAbsence { return nil }
      throw .system(error)
    }
  }

  /// The names in a folder, sorted; none if it does not exist.
  func list(_ path: String) throws(MachineError) -> [String] {
    do { return try FileSystem.list(root + path) } catch {
      if error.isAbsence { return [] }
      throw .system(error)
    }
  }

  /// Returns the value at `path` of the caches, made by `make` (outside the lock) the first time.
  func cached<Value: Sendable>(
    _ path: WritableKeyPath<Caches, Value?>, make: () throws(MachineError) -> Value
  ) throws(MachineError) -> Value {
    if let known = caches.withLock({ $0[keyPath: path] }) { return known }
    let made = try make()
    caches.withLock { $0[keyPath: path] = made }
    return made
  }
}
