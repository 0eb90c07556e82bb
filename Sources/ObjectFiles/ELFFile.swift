internal import LinuxSystem
internal import Synchronization

/// An ELF file: sections, segments and what can be found through them.
///
/// Headers are read at once, the rest when it is asked for. Nothing in the file is believed:
/// contradictions are `ObjectFileError.malformed`.
package final class ELFFile: Sendable {
  /// The processor the code is for.
  package enum Machine: Hashable, Sendable {
    case amd64, i386, aarch64, arm, riscv, s390, powerpc64, loongarch, mips64, bpf
    case other(UInt16)

    fileprivate init(_ number: UInt16) {
      self =
        switch number {
        case 62: .amd64
        case 3: .i386
        case 183: .aarch64
        case 40: .arm
        case 243: .riscv
        case 22: .s390
        case 21: .powerpc64
        case 258: .loongarch
        case 8: .mips64
        case 247: .bpf
        default: .other(number)
        }
    }
  }

  package enum Kind: Hashable, Sendable {
    case relocatable
    /// Runs at the addresses the file says.
    case executable
    /// A shared library or a position-independent executable.
    case sharedObject
    case core
    case other(UInt16)
  }

  /// A part of the file that is mapped when the program runs, or describes it.
  package struct Segment: Hashable, Sendable {
    package let type: UInt32
    package let flags: UInt32
    package let fileOffset: UInt64
    package let address: UInt64
    package let sizeInFile: UInt64
    package let sizeInMemory: UInt64

    package var isLoaded: Bool { type == 1 }
    package var isNote: Bool { type == 4 }
    package var isExecutable: Bool { flags & 1 != 0 }
    package var isWritable: Bool { flags & 2 != 0 }
  }

  /// A named part of the file.
  package struct Section: Hashable, Sendable {
    package let name: String
    package let type: UInt32
    package let flags: UInt64
    package let address: UInt64
    package let fileOffset: UInt64
    package let size: UInt64
    package let link: UInt32
    package let entrySize: UInt64

    /// Whether it occupies memory when the program runs.
    package var isAllocated: Bool { flags & 2 != 0 }
    package var isExecutable: Bool { flags & 4 != 0 }
    package var isCompressed: Bool { flags & 0x800 != 0 }
    /// Whether it has no bytes in the file (`.bss`, everything but debug information in debug files).
    package var isEmptyInFile: Bool { type == 8 }
  }

  package let path: String
  package let machine: Machine
  package let kind: Kind
  package let is64Bit: Bool
  package let isBigEndian: Bool
  package let entryAddress: UInt64
  package let segments: [Segment]
  package let sections: [Section]
  let source: ByteSource
  private let cachedSymbols = Mutex<SymbolTable?>(nil)

  /// Opens `path`, which stays open as long as the value lives and may lead into an archive.
  package convenience init(_ path: String) throws(ObjectFileError) {
    try self.init(source: ByteSource.opening(MemberPath(path)))
  }

  /// Where the image begins in the file: in an archive not at its start.
  package var imageOffset: UInt64 { source.start }

  /// Reads an ELF image from memory; `name` stands for it in messages.
  package convenience init(bytes: [UInt8], name: String) throws(ObjectFileError) {
    try self.init(source: ByteSource(bytes: bytes, path: name))
  }

  private init(source: ByteSource) throws(ObjectFileError) {
    let header = try FileHeader(source)
    self.source = source
    path = source.path
    machine = Machine(header.machine)
    is64Bit = header.layout.is64Bit
    isBigEndian = header.layout.isBigEndian
    entryAddress = header.entry
    kind =
      switch header.type {
      case 1: .relocatable
      case 2: .executable
      case 3: .sharedObject
      case 4: .core
      default: .other(header.type)
      }
    segments = try header.readSegments(source)
    sections = try header.readSections(source)
  }

  /// Whether it keeps a file open, rather than bytes in memory.
  package var isFile: Bool { source.isFile }

  // MARK: Sections

  package func section(named name: String) -> Section? {
    sections.first { $0.name == name }
  }

  /// The bytes of a section, unpacked if they are compressed; none if it has none in the file.
  package func contents(of section: Section) throws(ObjectFileError) -> [UInt8] {
    if section.isEmptyInFile { return [] }
    let bytes = try source.read(
      at: section.fileOffset, count: section.size, what: "section \(section.name)")
    guard section.isCompressed else { return bytes }
    let headerSize = is64Bit ? 24 : 12
    guard let algorithm = bytes.load(UInt32.self, at: 0, bigEndian: isBigEndian),
      let size = is64Bit
        ? bytes.load(UInt64.self, at: 8, bigEndian: isBigEndian)
        : bytes.load(UInt32.self, at: 4, bigEndian: isBigEndian).map(UInt64.init),
      bytes.count >= headerSize
    else { throw malformed("the header of compressed section \(section.name) is cut off") }
    guard algorithm == 1 else {
      throw .unsupported(path: path, what: "the compression of section \(section.name)")
    }
    guard size < 1 << 32,
      let unpacked = Zlib.inflate(Array(bytes[headerSize...]), limit: Int(size))
    else { throw malformed("compressed section \(section.name) is damaged") }
    return unpacked
  }

  // MARK: Addresses

  /// Where in the file the byte at virtual address `address` is, as uprobes want it.
  ///
  /// - Returns: nil when the address is not backed by the file.
  package func fileOffset(ofAddress address: UInt64) -> UInt64? {
    for segment in segments where segment.isLoaded {
      if address >= segment.address, address - segment.address < segment.sizeInFile {
        return (address - segment.address).checkedSum(segment.fileOffset)
      }
    }
    if kind == .relocatable || segments.isEmpty {
      for section in sections where section.isAllocated && !section.isEmptyInFile {
        if address >= section.address, address - section.address < section.size {
          return (address - section.address).checkedSum(section.fileOffset)
        }
      }
    }
    return nil
  }

  /// The virtual address that the byte at `offset` of the file has before relocation.
  ///
  /// - Returns: nil when no segment maps that byte.
  package func address(ofFileOffset offset: UInt64) -> UInt64? {
    segments.address(ofFileOffset: offset)
  }

  /// The section whose memory contains `address`.
  package func section(atAddress address: UInt64) -> Section? {
    sections.first {
      $0.isAllocated && address >= $0.address && address - $0.address < $0.size
    }
  }

  /// `count` bytes of the program at virtual address `address`.
  package func bytes(
    atAddress address: UInt64, count: UInt64
  ) throws(ObjectFileError) -> [UInt8] {
    guard let offset = fileOffset(ofAddress: address) else {
      throw malformed("address 0x\(String(address, radix: 16)) is not in the file")
    }
    return try source.read(at: offset, count: count, what: "code")
  }

  // MARK: Symbols

  /// The symbols of `.symtab` and `.dynsym` together; read once.
  package func symbols() throws(ObjectFileError) -> SymbolTable {
    if let known = cachedSymbols.withLock({ $0 }) { return known }
    let table = try SymbolTable(of: [self])
    cachedSymbols.withLock { $0 = table }
    return table
  }

  /// The symbols of this file and, if one is installed, of its debug file, else of the small one that it
  /// carries itself.
  ///
  /// A debug file that cannot be read counts as none.
  ///
  /// - Parameters:
  ///   - root: The folder that shows the file system the binary lives in; empty for ours.
  ///   - folders: Where to look for debug files first.
  package func symbolsWithDebugFile(
    root: String = "", folders: [String] = []
  ) throws(ObjectFileError) -> SymbolTable {
    guard let debugFile = debugFile(root: root, folders: folders) else { return try symbols() }
    if let table = try? SymbolTable(of: [self, debugFile]) { return table }
    return try symbols()
  }

  /// The file that has the symbols that this one lacks; nil if it lacks none, or there is no such file.
  private func debugFile(root: String, folders: [String]) -> ELFFile? {
    if sections.contains(where: { $0.type == SymbolTable.symtabType }) { return nil }
    return DebugFiles.find(for: self, root: root, folders: folders) ?? smallDebugFile()
  }

  /// The symbols that `symbolsWithDebugFile` has, for those who ask by address alone: many of them are not held
  /// in memory.
  package func symbolsByAddress(
    root: String = "", folders: [String] = []
  ) throws(ObjectFileError) -> any SymbolsByAddress {
    let files = [self] + (debugFile(root: root, folders: folders).map { [$0] } ?? [])
    if let index = try? SymbolIndex(of: files) { return index }
    if let table = try? SymbolTable(of: files) { return table }
    return try symbols()
  }

  /// Looks for the symbols of addresses, which are ascending, each once, among those that `symbolsByAddress` has.
  ///
  /// - Returns: nil if they cannot be read in pieces.
  package func search(
    for addresses: [UInt64], root: String = "", folders: [String] = []
  ) -> SymbolSearch? {
    let files = [self] + (debugFile(root: root, folders: folders).map { [$0] } ?? [])
    return try? SymbolSearch(addresses, in: files)
  }

  /// The file of symbols that some distributions pack into `.gnu_debugdata`; nil if there is none or it is
  /// damaged.
  func smallDebugFile() -> ELFFile? {
    guard let section = section(named: ".gnu_debugdata"),
      let packed = try? contents(of: section),
      let bytes = XZ.unpack(packed, limit: Self.greatestSmallDebugFile)
    else { return nil }
    return try? ELFFile(bytes: bytes, name: "\(path) (.gnu_debugdata)")
  }

  private static let greatestSmallDebugFile = 64 << 20

  func malformed(_ what: String) -> ObjectFileError { .malformed(path: path, what: what) }
}

extension [ELFFile.Segment] {
  /// The virtual address that the byte at `offset` of the file has before relocation.
  ///
  /// - Returns: nil when no segment maps that byte.
  package func address(ofFileOffset offset: UInt64) -> UInt64? {
    for segment in self where segment.isLoaded {
      if offset >= segment.fileOffset, offset - segment.fileOffset < segment.sizeInFile {
        return (offset - segment.fileOffset).checkedSum(segment.address)
      }
    }
    return nil
  }
}

extension UInt64 {
  /// The sum; nil when it overflows.
  func checkedSum(_ other: UInt64) -> UInt64? {
    let (sum, overflow) = addingReportingOverflow(other)
    return overflow ? nil : sum
  }
}
