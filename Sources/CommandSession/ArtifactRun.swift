package import BPF
package import LinuxSystem
package import MachineView
package import Output
internal import SystemText
package import TraceModel
package import TraceRuntime

/// What both commands do with an artifact: run it on this machine and tell people how that went.
package struct ArtifactRun {
  package var options: SessionOptions
  /// `text`, `json`, ...
  package var renderer: RendererSpec
  /// A file for the output, or nil for standard output.
  package var outputPath: String?
  package var buffering: OutputFile.Buffering?
  package var usesColor = false
  /// Whether texts of traced processes reach terminals as they are (`--raw`).
  package var showsRawText = false
  /// Said on standard output once everything is attached, for programs that wait for it.
  package var announcement: String?
  /// Whether losing something is a failure.
  package var isStrict = false
  /// Whether messages are for users of a tool, who have not written it.
  package var isTool = false

  package init(options: SessionOptions, renderer: RendererSpec) {
    self.options = options
    self.renderer = renderer
  }

  /// The variable which asks that attaching be announced; what is said is its name.
  package static let announcementVariable = "__BPFTRACE_NOTIFY_PROBES_ATTACHED"

  /// The variable that names a folder in which each run leaves its recording and what it has written,
  /// for tests of the one by the other.
  package static let recordingsVariable = "BPFTRACE_RECORDINGS"

  /// How a run ended.
  package struct Outcome: Hashable, Sendable {
    /// What `bt-tool` tells of it.
    package let status: ExitStatus
    /// The exit status of `bpftrace`, which tells less.
    package let compatibleStatus: Int32

    fileprivate static let failure = Outcome(status: .failure, compatibleStatus: 1)

    fileprivate init(status: ExitStatus, compatibleStatus: Int32) {
      self.status = status
      self.compatibleStatus = compatibleStatus
    }

    fileprivate init(_ status: ExitStatus) {
      self.init(status: status, compatibleStatus: status.number)
    }
  }

  /// Runs `artifact` to its end, and says what went wrong.
  package func run(_ artifact: Artifact, host: any BPFHost, machine: DirectoryMachine) -> Outcome {
    let messages = OutputFile.standardError()
    let output: OutputFile
    let buffering = buffering ?? (renderer.isBinary ? .full : .line)
    do throws(SystemError) {
      if let outputPath {
        output = try OutputFile.create(outputPath, buffering: buffering)
      } else {
        output = OutputFile.standardOutput(buffering)
        if renderer.isBinary, output.isTerminal {
          Messages.error("-f \(renderer.name) is not for a terminal: name a file with -o")
          return .failure
        }
      }
    } catch {
      Messages.error("Failed to open output file: \"\(outputPath ?? "")\": \(error.reason)")
      return .failure
    }
    if artifact.manifest.architecture != KernelIdentity.current().machine {
      Messages.error(
        "The artifact was made for \(artifact.manifest.architecture), this machine is "
          + KernelIdentity.current().machine)
      return .failure
    }
    let notice = ProgressNotice(on: messages)
    var environment = SessionEnvironment(
      host: host, kernel: machine,
      symbols: MachineSymbols(
        kernel: machine, configuration: artifact.manifest.configuration,
        startsChild: options.command != nil, debugFolders: options.debugFolders),
      resolver: MachineResolver(
        machine, allowsUnsafe: options.allowsUnsafe, debugFolders: options.debugFolders),
      renderer: renderer.make(
        RendererOptions(
          usesColor: usesColor, escapesControls: !showsRawText && output.isTerminal)),
      sink: FileSink(output: output, messages: messages, clear: notice.remove))
    if let folder = Environment[Self.recordingsVariable] {
      do throws(SystemError) {
        let keeper = try RunKeeper(folder, format: renderer.name, sink: environment.sink)
        environment.sink = keeper
        environment.recorder = (keeper.renderer, keeper.recording)
      } catch {
        Messages.error("The run cannot be recorded in \"\(folder)\": \(error.reason)")
        return .failure
      }
    }
    var options = options
    options.isStrict = isStrict
    options.escapesOutput = !showsRawText && output.isTerminal && !renderer.escapesControls
    options.escapesMessages =
      !showsRawText && messages.isTerminal && !renderer.escapesControls
    let session = Session(artifact, options: options, environment: environment)
    do throws(SessionError) {
      let status = try session.run(onProgress: notice.show) { _ in
        notice.remove()
        guard announcement != nil else { return }
        let standard = OutputFile.standardOutput(OutputFile.Buffering.none)
        do throws(SystemError) { try standard.write("\(announcement ?? "")\n") } catch {
          Messages.error("\(error)")
        }
      }
      if isStrict, session.hasLosses { return Outcome(.losses) }
      return Outcome(status == 0 ? .success : .script(status))
    } catch {
      notice.remove()
      let message = error.message(
        to: isTool ? .user(needs: artifact.manifest.needs) : .author, verbose: options.isVerbose,
        in: machine.settings.surroundings)
      if message.isPlain {
        Messages.plain(message.text)
      } else {
        Messages.error(message.text, hints: message.hints)
      }
      return Outcome(status: ExitStatus(error), compatibleStatus: message.status)
    }
  }
}

/// Sentences on standard error, and on standard output where a command answers a question.
package enum Messages {
  package static func error(_ text: String, hints: [String] = []) {
    write("ERROR: \(text)\n" + hints.map { "HINT: \($0)\n" }.joined())
  }

  package static func warning(_ text: String) { write("WARNING: \(text)\n") }

  /// A sentence without a level.
  package static func line(_ text: String) { write("\(text)\n") }

  /// An answer, on standard output.
  package static func plain(_ text: String) {
    output((text.hasSuffix("\n") ? text : "\(text)\n").systemBytes)
  }

  /// Bytes on standard output.
  package static func output(_ bytes: [UInt8]) {
    let file = OutputFile.standardOutput(.full)
    do throws(SystemError) {
      try file.write(bytes)
      try file.flush()
    } catch {
      if error.isBrokenPipe { CurrentProcess.endByBrokenPipe() }
      write("ERROR: \(error)\n")
    }
  }

  /// Bytes on standard error.
  package static func errorBytes(_ bytes: [UInt8]) {
    let file = OutputFile.standardError()
    do throws(SystemError) {
      try file.write(bytes)
      try file.flush()
    } catch {}
  }

  private static func write(_ text: String) { errorBytes(text.systemBytes) }
}
