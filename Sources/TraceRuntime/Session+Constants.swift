internal import BPF
internal import LinuxSystem
internal import MachineView
internal import Output
internal import TraceModel

/// What the load-time constants of a run are.
extension Session {
  func fillConstants(
    _ target: SessionTarget?, _ eventBufferSize: Int
  ) throws(SessionError) -> LoadTimeConstants {
    var sources = LoadTimeConstants.Sources(
      arguments: arguments(target), processes: try chosenProcesses(target),
      kernel: environment.kernel, resolver: environment.resolver, hasFeature: hasFeature,
      startTime: Clock.boot.now, taiOffset: Clock.boot.offset(to: .tai),
      eventBufferSize: eventBufferSize)
    sources.options = manifest.options
    sources.asksForEventTimes =
      outlet.needs.contains(.time) || row?.tellsElapsedTime ?? false
    sources.countsRuns = options.isVerbose
    sources.allowsCall = allowsCall
    do { return try LoadTimeConstants(manifest.constants, from: sources) } catch {
      throw error == .noKernelTypes ? .noKernelTypes : .constants(error)
    }
  }

  /// The values of parameters. A script that chooses processes by a parameter of its own gets the
  /// command that is started, unless another process is named.
  private func arguments(_ target: SessionTarget?) -> ScriptArguments {
    var arguments = options.arguments
    guard options.restrictsAllToCommand, options.command != nil, let target,
      let option = manifest.options.first(where: \.choosesProcesses),
      arguments.options[option.name] == nil
    else { return arguments }
    switch option.defaultValue {
    case .unsigned: arguments.options[option.name] = .unsigned(UInt64(target.id))
    case .signed: arguments.options[option.name] = .signed(Int64(target.id))
    case .boolean, .string: break
    }
    return arguments
  }

  /// Whether programs of a kind may call a function of the kernel. One that the kernel does not have, or
  /// that is a module's, nobody may call.
  private func allowsCall(of function: String, from kind: ProgramKind) -> Bool {
    do throws(AttachError) {
      let resolver = environment.resolver
      let id = try resolver.typeID(of: ProgramTarget(.function, function))
      let target: UInt32? =
        if let target = kind.target { try resolver.typeID(of: target) } else { nil }
      return environment.host.allowsCall(
        of: id, from: LoadPlan.Program(kind, targetID: target))
    } catch {
      // Programs of a kind that this kernel has no place for call nothing either.
      return false
    }
  }

  // MARK: Processes

  /// Which processes the run is about, and what programs have to know of this one.
  private func chosenProcesses(
    _ target: SessionTarget?
  ) throws(SessionError) -> ProcessChoice {
    var processes = ProcessChoice(
      targetPID: options.targetPID ?? 0, taskFilters: options.taskFilters,
      pidNamespace: try ownPIDNamespace())
    if options.command != nil {
      processes.childPID = target?.id ?? 0
      if manifest.constants.contains(where: \.isAboutCommand) {
        processes.command = (
          try ownTask(),
          options.restrictsAllToCommand ? [.processProbes, .everything] : [.processProbes]
        )
      }
    }
    if processes.pidNamespace != nil, processes.comparesNumbers, needs(.namespaceTask) {
      processes.namespaceTask = try ownTask()
    }
    // A run about one process, one thread or a command is not about us.
    if options.skipsOwnProcess, options.command == nil, !processes.uses(.process),
      !processes.uses(.thread), needs(.skippedProcess)
    {
      // Where the kernel refuses the program that asks, it refuses the run's own too, which says why.
      processes.skippedProcess =
        processes.pidNamespace == nil
        ? CurrentProcess.id : (try? environment.host.currentProcess()) ?? 0
    }
    return processes
  }

  /// Whether programs ask for that.
  private func needs(_ source: LoadTimeConstant.Source) -> Bool {
    manifest.constants.contains { $0.source == source }
  }

  /// Where the kernel has the task that this thread is.
  private func ownTask() throws(SessionError) -> UInt64 {
    try attempt { () throws(SystemError) in try environment.host.currentTask() }
  }

  /// Device and inode of our pid namespace; nil for the initial one, whose inode is fixed.
  private func ownPIDNamespace() throws(SessionError) -> (device: UInt64, inode: UInt64)? {
    do {
      let id = try CurrentProcess.pidNamespace
      return id.inode == CurrentProcess.initialPIDNamespaceInode ? nil : (id.device, id.inode)
    } catch { throw .system(error) }
  }
}

extension LoadTimeConstant {
  /// Whether its value is about the command of `-c`.
  fileprivate var isAboutCommand: Bool {
    if case .tracerTask = source { true } else { false }
  }
}
