package import BTF
package import ObjectFiles
package import TraceModel

/// What is known of a kernel: the one we run on, or a recorded one.
///
/// Everything is read when it is first asked for, and kept.
package protocol KernelView: Sendable {
  // MARK: Identity

  /// As `uname -r` says it, for example `6.1.0-18-amd64`.
  var release: String { get throws(MachineError) }
  var architecture: Architecture { get throws(MachineError) }
  /// Seconds between 1970 and boot.
  var bootTimeInSeconds: Int64 { get throws(MachineError) }
  /// The CPUs that may ever come online, ascending. Per-CPU maps have a slot for each number up to
  /// the last.
  var possibleCPUs: [Int] { get throws(MachineError) }
  var onlineCPUs: [Int] { get throws(MachineError) }
  var pageSizeInBytes: Int { get }
  /// What the kernel was configured with: `CONFIG_KPROBES` to `y`, `m`, a number or quoted text.
  /// Empty when the kernel does not tell.
  var configuration: [String: String] { get throws(MachineError) }
  /// Whether the kernel has `feature`, and if not, why not, as far as is known.
  func supports(_ feature: KernelFeature) -> FeatureAnswer

  // MARK: Types

  /// Returns the types of `module`, or of the kernel itself for nil and `vmlinux`; nil if the kernel
  /// or the module has none.
  func btf(_ module: String?) throws(MachineError) -> BTFTypes?
  /// Returns where a structure of the kernel has a member, in bytes; nil if it has none, or none that
  /// stands in it directly. Quicker than all types.
  func offset(ofMember member: String, in structure: String) throws(MachineError) -> Int?
  /// The debug information (DWARF) of the running kernel itself; nil if no file that has it is installed. Such a
  /// file is large: this is for explaining what failed.
  var debugInformation: DebugInformation? { get throws(MachineError) }
  /// The modules that have types of their own, sorted, without `vmlinux`.
  var modulesWithBTF: [String] { get throws(MachineError) }

  // MARK: Probes

  /// Returns the tracepoints that both patterns match, sorted.
  func tracepoints(
    category: NamePattern, event: NamePattern
  ) throws(MachineError) -> [TracepointName]
  /// Returns the number by which perf knows a tracepoint, or nil if there is no such tracepoint. Quicker
  /// than its format.
  func tracepointID(_ name: TracepointName) throws(MachineError) -> Int?
  /// Returns the format of a tracepoint, or nil if there is no such tracepoint.
  func tracepointFormat(_ name: TracepointName) throws(MachineError) -> TracepointFormat?
  /// Returns the fields that belong to a tracepoint alone, as C would declare them; none if there is no
  /// such tracepoint. Quicker than its whole format, and not kept.
  func tracepointDeclarations(_ name: TracepointName) throws(MachineError) -> [String]
  /// Returns the raw tracepoints that both patterns match, sorted by name; those of the kernel itself
  /// belong to module `vmlinux`.
  func rawTracepoints(
    module: NamePattern, event: NamePattern
  ) throws(MachineError) -> [RawTracepoint]
  /// Returns the functions that both patterns match and that can be traced, sorted by name.
  ///
  /// Functions of the kernel itself belong to module `vmlinux`.
  func functions(
    module: NamePattern, name: NamePattern
  ) throws(MachineError) -> KernelFunctionList
  /// Returns the same functions without making a text of each name.
  func functionNames(
    module: NamePattern, name: NamePattern
  ) throws(MachineError) -> KernelFunctionNames
  /// What the kernel has to be told to count an event of a performance monitoring unit, or why there is no such
  /// event.
  func performanceEvent(
    _ name: PerformanceEventName
  ) throws(MachineError) -> Result<PerformanceEvent, PerformanceEventProblem>
  /// The events that units have names for, as `cpu/cache-misses/`, sorted by unit.
  func performanceEvents(matching pattern: NamePattern) throws(MachineError) -> [String]
  /// The functions of loaded BPF programs whose names match, in the order in which they were loaded.
  ///
  /// - Parameter program: The number of a program; nil for all.
  func programFunctions(
    program: UInt64?, name: NamePattern
  ) throws(MachineError) -> [ProgramFunction]
  /// The BPF iterators, sorted.
  var iterators: [String] { get throws(MachineError) }

  // MARK: Symbols

  /// The loaded modules, sorted.
  var modules: [String] { get throws(MachineError) }
  /// Returns the symbol `name`, the kernel's own before a module's; nil if there is none.
  ///
  /// - Throws: `MachineError.addressesHidden` if the kernel hides addresses from us.
  func kernelSymbol(named name: String) throws(MachineError) -> KernelSymbol?
  /// Returns the last symbol at or below `address`; nil if the address lies below all, or far behind all
  /// of the kernel or module that it would be in.
  func kernelSymbol(at address: UInt64) throws(MachineError) -> KernelSymbol?
  /// Returns what `kernelSymbol(at:)` does of many addresses, which are ascending, each once; they are looked for in
  /// the symbols as these are now, which are not kept.
  func kernelSymbols(at addresses: [UInt64]) throws(MachineError) -> [KernelSymbol?]
  /// Has types read again at the next question: those of the kernel take megabytes.
  func forgetTypes()
  /// Has the symbols read again at the next question: modules and programs come and go.
  func forgetKernelSymbols()

  // MARK: The moment

  /// What /proc/meminfo says now, in bytes; counts as they are.
  var memory: [String: UInt64] { get throws(MachineError) }
  /// How many threads could run, on average over 1, 5 and 15 minutes, as /proc/loadavg says it now.
  var loadAverages: [String] { get throws(MachineError) }

  // MARK: Control groups

  /// Returns the id of the cgroup (v2) at `path`, a folder's path or one below the mount point.
  func cgroupID(_ path: String) throws(MachineError) -> UInt64
  /// Returns the path of that cgroup's folder, which is below a mount point of the hierarchy.
  func cgroupFolder(_ path: String) throws(MachineError) -> String
  /// Returns the cgroups with `id`: one at most in each hierarchy that is mounted.
  func cgroups(withID id: UInt64) throws(MachineError) -> [Cgroup]
  /// What is mounted, in the order of mounting.
  var mounts: [Mount] { get throws(MachineError) }

  // MARK: Devices

  /// The disks and their partitions.
  var disks: [Disk] { get throws(MachineError) }
}

/// A disk or one of its partitions.
package struct Disk: Hashable, Sendable {
  /// `sda1`
  package let name: String
  /// Its device number as the kernel keeps it: the major one above 20 bits of the minor one.
  package let number: UInt64

  package init(name: String, number: UInt64) {
    self.name = name
    self.number = number
  }
}

/// A tracepoint by its two names.
package struct TracepointName: Hashable, Comparable, Sendable {
  package let category: String
  package let event: String

  package init(category: String, event: String) {
    self.category = category
    self.event = event
  }

  package static func < (left: TracepointName, right: TracepointName) -> Bool {
    (left.category, left.event) < (right.category, right.event)
  }
}

/// A raw tracepoint and the module that has it.
package struct RawTracepoint: Hashable, Sendable {
  /// `vmlinux` for the kernel itself.
  package let module: String
  package let event: String

  package init(module: String, event: String) {
    self.module = module
    self.event = event
  }
}

/// A function of the kernel or of a module.
package struct KernelFunction: Hashable, Sendable {
  /// `vmlinux` for the kernel itself.
  package let module: String
  package let name: String

  package init(module: String, name: String) {
    self.module = module
    self.name = name
  }
}

/// Functions, and how sure it is that they can be traced.
package struct KernelFunctionList: Hashable, Sendable {
  package enum Source: Hashable, Sendable {
    /// The kernel's list of traceable functions, or the one the user gave.
    case traceable(path: String)
    /// There is no readable list of traceable functions; these are all functions in the symbol list.
    case symbols(reason: MachineError)
  }

  package let functions: [KernelFunction]
  package let source: Source

  package init(functions: [KernelFunction], source: Source) {
    self.functions = functions
    self.source = source
  }
}

/// A symbol of the kernel and, if it was looked up by address, how far behind its start that is.
package struct KernelSymbol: Hashable, Sendable {
  package let name: String
  package let address: UInt64
  package let offset: UInt64
  /// Nil for the kernel itself.
  package let module: String?

  package init(name: String, address: UInt64, offset: UInt64 = 0, module: String? = nil) {
    self.name = name
    self.address = address
    self.offset = offset
    self.module = module
  }
}

/// A control group of a hierarchy.
package struct Cgroup: Hashable, Sendable {
  /// `unified` for version 2; else the names of the controllers.
  package let hierarchy: String
  /// From the hierarchy's root, `/` for the root itself.
  package let path: String

  package init(hierarchy: String, path: String) {
    self.hierarchy = hierarchy
    self.path = path
  }
}

/// A line of `/proc/mounts`.
package struct Mount: Hashable, Sendable {
  package let source: String
  package let mountPoint: String
  package let fileSystem: String
  package let options: [String]

  package init(source: String, mountPoint: String, fileSystem: String, options: [String]) {
    self.source = source
    self.mountPoint = mountPoint
    self.fileSystem = fileSystem
    self.options = options
  }
}
