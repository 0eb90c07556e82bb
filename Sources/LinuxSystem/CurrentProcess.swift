internal import CLinux
internal import Glibc

/// Facts about the process we are.
package enum CurrentProcess {
  package static var id: Int32 { getpid() }
  package static var threadID: Int32 { clinux_gettid() }
  package static var effectiveUserID: UInt32 { geteuid() }
  package static var isRoot: Bool { geteuid() == 0 }

  /// The folder and name of the executable that runs.
  package static var executablePath: String {
    get throws(SystemError) { try FileSystem.linkTarget("/proc/self/exe") }
  }

  /// Device and inode of the pid namespace, as `bpf_get_ns_current_pid_tgid` wants them.
  package static var pidNamespace: FileInfo.ID {
    get throws(SystemError) { try FileSystem.info(of: "/proc/self/ns/pid").id }
  }

  /// The inode of the pid namespace that a machine starts with, which is fixed.
  package static let initialPIDNamespaceInode: UInt64 = 0xefff_fffc
  private static let initialUserNamespaceInode: UInt64 = 0xefff_fffd

  /// Whether processes have the ids here that they have on the whole machine; yes where the kernel
  /// does not tell.
  package static var isInInitialPIDNamespace: Bool {
    ((try? pidNamespace.inode) ?? initialPIDNamespaceInode) == initialPIDNamespaceInode
  }

  /// Whether capabilities are held on the whole machine, not only in a user namespace; yes where the
  /// kernel does not tell.
  package static var isInInitialUserNamespace: Bool {
    ((try? FileSystem.info(of: "/proc/self/ns/user").id.inode) ?? initialUserNamespaceInode)
      == initialUserNamespaceInode
  }

  /// Whether the mounts are those that the machine started with; no where the kernel does not tell.
  package static var isInInitialMountNamespace: Bool {
    guard let inode = try? FileSystem.info(of: "/proc/self/ns/mnt").id.inode else { return false }
    return isInitialMountNamespace(inode: inode)
  }

  /// Whether a mount namespace of this number is the first one: it has a fixed number since Linux
  /// 6.18, and before that one of the first two that are given to what is made at boot.
  static func isInitialMountNamespace(inode: UInt64) -> Bool {
    [0xefff_fff8, 0xf000_0000, 0xf000_0001].contains(inode)
  }

  /// The effective capabilities.
  package static var capabilities: CapabilitySet {
    get throws(SystemError) {
      guard let mask = UInt64(try status("CapEff"), radix: 16) else {
        throw .invalid("read", "/proc/self/status")
      }
      return CapabilitySet(rawValue: mask)
    }
  }

  /// Whether a seccomp filter decides which system calls this process may make.
  package static var hasSystemCallFilter: Bool {
    get throws(SystemError) { try status("Seccomp") == "2" }
  }

  /// One value of what the kernel says of this process.
  private static func status(_ name: String) throws(SystemError) -> String {
    let path = "/proc/self/status"
    for line in try FileSystem.readText(path).split(separator: "\n")
    where line.hasPrefix("\(name):") {
      return line.dropFirst(name.count + 1).filter { !$0.isWhitespace }
    }
    throw .invalid("read", path)
  }

  /// Has processes below us whose parents end become our children, rather than init's.
  package static func takeInOrphans() throws(SystemError) {
    guard clinux_take_in_orphans() == 0 else { throw .current("prctl", "subreaper") }
  }

  /// Goes on as another program, with the same process id and descriptors.
  ///
  /// - Parameters:
  ///   - program: A path; see `ExecutableSearch`.
  ///   - arguments: Without the program's name, which is passed as the zeroth.
  /// - Throws: Why the program could not be executed; there is no other way back.
  package static func become(_ program: String, _ arguments: [String]) throws(SystemError) -> Never
  {
    // An ignored signal would stay ignored, and other programs expect to be ended by a broken pipe.
    restoreDefault(.pipe)
    let error = unsafe CStringList([program] + arguments).withPointers { words in
      if let words = unsafe words {
        _ = unsafe program.withSystemCString { path in unsafe execv(path, words) }
      }
      return SystemError.current("exec", program)
    }
    ignore(.pipe)
    throw error
  }

  /// Has the kernel drop a signal; SIGPIPE must be ignored for a broken pipe to be an error.
  package static func ignore(_ signal: Signal) {
    _ = clinux_ignore_signal(signal.rawValue)
  }

  /// Whether a signal to us is dropped, because of `ignore` or since before we were started.
  package static func isIgnoring(_ signal: Signal) -> Bool {
    clinux_ignores_signal(signal.rawValue) == 1
  }

  /// Ends as a program does whose output nobody reads any more, without a word.
  package static func endByBrokenPipe() -> Never {
    restoreDefault(.pipe)
    var signals = sigset_t()
    unsafe sigemptyset(&signals)
    unsafe sigaddset(&signals, Signal.pipe.rawValue)
    unsafe sigprocmask(SIG_UNBLOCK, &signals, nil)
    while true { raise(Signal.pipe.rawValue) }
  }

  /// Gives a signal its default action back.
  package static func restoreDefault(_ signal: Signal) {
    _ = clinux_default_signal(signal.rawValue)
  }

  /// Raises the soft limit of open files to the hard one, and both to `count` if allowed.
  ///
  /// - Returns: Whether at least `count` files may be open now. A refusal is no error.
  @discardableResult
  package static func allowOpenFiles(_ count: UInt64) -> Bool {
    clinux_allow_open_files(count) == 1
  }

  /// Lifts the limit of locked memory, which kernels before 5.11 charge BPF maps to.
  ///
  /// - Returns: Whether it was lifted. A refusal is no error.
  @discardableResult
  package static func allowUnlimitedLockedMemory() -> Bool {
    clinux_allow_locked_memory() == 1
  }
}

/// A set of Linux capabilities.
package struct CapabilitySet: OptionSet, Hashable, Sendable {
  package let rawValue: UInt64
  package init(rawValue: UInt64) { self.rawValue = rawValue }

  package static let setUser = CapabilitySet(rawValue: 1 << 7)
  package static let networkAdmin = CapabilitySet(rawValue: 1 << 12)
  package static let ipcLock = CapabilitySet(rawValue: 1 << 14)
  package static let ptrace = CapabilitySet(rawValue: 1 << 19)
  package static let systemAdmin = CapabilitySet(rawValue: 1 << 21)
  package static let systemResource = CapabilitySet(rawValue: 1 << 24)
  package static let systemLog = CapabilitySet(rawValue: 1 << 34)
  package static let performanceMonitoring = CapabilitySet(rawValue: 1 << 38)
  package static let bpf = CapabilitySet(rawValue: 1 << 39)
}
