package import ObjectFiles

/// What is known of processes and their binaries.
package protocol UserView: Sendable {
  /// The ids of all processes, ascending.
  var processes: [Int32] { get throws(MachineError) }
  /// Returns what is known of process `id`, or nil if there is none.
  func process(_ id: Int32) throws(MachineError) -> UserProcess?
  /// Returns the files that process `id` has mapped with execute permission, in the order of their
  /// addresses, each once; none for a kernel thread.
  func binaries(of id: Int32) throws(MachineError) -> [MappedBinary]
  /// Returns the files that `target` means, as absolute paths that can be opened from here.
  ///
  /// `target` is an absolute or relative path, a name in `$PATH` or `libNAME`, and may contain `*`;
  /// `*` alone means every binary that a process (or `process`) has mapped. Nothing found is an
  /// empty list.
  ///
  /// - Parameter process: Look in this process's mount namespace.
  func binaries(matching target: String, process: Int32?) throws(MachineError) -> [String]
  /// Returns the binary at `path`, which is opened once.
  func object(at path: String) throws(MachineError) -> ELFFile
  /// Returns the functions in the binary at `path` that `pattern` matches, by their mangled names; a
  /// name that stands for several addresses is there several times.
  func functions(
    in path: String, matching pattern: NamePattern
  ) throws(MachineError) -> [ObjectSymbol]
  /// Returns the function that is called instead of one of the binary at `path` which only chooses it (IFUNC); nil
  /// unless this process has that binary loaded, or another file of the same build, whose linker made the choice.
  func implementation(
    of function: String, in path: String
  ) throws(MachineError) -> FunctionImplementation?
  /// Returns what is known of the source of the binary at `path`, from it or its debug file; nil if
  /// nothing is.
  func debugInformation(of path: String) throws(MachineError) -> DebugInformation?
  /// Returns the static tracepoints of the binary at `path`, in its order.
  func usdtProbes(in path: String) throws(MachineError) -> [USDTProbe]
}

/// What a function chooses (IFUNC).
package enum FunctionImplementation: Hashable, Sendable {
  /// A function of the same binary, by its address before the binary is loaded anywhere.
  case address(UInt64)
  /// One of the library that the kernel maps into each process (vdso), where no uprobe can be.
  case ofKernel
}

/// A process.
package struct UserProcess: Hashable, Sendable {
  package let id: Int32
  /// `comm`: at most 15 bytes.
  package let name: String
  /// As the process sees it; nil for kernel threads.
  package let executable: String?
  /// The process's mount namespace, by inode number; nil if it may not be asked.
  package let mountNamespace: UInt64?
  /// A folder that shows the process's files: `/proc/ID/root`, or empty if it shares our namespace.
  package let root: String

  package init(
    id: Int32, name: String, executable: String?, mountNamespace: UInt64?, root: String
  ) {
    self.id = id
    self.name = name
    self.executable = executable
    self.mountNamespace = mountNamespace
    self.root = root
  }
}

/// A file that a process runs code from.
package struct MappedBinary: Hashable, Sendable {
  /// As the process sees it.
  package let path: String
  /// As we can open it, perhaps through the process's root.
  package let openPath: String
  package let inode: UInt64
  /// Whether the file's name is gone; it can then be reached through the process only.
  package let isDeleted: Bool

  package init(path: String, openPath: String, inode: UInt64, isDeleted: Bool) {
    self.path = path
    self.openPath = openPath
    self.inode = inode
    self.isDeleted = isDeleted
  }
}
