import Glibc
import LinuxSystem
import SystemText
import Testing

/// A folder of its own for a test, removed at the end.
final class Scratch {
  let path: String
  init() throws { path = try FileSystem.makeTemporaryDirectory(prefix: "linux-system-") }
  deinit { try? FileSystem.removeTree(path) }
}

@Suite struct FileTests {
  @Test func findsFilesWhoseNamesAreNoText() throws {
    let scratch = try Scratch()
    let name = String(systemBytes: [0x70, 0xff, 0x71])
    let path = "\(scratch.path)/\(name)"
    try FileSystem.createDirectory(path)
    try FileSystem.write([1], to: "\(path)/\(name)")
    try FileSystem.createLink("\(scratch.path)/link", to: name)
    #expect(try FileSystem.list(scratch.path) == ["link", name])
    #expect(try FileSystem.read("\(scratch.path)/link/\(name)") == [1])
    #expect(try FileSystem.linkTarget("\(scratch.path)/link") == name)
    #expect(try FileSystem.realPath("\(scratch.path)/link") == path)
    #expect(name.systemBytes == [0x70, 0xff, 0x71])
    let outcome = try HelperProgram.run("/bin/ls", [path])
    #expect(outcome.output == [0x70, 0xff, 0x71, 0x0a])
  }

  @Test func readsWhatWasWritten() throws {
    let scratch = try Scratch()
    let bytes = (0..<100_000).map { UInt8(truncatingIfNeeded: $0) }
    try FileSystem.write(bytes, to: "\(scratch.path)/file", permissions: 0o600)
    #expect(try FileSystem.read("\(scratch.path)/file") == bytes)
    #expect(try FileSystem.list(scratch.path) == ["file"])
    let info = try FileSystem.info(of: "\(scratch.path)/file")
    #expect(info.sizeInBytes == 100_000)
    #expect(info.kind == .regular)
    #expect(info.mode & 0o777 == 0o600)
    #expect(!FileSystem.isExecutable("\(scratch.path)/file"))
  }

  @Test func replacesAFileThatExists() throws {
    let scratch = try Scratch()
    try FileSystem.write([1, 2, 3], to: "\(scratch.path)/file")
    try FileSystem.write([4], to: "\(scratch.path)/file")
    #expect(try FileSystem.read("\(scratch.path)/file") == [4])
    #expect(try FileSystem.list(scratch.path) == ["file"])
  }

  @Test func readsFilesThatHideTheirSize() throws {
    let status = try FileSystem.readText("/proc/self/status")
    #expect(status.contains("Pid:\t\(getpid())\n"))
    let symbols = try FileSystem.read("/proc/kallsyms")
    #expect(symbols.count > 100_000)
    #expect(symbols.last == UInt8(ascii: "\n"))
  }

  @Test func saysWhatWasMissing() throws {
    let error = #expect(throws: SystemError.self) { try FileSystem.read("/nonexistent/file") }
    #expect(error == SystemError(operation: "open", subject: "/nonexistent/file", errno: ENOENT))
    #expect(error?.description == "open /nonexistent/file: No such file or directory")
    #expect(error?.isAbsence == true)
  }

  @Test func refusesToReadAFolder() throws {
    let error = #expect(throws: SystemError.self) { try FileSystem.read("/") }
    #expect(error?.errno == EISDIR)
    #expect(error?.subject == "/")
  }

  @Test func makesAllFoldersOfAPath() throws {
    let scratch = try Scratch()
    try FileSystem.createDirectory("\(scratch.path)/a/b/c")
    try FileSystem.createDirectory("\(scratch.path)/a/b/c")
    #expect(FileSystem.isDirectory("\(scratch.path)/a/b/c"))
    try FileSystem.write([], to: "\(scratch.path)/a/file")
    #expect(throws: SystemError.self) {
      try FileSystem.createDirectory("\(scratch.path)/a/file")
    }
    let kinds = try FileSystem.entries(of: "\(scratch.path)/a").map(\.kind)
    #expect(kinds == [.directory, .regular])
  }

  @Test func resolvesLinks() throws {
    let scratch = try Scratch()
    try FileSystem.write([7], to: "\(scratch.path)/file")
    try FileSystem.createLink("\(scratch.path)/link", to: "./file")
    #expect(try FileSystem.linkTarget("\(scratch.path)/link") == "./file")
    #expect(
      try FileSystem.realPath("\(scratch.path)/link")
        == FileSystem.realPath("\(scratch.path)/file"))
    #expect(
      try FileSystem.info(of: "\(scratch.path)/link", followingLinks: false).kind == .symbolicLink)
    #expect(try FileSystem.info(of: "\(scratch.path)/link").kind == .regular)
  }

  @Test func readsAtAnOffset() throws {
    let scratch = try Scratch()
    try FileSystem.write([0, 1, 2, 3, 4, 5], to: "\(scratch.path)/file")
    let file = try FileDescriptor(opening: "\(scratch.path)/file")
    #expect(try file.read(upTo: 2, at: 3) == [3, 4])
    #expect(try file.read(upTo: 10, at: 4) == [4, 5])
    #expect(try file.read(upTo: 10, at: 100) == [])
  }

  @Test func mapsAFileWithCheckedAccess() throws {
    let scratch = try Scratch()
    try FileSystem.write([1, 2, 3, 4, 5], to: "\(scratch.path)/file")
    let file = try MappedFile("\(scratch.path)/file")
    #expect(file.count == 5)
    #expect(file.copy(1..<3) == [2, 3])
    #expect(file.copy(1..<6) == nil)
    #expect(file.integer(at: 1, as: UInt32.self) == 0x0504_0302)
    #expect(file.integer(at: 2, as: UInt32.self) == nil)
    #expect(file.integer(at: -1, as: UInt8.self) == nil)
    #expect(file.withBytes { $0.byteCount } == 5)
  }

  @Test func writesIntoWhatIsNoFile() throws {
    let scratch = try Scratch()
    let link = "\(scratch.path)/link"
    try FileSystem.createLink(link, to: "/dev/null")
    try FileSystem.write([1, 2], to: link)
    #expect(try FileSystem.info(of: link, followingLinks: false).kind == .symbolicLink)
    #expect(try FileSystem.info(of: "/dev/null").kind == .characterDevice)
    #expect(throws: SystemError.self) { try FileSystem.write([1], to: scratch.path) }
  }

  @Test func writesTheFileThatALinkLeadsTo() throws {
    let scratch = try Scratch()
    try FileSystem.write([1], to: "\(scratch.path)/file")
    try FileSystem.createLink("\(scratch.path)/link", to: "file")
    try FileSystem.write([2, 3], to: "\(scratch.path)/link")
    #expect(try FileSystem.read("\(scratch.path)/file") == [2, 3])
    #expect(
      try FileSystem.info(of: "\(scratch.path)/link", followingLinks: false).kind
        == .symbolicLink)
  }

  @Test func mapsAFileOfProc() throws {
    let file = try MappedFile("/proc/self/maps")
    #expect(file.count > 100)
    let empty = try MappedFile("/dev/null")
    #expect(empty.count == 0)
  }

  @Test func closesADescriptorAtItsEnd() throws {
    let number: CInt
    do {
      let file = try FileDescriptor(opening: "/dev/null")
      number = file.rawValue
      #expect(fcntl(number, F_GETFD) == FD_CLOEXEC)
    }
    // Another test may have got the number by now; then it is no longer /dev/null's.
    let target = try? FileSystem.linkTarget("/proc/self/fd/\(number)")
    #expect(target != "/dev/null")
  }
}
