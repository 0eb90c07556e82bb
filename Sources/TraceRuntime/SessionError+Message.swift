package import BPF
internal import LinuxSystem
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
  /// The words for this error.
  ///
  /// - Parameter verbose: Whether long logs are given in full.
  package func message(verbose: Bool) -> SessionMessage {
    switch self {
    case .command(let command, let failure):
      return SessionMessage("Failed to fork child: \(failure.text(command))", status: 1)
    case .target(_, let error):
      return SessionMessage(
        "Failed to attach to pid: Unable to open pidfd (\(error.reason))", status: 1)
    case .constants(let error): return error.message
    case .kernelTypes(let error):
      return SessionMessage("The kernel's type information cannot be read: \(error)")
    case .kernelTypesMakeNoSense(let error):
      return SessionMessage("The kernel's type information makes no sense: \(error)")
    case .load(let error, let probe, let missing):
      return error.message(probe: probe, missing: missing, verbose: verbose)
    case .attach(let probe, let error):
      return SessionMessage(
        "Unable to attach probe: \(probe). If this is expected, set the 'missing_probes' config "
          + "variable to 'warn'.",
        hints: [error.reason])
    case .nothingAttached: return SessionMessage("Attachment failed for all probes.")
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
    case .interrupted(let signal):
      return SessionMessage("Interrupted", status: 128 + signal.rawValue)
    case .system(let error): return SessionMessage("\(error)")
    }
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

extension LoadTimeConstants.FillError {
  fileprivate var message: SessionMessage {
    switch self {
    case .notAnInteger(let position, let value):
      SessionMessage(
        "positional parameter $\(position) is used as an integer (value: \(value))", status: 1)
    case .machine(let error): SessionMessage("\(error)")
    case .misplaced(let offset):
      SessionMessage("The artifact is damaged: it has a constant at offset \(offset)")
    }
  }
}

extension LoadError {
  fileprivate func message(
    probe: String?, missing: [KernelFeature], verbose: Bool
  ) -> SessionMessage {
    var message = text(probe: probe, verbose: verbose)
    message.hints += missing.map { feature in
      let since = feature.since.map { " (since Linux \($0))" } ?? ""
      return "Missing required kernel feature: \(feature.name), \(feature.summary)\(since)"
    }
    return message
  }

  private func text(probe: String?, verbose: Bool) -> SessionMessage {
    switch self {
    case .notAnObject(let error, let messages):
      SessionMessage(
        "The artifact has no BPF object that can be read (\(error.reason))",
        hints: messages.map(\.text))
    case .refused(let refusal):
      SessionMessage(
        "Could not load the BPF object (\(refusal.error.reason)). \(refusal.cause.text)",
        status: 1)
    case .rejected(let rejection): rejection.message(probe: probe, verbose: verbose)
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
    var text =
      "Error loading BPF program for \(probe ?? program). Error code: -\(errno) "
      + "(\(SystemError.reason(of: errno)))."
    for line in verbose ? [log] : summary where !line.isEmpty { text += "\n\(line)" }
    var hints: [String] = []
    if let scriptLine {
      let place = scriptLine.line.map { " \(scriptLine.file ?? "line"):\($0)" } ?? ""
      hints.append("The kernel gave up at\(place): \(scriptLine.text)")
    }
    if isLogTruncated {
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
  /// A sentence on what seems to be the reason.
  fileprivate var text: String {
    switch self {
    case .missingCapabilities(let names):
      "Missing \(names.joined(separator: " and ")), please run as the root user."
    case .lockdown(let mode): "The kernel is locked down (\(mode))."
    case .unknown:
      "A security module, a container or a limit of locked memory may be the reason."
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
    case .noSuchTracepoint(let name): "The kernel has no tracepoint '\(name)'"
    case .noSuchSymbol(let path, let symbol): "'\(path)' has no symbol '\(symbol)'"
    case .noSuchFile(let path): "'\(path)' does not exist"
    case .noSuchProcess(let id): "There is no process \(id)"
    case .noSuchProgram(let name): "The object has no program '\(name)'"
    case .unsupported(let feature):
      "The kernel lacks \(feature.summary)"
        + (feature.since.map { ", which came with Linux \($0)" } ?? "")
    case .refused(let refusal): "\(refusal.error.reason). \(refusal.cause.text)"
    case .system(let error): "\(error)"
    }
  }
}
