/// A compiled script: an ELF image of a BPF object, and the manifest that is one of its sections.
package struct Artifact: Sendable {
  package let object: [UInt8]
  package let manifest: Manifest

  /// Joins an object and its manifest; the object carries the same manifest in its section.
  package init(object: [UInt8], manifest: Manifest) {
    self.object = object
    self.manifest = manifest
  }

  /// The line before the image in a file that can be run as a program.
  package static let interpreterLine = Array("#!/usr/bin/env -S bt-tool run\n".utf8)

  /// The bytes of a file that can be run as a program, where `bt-tool` is installed.
  package var executable: [UInt8] { Self.interpreterLine + object }

  /// Reads the manifest out of the bytes of an artifact file. A line before the image that names an
  /// interpreter is passed over.
  package init(reading file: [UInt8]) throws(ManifestError) {
    let bytes = Self.start(of: file) == 0 ? file : Array(file[Self.start(of: file)...])
    guard let section = ELFSections(bytes)?.contents(of: ObjectSymbol.manifestSection) else {
      throw .notAnArtifact
    }
    object = bytes
    manifest = try Manifest(decoding: Array(section))
  }

  /// Whether a file that begins with these bytes could be an artifact rather than a script.
  package static func looksLikeArtifact(_ file: [UInt8]) -> Bool {
    file[start(of: file)...].starts(with: [0x7f, 0x45, 0x4c, 0x46])
  }

  /// The longest first line that is taken for that of an interpreter.
  private static let longestFirstLine = 256

  /// Where the image begins in a file.
  private static func start(of file: [UInt8]) -> Int {
    guard file.starts(with: [0x23, 0x21]),
      let end = file.prefix(longestFirstLine).firstIndex(of: 0x0a), end + 1 < file.count
    else { return 0 }
    return end + 1
  }
}

/// The section table of a 64-bit little-endian ELF image.
package struct ELFSections {
  private let bytes: [UInt8]
  private let headers: Int
  private let headerSize: Int
  private let count: Int
  private let namesIndex: Int

  /// Nil when `bytes` are no such image.
  package init?(_ bytes: [UInt8]) {
    guard bytes.count >= 64, bytes.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1]) else { return nil }
    self.bytes = bytes
    func number(_ offset: Int, _ size: Int) -> Int? { Self.number(bytes, offset, size) }
    guard let headers = number(0x28, 8), let headerSize = number(0x3a, 2), headerSize >= 64,
      let count = number(0x3c, 2), let namesIndex = number(0x3e, 2), namesIndex < count,
      headers <= bytes.count, count * headerSize <= bytes.count - headers
    else { return nil }
    self.headers = headers
    self.headerSize = headerSize
    self.count = count
    self.namesIndex = namesIndex
  }

  /// The bytes of the section of that name, or nil.
  package func contents(of name: String) -> ArraySlice<UInt8>? {
    guard let names = contents(at: namesIndex) else { return nil }
    for index in 0..<count {
      guard let offset = Self.number(bytes, headers + index * headerSize, 4),
        offset < names.count
      else { continue }
      let found = names[(names.startIndex + offset)...].prefix { $0 != 0 }
      if found.elementsEqual(name.utf8) { return contents(at: index) }
    }
    return nil
  }

  /// Whether it is code or data for BPF.
  package var isBPF: Bool { Self.number(bytes, 0x12, 2) == 247 }  // EM_BPF

  /// The names of the sections with code in them.
  package var executable: [String] {
    guard let names = contents(at: namesIndex) else { return [] }
    return (0..<count).compactMap { index in
      let header = headers + index * headerSize
      guard let flags = Self.number(bytes, header + 8, 8), flags & 4 != 0,  // SHF_EXECINSTR
        let size = Self.number(bytes, header + 32, 8), size > 0,
        let name = Self.number(bytes, header, 4), name < names.count
      else { return nil }
      let text = names[(names.startIndex + name)...].prefix { $0 != 0 }
      return String(decoding: text, as: UTF8.self)
    }
  }

  private func contents(at index: Int) -> ArraySlice<UInt8>? {
    let header = headers + index * headerSize
    guard let offset = Self.number(bytes, header + 24, 8),
      let size = Self.number(bytes, header + 32, 8), offset <= bytes.count,
      size <= bytes.count - offset
    else { return nil }
    return bytes[offset..<(offset + size)]
  }

  private static func number(_ bytes: [UInt8], _ offset: Int, _ size: Int) -> Int? {
    guard offset >= 0, offset <= bytes.count - size else { return nil }
    var value: UInt64 = 0
    for index in (0..<size).reversed() { value = value << 8 | UInt64(bytes[offset + index]) }
    return Int(exactly: value)
  }
}
