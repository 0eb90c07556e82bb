internal import BPF
package import LinuxSystem
internal import TraceModel

/// What kind of thing kept a run from going on, as exit statuses tell them apart.
package enum Obstacle: Hashable, Sendable {
  /// This process may not do it.
  case permission
  /// The kernel lacks something that it would have with another release or configuration.
  case kernel
  /// The kernel does not take a program.
  case program
  /// A probe is not there, or cannot be attached.
  case attachment
  /// What was asked for does not go with the script.
  case usage
  /// The user was impatient.
  case signal(Signal)
  case other
}

extension SessionError {
  /// What kind of failure it is.
  package var obstacle: Obstacle {
    switch self {
    case .load(.refused, _, _): .permission
    case .load(_, _, let missing) where !missing.isEmpty: .kernel
    case .lacking: .kernel
    case .load(.rejected, _, _), .run: .program
    case .load(.noModuleTypes, _, _): .kernel
    case .load: .other
    case .attach(_, let error): error.obstacle
    case .noKernelTypes, .kernelTypes, .kernelTypesMakeNoSense, .otherArgument, .noModuleTypes:
      .kernel
    case .constants(.attachPoint(let error)): error.obstacle
    case .constants(.noKernelTypes), .constants(.noField), .constants(.noEnumerator),
      .constants(.noKernelSymbol), .constants(.machine):
      .kernel
    case .nothingAttached(let probes):
      // What a right or a kernel feature would mend comes first.
      [.permission, .kernel].first { kind in
        !probes.isEmpty && probes.allSatisfy { $0.reason.obstacle == kind }
      } ?? .attachment
    case .format, .noSuchColumn: .usage
    case .interrupted(let signal): .signal(signal)
    case .command, .target, .constants, .noCgroup, .onlyExaminations, .noProbes, .tooManyProbes,
      .output, .system:
      .other
    }
  }
}

extension AttachError {
  /// What kind of failure it is.
  var obstacle: Obstacle {
    switch self {
    case .refused, .unreadable, .forbidden: .permission
    case .unsupported: .kernel
    default: .attachment
    }
  }
}
