internal import CLinux
internal import Glibc
internal import SystemText

/// Files and folders by path.
package enum FileSystem {
  // MARK: Reading

  /// All bytes of a file; also of those in /proc and /sys, which do not tell their size.
  ///
  /// - Parameter expectedSize: For files of the kernel that hide their size: so many bytes are made room
  ///   for at once.
  package static func read(_ path: String, expectedSize: Int = 0) throws(SystemError) -> [UInt8] {
    do {
      let file = try FileDescriptor(opening: path)
      let size = Int(clamping: try file.info().sizeInBytes)
      return try file.readToEnd(sizeHint: max(size, expectedSize))
    } catch {
      throw SystemError(operation: error.operation, subject: path, errno: error.errno)
    }
  }

  /// A whole file as text; bytes that are no UTF-8 are kept (`SystemText`).
  package static func readText(_ path: String) throws(SystemError) -> String {
    String(systemBytes: try read(path))
  }

  // MARK: Writing

  /// Writes `bytes` beside `path` and moves them there, so that a reader sees the old or the new.
  ///
  /// A link stays, and what it leads to is written. So does what is there and no file: a device or a pipe
  /// takes the bytes.
  package static func write(
    _ bytes: [UInt8], to path: String, permissions: UInt32 = 0o644
  ) throws(SystemError) {
    // What is not there yet is no link and no device.
    let target = (try? realPath(path)) ?? path
    if let kind = try? info(of: target).kind, kind != .regular {
      return try writeControl(bytes, to: target, append: true)
    }
    let temporary = "\(target).\(CurrentProcess.id).new"
    try? remove(temporary)  // a leftover of an earlier run with our process id
    do {
      let file = try FileDescriptor(opening: temporary, .createNew, permissions: permissions)
      try file.write(bytes)
    } catch {
      unlink(temporary)
      throw SystemError(operation: error.operation, subject: path, errno: error.errno)
    }
    guard move(temporary, to: target) == 0 else {
      let error = SystemError.current("rename", path)
      unlink(temporary)
      throw error
    }
  }

  /// Writes `bytes` to a file that must not be there yet (EEXIST).
  package static func create(
    _ path: String, _ bytes: [UInt8], permissions: UInt32 = 0o644
  ) throws(SystemError) {
    let file = try FileDescriptor(opening: path, .createNew, permissions: permissions)
    try file.write(bytes)
  }

  /// Writes `bytes` into an existing file in one call, as files in /proc, /sys and tracefs want it.
  package static func writeControl(
    _ bytes: [UInt8], to path: String, append: Bool = false
  ) throws(SystemError) {
    do {
      let file = try FileDescriptor(opening: path, append ? .append : .readWrite)
      try file.write(bytes)
    } catch {
      throw SystemError(operation: error.operation, subject: path, errno: error.errno)
    }
  }

  // MARK: Asking

  /// What stat(2) says, of the link itself if `followingLinks` is false.
  package static func info(
    of path: String, followingLinks: Bool = true
  ) throws(SystemError) -> FileInfo {
    var info = clinux_stat()
    let answer = unsafe path.withSystemCString { path in
      unsafe clinux_stat(path, followingLinks ? 1 : 0, &info)
    }
    guard answer == 0 else {
      throw .current("stat", path)
    }
    return FileInfo(info)
  }

  package static func exists(_ path: String) -> Bool {
    unsafe path.withSystemCString { unsafe access($0, F_OK) } == 0
  }

  package static func isDirectory(_ path: String) -> Bool {
    (try? info(of: path))?.kind == .directory
  }

  package static func isRegularFile(_ path: String) -> Bool {
    (try? info(of: path))?.kind == .regular
  }

  /// Whether this process may read `path`.
  package static func isReadable(_ path: String) -> Bool {
    unsafe path.withSystemCString { unsafe access($0, R_OK) } == 0
  }

  /// Whether `path` is a regular file with an execute permission for somebody.
  package static func isExecutable(_ path: String) -> Bool {
    guard let info = try? info(of: path) else { return false }
    return info.kind == .regular && info.mode & 0o111 != 0
  }

  /// The path without links, `.` and `..`.
  package static func realPath(_ path: String) throws(SystemError) -> String {
    guard let resolved = unsafe path.withSystemCString({ unsafe realpath($0, nil) }) else {
      throw .current("realpath", path)
    }
    defer { unsafe free(resolved) }
    return unsafe String(systemCString: resolved)
  }

  /// Where a symbolic link points, as written in it.
  package static func linkTarget(_ path: String) throws(SystemError) -> String {
    var target = [CChar](repeating: 0, count: Int(PATH_MAX))
    let length = unsafe path.withSystemCString { unsafe readlink($0, &target, target.count) }
    guard length >= 0 else { throw .current("readlink", path) }
    return String(systemBytes: target[..<length].map(UInt8.init(bitPattern:)))
  }

  package static var currentDirectory: String {
    get throws(SystemError) {
      guard let path = unsafe getcwd(nil, 0) else { throw .current("getcwd", "") }
      defer { unsafe free(path) }
      return unsafe String(systemCString: path)
    }
  }

  // MARK: Folders

  /// The names in a folder, sorted, without `.` and `..`.
  package static func list(_ path: String) throws(SystemError) -> [String] {
    try entries(of: path).map(\.name)
  }

  /// One name in a folder.
  package struct Entry: Hashable, Sendable {
    package let name: String
    /// `other` when the file system does not tell.
    package let kind: FileInfo.Kind
  }

  /// The entries of a folder, sorted by name, without `.` and `..`.
  package static func entries(of path: String) throws(SystemError) -> [Entry] {
    guard let directory = unsafe path.withSystemCString({ unsafe opendir($0) }) else {
      throw .current("opendir", path)
    }
    defer { unsafe closedir(directory) }
    var entries: [Entry] = []
    while true {
      Glibc.errno = 0
      guard let entry = unsafe readdir(directory) else { break }
      let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) { name in
        unsafe String(systemCString: UnsafeRawPointer(name).assumingMemoryBound(to: CChar.self))
      }
      if name == "." || name == ".." { continue }
      entries.append(Entry(name: name, kind: kind(unsafe entry.pointee.d_type)))
    }
    guard Glibc.errno == 0 else { throw .current("readdir", path) }
    return entries.sorted { $0.name < $1.name }
  }

  private static func kind(_ type: UInt8) -> FileInfo.Kind {
    switch Int(type) {
    case Int(DT_REG): .regular
    case Int(DT_DIR): .directory
    case Int(DT_LNK): .symbolicLink
    case Int(DT_CHR): .characterDevice
    case Int(DT_BLK): .blockDevice
    case Int(DT_FIFO): .pipe
    case Int(DT_SOCK): .socket
    default: .other
    }
  }

  /// Makes a folder and the ones above it; fine if it exists.
  package static func createDirectory(
    _ path: String, permissions: UInt32 = 0o755
  ) throws(SystemError) {
    if make(path, permissions) { return }
    let error = SystemError.current("mkdir", path)
    if error.errno == EEXIST {
      if isDirectory(path) { return }
      throw error
    }
    guard error.errno == ENOENT, let slash = path.lastIndex(of: "/"), slash != path.startIndex
    else { throw error }
    try createDirectory(String(path[..<slash]), permissions: permissions)
    guard make(path, permissions) || isDirectory(path) else {
      throw .current("mkdir", path)
    }
  }

  private static func make(_ folder: String, _ permissions: UInt32) -> Bool {
    unsafe folder.withSystemCString { unsafe mkdir($0, permissions) } == 0
  }

  private static func unlink(_ path: String) {
    _ = unsafe path.withSystemCString { unsafe Glibc.unlink($0) }
  }

  private static func move(_ path: String, to target: String) -> CInt {
    unsafe path.withSystemCString { path in
      unsafe target.withSystemCString { unsafe Glibc.rename(path, $0) }
    }
  }

  /// Removes a file, a link or an empty folder.
  package static func remove(_ path: String) throws(SystemError) {
    guard unsafe path.withSystemCString({ unsafe Glibc.remove($0) }) == 0 else {
      throw .current("remove", path)
    }
  }

  /// Removes a folder with everything in it, or a file; links are not followed.
  package static func removeTree(_ path: String) throws(SystemError) {
    if try info(of: path, followingLinks: false).kind == .directory {
      for name in try list(path) { try removeTree("\(path)/\(name)") }
    }
    try remove(path)
  }

  package static func rename(_ path: String, to target: String) throws(SystemError) {
    guard move(path, to: target) == 0 else { throw .current("rename", target) }
  }

  /// Makes a symbolic link at `path` that says `target`.
  package static func createLink(_ path: String, to target: String) throws(SystemError) {
    let answer = unsafe target.withSystemCString { target in
      unsafe path.withSystemCString { unsafe symlink(target, $0) }
    }
    guard answer == 0 else { throw .current("symlink", path) }
  }

  // MARK: Temporary files

  /// Where temporary files belong: TMPDIR or /tmp.
  package static var temporaryDirectory: String { Environment["TMPDIR"] ?? "/tmp" }

  /// Makes an empty folder that nobody else uses.
  package static func makeTemporaryDirectory(prefix: String) throws(SystemError) -> String {
    var template = "\(temporaryDirectory)/\(prefix)XXXXXX".systemBytes.map(CChar.init(bitPattern:))
    template.append(0)
    // The result points into the array, which need not outlive the call: the array is what is read.
    guard unsafe mkdtemp(&template) != nil else { throw .current("mkdtemp", prefix) }
    return String(systemBytes: template.dropLast().map(UInt8.init(bitPattern:)))
  }

  // MARK: Mounting

  /// Mounts a file system that needs no device, for example `tracefs`.
  package static func mount(
    _ type: String, at target: String, source: String? = nil
  ) throws(SystemError) {
    let answer = unsafe target.withSystemCString { target in
      unsafe Glibc.mount(source ?? type, target, type, 0, nil)
    }
    guard answer == 0 else {
      throw .current("mount \(type)", target)
    }
  }
}
