package import TraceModel

/// Which processes a run is about, and what its programs are told to find them.
package struct ProcessChoice {
  /// The process of `-p`, or 0.
  package var targetPID: Int32
  /// The child of `-c`, or 0.
  package var childPID: Int32
  /// The filters that the run uses, with what they compare with; that of `-p` is not among them.
  package var taskFilters: [TaskFilter: TaskFilter.Operand]
  /// Our pid namespace; nil if it is the initial one.
  package var pidNamespace: (device: UInt64, inode: UInt64)?
  /// Our own task in the kernel, and what of the run is about the command of `-c`; nil without one.
  package var command: (tracerTask: UInt64, scopes: Set<LoadTimeConstant.CommandScope>)?
  /// Our own task in the kernel if our pid namespace is not the initial one and matters, or 0.
  package var namespaceTask: UInt64 = 0
  /// The number of our process in the initial pid namespace if the run leaves it out, or 0.
  package var skippedProcess: Int32 = 0

  package init(
    targetPID: Int32 = 0, childPID: Int32 = 0,
    taskFilters: [TaskFilter: TaskFilter.Operand] = [:],
    pidNamespace: (device: UInt64, inode: UInt64)? = nil
  ) {
    self.targetPID = targetPID
    self.childPID = childPID
    self.taskFilters = taskFilters
    self.pidNamespace = pidNamespace
  }

  /// Whether the run chooses by this filter.
  func uses(_ filter: TaskFilter) -> Bool {
    filter == .process ? targetPID != 0 : taskFilters[filter] != nil
  }

  /// Whether it chooses by numbers that are others in another pid namespace.
  var comparesNumbers: Bool { [.process, .thread, .parent].contains(where: uses) }
}
