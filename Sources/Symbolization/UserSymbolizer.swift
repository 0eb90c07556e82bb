internal import LinuxSystem
internal import MachineView
package import ObjectFiles

/// Addresses in processes to functions of their binaries.
///
/// Binaries are shared among processes. What a process has mapped is read when it is first asked
/// for, or by `prime(_:)` while the process lives, and remembered when it has gone. Belongs to one
/// thread.
package final class UserSymbolizer {
  /// How long knowledge about processes is kept.
  package enum Caching: Sendable {
    /// As long as the process's executable stays the same.
    case perProcess
    /// As `perProcess`; a process that is gone and was never seen is taken to be laid out like
    /// another one of the same program. Right only without address space randomization.
    case perProgram
    /// Not at all: each question reads anew.
    case none
  }

  /// Whether C++ and Rust names are made readable.
  package let isDemangling: Bool
  private let caching: Caching
  private let proc: String
  private let binaries: BinaryCache
  private var processes: [Int32: Process] = [:]
  private var programs: [String: Process] = [:]
  private var vdso: Binary?

  /// - Parameters:
  ///   - isDemangling: Whether C++ and Rust names are made readable.
  ///   - proc: Where the proc file system is mounted.
  package init(
    isDemangling: Bool = true, caching: Caching = .perProcess, proc: String = "/proc"
  ) {
    self.isDemangling = isDemangling
    self.caching = caching
    self.proc = proc
    binaries = BinaryCache(proc: proc)
  }

  /// Remembers what a process has mapped, so that its addresses can be resolved when it has gone.
  ///
  /// Binaries that only the process itself leads to (deleted, or in another mount namespace) are
  /// opened now. A process that is already gone is no error.
  ///
  /// - Parameter loadingSymbols: Reads the symbols of all its binaries too.
  package func prime(_ process: Int32, loadingSymbols: Bool = false) {
    guard let known = current(process, isFresh: true) else { return }
    let isElsewhere = mountNamespace("\(process)") != mountNamespace("self")
    for region in known.map.regions where region.isExecutable && !region.isAnonymous {
      if loadingSymbols {
        binaries.binary(of: region, process: process)?.load()
      } else if isElsewhere || region.isDeleted {
        _ = binaries.binary(of: region, process: process)
      }
    }
  }

  /// Forgets a process; its binaries stay known.
  package func forget(_ process: Int32) { processes[process] = nil }

  /// The symbol at `address` of a process; a frame without name when there is none.
  ///
  /// - Parameter program: The path of the executable, which `Caching.perProgram` needs for processes
  ///   that are gone.
  package func resolve(
    _ address: UInt64, in process: Int32, program: String? = nil
  ) -> Frame {
    resolve([address], in: process, program: program)[0]
  }

  /// The symbols at the addresses of one stack.
  package func resolve(
    _ addresses: [UInt64], in process: Int32, program: String? = nil
  ) -> [Frame] {
    var known = current(process, isFresh: caching == .none)
    if known == nil, caching == .perProgram, let program { known = programs[program] }
    guard let known else { return addresses.map { Frame(address: $0) } }
    return addresses.map { frame($0, known) }
  }

  /// How far a binary was moved in a process: what to add to its virtual addresses.
  ///
  /// - Parameter path: As the process sees it.
  /// - Returns: nil when the process has not mapped it.
  package func loadBias(ofBinary path: String, in process: Int32) -> UInt64? {
    guard let known = current(process, isFresh: true) else { return nil }
    for region in known.map.regions where region.path == path {
      if let binary = binaries.binary(of: region, process: process),
        let address = binary.address(ofFileOffset: region.fileOffset)
      {
        return region.start &- address
      }
    }
    return nil
  }

  /// A symbol of the binary at `path` by its name: virtual address before relocation, and size.
  ///
  /// - Returns: nil when it has none of that name.
  /// - Throws: When the binary cannot be read.
  package static func symbol(
    named name: String, inBinary path: String
  ) throws(ObjectFileError) -> ObjectSymbol? {
    try ELFFile(path).symbolsWithDebugFile().symbol(named: name)
  }

  // MARK: Processes

  /// What is remembered of a process.
  private final class Process {
    let id: Int32
    var identity: Identity
    var map: MemoryMap
    /// What was mapped before the last change: stacks may be older than the map.
    var previousMap: MemoryMap?
    var frames: [UInt64: Frame] = [:]
    var perfMap: PerfMap?
    var perfMapInfo: FileInfo?
    var perfMapPath: String?
    /// When identity, map and perf map were last compared with the process, on the monotonic clock.
    var checked: UInt64
    var mapRead: UInt64
    var perfMapChecked: UInt64 = 0

    init(id: Int32, identity: Identity, map: MemoryMap, now: UInt64) {
      self.id = id
      self.identity = identity
      self.map = map
      checked = now
      mapRead = now
    }
  }

  /// Tells a process from a later one with the same id, and a program from what exec made of it.
  private struct Identity: Equatable {
    let startTime: Substring
    let executable: FileInfo.ID?
  }

  /// Knowledge is taken for fresh so long; a burst of look-ups then costs one comparison.
  private static let freshness: UInt64 = 10_000_000

  /// What is known of a process, compared with the process itself unless that was just done.
  private func current(_ id: Int32, isFresh mustBeFresh: Bool) -> Process? {
    let now = Clock.monotonic.now
    let known = processes[id]
    if let known, !mustBeFresh, now - known.checked < Self.freshness { return known }
    guard let identity = identity(of: id) else { return known }
    if let known {
      known.checked = now
      if known.identity != identity {
        known.identity = identity
        // A process that has ended, but was not collected, keeps what is known of it.
        if refreshMap(known, now) { known.perfMap = nil }
      } else if mustBeFresh {
        _ = refreshMap(known, now)
      }
      return known
    }
    // A process that has ended, but was not collected, has a map without lines.
    guard let map = readMap(id), !map.regions.isEmpty else { return nil }
    let process = Process(id: id, identity: identity, map: map, now: now)
    processes[id] = process
    if caching == .perProgram, let program = try? FileSystem.linkTarget("\(proc)/\(id)/exe") {
      programs[program] = process
    }
    return process
  }

  /// Reads the map again; false when the process has none any more.
  private func refreshMap(_ process: Process, _ now: UInt64) -> Bool {
    process.mapRead = now
    guard let map = readMap(process.id), !map.regions.isEmpty else { return false }
    if map.regions != process.map.regions {
      process.previousMap = process.map
      process.map = map
      process.frames.removeAll()
    }
    return true
  }

  private func readMap(_ id: Int32) -> MemoryMap? {
    guard let text = try? FileSystem.read("\(proc)/\(id)/maps") else { return nil }
    return MemoryMap(text)
  }

  /// nil when the process has gone.
  private func identity(of id: Int32) -> Identity? {
    guard let stat = try? FileSystem.readText("\(proc)/\(id)/stat"),
      let name = stat.lastIndex(of: ")")
    else { return nil }
    // The name may contain anything; start time is the 20th field behind it.
    let fields = stat[stat.index(after: name)...].split(separator: " ")
    guard fields.count > 19 else { return nil }
    return Identity(
      startTime: fields[19], executable: (try? FileSystem.info(of: "\(proc)/\(id)/exe"))?.id)
  }

  private func mountNamespace(_ process: String) -> String? {
    try? FileSystem.linkTarget("\(proc)/\(process)/ns/mnt")
  }

  // MARK: Addresses

  private func frame(_ address: UInt64, _ process: Process) -> Frame {
    if let frame = process.frames[address] { return frame }
    let now = Clock.monotonic.now
    if process.map.region(at: address) == nil, now - process.mapRead > Self.freshness {
      _ = refreshMap(process, now)  // perhaps a library that was loaded since
    }
    var frame = Frame(address: address)
    var isLasting = false
    if let region = process.map.region(at: address) ?? process.previousMap?.region(at: address) {
      isLasting = describe(&frame, region, process, now)
    }
    if isLasting {
      if process.frames.count > 65_536 { process.frames.removeAll() }
      process.frames[address] = frame
    }
    return frame
  }

  /// Fills in what lies at the address; false when that can change without the map.
  private func describe(
    _ frame: inout Frame, _ region: MemoryMap.Region, _ process: Process, _ now: UInt64
  ) -> Bool {
    let distance = frame.address - region.start
    if region.path == "[vdso]" {
      frame.object = region.path
      let binary = vdso ?? readVDSO(region, process.id)
      vdso = binary
      set(&frame, binary?.symbol(atFileOffset: distance, demangling: false))
      return binary != nil
    }
    if region.isAnonymous {
      frame.object = region.path.isEmpty ? nil : region.path
      readPerfMap(process, now)
      if let function = process.perfMap?.function(at: frame.address) {
        set(&frame, function)
        frame.object = process.perfMapPath
      }
      return false
    }
    frame.object = region.path
    frame.fileOffset = region.fileOffset + distance
    guard let binary = binaries.binary(of: region, process: process.id) else { return false }
    frame.buildID = binary.buildID
    set(
      &frame,
      binary.symbol(atFileOffset: region.fileOffset + distance, demangling: isDemangling))
    return true
  }

  private func set(_ frame: inout Frame, _ symbol: (name: String, offset: UInt64)?) {
    guard let symbol else { return }
    frame.name = symbol.name
    frame.offset = symbol.offset
  }

  /// The kernel's own library has no file; it is the same in all processes of a width.
  private func readVDSO(_ region: MemoryMap.Region, _ process: Int32) -> Binary? {
    guard let memory = try? FileDescriptor(opening: "\(proc)/\(process)/mem"),
      let bytes = try? memory.read(upTo: Int(region.end - region.start), at: region.start),
      let file = try? ELFFile(bytes: bytes, name: region.path)
    else { return nil }
    return Binary(file, root: "")
  }

  // MARK: Just-in-time compilers

  private func readPerfMap(_ process: Process, _ now: UInt64) {
    guard process.perfMapChecked == 0 || now - process.perfMapChecked > Self.freshness else {
      return
    }
    process.perfMapChecked = now
    for path in perfMapPaths(process.id) {
      guard let info = try? FileSystem.info(of: path.opened), info.kind == .regular else {
        continue
      }
      if process.perfMap != nil, info == process.perfMapInfo { return }
      guard let text = try? FileSystem.read(path.opened) else { continue }
      process.perfMap = PerfMap(text)
      process.perfMapInfo = info
      process.perfMapPath = path.shown
      return
    }
  }

  /// Where a compiler in the process writes its map, as it sees it and as we can open it.
  private func perfMapPaths(_ process: Int32) -> [(shown: String, opened: String)] {
    let inner = innermostID(process)
    return [
      ("/tmp/perf-\(inner).map", "\(proc)/\(process)/root/tmp/perf-\(inner).map"),
      ("/tmp/perf-\(process).map", "/tmp/perf-\(process).map"),
    ]
  }

  /// The process's id in its own pid namespace.
  private func innermostID(_ process: Int32) -> Int32 {
    guard let status = try? FileSystem.readText("\(proc)/\(process)/status") else {
      return process
    }
    for line in status.split(separator: "\n") where line.hasPrefix("NSpid:") {
      let ids = line.dropFirst(6).split(whereSeparator: \.isWhitespace)
      return ids.last.flatMap { Int32($0) } ?? process
    }
    return process
  }
}
