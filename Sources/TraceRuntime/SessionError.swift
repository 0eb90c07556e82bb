package import BPF
package import BTF
package import LinuxSystem
package import MachineView
package import TraceModel

/// Why a run could not be started or carried on.
package enum SessionError: Error, Equatable, Sendable {
  /// The command of `-c` cannot be taken apart or started.
  case command(String, CommandFailure)
  /// The process of `-p` cannot be held.
  case target(Int32, SystemError)
  /// A load-time constant has no value.
  case constants(LoadTimeConstants.FillError)
  /// The kernel's own types could not be read, or one cannot be cut out of them.
  case kernelTypes(MachineError)
  case kernelTypesMakeNoSense(BTFError)
  /// The artifact needs the kernel's types, and there are none.
  case noKernelTypes
  /// The kernel has another argument in the place of one, or none.
  case otherArgument(RawArgument, found: String?)
  /// The types of a kernel module are not there.
  case noModuleTypes(String)
  /// The object was not loaded; the probe of a rejected program, and which of the features that the
  /// artifact names the kernel lacks.
  case load(LoadError, probe: String?, missing: [KernelFeature])
  /// The artifact needs features that the kernel lacks.
  case lacking([KernelFeature])
  /// A probe could not be attached.
  case attach(probe: String, AttachError)
  /// The folder given with `--cgroup` is not that of a cgroup.
  case noCgroup(String)
  /// Not one of the probes could be attached; those of which nothing has been said yet.
  case nothingAttached([LeftOut])
  /// The script has nothing but tests and benchmarks, and these were not asked for.
  case onlyExaminations(hasTests: Bool)
  /// The script has no probes, or all are switched off.
  case noProbes
  /// More attach points than the configuration allows.
  case tooManyProbes(Int, limit: UInt64)
  /// A probe that is not attached but run could not be run.
  case run(probe: String, SystemError)
  /// What the run says can no longer be written.
  case output(SystemError)
  /// The output format is of no use for the script: why.
  case format(String)
  /// No column that tables could be sorted by is called so; the columns there are.
  case noSuchColumn(String, columns: [String])
  /// A second signal came while the run was ending.
  case interrupted(Signal)
  /// Anything else.
  case system(SystemError)

  /// A probe that a run went on without, because its script wants no fuss about that.
  package struct LeftOut: Equatable, Sendable {
    package let probe: String
    package let reason: AttachError
  }

  package enum CommandFailure: Error, Equatable, Sendable {
    case words(CommandWords.SplitError)
    case empty
    /// There is no such executable.
    case notFound(String)
    case system(SystemError)
  }
}

/// Passes the failure of a system call on as one of the session.
func attempt<Result: ~Copyable>(
  _ call: () throws(SystemError) -> Result
) throws(SessionError) -> Result {
  do { return try call() } catch { throw .system(error) }
}
