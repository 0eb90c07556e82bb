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
  /// Whether frames tell what the sources say.
  private let showsSources: Bool
  private let caching: Caching
  private let proc: String
  private let binaries: BinaryCache
  private var processes: [Int32: KnownProcess] = [:]
  private var programs: [String: KnownProcess] = [:]
  private var vdso: Binary?
  /// Processes of which it was told that they ended, the oldest first; so many of them are forgotten.
  private var ended: [Int32] = []
  private var forgotten = 0
  /// What `learnRunning` has still to read; nil before it begins.
  private var unread: [Int32]?

  /// When the last of the stacks was taken that will be asked for; nil as long as there may be more.
  private var lastStack: UInt64?
  /// Addresses that will be asked for, in binaries.
  private var noted: [ObjectIdentifier: (binary: Binary, addresses: AddressSet)] = [:]

  /// What is mapped in many processes, each once.
  private var files: Set<MappedFile> = []
  /// How many processes are not remembered any more.
  package private(set) var forgottenProcesses = 0

  /// Of so many processes that have ended is kept what they had mapped, less than a kilobyte each.
  private static let mostEnded = 32_768
  private static let mostFiles = 65_536

  /// What keeps frames, and about how many these are.
  private var imagesWithFrames: [KnownProcess.Image] = []
  private var keptFrames = 0
  private static let mostFrames = 1024

  /// - Parameters:
  ///   - isDemangling: Whether C++ and Rust names are made readable.
  ///   - proc: Where the proc file system is mounted.
  ///   - debugFolders: Where to look for debug files first.
  ///   - showsSources: Whether frames tell what the sources say.
  package init(
    isDemangling: Bool = true, caching: Caching = .perProcess, proc: String = "/proc",
    debugFolders: [String] = [], showsSources: Bool = false
  ) {
    self.isDemangling = isDemangling
    self.showsSources = showsSources
    self.caching = caching
    self.proc = proc
    binaries = BinaryCache(
      proc: proc, isDemangling: isDemangling, debugFolders: debugFolders)
  }

  /// Remembers what a process has mapped, so that its addresses can be resolved when it has gone.
  ///
  /// Binaries that only the process itself leads to (deleted, or in another mount namespace) are
  /// opened now. A process that is already gone is no error.
  ///
  /// - Parameter loadingSymbols: Reads the symbols of all its binaries too.
  package func prime(_ process: Int32, loadingSymbols: Bool = false) {
    guard let known = current(process, isFresh: true) else { return }
    if known.mapRead == 0 { refreshMap(known, Clock.monotonic.now) }
    let isElsewhere = mountNamespace("\(process)") != mountNamespace("self")
    for region in known.image.map.regions where region.isExecutable && !region.isAnonymous {
      if loadingSymbols {
        binaries.binary(of: region, process: process, parent: known.parent)?.load()
      } else if isElsewhere || region.isDeleted {
        _ = binaries.binary(of: region, process: process, parent: known.parent)
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
    refresh(known, addresses)
    let image = known.image(of: addresses)
    var frames = addresses.map { frame($0, known, image) }
    if showsSources {
      for index in frames.indices {
        // A call returns to what may belong to the next line already.
        let address = index == 0 ? addresses[index] : addresses[index] &- 1
        frames[index].sources = sources(at: address, known, image)
      }
    }
    return frames
  }

  /// Notes the addresses of a stack, which will be asked for.
  package func note(_ addresses: [UInt64], in process: Int32) {
    guard caching != .none, let known = current(process, isFresh: false) else { return }
    refresh(known, addresses)
    let map = known.image(of: addresses).map
    for address in addresses {
      guard let region = map.region(at: address), !region.isAnonymous, region.path != "[vdso]",
        let binary = binaries.binary(of: region, process: process, parent: known.parent),
        let place = binary.address(ofFileOffset: region.fileOffset &+ (address - region.start)),
        !binary.knows(place)
      else { continue }
      noted[ObjectIdentifier(binary), default: (binary, AddressSet())].addresses.insert(place)
    }
  }

  /// Finds the symbols of all addresses that were noted, one binary after the other.
  ///
  /// The stacks themselves come in any order, in which the symbols of large binaries would have to be read
  /// again and again: there is not room for those of all. What was found stays known.
  package func nameNoted() {
    for (binary, addresses) in noted.values { binary.nameAhead(addresses.sorted()) }
    noted = [:]
  }

  /// Numbers that are equal for addresses in the same function, of one process or of several.
  package func functionNumbers(of addresses: [UInt64], in process: Int32) -> [Int] {
    guard !showsSources, let known = current(process, isFresh: caching == .none) else {
      return resolve(addresses, in: process).map { frame in
        var hasher = Hasher()
        hasher.combine(frame.sources.map(\.name))
        hasher.combine(frame.name)
        return hasher.finalize()
      }
    }
    refresh(known, addresses)
    let image = known.image(of: addresses)
    return addresses.map { address in
      guard let region = image.map.region(at: address), !region.isAnonymous,
        let binary = binaries.binary(of: region, process: process, parent: known.parent),
        let place = binary.address(ofFileOffset: region.fileOffset &+ (address - region.start)),
        let start = binary.startOfSymbol(at: place)
      else { return frame(address, known, image).name.hashValue }
      var hasher = Hasher()
      hasher.combine(ObjectIdentifier(binary))
      hasher.combine(start)
      return hasher.finalize()
    }
  }

  private func sources(
    at address: UInt64, _ process: KnownProcess, _ image: KnownProcess.Image
  ) -> [SourceFrame] {
    if let sources = image.sources[address] { return sources }
    guard let region = image.map.region(at: address), !region.isAnonymous,
      let binary = binaries.binary(of: region, process: process.id, parent: process.parent),
      let place = binary.address(ofFileOffset: region.fileOffset &+ (address - region.start))
    else { return [] }
    let sources = binary.debugInformation?.frames(at: place) ?? []
    if image.sources.count > 65_536 { image.sources.removeAll() }
    image.sources[address] = sources
    return sources
  }

  /// Rules that are kept for a program, some hundred bytes each.
  private static let mostRules = 8192

  /// The addresses of the frames of a captured stack, innermost first; of callers that of the call.
  package func unwind(
    _ captured: CapturedStack, in process: Int32, limit: Int
  ) -> [UInt64] {
    guard let known = current(process, isFresh: caching == .none) else {
      return [captured.instructionPointer]
    }
    refresh(known, [captured.instructionPointer])
    let image = known.image(of: [captured.instructionPointer])
    func binary(at address: UInt64) -> (binary: Binary, region: MemoryMap.Region)? {
      guard let region = image.map.region(at: address) else { return nil }
      if region.path == "[vdso]" {
        vdso = vdso ?? readVDSO(region, process)
        return vdso.map { ($0, region) }
      }
      guard !region.isAnonymous else { return nil }
      return binaries.binary(of: region, process: process, parent: known.parent)
        .map { ($0, region) }
    }
    let convention: StackUnwinder.Convention =
      switch binary(at: captured.instructionPointer)?.binary.machine {
      case .aarch64: .aarch64
      default: .amd64
      }
    let unwinder = StackUnwinder(
      rules: { address in
        if let rules = image.rules[address] { return rules }
        guard let (binary, region) = binary(at: address),
          let place = binary.address(ofFileOffset: region.fileOffset &+ (address - region.start)),
          let row = binary.callFrames?.row(at: place)
        else { return nil }
        if image.rules.count >= Self.mostRules { image.rules.removeAll() }
        image.rules[address] = (row, address &- place)
        return (row, address &- place)
      }, convention: convention)
    return unwinder.frames(of: captured, limit: limit)
  }

  /// Notes that there are no stacks from now on: what a process maps later means nothing to those that there are.
  package func noteLastStack() { lastStack = Clock.monotonic.now }

  /// Whether all is known that the addresses of a stack need.
  package func knows(_ addresses: [UInt64], in process: Int32) -> Bool {
    guard let known = processes[process] else { return false }
    return addresses.allSatisfy { known.image.map.region(at: $0) != nil }
  }

  /// How far a binary was moved in a process: what to add to its virtual addresses.
  ///
  /// - Parameter path: As the process sees it.
  /// - Returns: nil when the process has not mapped it.
  package func loadBias(ofBinary path: String, in process: Int32) -> UInt64? {
    guard let known = current(process, isFresh: true) else { return nil }
    for region in known.image.map.regions where region.path == path {
      if let binary = binaries.binary(of: region, process: process, parent: known.parent),
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

  /// Knowledge is taken for fresh so long; a burst of look-ups then costs one comparison.
  private static let freshness: UInt64 = 10_000_000

  /// What is known of a process, compared with the process itself unless that was just done.
  private func current(_ id: Int32, isFresh mustBeFresh: Bool) -> KnownProcess? {
    let now = Clock.monotonic.now
    let known = processes[id]
    if let known, !mustBeFresh {
      // What it becomes after the last stack means nothing to that.
      if let lastStack, known.checked > lastStack { return known }
      if now - min(now, known.checked) < Self.freshness { return known }
    }
    guard let identity = identity(of: id) else {
      known?.checked = now
      return known
    }
    if let known {
      known.checked = now
      if known.identity == nil {
        // It was noted when it began.
        known.identity = identity
      } else if known.identity != identity {
        if let map = readMap(id), !map.regions.isEmpty {
          known.begin(map)
          (known.checked, known.mapRead) = (now, now)
        }
        // A process that has ended, but was not collected, keeps what is known of it.
        known.identity = identity
      } else if mustBeFresh {
        refreshMap(known, now)
      }
      return known
    }
    return learn(id, identity, now)
  }

  /// Reads what a process has mapped that nothing is known of.
  private func learn(
    _ id: Int32, _ identity: KnownProcess.Identity?, _ now: UInt64
  ) -> KnownProcess? {
    // A process that has ended, but was not collected, has a map without lines.
    guard let map = readMap(id), !map.regions.isEmpty else { return nil }
    let process = KnownProcess(id: id, identity: identity, map: map)
    (process.checked, process.mapRead) = (now, now)
    processes[id] = process
    if caching == .perProgram, let program = try? FileSystem.linkTarget("\(proc)/\(id)/exe") {
      programs[program] = process
    }
    return process
  }

  /// Reads the map again, unless the process has none any more.
  private func refreshMap(_ process: KnownProcess, _ now: UInt64) {
    process.mapRead = now
    guard let map = readMap(process.id), !map.regions.isEmpty else { return }
    var merged = process.image.map
    // Stacks may be older than the map.
    merged.lay(map)
    if merged.regions.count > MemoryMap.mostRegions { merged = map }
    if merged.regions != process.image.map.regions { process.image.map = merged }
  }

  private func readMap(_ id: Int32) -> MemoryMap? {
    guard let text = try? FileSystem.read("\(proc)/\(id)/maps") else { return nil }
    return MemoryMap(text, file: shared)
  }

  /// nil when the process has gone.
  private func identity(of id: Int32) -> KnownProcess.Identity? {
    guard let stat = try? FileSystem.readText("\(proc)/\(id)/stat"),
      let name = stat.lastIndex(of: ")")
    else { return nil }
    // The name may contain anything; start time is the 20th field behind it.
    let fields = stat[stat.index(after: name)...].split(separator: " ")
    guard fields.count > 19 else { return nil }
    return KnownProcess.Identity(
      startTime: fields[19], executable: (try? FileSystem.info(of: "\(proc)/\(id)/exe"))?.id)
  }

  private func mountNamespace(_ process: String) -> String? {
    try? FileSystem.linkTarget("\(proc)/\(process)/ns/mnt")
  }

  // MARK: What is told of processes

  /// Notes that a process has mapped something to execute, and opens the file while it can be found.
  package func noteMapping(_ mapping: NotedMapping, in process: Int32) {
    let known: KnownProcess
    if let process = processes[process] {
      known = process
    } else if let process = learn(process, nil, 0) {
      known = process
    } else {
      known = KnownProcess(id: process, map: MemoryMap())
      processes[process] = known
    }
    known.image.map.lay(mapping.region.in(shared(mapping.region.file)))
    guard !mapping.region.isAnonymous, mapping.region.inode != 0 else { return }
    _ = binaries.binary(of: mapping.region, process: process, parent: known.parent)
  }

  /// The same file as what other processes have mapped, so that it is in memory once.
  private func shared(_ file: MappedFile) -> MappedFile {
    if files.count > Self.mostFiles { files.removeAll() }
    return files.insert(file).memberAfterInsert
  }

  /// Notes that a process has begun another program.
  package func noteExec(_ process: Int32) {
    if let known = processes[process] {
      known.begin(MemoryMap())
    } else {
      processes[process] = KnownProcess(id: process, map: MemoryMap())
    }
  }

  /// Notes that a process was started by another one, of whose memory it has a copy.
  package func noteFork(_ process: Int32, of parent: Int32) {
    let map = (processes[parent] ?? learn(parent, nil, 0))?.image.map ?? MemoryMap()
    if let known = processes[process] {
      known.begin(map)
      known.hasEnded = false
    } else {
      processes[process] = KnownProcess(id: process, map: map)
    }
    processes[process]?.parent = parent
  }

  /// Notes that a process has ended; what is known of it is kept as long as there is room.
  package func noteEnd(_ process: Int32) {
    guard let known = processes[process] else { return }
    known.hasEnded = true
    known.endings += 1
    ended.append(process)
    while ended.count - forgotten > Self.mostEnded {
      let oldest = ended[forgotten]
      forgotten += 1
      guard let known = processes[oldest] else { continue }
      known.endings -= 1
      // Another process of its number may live, or have ended later.
      guard known.hasEnded, known.endings == 0 else { continue }
      processes[oldest] = nil
      forgottenProcesses += 1
    }
    if forgotten > Self.mostEnded {
      ended.removeFirst(forgotten)
      forgotten = 0
    }
  }

  /// Reads what one process after the other has mapped, of those that run now and are not known yet.
  ///
  /// - Parameter duration: About how long to do so.
  /// - Returns: Whether there are more.
  package func learnRunning(for duration: Duration) -> Bool {
    let end = Clock.monotonic.now + UInt64(duration.nanosecondCount)
    if unread == nil {
      let names = (try? FileSystem.list(proc)) ?? []
      unread = names.compactMap { Int32($0) }
    }
    repeat {
      guard let process = unread?.popLast() else { return false }
      if processes[process] == nil { _ = learn(process, nil, 0) }
    } while Clock.monotonic.now < end
    return true
  }

  // MARK: Addresses

  /// Looks again at what is mapped if an address lies nowhere: perhaps a library was loaded since.
  private func refresh(_ process: KnownProcess, _ addresses: [UInt64]) {
    let now = Clock.monotonic.now
    if let lastStack, process.mapRead > lastStack { return }
    guard now - min(now, process.mapRead) > Self.freshness,
      addresses.contains(where: { process.image.map.region(at: $0) == nil })
    else { return }
    refreshMap(process, now)
  }

  private func frame(
    _ address: UInt64, _ process: KnownProcess, _ image: KnownProcess.Image
  ) -> Frame {
    if let frame = image.frames[address] { return frame }
    var frame = Frame(address: address)
    var isLasting = false
    if let region = image.map.region(at: address) {
      isLasting = describe(&frame, region, process, Clock.monotonic.now)
    }
    if isLasting {
      // Those of one process are soon asked for again, those of thousands are not.
      if keptFrames >= Self.mostFrames {
        for image in imagesWithFrames { image.frames.removeAll() }
        imagesWithFrames.removeAll()
        keptFrames = 0
      }
      if image.frames.isEmpty { imagesWithFrames.append(image) }
      image.frames[address] = frame
      keptFrames += 1
    }
    return frame
  }

  /// Fills in what lies at the address; false when that can change without the map.
  private func describe(
    _ frame: inout Frame, _ region: MemoryMap.Region, _ process: KnownProcess, _ now: UInt64
  ) -> Bool {
    let distance = frame.address - region.start
    if region.path == "[vdso]" {
      frame.object = region.path
      let binary = vdso ?? readVDSO(region, process.id)
      vdso = binary
      set(&frame, binary?.symbol(atFileOffset: distance))
      return binary != nil
    }
    if region.isAnonymous {
      frame.object = region.path.isEmpty ? nil : region.path
      readPerfMap(process, now)
      if let map = process.perfMap, let function = map.function(at: frame.address) {
        set(&frame, function)
        frame.object = map.path
      }
      return false
    }
    frame.object = region.path
    frame.fileOffset = region.fileOffset + distance
    guard let binary = binaries.binary(of: region, process: process.id, parent: process.parent)
    else { return false }
    frame.buildID = binary.buildID
    set(&frame, binary.symbol(atFileOffset: region.fileOffset + distance))
    return true
  }

  private func set(_ frame: inout Frame, _ symbol: (name: String, offset: UInt64)?) {
    guard let symbol else { return }
    frame.name = symbol.name
    frame.offset = symbol.offset
  }

  /// The kernel's own library has no file; it is the same in all processes of a width, so that ours does
  /// for one that has ended.
  private func readVDSO(_ region: MemoryMap.Region, _ process: Int32) -> Binary? {
    if let binary = readVDSO(region.start..<region.end, "\(process)") { return binary }
    guard region.start > UInt64(UInt32.max),
      let text = try? FileSystem.read("\(proc)/self/maps"),
      let own = MemoryMap(text).regions.first(where: { $0.path == region.path })
    else { return nil }
    return readVDSO(own.start..<own.end, "self")
  }

  private func readVDSO(_ range: Range<UInt64>, _ process: String) -> Binary? {
    guard let memory = try? FileDescriptor(opening: "\(proc)/\(process)/mem"),
      let bytes = try? memory.read(upTo: range.count, at: range.lowerBound),
      let file = try? ELFFile(bytes: bytes, name: "[vdso]")
    else { return nil }
    return Binary(file, root: "")
  }

  // MARK: Just-in-time compilers

  private func readPerfMap(_ process: KnownProcess, _ now: UInt64) {
    guard process.perfMapChecked == 0 || now - process.perfMapChecked > Self.freshness else {
      return
    }
    process.perfMapChecked = now
    for path in perfMapPaths(process.id) {
      guard let info = try? FileSystem.info(of: path.opened), info.kind == .regular else {
        continue
      }
      if info == process.perfMap?.file { return }
      guard let text = try? FileSystem.read(path.opened) else { continue }
      process.perfMap = PerfMap(text, of: info, at: path.shown)
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
