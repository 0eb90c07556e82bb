internal import BPF
internal import LinuxSystem
internal import MachineView
internal import Output
internal import TraceModel

/// The end of a run: what is left to show, and what came of the probes.
extension Session {
  func finish(
    _ watch: SessionWatch, _ handler: EventHandler, _ probes: [SelectedProbe], reports: Bool
  ) throws(SessionError) {
    let object = handler.object
    let misses = try misses(of: probes, object)
    object.detachAll()
    // No stack is from a process that begins now.
    symbols.stopFollowing()
    giveBackMemory()
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
    try account(for: probes, misses, handler)
    outlet.flush()
    if let failure = outlet.failure { throw .output(failure) }
    try stopIfAskedAgain(watch)
  }

  /// Gives back what the part of the run that is over has needed of the program itself.
  ///
  /// Of its code, most is needed either to start, or while probes fire, or for stacks.
  func giveBackMemory() {
    guard manifest.maps.contains(where: \.key.hasStacks) else { return }
    // It is mapped again when it is needed.
    do { try CurrentProcess.unmapCleanPages() } catch {}
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
    for probes: [SelectedProbe], _ misses: [String: Misses], _ handler: EventHandler
  ) throws(SessionError) {
    guard accounts || !manifest.maps.isEmpty else { return }
    let counters = try attempt { () throws(SystemError) in try handler.object.counters() }
    let accounting = Record.Accounting(
      of: probes, in: manifest, misses: misses, counters: counters, kept: handler.maps.kept,
      countsRuns: options.isVerbose)
    hasLosses = accounting.hasLosses || lost.reported > 0
    if options.isVerbose {
      outlet.emit(.accounting(accounting))
    } else if !options.isStrict {
      // What a map is without is told in any case.
      if !accounting.fullMaps.isEmpty, options.showsWarnings {
        outlet.emit(.accounting(Record.Accounting(probes: [], fullMaps: accounting.fullMaps)))
      }
    } else if accounting.hasLosses {
      outlet.emit(.accounting(accounting.losses))
    }
  }

  /// All maps, by their names.
  var mapsInOrder: [MapSpec] {
    manifest.maps.sorted { $0.name.utf8.lexicographicallyPrecedes($1.name.utf8) }
  }

  /// Gives up if the user has asked a second time for the run to stop.
  func stopIfAskedAgain(_ watch: SessionWatch) throws(SessionError) {
    while true {
      let now = Clock.monotonic.now
      guard let signal = try watch.nextSignal() else { return stopSignals.noteNone(at: now) }
      guard SessionWatch.stops(signal), stopSignals.note(at: now) else { continue }
      outlet.flush()
      throw .interrupted(signal)
    }
  }
}
