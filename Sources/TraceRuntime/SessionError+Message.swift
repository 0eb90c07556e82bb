package import BPF
package import LinuxSystem
internal import MachineView
internal import TraceModel

/// What people are told about an error.
package struct SessionMessage: Hashable, Sendable {
  /// The sentence, without `ERROR: `; more lines may follow the first.
  package var text: String
  /// What to do or to know, without `HINT: `.
  package var hints: [String]
  /// The exit status that goes with it.
  package var status: Int32
  /// Whether the text stands by itself, without `ERROR: ` before it.
  package var isPlain: Bool

  package init(_ text: String, hints: [String] = [], status: Int32 = 255, isPlain: Bool = false) {
    self.text = text
    self.hints = hints
    self.status = status
    self.isPlain = isPlain
  }
}

extension SessionError {
  /// Who reads a message.
  package enum Reader: Hashable, Sendable {
    /// Somebody who can change the script, and knows bpftrace.
    case author
    /// Somebody who uses it as a tool; what has to be there for it, which may be empty.
    case user(needs: String)
  }

  /// The words for this error.
  ///
  /// - Parameters:
  ///   - reader: To whom they make sense.
  ///   - verbose: Whether long logs are given in full.
  ///   - surroundings: What advice is given by.
  package func message(
    to reader: Reader = .author, verbose: Bool, in surroundings: Surroundings = .host
  ) -> SessionMessage {
    if case .user(let needs) = reader, let message = messageToUser(needs, surroundings) {
      return message
    }
    return message(verbose: verbose, surroundings)
  }

  /// The words for those who have not written the script, if they are others.
  private func messageToUser(
    _ needs: String, _ surroundings: Surroundings
  ) -> SessionMessage? {
    let advice = needs.isEmpty ? [] : ["it needs \(needs)"]
    switch self {
    case .command(_, .notFound(let path)):
      return SessionMessage("-c: there is no program '\(path)'", status: 1)
    case .target(let id, let error)
    where error.isAbsence && !(surroundings.isContainer && surroundings.hidesProcesses):
      return SessionMessage("-p: there is no process \(id)", status: 1)
    case .attach(let probe, let error)
    where error.obstacle == .attachment && !error.concernsAFeature:
      return SessionMessage(
        "\(probe) cannot be attached: \(error.reason.withSmallInitial)", hints: advice)
    case .nothingAttached(let probes) where !advice.isEmpty && obstacle == .attachment:
      let reasons = probes.map(\.reason.reason.withSmallInitial)
      return SessionMessage(
        "no probe can be attached" + (reasons.first.map { ": \($0)" } ?? ""), hints: advice)
    default: return nil
    }
  }

  private func message(verbose: Bool, _ surroundings: Surroundings) -> SessionMessage {
    switch self {
    case .command(let command, let failure):
      return SessionMessage("Failed to fork child: \(failure.text(command))", status: 1)
    case .target(let id, let error):
      if error.isAbsence, surroundings.isContainer, surroundings.hidesProcesses {
        return SessionMessage(
          "There is no process \(id) in this container, "
            + surroundings.plea(flags: "--pid=host", host: ""), status: 1)
      }
      return SessionMessage(
        "Failed to attach to pid: Unable to open pidfd (\(error.reason))", status: 1)
    case .constants(let error): return error.message
    case .kernelTypes(let error):
      return SessionMessage("The kernel's type information cannot be read: \(error)")
    case .kernelTypesMakeNoSense(let error):
      return SessionMessage("The kernel's type information makes no sense: \(error)")
    case .noKernelTypes: return SessionMessage("\(MachineError.noKernelTypes(surroundings))")
    case .otherArgument(let argument, let found):
      let place = "argument \(argument.index) of the raw tracepoint \(argument.event)"
      return SessionMessage(
        "\(place) is not \(argument.name) in this kernel but "
          + (found.map { "\($0), " } ?? "missing, ")
          + "so that the script has to be compiled for this kernel")
    case .noModuleTypes(let module):
      return SessionMessage(
        "the types of the kernel module \(module) are missing, load it: modprobe \(module)")
    case .load(let error, let probe, let missing):
      return error.message(
        probe: probe, missing: missing, verbose: verbose, in: surroundings)
    case .lacking(let features): return SessionMessage(Self.sentence(lacking: features))
    case .attach(_, .refused(let refusal)) where refusal.cause.isCertain:
      return SessionMessage(refusal.cause.sentence(in: surroundings))
    case .attach(_, .unreadable(let reason)): return SessionMessage(reason)
    case .attach(let probe, let error) where error.concernsAFeature:
      return SessionMessage(
        "Unable to attach probe: \(probe), because " + error.reason.withSmallInitial)
    case .attach(let probe, let error):
      return SessionMessage(
        "Unable to attach probe: \(probe). If this is expected, set the 'missing_probes' config "
          + "variable to 'warn'.",
        hints: [error.reason])
    case .noCgroup(let path):
      return SessionMessage(
        "There is no cgroup '\(path)' in the hierarchy of version 2", status: 1)
    case .nothingAttached(let probes):
      return SessionMessage(
        "Attachment failed for all probes.", hints: Self.reasons(of: probes, in: surroundings))
    case .onlyExaminations(let hasTests):
      return SessionMessage(
        "No probes attached; use "
          + (hasTests ? "--test to run test probes." : "--bench to run benchmark probes."))
    case .noProbes: return SessionMessage("No probes to attach", status: 1, isPlain: true)
    case .tooManyProbes(let count, let limit):
      return SessionMessage(
        "Can't attach to \(count) probes because it exceeds the current limit of \(limit) probes.\n"
          + "You can increase the limit through the BPFTRACE_MAX_PROBES environment variable, but BE "
          + "CAREFUL since a high number of probes attached can cause your system to crash.",
        status: 1)
    case .run(let probe, let error):
      return SessionMessage("Failed to run probe: \(probe) (\(error.reason))")
    case .output(let error):
      return SessionMessage("Failed to write output (\(error.reason))", status: 1)
    case .format(let objection): return SessionMessage(objection, status: 1)
    case .noSuchColumn(let name, let columns):
      return SessionMessage(
        "no table has a column '\(name)', only \(columns.joined(separator: ", "))", status: 1)
    case .interrupted(let signal):
      return SessionMessage("Interrupted", status: 128 + signal.rawValue)
    case .system(let error): return SessionMessage("\(error)")
    }
  }
}

extension SessionError {
  /// Why each of these probes was left out; what is true of several is said once.
  private static func reasons(of probes: [LeftOut], in surroundings: Surroundings) -> [String] {
    var reasons: [String] = []
    var names: [String: [String]] = [:]
    for left in probes {
      var reason = left.reason.reason
      if case .refused(let refusal) = left.reason, refusal.cause.isCertain {
        reason = refusal.cause.sentence(in: surroundings)
      }
      if names[reason] == nil { reasons.append(reason) }
      names[reason, default: []].append(left.probe)
    }
    return reasons.map { reason in
      let named = names[reason, default: []]
      let others = named.count > 1 ? " (and \(named.count - 1) more)" : ""
      return "\(named[0])\(others): \(reason)"
    }
  }

  fileprivate static func sentence(lacking features: [KernelFeature]) -> String {
    let features = features.map { feature in
      let since = feature.since.map { " (since Linux \($0))" } ?? ""
      return "\(feature.name), \(feature.summary)\(since)"
    }
    return "Missing required kernel feature: " + features.joined(separator: "; ")
  }
}

extension SessionError.CommandFailure {
  fileprivate func text(_ command: String) -> String {
    switch self {
    case .words(.unterminatedQuote(let quote)): "Command '\(command)' lacks a closing \(quote)"
    case .words(.danglingBackslash): "Command '\(command)' ends with a backslash"
    case .empty: "The command is empty"
    case .notFound(let path):
      "Path '\(path)' does not exist or is not executable (No such file or directory)"
    case .system(let error): "\(error.operation) of '\(command)' failed (\(error.reason))"
    }
  }
}

extension LoadError.MapProblem {
  fileprivate var text: String {
    switch self {
    case .notPinned(let error): "cannot be opened as a pinned BPF map (\(error.reason))"
    case .notAHash: "is a BPF map, but no hash"
    case .keySize(let found, let needed): "has keys of \(found) bytes, not of \(needed)"
    }
  }
}

extension LoadTimeConstants.FillError {
  fileprivate var message: SessionMessage {
    switch self {
    case .notAnInteger(let position, let value):
      SessionMessage(
        "positional parameter $\(position) is used as an integer (value: \(value))", status: 1)
    case .machine(let error): SessionMessage("\(error)")
    case .attachPoint(let error): SessionMessage(error.reason)
    case .noKernelSymbol(let name):
      SessionMessage("Failed to resolve kernel symbol: \(name)", status: 1)
    case .noKernelTypes: SessionError.noKernelTypes.message(verbose: false)
    case .noField(let field): SessionMessage("The kernel's types have no field \(field)")
    case .noEnumerator(let name): SessionMessage("The kernel's types have no enumerator \(name)")
    case .misplaced(let offset):
      SessionMessage("The artifact is damaged: it has a constant at offset \(offset)")
    }
  }
}

extension LoadError {
  fileprivate func message(
    probe: String?, missing: [KernelFeature], verbose: Bool, in surroundings: Surroundings
  ) -> SessionMessage {
    var message = text(probe: probe, verbose: verbose, in: surroundings)
    // A process without rights has no features either.
    if case .refused = self { return message }
    guard !missing.isEmpty else { return message }
    let sentence = SessionError.sentence(lacking: missing)
    // What the kernel says of a program that it cannot know is of use to few.
    guard verbose else { return SessionMessage(sentence, status: message.status) }
    message.hints.append(sentence)
    return message
  }

  private func text(
    probe: String?, verbose: Bool, in surroundings: Surroundings
  ) -> SessionMessage {
    switch self {
    case .notAnObject(let error, let messages):
      SessionMessage(
        "The artifact has no BPF object that can be read (\(error.reason))",
        hints: messages.map(\.text))
    case .refused(let refusal):
      SessionMessage(
        (refusal.cause.isCertain
          ? "" : "Could not load the BPF object (\(refusal.error.reason)). ")
          + refusal.cause.sentence(in: surroundings),
        status: 1)
    case .rejected(let rejection): rejection.message(probe: probe, verbose: verbose)
    case .unusableMap(let path, let problem):
      SessionMessage("\(path) \(problem.text)", status: 1)
    case .noModuleTypes(let module, let error):
      SessionMessage("The types of module '\(module)' cannot be had (\(error.reason))")
    case .noProgram(let id, let function):
      SessionMessage("The BPF program \(id) with the function '\(function)' is not loaded any more")
    case .noSuchMap(let name): SessionMessage("The object has no map '\(name)'")
    case .noSuchProgram(let name): SessionMessage("The object has no program '\(name)'")
    case .tooManyConstants(let given, let room):
      SessionMessage("The object has room for \(room) bytes of constants, not for \(given)")
    case .system(let error, let messages):
      SessionMessage(
        "Could not load the BPF object: \(error.operation) failed. Error code: -\(error.errno) "
          + "(\(error.reason)).",
        hints: messages.filter { verbose || $0.level == .warning }.map(\.text))
    }
  }
}

extension VerifierRejection {
  fileprivate func message(probe: String?, verbose: Bool) -> SessionMessage {
    var text = "Error loading BPF program for \(probe ?? program)."
    // That the log was too long is not why the program was not taken.
    if !isLogTruncated || problem == nil {
      text += " Error code: -\(errno) (\(SystemError.reason(of: errno)))."
    }
    for line in verbose ? [log] : summary where !line.isEmpty { text += "\n\(line)" }
    if let problem { text += "\n\(problem.sentence)" }
    var hints: [String] = []
    if let scriptLine {
      let place = scriptLine.line.map { " \(scriptLine.file ?? "line"):\($0)" } ?? ""
      hints.append("The kernel gave up at\(place): \(scriptLine.text)")
    }
    if let problem { hints.append(problem.advice) }
    // With the end of the log there is what counts.
    if isLogTruncated, problem == nil {
      hints.append(
        "Kernel log seems to be trimmed. This may be due to buffer not being big enough, try "
          + "increasing the BPFTRACE_LOG_SIZE environment variable beyond the current value.")
    } else if !verbose {
      hints.append("Use -v for the whole log of the kernel's verifier.")
    }
    return SessionMessage(text, hints: hints)
  }
}

extension Refusal.Cause {
  /// What a file has to have so that other users can trace: the right to load, to attach, and to read
  /// tracefs.
  private static let fileCapabilities = "cap_bpf,cap_perfmon,cap_dac_read_search=ep"

  /// One sentence on what seems to be the reason and what to do.
  ///
  /// - Parameter program: What has to be run in another way, on a host.
  package func sentence(of program: String? = nil, in surroundings: Surroundings) -> String {
    let run = program.map { "run \($0)" } ?? "run"
    switch self {
    case .missingCapabilities(let names):
      // Who becomes root on a host has all of them; a container gets those that are named.
      let shown = surroundings.isContainer ? names : Array(names.prefix(1))
      let flags = names.map { "--cap-add \($0.dropFirst("CAP_".count))" }
      return "Missing \(shown.joined(separator: " and ")) "
        + "\(shown.count == 1 ? "capability" : "capabilities"), "
        + surroundings.plea(
          flags: flags.joined(separator: " "),
          host: "\(run) as the root user, or have root give the executable file the rights: "
            + "setcap \(Self.fileCapabilities) FILE")
    case .missingCapabilityForThis(let name):
      return "Missing \(name) capability, which the kernel wants for kprobes and uprobes, "
        + surroundings.plea(
          flags: "--cap-add \(name.dropFirst("CAP_".count))", host: "\(run) as the root user")
    case .userNamespace:
      return "The root user of a user namespace may not trace, "
        + surroundings.plea(
          flags: "--userns=host, as the root user of the host",
          host: "\(run) as the root user outside of it.")
    case .filtered(let calls):
      let filter = surroundings.isContainer ? "The container's seccomp profile" : "A seccomp filter"
      return "\(filter) refuses \(calls.joined(separator: " and ")), "
        + surroundings.plea(
          flags: "--security-opt seccomp=seccomp.json (docker/seccomp.json of bt-suite)",
          host: "\(run) without it.")
    case .lockdown(let mode): return "The kernel is locked down (\(mode))."
    case .unknown:
      return surroundings.isContainer
        ? "A security module may be the reason, please start the container with --privileged"
        : "A security module, a container or a limit of locked memory may be the reason."
    }
  }
}

extension AttachError {
  /// What the kernel said, as a sentence without its end.
  package var reason: String {
    switch self {
    case .noSuchFunction(let name): "The kernel has no function '\(name)'"
    case .ambiguousFunction(let name):
      "The kernel has several functions '\(name)'; name the module too"
    case .notTraceable(let name):
      "'\(name)' is not traceable (inlined, or marked as \"notrace\")"
    case .insideInstruction(let place):
      "'\(place)' is in the middle of an instruction, try a different offset"
    case .unsupportedInstruction(let place):
      "The kernel cannot put a breakpoint on the instruction at '\(place)'"
    case .misreadInstruction(let place):
      "The kernel would take the vector instruction at '\(place)' for another one, and the processes that "
        + "run it would go on with wrong values"
    case .noSuchTracepoint(let name): "The kernel has no tracepoint '\(name)'"
    case .noSuchTarget(let target):
      target.module.map { "The types of module '\($0)' have no '\(target.name)'" }
        ?? "The kernel's types have no '\(target.name)'"
    case .nothingMatches(let pattern): "Nothing matches '\(pattern)'"
    case .nameTooLong(let name, let room):
      "The artifact has room for names of \(room) bytes, and '\(name)' is longer; compile the script "
        + "here"
    case .unknownArgument(let name, let number, let text):
      "arg\(number) of '\(name)' is where programs cannot read it: \(text)"
    case .sameAddress(let first, let second):
      "The kernel cannot tell '\(first)' and '\(second)' apart for one program, which "
        + "\(KernelFeature.perfLink.since.map { "Linux \($0)" } ?? "a newer kernel") can; probe one of them"
    case .noSuchSymbol(let path, let symbol): "'\(path)' has no symbol '\(symbol)'"
    case .unsafePlace(let place): place.reason
    case .movesStacks(let path):
      "A uretprobe would crash '\(path)': Go moves the stacks of its functions. Probe the instructions "
        + "by which the function returns, or use --unsafe"
    case .noSuchFile(let path): "'\(path)' does not exist"
    case .noSuchBinary(let name, _): "There is no program or library '\(name)'"
    case .badFile(let reason): reason
    case .noSuchProcess(let id): "There is no process \(id)"
    case .noSuchEvent(let reason): reason.prefix(1).uppercased() + reason.dropFirst()
    case .countsOnly(let name):
      "The unit of '\(name)' only counts: it tells nobody that it has counted so many"
    case .unpinnable(let path, let problem):
      switch problem {
      case .exists: "'\(path)' exists already. Remove it (rm \(path)), or choose another name"
      case .noFolder: "The folder of '\(path)' does not exist"
      case .noSuchPlace:
        "'\(path)' is no name in a BPF filesystem, as there is one at /sys/fs/bpf; names in it have no "
          + "full stop"
      case .system(let error): "'\(path)' cannot be made (\(error.reason))"
      }
    case .noWatchpointLeft: "The processor has no more watchpoints; others may be in use elsewhere"
    case .unwatchable(let address, let length):
      "The processor cannot watch \(length) bytes at 0x\(String(address, radix: 16))"
        + (address % length == 0 ? "" : "; the address has to be a multiple of \(length)")
    case .noSuchProgram(let name): "The object has no program '\(name)'"
    case .unsupported(let feature):
      "The kernel lacks \(feature.summary)"
        + (feature.since.map { ", which came with Linux \($0)" } ?? "")
    case .forbidden(let feature): "This process may not use \(feature.summary)"
    case .refused(let refusal):
      "\(refusal.error.reason). \(refusal.cause.sentence(in: .host))"
    case .unreadable(let reason): reason
    case .system(let error): "\(error)"
    }
  }
}

extension AttachError {
  /// Whether it is about what kernels have or lack, and not about one probe.
  fileprivate var concernsAFeature: Bool {
    switch self {
    case .unsupported, .forbidden: true
    default: false
    }
  }
}

extension UnsafePlace {
  fileprivate var reason: String {
    let reason =
      switch cause {
      case .insideInstruction: "Could not add uprobe into middle of instruction: \(text)"
      case .outsideFunction(let size):
        "Offset outside the function bounds ('\(symbol ?? "")' size is \(size))"
      case .sizeUnknown:
        symbol.map { "Could not determine boundary for \($0) (symbol has size 0)" }
          ?? "Could not determine instruction boundary for \(text) (binary appears stripped)"
      case .outsideProgram: "Could not resolve address: \(text)"
      }
    return reason + ". Use --unsafe to force attachment, which can damage the target process."
  }
}

extension String {
  /// As it continues a sentence.
  fileprivate var withSmallInitial: String { prefix(1).lowercased() + dropFirst() }
}
