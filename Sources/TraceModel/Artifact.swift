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
  fileprivate static let longestFirstLine = 256

  /// Where the image begins in a file.
  fileprivate static func start(of file: [UInt8]) -> Int {
    guard file.starts(with: [0x23, 0x21]),
      let end = file.prefix(longestFirstLine).firstIndex(of: 0x0a), end + 1 < file.count
    else { return 0 }
    return end + 1
  }
}

extension Manifest {
  /// Reads the manifest of an artifact file without the rest of it.
  ///
  /// - Parameter read: Returns the bytes of a range, fewer where the file ends earlier; nil if they
  ///   cannot be read.
  package init(
    ofFileWith size: Int, reading read: @escaping (Range<Int>) -> [UInt8]?
  ) throws(ManifestError) {
    let start = Artifact.start(of: read(0..<min(size, Artifact.longestFirstLine + 1)) ?? [])
    let sections = ELFSections(size: size - start) {
      read(($0.lowerBound + start)..<($0.upperBound + start))
    }
    guard let section = sections?.contents(of: ObjectSymbol.manifestSection) else {
      throw .notAnArtifact
    }
    try self.init(decoding: Array(section))
  }
}

/// The section table of a 64-bit little-endian ELF image.
package struct ELFSections {
  private let size: Int
  private let read: (Range<Int>) -> ArraySlice<UInt8>?
  private let header: ArraySlice<UInt8>
  /// The headers of the sections, one behind the other.
  private let headers: ArraySlice<UInt8>
  private let headerSize: Int
  private let count: Int
  private let namesIndex: Int

  /// Nil when `bytes` are no such image.
  package init?(_ bytes: [UInt8]) {
    self.init(size: bytes.count, slicing: { bytes[$0] })
  }

  /// Nil when the file is no such image, or cannot be read.
  ///
  /// - Parameter read: Returns the bytes of a range that is inside the file.
  package init?(size: Int, reading read: @escaping (Range<Int>) -> [UInt8]?) {
    self.init(size: size, slicing: { read($0)?[...] })
  }

  private init?(size: Int, slicing read: @escaping (Range<Int>) -> ArraySlice<UInt8>?) {
    guard size >= 64, let header = read(0..<64), header.count == 64,
      header.starts(with: [0x7f, 0x45, 0x4c, 0x46, 2, 1])
    else { return nil }
    func number(_ offset: Int, _ size: Int) -> Int? { Self.number(header, offset, size) }
    guard let start = number(0x28, 8), let headerSize = number(0x3a, 2), headerSize >= 64,
      let count = number(0x3c, 2), let namesIndex = number(0x3e, 2), namesIndex < count,
      start <= size, count * headerSize <= size - start,
      let headers = read(start..<(start + count * headerSize)),
      headers.count == count * headerSize
    else { return nil }
    self.size = size
    self.read = read
    self.header = header
    self.headers = headers
    self.headerSize = headerSize
    self.count = count
    self.namesIndex = namesIndex
  }

  /// The bytes of the section of that name, or nil.
  package func contents(of name: String) -> ArraySlice<UInt8>? {
    guard let names = contents(at: namesIndex) else { return nil }
    for index in 0..<count {
      guard let offset = Self.number(headers, index * headerSize, 4), offset < names.count
      else { continue }
      let found = names[(names.startIndex + offset)...].prefix { $0 != 0 }
      if found.elementsEqual(name.utf8) { return contents(at: index) }
    }
    return nil
  }

  /// Whether it is code or data for BPF.
  package var isBPF: Bool { Self.number(header, 0x12, 2) == 247 }  // EM_BPF

  /// The sections with code in them: names, and sizes in bytes.
  package var code: [(name: String, size: Int)] {
    guard let names = contents(at: namesIndex) else { return [] }
    return (0..<count).compactMap { index in
      let header = index * headerSize
      guard let flags = Self.number(headers, header + 8, 8), flags & 4 != 0,  // SHF_EXECINSTR
        let size = Self.number(headers, header + 32, 8), size > 0,
        let name = Self.number(headers, header, 4), name < names.count
      else { return nil }
      let text = names[(names.startIndex + name)...].prefix { $0 != 0 }
      return (String(decoding: text, as: UTF8.self), size)
    }
  }

  private func contents(at index: Int) -> ArraySlice<UInt8>? {
    let header = index * headerSize
    guard let offset = Self.number(headers, header + 24, 8),
      let length = Self.number(headers, header + 32, 8), offset <= size, length <= size - offset,
      let bytes = read(offset..<(offset + length)), bytes.count == length
    else { return nil }
    return bytes
  }

  /// - Parameter offset: Counted from the first of the bytes.
  private static func number(_ bytes: ArraySlice<UInt8>, _ offset: Int, _ size: Int) -> Int? {
    guard offset >= 0, offset <= bytes.count - size else { return nil }
    var value: UInt64 = 0
    for index in (0..<size).reversed() {
      value = value << 8 | UInt64(bytes[bytes.startIndex + offset + index])
    }
    return Int(exactly: value)
  }
}
