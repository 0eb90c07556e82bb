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
  private let artifact: Artifact
  let options: SessionOptions
  let environment: SessionEnvironment
  let outlet: Outlet
  private let symbols: any SymbolSource
  private var stopSignals = StopSignals()
  /// The child of `-c`.
  private var childID: Int32?
  /// What is walked once everything is attached.
  private var iterators: [(probe: String, attachment: AttachmentID)] = []
  /// The files that walks became, which stay when the run has ended.
  private var pins: [String] = []
  /// Lost events that were reported so far, and when they were last counted.
  private var lost: (reported: UInt64, checked: UInt64) = (0, 0)

  /// What the artifact says, with what this kernel adds to it.
  private(set) var manifest: Manifest
  /// The columns of rows; nil if the script has no rows.
  private(set) var row: ShownRow?
  /// What is reported, and when.
  private var reports = Reports()

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
  package private(set) var hasLosses = false

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
    let conditions = RunConditions(
      arguments: options.arguments, options: manifest.options,
      showsTime: options.reports.showsTime)
    row = manifest.row.flatMap { ShownRow($0, conditions) }
    reports = try Reports(of: manifest, conditions, options.reports)
    let header = header()
    if let objection = outlet.objection(to: header) { throw .format(objection) }
    outlet.begin(header)
    defer { outlet.finish() }
    let target = try makeTarget()
    childID = options.command == nil ? nil : target?.id
    let bufferSize = try eventBufferSize()
    let constants = try fillConstants(target, bufferSize)
    let selection = ProbeSelection(
      manifest, constants, absentFeatures: options.absentFeatures, hasFeature: hasFeature,
      resolver: environment.resolver)
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
    guard let count = try attach(probes, handler, watch, onProgress) else {
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
    let examination = Examination(
      manifest: manifest, object: object, decoder: decoder(), outlet: outlet, options: options)
    let tests = probes.filter { $0.points.contains { $0.testName != nil } }
    if !tests.isEmpty { return try examination.test(tests) }
    return try examination.benchmark(probes)
  }

  // MARK: Preparing

  /// Which programs carry the probes of a run without a target.
  func prepareSelection() throws(SessionError) -> ProbeSelection {
    manifest = try environment.kernel.naming(manifest)
    return ProbeSelection(
      manifest, try fillConstants(nil, try eventBufferSize()),
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
  private var packetPages: Int {
    let pages = Int(clamping: options.ringBufferPages ?? manifest.configuration.ringBufferPages)
    guard pages > 0 else { return 64 }
    return 1 << (Int.bitWidth - 1 - min(pages, 1 << 16).leadingZeroBitCount)
  }

  /// Bytes of the ring buffer.
  private func eventBufferSize() throws(SessionError) -> Int {
    let cpuCount: Int
    do { cpuCount = try environment.kernel.possibleCPUs.count } catch { throw .kernelTypes(error) }
    return RingBufferSize.bytes(
      pages: options.ringBufferPages ?? manifest.configuration.ringBufferPages,
      carriesData: manifest.events.contains { $0.kind.urgency == .data },
      availableMemory: RingBufferSize.availableMemory(),
      pageSize: environment.kernel.pageSizeInBytes, cpuCount: cpuCount)
  }

  func hasFeature(_ feature: KernelFeature) -> Bool {
    !options.absentFeatures.contains(feature) && environment.host.probe(feature).isYes
  }

  /// The probes of this run, with the programs that carry them.
  private func select(
    from selection: ProbeSelection
  ) throws(SessionError) -> [SelectedProbe] {
    var probes: [SelectedProbe] = []
    var isMissing = false
    for spec in try options.work.chosen(from: manifest.probes) {
      do {
        if let probe = try selection.select(spec) { probes.append(probe) }
      } catch {
        try skip(spec.name, error)
        isMissing = true
      }
    }
    if probes.isEmpty { throw isMissing ? .nothingAttached : .noProbes }
    return probes
  }

  /// Goes on without a probe, if the script wants that.
  private func skip(_ probe: String, _ error: AttachError) throws(SessionError) {
    if error.concernsEveryProbe { throw .attach(probe: probe, error) }
    switch manifest.configuration.missingProbes {
    case .error: throw .attach(probe: probe, error)
    case .warn:
      outlet.emit(
        .message(.warning, "Unable to attach probe: \(probe). \(error.reason). Skipping."))
    case .ignore: break
    }
  }

  /// Loads the programs that carry the probes. Where the kernel accepts one only that is not the first
  /// choice, that one carries the probe.
  private func load(
    _ probes: inout [SelectedProbe], from selection: ProbeSelection, _ constants: LoadTimeConstants,
    _ eventBufferSize: Int
  ) throws(SessionError) -> any HostedObject {
    var constants = constants
    while true {
      try findSites(of: &probes)
      do { return try load(probes, constants, eventBufferSize) } catch {
        guard case .load(.rejected(let rejection), _, _) = error else {
          if case .load(.refused(let refusal), _, _) = error, refusal.cause.isCertain {
            throw error
          }
          if try replaceUnsupported(in: &probes, from: selection) { continue }
          throw error
        }
        if replace(rejection.program, in: &probes, from: selection) { continue }
        // Perhaps the verifier objects to a shortcut that the kernel seemed to allow.
        guard let others = constants.withoutShortcuts(manifest.constants) else { throw error }
        constants = others
      }
    }
  }

  /// Has other programs carry the probes whose programs need something that the kernel lacks, or that this
  /// process may not use. Asking takes time, so it is only done when programs could not be loaded.
  ///
  /// - Returns: Whether there is anything else to load now.
  /// - Throws: What the kernel lacks for a probe that nothing else can carry, if the script wants all of them.
  private func replaceUnsupported(
    in probes: inout [SelectedProbe], from selection: ProbeSelection
  ) throws(SessionError) -> Bool {
    var supported: [SelectedProbe] = []
    var missing: SessionError?
    var isChanged = false
    for var probe in probes {
      var isSupported = probe.requires.allSatisfy(hasFeature)
      while !isSupported {
        isChanged = true
        let next: SelectedProbe?
        do { next = try selection.select(probe.spec, from: probe.alternative + 1) } catch _ {
          next = nil
        }
        guard let next else { break }
        probe = next
        isSupported = probe.requires.allSatisfy(hasFeature)
      }
      if isSupported {
        supported.append(probe)
      } else if let lack = lack(of: probe.spec) {
        missing = missing ?? .attach(probe: probe.name, lack)
        try skip(probe.name, lack)
      }
    }
    // With clocks alone, a script that looks at events would show none.
    if let missing, probes.contains(where: \.observes), !supported.contains(where: \.observes) {
      throw missing
    }
    if supported.isEmpty { throw .nothingAttached }
    probes = supported
    return isChanged
  }

  /// What the kernel lacks, or does not allow, for the programs of a probe: first for those that go to the
  /// probe's own points.
  func lack(of probe: ProbeSpec) -> AttachError? {
    let own = probe.alternatives.filter(\.points.isEmpty)
    for alternative in own + probe.alternatives {
      let conditions = alternative.conditions.compactMap { condition in
        if case .feature(let name, isPresent: true) = condition {
          KernelFeature.named(name)
        } else {
          nil
        }
      }
      let needed =
        conditions + manifest.programs[alternative.program].kind.requires
        + probe.points(of: alternative).flatMap(\.requires)
      if let feature = needed.first(where: { !hasFeature($0) }) {
        if case .forbidden = environment.host.probe(feature),
          !options.absentFeatures.contains(feature)
        {
          return .forbidden(feature)
        }
        return .unsupported(feature)
      }
    }
    return nil
  }

  /// Has the next programs that can do so carry the probes of a program, if there are any.
  private func replace(
    _ program: String, in probes: inout [SelectedProbe], from selection: ProbeSelection
  ) -> Bool {
    var replaced = probes
    for (index, probe) in probes.enumerated() where probe.program.symbol == program {
      let next: SelectedProbe?
      do { next = try selection.select(probe.spec, from: probe.alternative + 1) } catch _ {
        next = nil
      }
      guard let next else { return false }
      replaced[index] = next
    }
    let isReplaced = probes.contains { $0.program.symbol == program }
    probes = replaced
    return isReplaced
  }

  /// Finds the places of the probes whose programs look them up, since the size of the tables follows from
  /// that.
  private func findSites(of probes: inout [SelectedProbe]) throws(SessionError) {
    var found: [SelectedProbe] = []
    for var probe in probes {
      if probe.sites != nil, probe.places == nil {
        guard let places = try places(of: probe) else { continue }
        probe.places = places
      }
      found.append(probe)
    }
    if found.isEmpty { throw .nothingAttached }
    probes = found
  }

  /// Fills in the tables in which programs look up the places of their probes.
  private func fillSites(
    of probes: [SelectedProbe], in object: any HostedObject
  ) throws(SessionError) {
    for probe in probes {
      guard let table = probe.sites, let places = probe.places else { continue }
      for site in places.sites {
        let key = (0..<4).map { UInt8(truncatingIfNeeded: site.number >> ($0 * 8)) }
        try attempt { () throws(SystemError) in
          try object.setValue(table.element(of: site), of: key, in: table.map)
        }
      }
    }
  }

  private func load(
    _ probes: [SelectedProbe], _ constants: LoadTimeConstants, _ eventBufferSize: Int
  ) throws(SessionError) -> any HostedObject {
    var programs: [String: LoadPlan.Program] = [:]
    for probe in probes {
      programs[probe.program.symbol] = LoadPlan.Program(
        probe.program.kind, targetID: probe.targetID)
    }
    let points = Set(probes.flatMap(\.points))
    try environment.kernel.check(
      manifest.rawArguments.filter { points.contains(.rawTracepoint(event: $0.event)) })
    let cpuCount: Int
    do { cpuCount = try environment.kernel.possibleCPUs.count } catch { throw .kernelTypes(error) }
    let configuration = manifest.configuration
    var plan = LoadPlan(
      name: "bpftrace", kernelTypes: try environment.kernel.types(for: manifest.fields),
      constants: constants.section,
      ringBufferSize: eventBufferSize, packetPages: packetPages, programs: programs,
      skippedPrograms: Set(manifest.programs.map(\.symbol)).subtracting(programs.keys),
      logSize: Int(clamping: configuration.logSize), isVerbose: options.showsLoaderMessages)
    for probe in probes {
      if let table = probe.sites { plan.maxEntries[table.map] = probe.places?.tableLength }
    }
    try planTaskFilters(&plan)
    // Perf events take a descriptor for each CPU, links one each, and maps some more.
    CurrentProcess.allowOpenFiles(UInt64(probes.count * (cpuCount + 2) + 256))
    CurrentProcess.allowUnlimitedLockedMemory()
    let object: any HostedObject
    do {
      object = try environment.host.load(artifact.object, as: plan)
    } catch {
      var probe: String?
      if case .rejected(let rejection) = error {
        probe = probes.first { $0.program.symbol == rejection.program }?.name
      }
      throw .load(error, probe: probe, missing: missingFeatures())
    }
    if options.showsLoaderMessages {
      for message in object.messages { outlet.emit(.note(message.text)) }
    }
    try fillSites(of: probes, in: object)
    return object
  }

  /// Has what each filter compares with stand in for the map that programs look into.
  private func planTaskFilters(_ plan: inout LoadPlan) throws(SessionError) {
    for filter in manifest.taskFilters {
      guard let map = filter.mapSymbol else { continue }
      guard case .path(let path)? = options.taskFilters[filter] else {
        plan.omittedMaps.insert(map)
        continue
      }
      if filter == .cgroup {
        do { plan.cgroups[map] = try environment.kernel.cgroupFolder(path) } catch {
          throw .noCgroup(path)
        }
      } else {
        plan.pinnedMaps[map] = path
      }
    }
  }

  /// The features that the artifact needs and the kernel lacks. Asking takes time, so it is only done
  /// to explain a failure.
  func missingFeatures() -> [KernelFeature] {
    manifest.requires.compactMap(KernelFeature.named).filter { !hasFeature($0) }
  }

  // MARK: Attaching

  private func run(
    _ probes: [SelectedProbe], of object: any HostedObject
  ) throws(SessionError) {
    for probe in probes {
      if options.isVerbose { outlet.emit(.note("Attaching '\(probe.name)' probe")) }
      do { try object.run(probe.program.symbol, context: []) } catch {
        throw .run(probe: probe.name, error)
      }
    }
  }

  /// Attaches what is to be attached, in order.
  ///
  /// - Returns: The number of probes, those included that are only run; nil if a signal asks for the end
  ///   before all are attached.
  private func attach(
    _ probes: [SelectedProbe], _ handler: EventHandler, _ watch: SessionWatch,
    _ onProgress: (AttachProgress) -> Void
  ) throws(SessionError) -> Int? {
    try checkLimit(probes.count)
    var count = 0
    var found: [(probe: SelectedProbe, places: ProbePlaces)] = []
    for probe in probes {
      if probe.isRun {
        count += 1
        continue
      }
      var known = probe.places
      if known == nil { known = try places(of: probe) }
      guard let places = known else { continue }
      found.append((probe, places))
      try checkLimit(count + found.reduce(0) { $0 + $1.places.count })
    }
    var progress = AttachProgress(total: found.reduce(0) { $0 + $1.places.attachedCount })
    for (probe, places) in found {
      var missing = 0
      var refusals: [AttachRefusal] = []
      for target in places.targets {
        if try takeSignals(watch, handler, probes) { return nil }
        if options.isVerbose { outlet.emit(.note(announcement(of: probe, at: target))) }
        do {
          let attachment = try handler.object.attach(
            AttachRequest(program: probe.program.symbol, probe: probe.name, target: target))
          if let address = target.point.watchedAddress {
            handler.watchpoints[address, default: []].append(attachment)
          }
          if let pin = probe.pin {
            pins.append(BPFFilesystem.path(pin))
          } else if probe.isIterator {
            iterators.append((probe.name, attachment))
          }
          let refused = handler.object.refusals(of: attachment)
          missing += target.count(lostBy: refused)
          refusals += refused
        } catch {
          try skip(probe.name, error)
          missing += target.count
        }
        progress.attached += target.count
        onProgress(progress)
      }
      report(refusals, of: probe, places)
      if missing < places.attachedCount { count += places.count - missing }
    }
    guard count > 0 else { throw .nothingAttached }
    return count
  }

  /// Says at how many of its places a probe is, if it has several, and which are left out.
  private func report(
    _ refusals: [AttachRefusal], of probe: SelectedProbe, _ places: ProbePlaces
  ) {
    let all = places.siteCount
    if options.isVerbose, all > places.attachedCount {
      outlet.emit(
        .note("\(probe.name) is attached at \(all - refusals.count) of \(all) sites"))
    }
    guard let first = refusals.first, manifest.configuration.missingProbes != .ignore else {
      return
    }
    var text =
      "\(refusals.count) of the \(all) places of \(probe.name) left out. "
      + first.reason.reason + "."
    if refusals.count > 1 {
      let others = refusals.dropFirst().prefix(3).map { "'\($0.place.name)'" }
      text += " The same is true of \(others.joined(separator: ", "))"
      text += refusals.count > 4 ? " and \(refusals.count - 4) more." : "."
    }
    outlet.emit(.message(.warning, text))
  }

  /// What `-v` says of a probe that is about to be attached.
  private func announcement(of probe: SelectedProbe, at target: AttachTarget) -> String {
    let name = target.places.count == 1 ? target.places[0].name : ""
    let text = "Trying to attach probe: \(name.isEmpty ? probe.name : name)"
    if target.count > 1 { return "\(text), \(target.count) functions by one link" }
    guard probe.isSubstituted else { return text }
    return text + ", as " + probe.points.map(\.shown.line).joined(separator: ", ")
  }

  private func checkLimit(_ count: Int) throws(SessionError) {
    let limit = manifest.configuration.maxProbes
    guard UInt64(count) <= limit else { throw .tooManyProbes(count, limit: limit) }
  }

  /// Where a probe goes on this machine; nil if it goes nowhere and the script wants no fuss about that.
  private func places(of probe: SelectedProbe) throws(SessionError) -> ProbePlaces? {
    var places = ProbePlaces()
    for point in probe.points {
      let isCommand =
        options.command != nil && point.followsProcesses && manifest.configuration.filtersProcesses
      do {
        try places.add(
          point, of: probe, environment.resolver,
          process: isCommand ? childID : options.targetPID, isCommand: isCommand)
      } catch {
        try skip(probe.points.count > 1 ? point.probeName ?? probe.name : probe.name, error)
      }
    }
    if places.targets.isEmpty { return nil }
    if let table = probe.sites {
      do {
        try places.number(for: table, of: probe.spec, hasCookies: hasFeature(.perfLink))
      } catch {
        try skip(probe.name, error)
        return nil
      }
    }
    return places
  }

  // MARK: Running

  /// Has the programs of iterators run, each once for each object, in order.
  private func walk(_ handler: EventHandler) throws(SessionError) {
    for (name, attachment) in iterators where handler.exitStatus == nil {
      while handler.exitStatus == nil {
        let goesOn: Bool
        do { goesOn = try handler.object.walk(attachment) } catch { throw .run(probe: name, error) }
        while handler.exitStatus == nil, try consumeSome(handler, .anyRecord) > 0 {}
        if let failure = outlet.failure { throw .output(failure) }
        if !goesOn { break }
      }
    }
  }

  private func loop(
    _ watch: SessionWatch, _ handler: EventHandler, _ probes: [SelectedProbe],
    _ target: SessionTarget?, primesAll: Bool
  ) throws(SessionError) {
    if let duration = options.duration { try watch.start(duration) }
    let end = options.duration.map { Clock.monotonic.now + UInt64($0.nanosecondCount) }
    if let interval = reports.interval, hasReports(probes) { try watch.startReports(interval) }
    // Stacks are mostly shown when the target has ended and its memory can no longer be looked at.
    if let target, manifest.showsUserAddresses {
      symbols.prime(target.id)
      try watch.startPause()
    }
    var pace = EventPace()
    var isPriming = primesAll
    while true {
      if isPriming { isPriming = symbols.primeSome() }
      for wakeup in try watch.wait(isPriming ? .zero : pace.pause) {
        switch wakeup {
        case .events:
          try consumeSome(handler, &pace)
          if handler.exitStatus != nil { return }
        case .reportIsDue:
          guard try watch.takeReport() else { break }
          // The one at the end says it all, if that has come.
          if let end, Clock.monotonic.now + Self.momentBeforeEnd >= end { break }
          try report(handler, probes, watch, isLast: false)
          if reports.isOver { return }
        case .timeIsUp, .targetEnded: return
        case .targetChanges:
          if let target { symbols.prime(target.id) }
          try watch.startPause()
        case .processesChange: symbols.catchUp()
        case .signals:
          if try takeSignals(watch, handler, probes) { return }
        }
        if let failure = outlet.failure { throw .output(failure) }
      }
    }
  }

  /// Has it noted what processes map while they live, if the script shows addresses of processes: most
  /// are asked for when the process has ended.
  ///
  /// - Returns: Whether it is noted; a kernel that refuses it leaves the processes that live long enough.
  private func followProcesses(_ watch: SessionWatch) throws(SessionError) -> Bool {
    guard manifest.showsUserAddresses, !options.isDryRun else { return false }
    do {
      let records = try environment.host.watchProcesses()
      try watch.follow(records)
      symbols.follow(records)
      return true
    } catch {
      if options.isVerbose { outlet.emit(.note("processes are not watched: \(error)")) }
      return false
    }
  }

  /// Does what signals ask for.
  ///
  /// - Returns: Whether that is the end of the run.
  private func takeSignals(
    _ watch: SessionWatch, _ handler: EventHandler, _ probes: [SelectedProbe]
  ) throws(SessionError) -> Bool {
    while let signal = try watch.nextSignal() {
      if SessionWatch.stops(signal) {
        _ = stopSignals.note(at: Clock.monotonic.now)
        return true
      }
      if SessionWatch.showsMaps(signal),
        manifest.configuration.compatibility.precedes(.signalProbes)
      {
        for map in mapsInOrder { handler.showElements(of: map) }
        outlet.flush()
      }
      try run(probes.filter { $0.signal == signal }, of: handler.object)
    }
    return false
  }

  /// Nanoseconds before the end of the run in which nothing is reported that the end does not report.
  private static let momentBeforeEnd: UInt64 = 20_000_000

  /// Whether a run with these probes has anything to report.
  private func hasReports(_ probes: [SelectedProbe]) -> Bool {
    !reports.tables.isEmpty || probes.contains(where: \.isReport)
  }

  /// Whether a run with this probe goes on until something ends it.
  private func waits(_ probe: SelectedProbe) -> Bool {
    probe.waits && (!probe.isReport || reports.interval != nil)
  }

  /// Shows what has come together since the last time.
  private func report(
    _ handler: EventHandler, _ probes: [SelectedProbe], _ watch: SessionWatch, isLast: Bool
  ) throws(SessionError) {
    try drain(handler, afterExit: isLast)
    let isRepeated = reports.made > 0
    if reports.options.clearsScreen { outlet.emit(.clearScreen) }
    try run(probes.filter(\.isReport), of: handler.object)
    try drain(handler, afterExit: isLast)
    handler.showTables(reports.tables, reports.options, skipsEmpty: isLast && isRepeated)
    outlet.flush()
    if isLast { try stopIfAskedAgain(watch) }
    reports.note(isLast: handler.exitStatus != nil)
  }

  /// Handles some events, at the pace at which they come.
  private func consumeSome(
    _ handler: EventHandler, _ pace: inout EventPace
  ) throws(SessionError) {
    let now = Clock.monotonic.now
    var next = pace.next(at: now)
    var count = try consumeSome(handler, next)
    if count == 0, next == .urgentRecord {
      // Enough of resting: from here on the next record wakes us up.
      next = .anyRecord
      count = try consumeSome(handler, next)
    }
    pace.took(count, hasMore: count == Self.batch, wakesForNext: next == .anyRecord, at: now)
  }

  /// The most events that are handled in one go, so that a signal is noticed soon.
  private static let batch = 4096

  /// Handles some events.
  ///
  /// - Parameters:
  ///   - next: Which events are to wake us up afterwards.
  ///   - afterExit: Whether events that come after `exit()` are taken too.
  /// - Returns: How many.
  @discardableResult
  private func consumeSome(
    _ handler: EventHandler, _ next: NextWakeup, afterExit: Bool = false
  ) throws(SessionError) -> Int {
    let outlet = outlet
    let count = try outlet.batch { () throws(SessionError) in
      try attempt { () throws(SystemError) in
        try handler.object.consumePackets { handler.handlePacket($0) }
        handler.flushPackets()
        return try handler.object.consumeEvents(limit: Self.batch, next: next) { record in
          handler.handle(record)
          let goesOn = (afterExit || handler.exitStatus == nil) && outlet.failure == nil
          return goesOn ? .next : .stop
        }
      }
    }
    // Events are lost only while the buffer is full, so there is no need to ask when it is not.
    let now = Clock.monotonic.now
    if count == Self.batch || now - min(now, lost.checked) > 100_000_000 {
      lost.checked = now
      try reportLostEvents(handler.object)
    }
    return count
  }

  /// Handles the events that are there. Where they come as fast as they are handled, that has an end too.
  private func drain(
    _ handler: EventHandler, afterExit: Bool = false
  ) throws(SessionError) {
    for _ in 0..<64 {
      if try consumeSome(handler, .anyRecord, afterExit: afterExit) < Self.batch { break }
    }
  }

  private func reportLostEvents(_ object: any HostedObject) throws(SessionError) {
    let total = try attempt { () throws(SystemError) in try object.lostEvents() }
    guard total > lost.reported else { return }
    outlet.emit(.lostEvents(total - lost.reported))
    lost.reported = total
  }

  // MARK: Finishing

  private func finish(
    _ watch: SessionWatch, _ handler: EventHandler, _ probes: [SelectedProbe], reports: Bool
  ) throws(SessionError) {
    let object = handler.object
    let misses = try misses(of: probes, object)
    object.detachAll()
    // What the script sent after `exit()` is dropped, what end probes send is not.
    while try consumeSome(handler, .anyRecord, afterExit: true) > 0 { try stopIfAskedAgain(watch) }
    handler.isExiting = false
    if reports, !self.reports.isOver {
      try report(handler, probes, watch, isLast: true)
      handler.isExiting = false
    }
    try run(probes.filter(\.isEnd), of: object)
    while try consumeSome(handler, .anyRecord, afterExit: true) > 0 { try stopIfAskedAgain(watch) }
    try reportLostEvents(object)
    outlet.emit(.ending)
    if manifest.configuration.printMapsOnExit {
      for map in mapsInOrder {
        try stopIfAskedAgain(watch)
        handler.showElements(of: map)
      }
    }
    if options.showsWarnings, let complaint = symbols.complaint {
      outlet.emit(.message(.warning, complaint))
    }
    if lost.reported > 0 { outlet.emit(.totalLostEvents(lost.reported)) }
    try account(for: probes, misses, object)
    outlet.flush()
    if let failure = outlet.failure { throw .output(failure) }
    try stopIfAskedAgain(watch)
  }

  /// Whether the run ends with what came of its probes.
  private var accounts: Bool { options.isVerbose || options.isStrict }

  /// How often each program was missed, by its symbol. The kernel forgets that when it is detached.
  private func misses(
    of probes: [SelectedProbe], _ object: any HostedObject
  ) throws(SessionError) -> [String: Misses] {
    guard accounts else { return [:] }
    var misses: [String: Misses] = [:]
    for probe in probes {
      misses[probe.program.symbol] = try attempt { () throws(SystemError) in
        try object.misses(of: probe.program.symbol)
      }
    }
    return misses
  }

  /// Tells what came of each probe, or what was lost, if somebody wants to know.
  private func account(
    for probes: [SelectedProbe], _ misses: [String: Misses], _ object: any HostedObject
  ) throws(SessionError) {
    guard accounts else { return }
    let counters = try attempt { () throws(SystemError) in try object.counters() }
    let accounting = Record.Accounting(
      of: probes, in: manifest, misses: misses, counters: counters, countsRuns: options.isVerbose)
    hasLosses = accounting.hasLosses || lost.reported > 0
    if options.isVerbose {
      outlet.emit(.accounting(accounting))
    } else if accounting.hasLosses {
      outlet.emit(.accounting(accounting.losses))
    }
  }

  /// All maps, by their names.
  private var mapsInOrder: [MapSpec] {
    manifest.maps.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// Gives up if the user has asked a second time for the run to stop.
  private func stopIfAskedAgain(_ watch: SessionWatch) throws(SessionError) {
    while true {
      let now = Clock.monotonic.now
      guard let signal = try watch.nextSignal() else { return stopSignals.noteNone(at: now) }
      guard SessionWatch.stops(signal), stopSignals.note(at: now) else { continue }
      outlet.flush()
      throw .interrupted(signal)
    }
  }
}

extension SelectedProbe {
  fileprivate var isBegin: Bool { points == [.begin] }
  fileprivate var isEnd: Bool { points == [.end] }
  fileprivate var isReport: Bool { points == [.report] }
  fileprivate var isRun: Bool { points.allSatisfy(\.isRun) }

  /// Whether a run with this probe goes on until something ends it.
  fileprivate var waits: Bool { !isBegin && !isEnd && !isIterator }

  fileprivate var isIterator: Bool {
    points.contains(where: \.isIterator)
  }

  /// The file that its program becomes.
  fileprivate var pin: String? { points.lazy.compactMap(\.pin).first }

  /// The signal to ourselves at which the probe is run.
  fileprivate var signal: Signal? {
    guard case .selfSignal(let name)? = points.first else { return nil }
    return SessionWatch.signal(named: name)
  }
}
