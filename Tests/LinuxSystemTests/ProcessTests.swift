import Glibc
import LinuxSystem
import Testing

@Suite struct ProcessTests {
  @Test func holdsAChildUntilItIsReleased() throws {
    let scratch = try Scratch()
    let mark = "\(scratch.path)/mark"
    var child = try ChildProcess(
      holding: "/bin/sh", arguments: ["-c", "echo $$ > \(mark); exit 3"])
    // Held: it is there under its id, still a copy of ourselves, and has done nothing.
    let process = try ProcessHandle(child.id)
    #expect(child.isHeld == true)
    #expect(child.exitDescriptor.waitUntilReadable(timeout: .milliseconds(50)) == false)
    #expect(
      try FileSystem.linkTarget("/proc/\(child.id)/exe") == CurrentProcess.executablePath)
    #expect(!FileSystem.exists(mark))

    try child.release()
    #expect(child.exitDescriptor.waitUntilReadable(timeout: .seconds(10)) == true)
    #expect(try child.reap() == .exited(3))
    #expect(try child.reap() == .exited(3))
    #expect(process.hasExited == true)
    #expect(try FileSystem.readText(mark) == "\(child.id)\n")
  }

  @Test func runsTheProgramOnceReleaseReturns() throws {
    var child = try ChildProcess(holding: "/bin/sleep", arguments: ["60"])
    try child.release()
    #expect(try FileSystem.linkTarget("/proc/\(child.id)/exe").contains("/bin/"))
    #expect(try child.reap() == nil)
    try child.terminate()
    #expect(try child.wait() == .signalled(.terminate))
  }

  @Test func saysWhyAProgramCannotBeExecuted() throws {
    let scratch = try Scratch()
    let path = "\(scratch.path)/program"
    try FileSystem.write([1, 2, 3], to: path, permissions: 0o755)
    var child = try ChildProcess(holding: path, arguments: [])
    var failure: SystemError?
    do { try child.release() } catch { failure = error }
    #expect(failure == SystemError(operation: "exec", subject: path, errno: ENOEXEC))
    #expect(child.status == .exited(127))
  }

  @Test func endsAChildThatIsNeverReleased() throws {
    let process: ProcessHandle
    do {
      let child = try ChildProcess(holding: "/bin/sleep", arguments: ["60"])
      process = try ProcessHandle(child.id)
    }
    #expect(process.exitDescriptor.waitUntilReadable(timeout: .seconds(10)) == true)
  }

  @Test func givesTheChildAnUnblockedSignalMask() throws {
    let signals = try SignalDescriptor([.user1, .interrupt])
    let outcome = try HelperProgram.run("grep", ["SigBlk", "/proc/self/status"])
    #expect(outcome.outputText == "SigBlk:\t0000000000000000\n")
    _ = try signals.next()
  }

  @Test func knowsProcessesThatDoNotExist() throws {
    var failure: SystemError?
    do { _ = try ProcessHandle(0x3fff_ffff) } catch { failure = error }
    #expect(failure?.errno == ESRCH)
    #expect(failure?.reason == "No such process")
  }

  @Test func collectsWhatAProgramWrites() throws {
    let outcome = try HelperProgram.run(
      "sh", ["-c", "cat; echo oops >&2; exit 4"], input: Array("text".utf8))
    #expect(outcome.status == .exited(4))
    #expect(!outcome.succeeded)
    #expect(outcome.outputText == "text")
    #expect(outcome.errorText == "oops\n")
  }

  @Test func collectsMoreThanAPipeHolds() throws {
    let outcome = try HelperProgram.run("head", ["-c", "3000000", "/dev/zero"])
    #expect(outcome.succeeded)
    #expect(outcome.output.count == 3_000_000)
  }

  @Test func failsForAProgramThatIsNotThere() throws {
    #expect(throws: SystemError(operation: "exec", subject: "no-such-program", errno: ENOENT)) {
      try HelperProgram.run("no-such-program", [])
    }
  }

  @Test func takesAllRightsFromAConfinedProgram() throws {
    let outcome = try HelperProgram.run(
      "sh", ["-c", "id -u; id -G; grep -E 'Cap(Inh|Prm|Eff|Amb)|NoNewPrivs' /proc/self/status"],
      confinement: .caller(
        seconds: 10, mostOutput: 1 << 20, realUser: 0, realGroup: 0, environment: { _ in nil }))
    var lines = outcome.outputText.split(separator: "\n").map(String.init)
    let who = lines.prefix(2)
    lines.removeFirst(min(2, lines.count))
    // Who is not root stays who he is.
    if CurrentProcess.isRoot { #expect(who == ["65534", "65534"]) }
    let none = "0000000000000000"
    #expect(
      lines == ["Inh", "Prm", "Eff", "Amb"].map { "Cap\($0):\t\(none)" } + ["NoNewPrivs:\t1"])
  }

  @Test(
    arguments: [
      (0, [:], 65534, 65534), (0, ["SUDO_UID": "1000", "SUDO_GID": "100"], 1000, 100),
      (0, ["SUDO_UID": "0", "SUDO_GID": "0"], 65534, 65534), (0, ["PKEXEC_UID": "7"], 7, 65534),
      (0, ["SUDO_UID": "-1"], 65534, 65534), (0, ["SUDO_UID": "4294967295"], 65534, 65534),
      (1000, ["SUDO_UID": "0"], 1000, 50),
    ] as [(UInt32, [String: String], UInt32, UInt32)])
  func knowsWhoseRightsAConfinedProgramHas(
    real: UInt32, environment: [String: String], user: UInt32, group: UInt32
  ) {
    let confinement = Confinement.caller(
      seconds: 1, mostOutput: 1, realUser: real, realGroup: 50, environment: { environment[$0] })
    #expect(confinement.user == user)
    #expect(confinement.group == group)
  }

  @Test func endsAConfinedProgramThatTakesTooLong() throws {
    // The shell's child holds the pipe open, and must end too.
    #expect(throws: SystemError(operation: "run", subject: "sh", errno: ETIMEDOUT)) {
      try HelperProgram.run(
        "sh", ["-c", "sleep 60 & sleep 60"],
        confinement: .caller(seconds: 1, mostOutput: 1 << 20))
    }
    #expect(throws: SystemError(operation: "run", subject: "yes", errno: EFBIG)) {
      try HelperProgram.run("yes", [], confinement: .caller(seconds: 20, mostOutput: 1 << 20))
    }
  }

  @Test func findsProgramsInOrderOfThePath() throws {
    let scratch = try Scratch()
    for folder in ["a", "b"] {
      try FileSystem.createDirectory("\(scratch.path)/\(folder)")
      try FileSystem.write([], to: "\(scratch.path)/\(folder)/tool", permissions: 0o755)
    }
    try FileSystem.write([], to: "\(scratch.path)/a/data", permissions: 0o644)
    let path = "\(scratch.path)/missing:\(scratch.path)/b:\(scratch.path)/a"
    #expect(
      ExecutableSearch.all("tool", path: path)
        == ["\(scratch.path)/b/tool", "\(scratch.path)/a/tool"])
    #expect(ExecutableSearch.first("data", path: path) == nil)
    #expect(ExecutableSearch.first("\(scratch.path)/a/tool") == "\(scratch.path)/a/tool")
  }

  @Test func readsFactsAboutItself() throws {
    #expect(CurrentProcess.id == getpid())
    #expect(CurrentProcess.isRoot == (geteuid() == 0))
    let status = try FileSystem.readText("/proc/self/status")
    let mask = String(try CurrentProcess.capabilities.rawValue, radix: 16)
    #expect(status.contains(mask))
    let namespace = try CurrentProcess.pidNamespace
    #expect(
      try FileSystem.linkTarget("/proc/self/ns/pid") == "pid:[\(namespace.inode)]")
  }

  @Test func staysSilentWithoutAServiceManager() throws {
    try ServiceManager.notify("READY=1")
    #expect(throws: SystemError(operation: "notify", subject: "/nonexistent", errno: ENOENT)) {
      try ServiceManager.notify("READY=1", socket: "/nonexistent")
    }
  }

  @Test func raisesTheLimitOfOpenFiles() {
    #expect(CurrentProcess.allowOpenFiles(256))
  }

  @Test(arguments: [
    ("ls -l  /tmp", ["ls", "-l", "/tmp"]),
    ("sh -c 'echo  \"a b\"'", ["sh", "-c", "echo  \"a b\""]),
    (#"printf "a\"b\\c\n" d\ e"#, ["printf", #"a"b\c\n"#, "d e"]),
    ("a'b'\"c\" ''", ["abc", ""]),
    ("  ", []),
  ])
  func splitsACommandLine(_ line: String, _ words: [String]) throws {
    #expect(try CommandWords.split(line) == words)
  }

  @Test func refusesAnUnfinishedQuotation() {
    #expect(throws: CommandWords.SplitError.unterminatedQuote("'")) {
      try CommandWords.split("sh -c 'a")
    }
    #expect(throws: CommandWords.SplitError.danglingBackslash) { try CommandWords.split("a\\") }
  }
}
