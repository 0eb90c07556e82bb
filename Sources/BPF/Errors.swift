package import LinuxSystem
package import TraceModel

/// Why an object could not be loaded.
package enum LoadError: Error, Equatable, Sendable {
  /// The bytes are no BPF object; the loader's words, if any.
  case notAnObject(SystemError, [LoaderMessage])
  /// This process may not load BPF programs.
  case refused(Refusal)
  /// The types of a kernel module, for which a program is loaded, cannot be read.
  case noModuleTypes(String, SystemError)
  /// The BPF program that was to be traced is not loaded any more: the kernel's number of it, and the function.
  case noProgram(UInt64, String)
  /// The kernel's verifier does not accept a program.
  case rejected(VerifierRejection)
  /// A pinned map that cannot stand in for one of the object; its path.
  case unusableMap(String, MapProblem)
  /// The object has no map of that name, though the plan names it.
  case noSuchMap(String)
  /// The object has no program of that name, though the plan names it.
  case noSuchProgram(String)
  /// The plan has more bytes of constants than the object.
  case tooManyConstants(given: Int, room: Int)
  /// Anything else; the loader's words, if any.
  case system(SystemError, [LoaderMessage])
}

extension LoadError {
  /// Why a pinned map cannot stand in for one of the object.
  package enum MapProblem: Equatable, Sendable {
    /// There is nothing at the path, or something else, or it may not be opened.
    case notPinned(SystemError)
    case notAHash
    /// Bytes.
    case keySize(found: Int, needed: Int)
  }
}

/// Why a probe could not be attached.
package enum AttachError: Error, Hashable, Sendable {
  /// The kernel has no function of that name.
  case noSuchFunction(String)
  /// The kernel has several functions of that name and does not choose.
  case ambiguousFunction(String)
  /// The function exists, but the kernel refuses probes on it (blacklisted or inlined).
  case notTraceable(String)
  /// The address is inside an instruction.
  case insideInstruction(String)
  /// The kernel cannot put a breakpoint on the instruction at that place in user space.
  case unsupportedInstruction(String)
  /// The kernel would take the instruction at that place in user space for another one.
  case misreadInstruction(String)
  /// The machine cannot count such an event; a clause that says why.
  case noSuchEvent(String)
  /// The unit counts events but tells nobody when it has counted so many.
  case countsOnly(String)
  /// The kernel has no tracepoint of that name.
  case noSuchTracepoint(String)
  /// The kernel's types, or those of the module, do not have what the program would be loaded for.
  case noSuchTarget(ProgramTarget)
  /// The probe's pattern, which is expanded on this machine, matches nothing.
  case nothingMatches(String)
  /// The program has no room for the name of a probe; the bytes that it has.
  case nameTooLong(String, room: Int)
  /// Programs cannot get at an argument of a place, which the script asks for: its number, and how the binary
  /// describes it.
  case unknownArgument(String, number: Int, text: String)
  /// The kernel has no attach cookies, by which a program could tell two places apart that have their arguments
  /// elsewhere.
  case sameAddress(String, String)
  /// The binary has no symbol of that name.
  case noSuchSymbol(path: String, symbol: String)
  /// Nobody knows that an instruction of the function in user space starts there.
  case unsafePlace(UnsafePlace)
  /// Functions of the program may be moved to another stack while they run, so that to probe their returns
  /// breaks it.
  case movesStacks(String)
  /// The file to probe does not exist.
  case noSuchFile(String)
  /// There is no such program or library, and whether it was named for this run.
  case noSuchBinary(String, isGiven: Bool)
  /// The file to probe is no program, or contradicts itself; a clause that names it and says how.
  case badFile(String)
  /// The process to probe does not exist.
  case noSuchProcess(Int32)
  /// The kernel does not make a file of that path which keeps what is attached.
  case unpinnable(String, PinProblem)
  /// All of the processor's debug registers are in use.
  case noWatchpointLeft
  /// The processor cannot watch so many bytes at that address.
  case unwatchable(address: UInt64, length: UInt64)
  /// The object has no (loaded) program of that name.
  case noSuchProgram(String)
  /// The kernel lacks `feature`; the feature knows since which release it exists.
  case unsupported(KernelFeature)
  /// This process may not use `feature`.
  case forbidden(KernelFeature)
  /// This process may not.
  case refused(Refusal)
  /// What tells where to attach cannot be read; a clause that says why and what to do.
  case unreadable(String)
  /// A system call failed for another reason.
  case system(SystemError)
}

extension AttachError {
  package enum PinProblem: Hashable, Sendable {
    case exists
    case noFolder
    /// It is in no BPF filesystem, or has a name that such a filesystem does not take.
    case noSuchPlace
    case system(SystemError)
  }

  /// The kernel's ENOTSUPP, which libc has no name for.
  static let unsupportedInstructionNumber: CInt = 524
}

/// A place in user space where a breakpoint could destroy an instruction.
package struct UnsafePlace: Error, Hashable, Sendable {
  package enum Cause: Hashable, Sendable {
    case insideInstruction
    /// The function ends before it; the function's size in bytes.
    case outsideFunction(size: UInt64)
    /// The file does not say which function is there, or where it ends.
    case sizeUnknown
    /// No byte of the file is at that address.
    case outsideProgram
  }

  package var path: String
  /// Nil for an address of the program.
  package var symbol: String?
  /// From the symbol, in bytes; else the address.
  package var offset: UInt64
  package var cause: Cause

  package init(path: String, symbol: String?, offset: UInt64, cause: Cause) {
    self.path = path
    self.symbol = symbol
    self.offset = offset
    self.cause = cause
  }

  /// As attach points are written: `/bin/bash:readline+1`.
  package var text: String {
    "\(path):" + (symbol.map { "\($0)+\(offset)" } ?? "0x\(String(offset, radix: 16))")
  }

  /// The same place with another cause.
  package func because(_ cause: Cause) -> UnsafePlace {
    UnsafePlace(path: path, symbol: symbol, offset: offset, cause: cause)
  }
}

extension AttachError {
  /// Whether it will be the same for every probe, however a script deals with missing ones.
  package var concernsEveryProbe: Bool {
    switch self {
    case .refused(let refusal): refusal.cause.isCertain
    case .unreadable, .noSuchBinary(_, isGiven: true): true
    default: false
    }
  }
}

/// The kernel said EPERM, EACCES or, as some filters of system calls do, ENOSYS.
package struct Refusal: Error, Hashable, Sendable {
  /// What seems to be the reason.
  package enum Cause: Hashable, Sendable {
    /// Capabilities that this process lacks: `CAP_BPF`, `CAP_PERFMON`.
    case missingCapabilities([String])
    /// The kernel wants this capability for what was refused, though not for all tracing: `CAP_SYS_ADMIN` for
    /// kprobes and uprobes that have no link of many.
    case missingCapabilityForThis(String)
    /// Capabilities are those of a user namespace, as root's are in a container without a real root.
    case userNamespace
    /// A seccomp filter refuses these system calls.
    case filtered([String])
    /// The kernel is locked down: `integrity` or `confidentiality`.
    case lockdown(String)
    /// Nothing that can be seen: a security module, a container, or a limit of locked memory.
    case unknown

    /// Whether it forbids tracing as such, so that there is nothing else to blame.
    package var isCertain: Bool {
      switch self {
      case .missingCapabilities, .userNamespace, .filtered: true
      case .missingCapabilityForThis, .lockdown, .unknown: false
      }
    }
  }

  package let error: SystemError
  package let cause: Cause

  package init(error: SystemError, cause: Cause) {
    self.error = error
    self.cause = cause
  }
}
