import Glibc
import LinuxSystem
import ObjectFiles
import Symbolization
import Testing

/// A program that prints addresses of its own, runs until its input ends, and goes with its folder.
final class Target {
  let folder: String
  var path: String { "\(folder)/target" }
  private(set) var id: Int32 = 0
  private(set) var addresses: [String: UInt64] = [:]
  private var child: ChildProcess?
  private var input: FileDescriptor?

  static let hasCompiler = ExecutableSearch.first("gcc") != nil

  private static let source = """
    #include <stdio.h>
    #include <string.h>
    #include <sys/auxv.h>
    #include <sys/mman.h>
    #include <unistd.h>
    static int __attribute__((noinline)) hidden(int x) { return x + 3; }
    int __attribute__((noinline)) shown(int x) { return hidden(x) * 2; }
    int __attribute__((noinline)) mangled(int x) __asm__("_ZN4shop4saleEi");
    int mangled(int x) { return shown(x) - 1; }
    int data = 1;
    int main(int argc, char **argv) {
      void *jit = mmap(0, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      memset(jit, 0xc3, 4096);
      printf("hidden %lx\\n", (long)hidden);
      printf("shown %lx\\n", (long)shown);
      printf("mangled %lx\\n", (long)mangled);
      printf("data %lx\\n", (long)&data);
      printf("write %lx\\n", (long)write);
      printf("vdso %lx\\n", getauxval(AT_SYSINFO_EHDR));
      printf("jit %lx\\n", (long)jit);
      printf("end %d\\n", mangled(argc) & 1);
      fflush(stdout);
      if (argc > 1) { char byte; read(0, &byte, 1); execv(argv[1], argv + 1); }
      char byte;
      return read(0, &byte, 1) < 0;
    }
    """

  init(_ options: [String] = ["-pie"], arguments: String = "") throws {
    folder = try FileSystem.realPath(try FileSystem.makeTemporaryDirectory(prefix: "symbols-"))
    let outcome = try HelperProgram.run(
      "gcc", ["-O1", "-Wl,--build-id", "-o", "\(folder)/target"] + options + ["-x", "c", "-"],
      input: Array(Self.source.utf8))
    try #require(outcome.succeeded, "\(outcome.errorText)")
    // Standard input and output are named pipes: the target ends when we close ours.
    for name in ["in", "out"] { try #require(unsafe mkfifo("\(folder)/\(name)", 0o600) == 0) }
    var child = try ChildProcess(
      holding: "/bin/sh",
      arguments: ["-c", "exec \(folder)/target \(arguments) < \(folder)/in > \(folder)/out"])
    id = child.id
    try child.release()
    input = try FileDescriptor(opening: "\(folder)/in", .readWrite)
    let output = try FileDescriptor(opening: "\(folder)/out")
    let text = String(decoding: try output.readUntilEnd(), as: UTF8.self)
    for line in text.split(separator: "\n") {
      let words = line.split(separator: " ")
      addresses[String(words[0])] = UInt64(words[1], radix: 16)
    }
    self.child = consume child
  }

  deinit { try? FileSystem.removeTree(folder) }

  func address(_ name: String) throws -> UInt64 { try #require(addresses[name]) }

  /// Lets the target read its byte.
  func proceed() throws { try input?.write([1]) }

  /// Ends the target and collects it.
  func end() throws {
    guard var child = child.take() else { return }
    try child.send(.kill)
    _ = try child.wait()
  }
}

extension FileDescriptor {
  /// Reads up to the line that starts with "end".
  borrowing func readUntilEnd() throws -> [UInt8] {
    var bytes: [UInt8] = []
    while !String(decoding: bytes, as: UTF8.self).contains("\nend ") {
      let chunk = try read(upTo: 4096)
      if chunk.isEmpty { break }
      bytes += chunk
    }
    return bytes
  }
}

@Suite(.enabled(if: Target.hasCompiler, "gcc is not installed"))
struct UserSymbolTests {
  @Test(arguments: ["-pie", "-no-pie"])
  func namesFunctionsOfAProcess(_ option: String) throws {
    let target = try Target([option])
    let symbolizer = UserSymbolizer()
    for name in ["hidden", "shown", "data"] {
      let frame = symbolizer.resolve(try target.address(name) + 1, in: target.id)
      #expect(frame.name == name)
      #expect(frame.offset == 1)
      #expect(frame.object == target.path)
    }
    let file = try ELFFile(target.path)
    let frame = symbolizer.resolve(try target.address("shown") + 2, in: target.id)
    #expect(try frame.buildID == file.buildID())
    let shown = try #require(try file.symbols().symbol(named: "shown"))
    #expect(frame.fileOffset == file.fileOffset(ofAddress: shown.address + 2))
    #expect(
      symbolizer.loadBias(ofBinary: target.path, in: target.id)
        == (try target.address("shown")) - shown.address)
    try target.end()
  }

  @Test func namesFunctionsOfLibraries() throws {
    let target = try Target()
    let frame = UserSymbolizer().resolve(try target.address("write"), in: target.id)
    #expect(["write", "__write"].contains(frame.name))
    #expect(frame.offset == 0)
    #expect(frame.object?.contains("libc") == true)
    try target.end()
  }

  @Test func knowsNamesThatWereFoundAhead() throws {
    let target = try Target()
    let symbolizer = UserSymbolizer()
    let addresses = [try target.address("shown") + 2, try target.address("mangled"), 1]
    symbolizer.note(addresses, in: target.id)
    symbolizer.note(addresses.reversed(), in: target.id)
    symbolizer.nameNoted()
    // Now nothing can be read any more.
    try target.end()
    try FileSystem.removeTree(target.folder)
    let frames = symbolizer.resolve(addresses, in: target.id)
    #expect(frames.map(\.name) == ["shown", "shop::sale(int)", nil])
    #expect(frames.map(\.offset) == [2, 0, 0])
  }

  @Test func makesNamesReadable() throws {
    let target = try Target()
    let address = try target.address("mangled")
    #expect(UserSymbolizer().resolve(address, in: target.id).name == "shop::sale(int)")
    #expect(
      UserSymbolizer(isDemangling: false).resolve(address, in: target.id).name
        == "_ZN4shop4saleEi")
    try target.end()
  }

  @Test func namesFunctionsOfTheKernelsLibrary() throws {
    let target = try Target()
    let symbolizer = UserSymbolizer()
    let start = try target.address("vdso")
    let frames = symbolizer.resolve((0..<4096).map { start + $0 }, in: target.id)
    #expect(frames.allSatisfy { $0.object == "[vdso]" })
    let names = Set(frames.compactMap(\.name))
    #expect(names.contains { $0.contains("clock_gettime") || $0.contains("getcpu") })
    try target.end()
  }

  @Test func remembersAProcessThatHasGone() throws {
    let target = try Target()
    let (first, second) = (UserSymbolizer(), UserSymbolizer())
    first.prime(target.id)
    let address = try target.address("hidden")
    try target.end()
    #expect(first.resolve(address, in: target.id).name == "hidden")
    #expect(second.resolve(address, in: target.id) == Frame(address: address))
    first.forget(target.id)
    #expect(first.resolve(address, in: target.id) == Frame(address: address))
  }

  /// What the kernel would tell of a target's mappings while it lives.
  private func mappings(of target: Target) throws -> [NotedMapping] {
    let text = try FileSystem.readText("/proc/\(target.id)/maps")
    return try text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ", omittingEmptySubsequences: true)
      guard fields[1].contains("x"), fields.count > 5 else { return nil }
      let ends = try fields[0].split(separator: "-").map { try #require(UInt64($0, radix: 16)) }
      let device = try fields[3].split(separator: ":").map {
        try #require(UInt32($0, radix: 16))
      }
      return NotedMapping(
        start: ends[0], size: ends[1] - ends[0],
        fileOffset: try #require(UInt64(fields[2], radix: 16)),
        device: (device[0], device[1]), inode: try #require(UInt64(fields[4])),
        path: Array(fields[5].utf8))
    }
  }

  @Test(arguments: ["-pie", "-no-pie", "-static", "-static-pie"])
  func namesFunctionsOfAProcessThatWasNeverSeenAlive(_ option: String) throws {
    let target = try Target([option])
    let noted = try mappings(of: target)
    let addresses = ["hidden", "shown", "vdso"].compactMap { target.addresses[$0] }
    try target.end()
    let symbolizer = UserSymbolizer()
    symbolizer.noteFork(target.id, of: 1)
    symbolizer.noteExec(target.id)
    for mapping in noted { symbolizer.noteMapping(mapping, in: target.id) }
    symbolizer.noteEnd(target.id)
    #expect(symbolizer.knows(addresses, in: target.id))
    let frames = symbolizer.resolve(addresses, in: target.id)
    #expect(frames.map(\.name)[..<2] == ["hidden", "shown"])
    #expect(frames.last?.object == "[vdso]")
    // A child that executes nothing has what its parent had.
    let child: Int32 = 0x3fff_fffe
    symbolizer.noteFork(child, of: target.id)
    #expect(symbolizer.resolve(addresses[0], in: child).name == "hidden")
  }

  @Test func namesWhatRanBeforeAnotherProgramWasBegun() throws {
    let target = try Target()
    let noted = try mappings(of: target)
    let address = try target.address("hidden")
    try target.end()
    let symbolizer = UserSymbolizer()
    symbolizer.noteExec(target.id)
    for mapping in noted { symbolizer.noteMapping(mapping, in: target.id) }
    symbolizer.noteExec(target.id)
    #expect(!symbolizer.knows([address], in: target.id))
    #expect(symbolizer.resolve(address, in: target.id).name == "hidden")
  }

  @Test func remembersManyProcessesThatHaveEnded() throws {
    let target = try Target()
    let noted = try mappings(of: target)
    let address = try target.address("hidden")
    try target.end()
    let symbolizer = UserSymbolizer()
    // None of these numbers is that of a process.
    func live(_ process: Int32) {
      symbolizer.noteFork(process, of: 0x3fff_fffe)
      symbolizer.noteExec(process)
      for mapping in noted { symbolizer.noteMapping(mapping, in: process) }
      symbolizer.noteEnd(process)
    }
    func name(_ process: Int32) -> String? { symbolizer.resolve(address, in: process).name }
    let first: Int32 = 0x2000_0000
    let last = first + 32_767
    live(first)
    // A number that is used again belongs to the later process.
    live(first)
    for process in first + 1..<last { live(process) }
    #expect(name(first) == "hidden")
    #expect(name(last - 1) == "hidden")
    #expect(symbolizer.forgottenProcesses == 0)
    for process in last...last + 2 { live(process) }
    #expect(name(first) == nil)
    #expect(name(first + 1) == nil)
    #expect(name(first + 2) == "hidden")
    #expect(symbolizer.forgottenProcesses == 2)
  }

  @Test func takesTheNewerOfTwoMappingsAtOnePlace() throws {
    let target = try Target()
    let noted = try mappings(of: target)
    let address = try target.address("hidden")
    try target.end()
    let symbolizer = UserSymbolizer()
    symbolizer.noteExec(target.id)
    for mapping in noted { symbolizer.noteMapping(mapping, in: target.id) }
    let page = address & ~0xfff
    symbolizer.noteMapping(
      NotedMapping(
        start: page, size: 0x1000, fileOffset: 0, device: (0, 0), inode: 0,
        path: Array("//anon".utf8)), in: target.id)
    #expect(symbolizer.resolve(address, in: target.id).name == nil)
    let library = try target.address("write")
    #expect(symbolizer.resolve(library, in: target.id).name?.contains("write") == true)
  }

  /// Of a process that waits, the kernel tells two registers, and its memory can be read.
  @Test(
    .enabled(if: CurrentProcess.isRoot, "needs the right to read another process's memory"),
    arguments: ["-pie", "-static"])
  func unwindsAProgramWithoutFramePointers(_ option: String) throws {
    let target = try Target([option, "-fomit-frame-pointer"])
    var registers: [UInt64] = []
    while registers.count < 2 {
      // NUMBER ARGUMENTS... STACK-POINTER PLACE, or "running".
      let words = try FileSystem.readText("/proc/\(target.id)/syscall").split { $0.isWhitespace }
      registers = words.suffix(2).compactMap { UInt64($0.dropFirst(2), radix: 16) }
    }
    let memory = try FileDescriptor(opening: "/proc/\(target.id)/mem")
    // As far as its stack goes.
    var stack: [UInt8] = []
    while stack.count < 8192,
      let piece = try? memory.read(upTo: 512, at: registers[0] + UInt64(stack.count))
    {
      stack += piece
    }
    let symbolizer = UserSymbolizer()
    let addresses = symbolizer.unwind(
      CapturedStack(
        instructionPointer: registers[1], stackPointer: registers[0], registers: [:],
        memory: stack), in: target.id, limit: 20)
    let names = symbolizer.resolve(addresses, in: target.id).map(\.name)
    #expect(names.contains("main"))
    #expect(names.last == "_start")
    #expect(
      symbolizer.unwind(
        CapturedStack(
          instructionPointer: registers[1], stackPointer: registers[0], registers: [:],
          memory: []), in: target.id, limit: 20) == [registers[1]])
    try target.end()
  }

  @Test func learnsWhatRunsAlready() throws {
    let target = try Target()
    let symbolizer = UserSymbolizer()
    while symbolizer.learnRunning(for: .milliseconds(5)) {}
    let address = try target.address("hidden")
    try target.end()
    #expect(symbolizer.resolve(address, in: target.id).name == "hidden")
  }

  @Test func takesAnotherProcessOfTheSameProgramForOneThatHasGone() throws {
    let target = try Target(["-no-pie"])
    let symbolizer = UserSymbolizer(caching: .perProgram)
    symbolizer.prime(target.id)
    let address = try target.address("hidden")
    let unknown: Int32 = 0x3fff_ffff
    #expect(symbolizer.resolve(address, in: unknown, program: target.path).name == "hidden")
    #expect(symbolizer.resolve(address, in: unknown).name == nil)
    try target.end()
  }

  @Test func findsADeletedBinary() throws {
    let target = try Target()
    try FileSystem.remove(target.path)
    let symbolizer = UserSymbolizer()
    symbolizer.prime(target.id)
    let address = try target.address("shown")
    try target.end()
    let frame = symbolizer.resolve(address, in: target.id)
    #expect(frame.name == "shown")
    #expect(frame.object == target.path)
  }

  @Test func doesNotMistakeAReplacedBinary() throws {
    let target = try Target()
    let other = try FileSystem.read("/bin/true")
    try FileSystem.remove(target.path)
    try FileSystem.write(other, to: target.path, permissions: 0o755)
    #expect(
      UserSymbolizer().resolve(try target.address("shown"), in: target.id).name == "shown")
    try target.end()
  }

  @Test func noticesThatTheProgramHasChanged() throws {
    let target = try Target(arguments: "/bin/sleep 60")
    let symbolizer = UserSymbolizer(caching: .none)
    let address = try target.address("shown")
    #expect(symbolizer.resolve(address, in: target.id).name == "shown")
    try target.proceed()
    while try FileSystem.linkTarget("/proc/\(target.id)/exe") == target.path { sched_yield() }
    #expect(symbolizer.loadBias(ofBinary: target.path, in: target.id) == nil)
    let sleep = try FileSystem.linkTarget("/proc/\(target.id)/exe")
    #expect(symbolizer.loadBias(ofBinary: sleep, in: target.id) != nil)
    try target.end()
  }

  @Test func readsTheMapOfAJustInTimeCompiler() throws {
    let target = try Target()
    let symbolizer = UserSymbolizer()
    let start = try target.address("jit")
    #expect(symbolizer.resolve(start + 0x10, in: target.id).name == nil)
    let map = "/tmp/perf-\(target.id).map"
    let text = "\(String(start, radix: 16)) 40 Main.run(String[])\nodd\n0x0 1\n"
    try FileSystem.write(Array(text.utf8), to: map)
    defer { try? FileSystem.remove(map) }
    let fresh = UserSymbolizer()
    let frame = fresh.resolve(start + 0x10, in: target.id)
    #expect(frame.name == "Main.run(String[])")
    #expect(frame.offset == 0x10)
    #expect(frame.object == map)
    #expect(fresh.resolve(start + 0x40, in: target.id).name == nil)
    try target.end()
  }

  @Test func leavesUnmappedAddressesUnnamed() throws {
    let target = try Target()
    let symbolizer = UserSymbolizer()
    for address in [0, 1, 0x1000, UInt64.max] {
      #expect(symbolizer.resolve(address, in: target.id) == Frame(address: address))
    }
    #expect(symbolizer.resolve([], in: target.id) == [])
    try target.end()
  }

  @Test func findsSymbolsOfABinaryByName() throws {
    let target = try Target()
    let data = try UserSymbolizer.symbol(named: "data", inBinary: target.path)
    #expect(data?.size == 4)
    #expect(try UserSymbolizer.symbol(named: "nothing", inBinary: target.path) == nil)
    try target.end()
  }
}
