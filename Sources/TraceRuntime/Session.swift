package import BPF
internal import LinuxSystem
package import MachineView
package import Output
internal import SystemText
package import TraceModel

/// What a run takes from the world around it.
package struct SessionEnvironment {
  package var host: any BPFHost
  package var kernel: any KernelView
  /// Nil for those of the machine, as the artifact is configured.
  package var symbols: (any SymbolSource)?
  package var resolver: any AttachResolver
  package var renderer: any Renderer
  package var sink: any PageSink
  /// A second renderer of the same records, and where its pages go.
  package var recorder: (renderer: any Renderer, sink: any PageSink)?

  package init(
    host: any BPFHost, kernel: any KernelView, symbols: (any SymbolSource)? = nil,
    resolver: any AttachResolver, renderer: any Renderer, sink: any PageSink
  ) {
    self.host = host
    self.kernel = kernel
    self.symbols = symbols
    self.resolver = resolver
    self.renderer = renderer
    self.sink = sink
  }
}

/// One run of an artifact: load, attach, handle events, finish.
///
/// Everything happens in the thread that calls `run`.
package final class Session {
  let artifact: Artifact
  let options: SessionOptions
  let environment: SessionEnvironment
  let outlet: Outlet
  let symbols: any SymbolSource
  var stopSignals = StopSignals()
  /// The child of `-c`.
  var childID: Int32?
  /// What is walked once everything is attached.
  var iterators: [(probe: String, attachment: AttachmentID)] = []
  /// The files that walks became, which stay when the run has ended.
  var pins: [String] = []
  /// The probes that could not be attached, of which nobody has been told.
  var leftOut: [SessionError.LeftOut] = []
  /// Lost events that were reported so far, and when they were last counted.
  var lost: (reported: UInt64, checked: UInt64) = (0, 0)

  /// What the artifact says, with what this kernel adds to it.
  private(set) var manifest: Manifest
  /// The columns of rows; nil if the script has no rows.
  private(set) var row: ShownRow?
  /// What is reported, and when.
  var reports = Reports()

  package init(_ artifact: Artifact, options: SessionOptions, environment: SessionEnvironment) {
    self.artifact = artifact
    manifest = artifact.manifest
    self.options = options
    self.environment = environment
    outlet = Outlet(
      renderer: environment.renderer, sink: environment.sink, recorder: environment.recorder)
    symbols =
      environment.symbols
      ?? MachineSymbols(
        kernel: environment.kernel, configuration: artifact.manifest.configuration,
        startsChild: options.command != nil, debugFolders: options.debugFolders)
  }

  /// Whether anything was lost: events, elements of maps, firings of probes. Known at the end of runs that
  /// are strict or tell much.
  package internal(set) var hasLosses = false

  /// Runs until the script exits, its target ends, time is up or a signal comes.
  ///
  /// - Parameters:
  ///   - onProgress: Called while probes are attached, each time some of them are.
  ///   - onAttached: Called once everything is attached and the child runs, with the number of probes.
  /// - Returns: What the script gave to `exit()`, else 0; the status of a process that SIGPIPE ended
  ///   when nobody reads the output any more.
  package func run(
    onProgress: (AttachProgress) -> Void = { _ in }, onAttached: (Int) -> Void = { _ in }
  ) throws(SessionError) -> Int32 {
    do { return try runToTheEnd(onProgress, onAttached) } catch {
      if case .output(let failure) = error, failure.isBrokenPipe {
        return 128 + Signal.pipe.rawValue
      }
      throw error
    }
  }

  private func runToTheEnd(
    _ onProgress: (AttachProgress) -> Void, _ onAttached: (Int) -> Void
  ) throws(SessionError) -> Int32 {
    manifest = try environment.kernel.naming(manifest)
    let conditions = conditions
    let bufferSize = try eventBufferSize()
    environment.host.makeAhead(manifest.mapsAhead(conditions, eventBufferSize: bufferSize))
    row = manifest.row.flatMap { ShownRow($0, conditions) }
    reports = try Reports(of: manifest, conditions, options.reports, outlet.needs)
    let header = header()
    if let objection = outlet.objection(to: header) { throw .format(objection) }
    outlet.begin(header)
    defer { outlet.finish() }
    let target = try makeTarget()
    childID = options.command == nil ? nil : target?.id
    let constants = try fillConstants(target, bufferSize)
    let selection = ProbeSelection(
      manifest, options.arguments, constants, absentFeatures: options.absentFeatures,
      hasFeature: hasFeature, resolver: environment.resolver)
    var probes = try select(from: selection)
    let object = try load(&probes, from: selection, constants, bufferSize)
    let handler = EventHandler(
      manifest: manifest, object: object, decoder: decoder(), outlet: outlet,
      showsWarnings: options.showsWarnings, escapesMessages: options.escapesMessages,
      packetFiles: try makePacketFiles(), row: row,
      clock: RowClock(start: header.clock.boot, isInUTC: options.reports.isInUTC))
    if let status = try examine(probes, of: object) { return status }
    let watch = try attempt { () throws(SystemError) in
      try SessionWatch(object, target: target)
    }

    let followsProcesses = try followProcesses(watch)
    try run(probes.filter(\.isBegin), of: object)
    // What they print comes before the heading of rows, and if they end the run there are no reports.
    if row != nil || hasReports(probes) { try drain(handler) }
    let attached = try attach(probes, handler, watch, onProgress)
    outlet.open()
    guard let count = attached else {
      try finish(watch, handler, probes, reports: false)
      return (handler.exitStatus ?? 0) & 0xff
    }
    if options.isDryRun { return 0 }
    do { try target?.release() } catch {
      throw .command(options.command ?? "", .system(error))
    }
    if !options.isQuiet { outlet.emit(.attached(count: count)) }
    for pin in pins { outlet.emit(.text(.printf, "Program pinned to \(pin)\n".systemBytes)) }
    let reportsAtEnd = handler.exitStatus == nil && hasReports(probes)
    if handler.exitStatus == nil { handler.showRowHeading() }
    onAttached(count)
    try walk(handler)
    if handler.exitStatus == nil, probes.contains(where: waits) {
      environment.kernel.forgetTypes()
      giveBackMemory()
      try loop(watch, handler, probes, target, primesAll: followsProcesses)
    }
    try finish(watch, handler, probes, reports: reportsAtEnd)
    return (handler.exitStatus ?? 0) & 0xff
  }

  /// Runs tests or benchmarks, where the probes are these.
  ///
  /// - Returns: The exit status, 1 if one failed; nil if there are none.
  private func examine(
    _ probes: [SelectedProbe], of object: any HostedObject
  ) throws(SessionError) -> Int32? {
    guard probes.contains(where: { $0.points.contains(where: \.isExamination) }) else { return nil }
    outlet.open()
    let examination = Examination(
      manifest: manifest, object: object, decoder: decoder(), outlet: outlet, options: options)
    let tests = probes.filter { $0.points.contains { $0.testName != nil } }
    if !tests.isEmpty { return try examination.test(tests) }
    return try examination.benchmark(probes)
  }

  // MARK: Preparing

  /// What the options say about columns.
  var conditions: RunConditions {
    RunConditions(
      arguments: options.arguments, options: manifest.options,
      showsTime: options.reports.showsTime)
  }

  /// Which programs carry the probes of a run without a target.
  func prepareSelection() throws(SessionError) -> ProbeSelection {
    manifest = try environment.kernel.naming(manifest)
    return ProbeSelection(
      manifest, options.arguments, try fillConstants(nil, try eventBufferSize()),
      absentFeatures: options.absentFeatures, hasFeature: hasFeature,
      resolver: environment.resolver)
  }

  /// The files that packets are written to, by their names.
  private func makePacketFiles() throws(SessionError) -> [String: PacketFile] {
    var files: [String: PacketFile] = [:]
    for event in manifest.events {
      guard !options.isDryRun, case .packet(let name) = event.kind, files[name] == nil else {
        continue
      }
      files[name] = try attempt { () throws(SystemError) in try PacketFile(creating: name) }
    }
    return files
  }

  private func header() -> SessionHeader {
    // No run fails for the sake of a name.
    let release: String?
    do { release = try environment.kernel.release } catch { release = nil }
    var header = SessionHeader(
      of: manifest, kernel: release,
      clock: .init(boot: Clock.boot.now, wall: Clock.realtime.now))
    header.columns = row?.columns ?? []
    header.tables = reports.tables.map(\.shown)
    return header
  }

  private func makeTarget() throws(SessionError) -> SessionTarget? {
    if let command = options.command {
      // So that everything below the command stays below us.
      try attempt { () throws(SystemError) in try CurrentProcess.takeInOrphans() }
      return try SessionTarget(command: command)
    }
    if let process = options.targetPID { return try SessionTarget(process: process) }
    return nil
  }

  private func decoder() -> ValueDecoder {
    let presenter = Presenter(
      strings: manifest.strings, clocks: .current(), symbols: symbols,
      kernel: environment.kernel)
    return ValueDecoder(
      presenter: presenter, trailer: manifest.configuration.stringTruncationTrailer,
      escapesText: options.escapesOutput)
  }

  /// Pages for the packets of each CPU.
  var packetPages: Int {
    let pages = Int(clamping: options.ringBufferPages ?? manifest.configuration.ringBufferPages)
    guard pages > 0 else { return 64 }
    return 1 << (Int.bitWidth - 1 - min(pages, 1 << 16).leadingZeroBitCount)
  }

  /// Bytes of the ring buffer.
  func eventBufferSize() throws(SessionError) -> Int {
    let cpuCount: Int
    do { cpuCount = try environment.kernel.possibleCPUs.count } catch { throw .kernelTypes(error) }
    return RingBufferSize.bytes(
      pages: options.ringBufferPages ?? manifest.configuration.ringBufferPages,
      carriesData: manifest.sendsMuchData,
      availableMemory: RingBufferSize.availableMemory,
      pageSize: environment.kernel.pageSizeInBytes, cpuCount: cpuCount)
  }

  func hasFeature(_ feature: KernelFeature) -> Bool {
    !options.absentFeatures.contains(feature) && environment.host.probe(feature).isYes
  }
}

extension SelectedProbe {
  var isBegin: Bool { points == [.begin] }
  var isEnd: Bool { points == [.end] }
  var isReport: Bool { points == [.report] }
  var isRun: Bool { points.allSatisfy(\.isRun) }

  /// Whether a run with this probe goes on until something ends it.
  var waits: Bool { !isBegin && !isEnd && !isIterator }

  var isIterator: Bool {
    points.contains(where: \.isIterator)
  }

  /// The file that its program becomes.
  var pin: String? { points.lazy.compactMap(\.pin).first }

  /// The signal to ourselves at which the probe is run.
  var signal: Signal? {
    guard case .selfSignal(let name)? = points.first else { return nil }
    return SessionWatch.signal(named: name)
  }
}
