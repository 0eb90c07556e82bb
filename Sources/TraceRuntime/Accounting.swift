internal import BPF
internal import LinuxSystem
internal import Output
internal import TraceModel

extension Record.Accounting {
  /// What came of the probes of a run.
  ///
  /// - Parameters:
  ///   - misses: Of each program that is attached, by its symbol.
  ///   - counters: What the programs counted; empty if the object has no counters.
  ///   - kept: The maps that are not in the kernel.
  ///   - countsRuns: Whether they counted how often they ran.
  init(
    of probes: [SelectedProbe], in manifest: Manifest, misses: [String: Misses],
    counters: [UInt64], kept: TracerMaps, countsRuns: Bool
  ) {
    let places = RunCounters(of: manifest)
    // An object of an older release counts less.
    func number(_ counter: RunCounter) -> UInt64? {
      counters.count == places.count ? counters[places.index(of: counter)] : nil
    }
    func dropped(_ program: Int?) -> Dropped {
      var dropped = Dropped()
      for urgency in EventUrgency.allCases {
        dropped[urgency] = number(.dropped(program: program, urgency)) ?? 0
      }
      return dropped
    }
    // What was missed of a program for two probes is told of the first.
    var told: Set<String> = []
    let accounts = probes.map { probe in
      let program = manifest.counted(probe.spec.alternatives[probe.alternative])
      let symbol = probe.program.symbol
      let missed = !probe.isPart || told.insert(symbol).inserted ? misses[symbol] : nil
      return Probe(
        name: probe.name,
        fired: countsRuns ? program.flatMap { number(.runs(program: $0)) } : nil,
        missed: missed.flatMap { $0.isComplete || $0.count > 0 ? $0.count : nil },
        dropped: program.map(dropped) ?? Dropped())
    }
    let functions = Probe(name: nil, fired: nil, missed: nil, dropped: dropped(nil))
    let fullMaps = manifest.maps.enumerated().compactMap { index, map -> FullMap? in
      let refused = (number(.refused(map: index)) ?? 0) + kept[map].refused
      guard refused > 0 else { return nil }
      return FullMap(name: map.name, maxEntries: map.maxEntries, refused: refused)
    }
    self.init(
      probes: accounts + (functions.dropped.total > 0 ? [functions] : []), fullMaps: fullMaps)
  }

  /// What was lost, alone.
  var losses: Record.Accounting {
    Record.Accounting(
      probes: probes.filter { $0.missed ?? 0 > 0 || $0.dropped.total > 0 }, fullMaps: fullMaps)
  }
}
