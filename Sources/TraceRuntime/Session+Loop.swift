internal import BPF
internal import LinuxSystem
internal import MachineView
internal import Output
internal import TraceModel

/// What goes on while probes are attached: events, reports, signals.
extension Session {
  /// Has the programs of iterators run, each once for each object, in order.
  func walk(_ handler: EventHandler) throws(SessionError) {
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

  func loop(
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
  func followProcesses(_ watch: SessionWatch) throws(SessionError) -> Bool {
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
  func takeSignals(
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
  func hasReports(_ probes: [SelectedProbe]) -> Bool {
    !reports.tables.isEmpty || probes.contains(where: \.isReport)
  }

  /// Whether a run with this probe goes on until something ends it.
  func waits(_ probe: SelectedProbe) -> Bool {
    probe.waits && (!probe.isReport || reports.interval != nil)
  }

  /// Shows what has come together since the last time.
  func report(
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
  func consumeSome(
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
  func consumeSome(
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
  func drain(
    _ handler: EventHandler, afterExit: Bool = false
  ) throws(SessionError) {
    for _ in 0..<64 {
      if try consumeSome(handler, .anyRecord, afterExit: afterExit) < Self.batch { break }
    }
  }

  func reportLostEvents(_ object: any HostedObject) throws(SessionError) {
    let total = try attempt { () throws(SystemError) in try object.lostEvents() }
    guard total > lost.reported else { return }
    outlet.emit(.lostEvents(total - lost.reported))
    lost.reported = total
  }
}
