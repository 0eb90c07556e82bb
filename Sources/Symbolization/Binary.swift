internal import LinuxSystem
internal import ObjectFiles

/// One binary whatever number of processes runs it.
///
/// Opening reads its headers; the symbols follow at the first look-up, and then the file is closed.
final class Binary {
  let buildID: BuildID?
  private let segments: [ELFFile.Segment]
  private let root: String
  private var file: ELFFile?
  private var table: SymbolTable?
  private var demangled: [String: String?] = [:]

  /// - Parameter root: The folder that shows the file system the binary lives in.
  init(_ file: ELFFile, root: String) {
    self.file = file
    self.root = root
    segments = file.segments
    buildID = (try? file.buildID()) ?? nil
  }

  /// The symbol that covers the byte at `fileOffset`, and how far behind its start that is.
  func symbol(
    atFileOffset fileOffset: UInt64, demangling: Bool
  ) -> (name: String, offset: UInt64)? {
    guard let address = segments.address(ofFileOffset: fileOffset) else { return nil }
    return symbol(at: address, demangling: demangling)
  }

  /// The symbol that covers virtual address `address`.
  func symbol(at address: UInt64, demangling: Bool) -> (name: String, offset: UInt64)? {
    guard let symbol = symbols?.symbol(at: address) else { return nil }
    let offset = address - symbol.address
    return (demangling ? readable(symbol.name) : symbol.name, offset)
  }

  /// The virtual address that the byte at `fileOffset` has in the file.
  func address(ofFileOffset fileOffset: UInt64) -> UInt64? {
    segments.address(ofFileOffset: fileOffset)
  }

  /// Reads the symbols now.
  func load() { _ = symbols }

  /// nil when the tables are damaged: its addresses stay without names.
  private var symbols: SymbolTable? {
    if let table { return table }
    guard let file else { return nil }
    table = try? file.symbolsWithDebugFile(root: root)
    self.file = nil
    return table
  }

  private func readable(_ name: String) -> String {
    if let known = demangled[name] { return known ?? name }
    let readable = Demangler.demangle(name)
    demangled[name] = .some(readable)
    return readable ?? name
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
  private var failures: Set<Attempt> = []
  private var byBuildID: [BuildID: Binary] = [:]
  private let proc: String

  init(proc: String) { self.proc = proc }

  /// The binary mapped at `region`; nil if it cannot be opened or is no ELF file.
  ///
  /// What could not be opened is not tried again, except through another process.
  func binary(of region: MemoryMap.Region, process: Int32) -> Binary? {
    let key = Key(device: region.device, inode: region.inode, path: region.path)
    if let known = byFile[key] { return known }
    let attempt = Attempt(key: key, process: process)
    if failures.contains(attempt) { return nil }
    guard let (file, root) = open(region, process) else {
      failures.insert(attempt)
      return nil
    }
    var binary = Binary(file, root: root)
    if let id = binary.buildID {
      if let twin = byBuildID[id] { binary = twin } else { byBuildID[id] = binary }
    }
    byFile[key] = binary
    return binary
  }

  /// The file's own name may mean another file by now or in another mount namespace, so the inode
  /// has to agree; the link in `map_files` leads to it even when the name is gone.
  private func open(
    _ region: MemoryMap.Region, _ process: Int32
  ) -> (file: ELFFile, root: String)? {
    let root = "\(proc)/\(process)/root"
    if !region.isDeleted {
      if let info = try? FileSystem.info(of: region.path), info.inode == region.inode,
        Self.device(info) == region.device, let file = try? ELFFile(region.path)
      {
        return (file, "")
      }
      if let info = try? FileSystem.info(of: root + region.path), info.inode == region.inode,
        let file = try? ELFFile(root + region.path)
      {
        return (file, root)
      }
    }
    let ends = [region.start, region.end].map { String($0, radix: 16) }.joined(separator: "-")
    if let file = try? ELFFile("\(proc)/\(process)/map_files/\(ends)") { return (file, root) }
    // Some file systems show another inode in maps than to stat.
    guard !region.isDeleted, let file = try? ELFFile(root + region.path) else { return nil }
    return (file, root)
  }

  /// As `/proc/PID/maps` writes it.
  private static func device(_ info: FileInfo) -> String {
    [info.deviceMajor, info.deviceMinor].map { number in
      let digits = String(number, radix: 16)
      return digits.utf8.count < 2 ? "0" + digits : digits
    }.joined(separator: ":")
  }
}
