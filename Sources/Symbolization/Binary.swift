internal import LinuxSystem
internal import ObjectFiles

/// One binary whatever number of processes runs it.
///
/// Opening reads its headers; the symbols follow at the first look-up, and then the file is closed.
final class Binary {
  let buildID: BuildID?
  let machine: ELFFile.Machine
  private let segments: [ELFFile.Segment]
  private let root: String
  private let debugFolders: [String]
  private var file: ELFFile?
  /// The name of the file when it was closed before its symbols were read.
  private var path: String?
  private var table: (any SymbolsByAddress)?
  /// What is known of addresses that were asked for, which outlasts the symbols: where its symbol starts and
  /// what it is called; nil if it has none.
  private var found: [UInt64: Found?] = [:]
  /// What is known of addresses that were asked for ahead.
  private var named = NamedAddresses()
  /// The names of symbols that were found, each in memory once.
  private var names: [Place: String] = [:]

  private struct Found {
    let start: UInt64
    let name: String
  }

  private struct Place: Hashable {
    let address: UInt64
    let size: UInt64
  }

  /// Of so many addresses is remembered what they are.
  private static let mostFound = 65_536

  private let isDemangling: Bool
  private let memory: SymbolMemory?
  private let nameCache: NameCache

  /// - Parameters:
  ///   - root: The folder that shows the file system the binary lives in.
  ///   - isDemangling: Whether C++ and Rust names are made readable.
  ///   - debugFolders: Where to look for its debug file first.
  ///   - memory: What has its symbols forgotten when there are too many.
  ///   - nameCache: What has some of the names that were read.
  init(
    _ file: ELFFile, root: String, isDemangling: Bool = false, debugFolders: [String] = [],
    memory: SymbolMemory? = nil, nameCache: NameCache = NameCache()
  ) {
    self.file = file
    self.isDemangling = isDemangling
    self.memory = memory
    self.nameCache = nameCache
    self.root = root
    self.debugFolders = debugFolders
    segments = file.segments
    machine = file.machine
    buildID = (try? file.buildID()) ?? nil
  }

  /// The symbol that covers the byte at `fileOffset`, and how far behind its start that is.
  func symbol(atFileOffset fileOffset: UInt64) -> (name: String, offset: UInt64)? {
    guard let address = segments.address(ofFileOffset: fileOffset) else { return nil }
    return symbol(at: address)
  }

  /// The symbol that covers virtual address `address`.
  func symbol(at address: UInt64) -> (name: String, offset: UInt64)? {
    if named.knows(address) {
      let symbol = named.symbol(at: address) { number, names in
        nameCache.name(number, of: self) { names.name(number).map(readable) }
      }
      return symbol.map { ($0.name, address - $0.start) }
    }
    return look(at: address).map { ($0.name, address - $0.start) }
  }

  /// Where the symbol that covers `address` starts; its name is not made for that.
  func startOfSymbol(at address: UInt64) -> UInt64? {
    named.knows(address) ? named.start(at: address) : look(at: address)?.start
  }

  private func look(at address: UInt64) -> Found? {
    if let known = found[address] { return known }
    let symbol = find(address)
    if found.count >= Self.mostFound {
      found.removeAll()
      names.removeAll()
    }
    found[address] = .some(symbol)
    return symbol
  }

  private func find(_ address: UInt64) -> Found? {
    guard let symbol = symbols?.symbol(at: address) else { return nil }
    let place = Place(address: symbol.address, size: symbol.size)
    if let name = names[place] { return Found(start: symbol.address, name: name) }
    let name = readable(symbol.name)
    names[place] = name
    return Found(start: symbol.address, name: name)
  }

  private func readable(_ name: String) -> String {
    isDemangling ? Demangler.demangle(name) ?? name : name
  }

  /// Whether it is known what is at `address`.
  func knows(_ address: UInt64) -> Bool { named.knows(address) || found[address] != nil }

  /// Finds the symbols of addresses, which are ascending, each once: with one reading of the tables of its file.
  func nameAhead(_ addresses: [UInt64]) {
    // What was asked for before is likely to be asked for again.
    var wanted = AddressSet()
    let known = named.addresses
    for address in addresses { wanted.insert(address) }
    if known.count + addresses.count < Self.mostFound {
      for address in known { wanted.insert(address) }
    }
    let all = wanted.sorted()
    let isOpen = file != nil
    guard let file = file ?? reopened() else { return }
    let search = file.search(for: all, root: root, folders: debugFolders)
    if isOpen { self.file = file } else { leave(file) }
    if let search {
      named = NamedAddresses(all, search, readable: readable)
    } else {
      for address in addresses { _ = symbol(at: address) }
    }
  }

  /// The virtual address that the byte at `fileOffset` has in the file.
  func address(ofFileOffset fileOffset: UInt64) -> UInt64? {
    segments.address(ofFileOffset: fileOffset)
  }

  /// About how many bytes of memory its symbols take.
  fileprivate var symbolSize: Int { table?.sizeInMemory ?? 0 }

  /// Forgets where its symbols are in the file, which is still open.
  fileprivate func forgetSymbols() {
    table = nil
  }

  /// Reads the symbols now.
  func load() { _ = symbols }

  /// Whether its file is open.
  var isUnread: Bool { file?.isFile == true }

  /// Closes the file, to be opened again by its name.
  func close() {
    guard table == nil, let file else { return }
    path = file.path
    self.file = nil
  }

  /// nil when the tables are damaged: its addresses stay without names.
  private var symbols: (any SymbolsByAddress)? {
    if let table {
      if table.readsFile { memory?.note(self) }
      return table
    }
    guard let file = file ?? reopened() else { return nil }
    table = try? file.symbolsByAddress(root: root, folders: debugFolders)
    if table?.readsFile == true {
      self.file = file
      memory?.note(self)
    } else {
      leave(file)
    }
    return table
  }

  /// How to unwind its functions; nil when it does not say.
  lazy var callFrames: CallFrames? = reading { CallFrames(of: $0) }

  /// What the sources say of its code; nil when it has no debug information.
  lazy var debugInformation: DebugInformation? = reading {
    DebugInformation(of: $0, root: root, folders: debugFolders)
  }

  /// What `body` finds in the file, which stays open if it is; nil if it cannot be opened any more.
  private func reading<Found>(_ body: (ELFFile) -> Found?) -> Found? {
    if let file { return body(file) }
    guard let file = reopened() else { return nil }
    defer { leave(file) }
    return body(file)
  }

  /// Closes the file once its symbols are read; what is in memory alone is kept.
  private func leave(_ file: ELFFile) {
    if file.isFile {
      path = file.path
      self.file = nil
    } else {
      self.file = file
    }
  }

  /// The file whose name was kept, if it is still the same.
  private func reopened() -> ELFFile? {
    guard let path else { return nil }
    self.path = nil
    guard let file = try? ELFFile(path), file.segments == segments,
      ((try? file.buildID()) ?? nil) == buildID
    else { return nil }
    return file
  }
}

/// What is in memory of the symbols of large binaries: when that is too much, what was not asked for longest is
/// forgotten, and read again when it is.
final class SymbolMemory {
  /// The binary that was asked last comes last.
  private var binaries: [Binary] = []
  private let limit: Int

  /// - Parameter limit: How many bytes of symbols may be in memory, beside those of the binary asked last.
  init(limit: Int = 4 << 20) { self.limit = limit }

  /// Notes that a binary's symbols are asked for.
  func note(_ binary: Binary) {
    if binaries.last === binary { return }
    binaries.removeAll { $0 === binary }
    binaries.append(binary)
    while binaries.dropLast().reduce(0, { $0 + $1.symbolSize }) > limit {
      binaries.removeFirst().forgetSymbols()
    }
  }
}

/// All binaries met so far.
final class BinaryCache {
  /// A file as `/proc/PID/maps` identifies it.
  private struct Key: Hashable {
    let device: String
    let inode: UInt64
    let path: String
  }

  private struct Attempt: Hashable {
    let key: Key
    let process: Int32
  }

  private var byFile: [Key: Binary] = [:]
  /// The one that was asked for last: most frames of a stack are in the same one as the frame before.
  private var last: (file: MappedFile, binary: Binary)?
  private var failures: Set<Attempt> = []
  private var byBuildID: [BuildID: Binary] = [:]
  /// Those whose files are open, the first opened first, and perhaps some that have been read since.
  private var unread: [Binary] = []

  private static let mostUnread = 512
  private let memory = SymbolMemory()
  private let nameCache = NameCache()
  private let proc: String
  private let isDemangling: Bool
  private let debugFolders: [String]

  init(proc: String, isDemangling: Bool, debugFolders: [String]) {
    self.proc = proc
    self.isDemangling = isDemangling
    self.debugFolders = debugFolders
  }

  /// The binary mapped at `region`; nil if it cannot be opened or is no ELF file.
  ///
  /// What could not be opened is not tried again, except through another process.
  ///
  /// - Parameter parent: The process that started `process`, which may lead to the file too.
  func binary(of region: MemoryMap.Region, process: Int32, parent: Int32?) -> Binary? {
    if let last, last.file === region.file { return last.binary }
    guard let found = find(region, process, parent) else { return nil }
    last = (region.file, found)
    return found
  }

  private func find(_ region: MemoryMap.Region, _ process: Int32, _ parent: Int32?) -> Binary? {
    let key = Key(device: region.device, inode: region.inode, path: region.path)
    if let known = byFile[key] { return known }
    let attempt = Attempt(key: key, process: process)
    if failures.contains(attempt) { return nil }
    guard let (file, root) = open(region, process, parent) else {
      // A process that has ended leads nowhere; of those there are many.
      if failures.count > 65_536 { failures.removeAll() }
      failures.insert(attempt)
      return nil
    }
    var binary = Binary(
      file, root: root, isDemangling: isDemangling, debugFolders: debugFolders, memory: memory,
      nameCache: nameCache)
    if let id = binary.buildID {
      if let twin = byBuildID[id] { binary = twin } else { byBuildID[id] = binary }
    }
    byFile[key] = binary
    closeSome(opened: binary)
    return binary
  }

  /// Has the binaries whose symbols were not asked for, and that were opened first, be opened again when
  /// they are: each is an open file.
  private func closeSome(opened binary: Binary) {
    unread.append(binary)
    guard unread.count > Self.mostUnread else { return }
    unread.removeAll { !$0.isUnread }
    if unread.count > Self.mostUnread / 2 {
      for binary in unread.prefix(unread.count - Self.mostUnread / 2) { binary.close() }
      unread.removeFirst(unread.count - Self.mostUnread / 2)
    }
  }

  /// The file's own name may mean another file by now or in another mount namespace, so the inode
  /// has to agree; the link in `map_files` leads to it even when the name is gone.
  private func open(
    _ region: MemoryMap.Region, _ process: Int32, _ parent: Int32?
  ) -> (file: ELFFile, root: String)? {
    let root = "\(proc)/\(process)/root"
    if !region.isDeleted {
      if let info = try? FileSystem.info(of: region.path), info.inode == region.inode,
        MemoryMap.device(major: info.deviceMajor, minor: info.deviceMinor) == region.device,
        let file = try? ELFFile(region.path)
      {
        return (file, "")
      }
      // What lives in other file systems than ours, those that know their files by other devices included.
      let roots = [root] + (parent.map { ["\(proc)/\($0)/root"] } ?? []) + [""]
      for root in roots {
        if let info = try? FileSystem.info(of: root + region.path), info.inode == region.inode,
          let file = try? ELFFile(root + region.path)
        {
          return (file, root)
        }
      }
    }
    let ends = [region.start, region.end].map { String($0, radix: 16) }.joined(separator: "-")
    if let file = try? ELFFile("\(proc)/\(process)/map_files/\(ends)") { return (file, root) }
    // Some file systems show another inode in maps than to stat.
    guard !region.isDeleted, let file = try? ELFFile(root + region.path) else { return nil }
    return (file, root)
  }
}
