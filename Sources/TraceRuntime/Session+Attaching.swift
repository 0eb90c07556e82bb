internal import BPF
internal import LinuxSystem
internal import MachineView
internal import Output
internal import TraceModel

/// Attaching the probes, in order.
extension Session {
  func run(
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
  func attach(
    _ probes: [SelectedProbe], _ handler: EventHandler, _ watch: SessionWatch,
    _ onProgress: (AttachProgress) -> Void
  ) throws(SessionError) -> Int? {
    try checkLimit(probes.count)
    var count = 0
    var hasObserver = !probes.contains(where: \.observes)
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
    // What the kernel refused of programs that carry two probes, by their symbols.
    var shared: [String: [AttachRefusal]] = [:]
    var progress = AttachProgress(total: found.reduce(0) { $0 + $1.places.attachedCount })
    for (probe, places) in found {
      var missing = 0
      var refusals: [AttachRefusal] = []
      for target in places.targets {
        if try takeSignals(watch, handler, probes) { return nil }
        // Those that are attached fire already.
        symbols.catchUp()
        if options.isVerbose { outlet.emit(.note(announcement(of: probe, at: target))) }
        do {
          let refused = try attach(probe, at: target, handler, &shared)
          missing += target.count(lostBy: refused)
          refusals += refused
        } catch {
          // Of what a pattern stands for, a place that the kernel refuses is left out, whether it has a link of
          // its own or one with others.
          let isOfMany =
            probe.spec.expansion == .whenLoaded && places.targets.count > 1
            && !error.concernsEveryProbe
          if isOfMany {
            refusals += target.places.map { AttachRefusal($0, reason: error) }
          } else {
            try skip(probe.name, error)
          }
          missing += target.count
        }
        progress.attached += target.count
        onProgress(progress)
      }
      if missing == places.attachedCount, let first = refusals.first {
        try skip(probe.name, first.reason)
      } else {
        report(refusals, of: probe, places)
      }
      if missing < places.attachedCount {
        count += places.count - missing
        hasObserver = hasObserver || probe.observes
      }
    }
    guard count > 0, hasObserver || !options.needsObservers else { throw .nothingAttached(leftOut) }
    return count
  }

  /// Attaches the program of a probe, which may be there already for the other probe that it carries.
  ///
  /// - Parameter shared: What the kernel refused of programs that carry two probes, by their symbols.
  /// - Returns: The places that the kernel refused.
  private func attach(
    _ probe: SelectedProbe, at target: AttachTarget, _ handler: EventHandler,
    _ shared: inout [String: [AttachRefusal]]
  ) throws(AttachError) -> [AttachRefusal] {
    let symbol = probe.program.symbol
    if let refusals = shared[symbol] {
      return refusals.compactMap { refusal in
        target.places.first { $0.function == refusal.place.function }
          .map { AttachRefusal($0, reason: refusal.reason) }
      }
    }
    let attachment = try handler.object.attach(
      AttachRequest(program: symbol, probe: probe.name, target: target))
    if let address = target.point.watchedAddress {
      handler.watchpoints[address, default: []].append(attachment)
    }
    if let pin = probe.pin {
      pins.append(BPFFilesystem.path(pin))
    } else if probe.isIterator {
      iterators.append((probe.name, attachment))
    }
    let refused = handler.object.refusals(of: attachment)
    if probe.isPart { shared[symbol] = refused }
    return refused
  }

  /// Says at how many of its places a probe is, if it has several, and which are left out.
  func report(
    _ refusals: [AttachRefusal], of probe: SelectedProbe, _ places: ProbePlaces
  ) {
    let all = places.siteCount
    if options.isVerbose, all > places.attachedCount {
      outlet.emit(
        .note("\(probe.name) is attached at \(all - refusals.count) of \(all) sites"))
    }
    guard let first = refusals.first else { return }
    if manifest.configuration.missingProbes == .ignore {
      return leaveOut(first.place.name, first.reason)
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
    if let address = target.places.first?.implementation {
      return "\(text), at 0x\(String(address, radix: 16)), which is called instead"
    }
    guard probe.isSubstituted else { return text }
    return text + ", as " + probe.points.map(\.shown.line).joined(separator: ", ")
  }

  private func checkLimit(_ count: Int) throws(SessionError) {
    let limit = manifest.configuration.maxProbes
    guard UInt64(count) <= limit else { throw .tooManyProbes(count, limit: limit) }
  }

  /// Where a probe goes on this machine; nil if it goes nowhere and the script wants no fuss about that.
  func places(of probe: SelectedProbe) throws(SessionError) -> ProbePlaces? {
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
}
