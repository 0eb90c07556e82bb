/// The dynamic linker's list of libraries, `/etc/ld.so.cache`.
///
/// Layout: `struct cache_file_new` in glibc's sysdeps/generic/dl-cache.h.
struct LibraryCache: Sendable {
  struct Entry: Hashable, Sendable {
    let flags: UInt32
    let name: String
    let path: String
  }

  /// In the file's order.
  let entries: [Entry]

  static let empty = LibraryCache(entries: [])

  private init(entries: [Entry]) { self.entries = entries }

  /// Reads the cache; what makes no sense gives fewer or no entries.
  init(_ bytes: [UInt8]) {
    var entries: [Entry] = []
    let magic = Array("glibc-ld.so.cache1.1".utf8)
    // The older form stands in front of the newer one if both are there.
    guard let start = Self.firstIndex(of: magic, in: bytes),
      let count = Self.number(bytes, start + 20)
    else {
      self = .empty
      return
    }
    for number in 0..<Int(count) {
      let place = start + 48 + number * 24
      guard let flags = Self.number(bytes, place), let key = Self.number(bytes, place + 4),
        let value = Self.number(bytes, place + 8),
        let name = Self.text(bytes, start + Int(key)),
        let path = Self.text(bytes, start + Int(value))
      else { break }
      entries.append(Entry(flags: flags, name: name, path: path))
    }
    self.init(entries: entries)
  }

  /// Returns the path of library `name` for `architecture`: `libc`, `libc.so` or `libc.so.6`.
  func path(of name: String, for architecture: Architecture) -> String? {
    let flags: UInt32? =
      switch architecture.name {
      case "x86_64": 0x0303
      case "aarch64": 0x0A03
      default: nil
      }
    return entries.first { entry in
      (flags == nil || entry.flags == flags) && Self.is(entry.name, name)
    }?.path
  }

  /// Whether a file called `file` is the library that `name` means.
  static func `is`(_ file: String, _ name: String) -> Bool {
    if file == name { return true }
    let stem = NamePattern("*.so*").matches(name) ? name : name + ".so"
    return file == stem || file.hasPrefix(stem + ".")
  }

  private static func firstIndex(of magic: [UInt8], in bytes: [UInt8]) -> Int? {
    if bytes.starts(with: magic) { return 0 }
    guard bytes.count > magic.count else { return nil }
    for start in stride(from: 4, to: bytes.count - magic.count, by: 4)
    where bytes[start...].starts(with: magic) {
      return start
    }
    return nil
  }

  private static func number(_ bytes: [UInt8], _ offset: Int) -> UInt32? {
    guard offset >= 0, offset + 4 <= bytes.count else { return nil }
    return (0..<4).reduce(0) { $0 | UInt32(bytes[offset + $1]) << UInt32($1 * 8) }
  }

  private static func text(_ bytes: [UInt8], _ offset: Int) -> String? {
    guard offset >= 0, offset < bytes.count, let end = bytes[offset...].firstIndex(of: 0) else {
      return nil
    }
    return String(decoding: bytes[offset..<end], as: UTF8.self)
  }
}
