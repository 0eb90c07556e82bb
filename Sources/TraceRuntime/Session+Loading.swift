internal import BPF
internal import LinuxSystem
internal import MachineView
internal import Output
internal import TraceModel

/// Choosing the programs that carry the probes, and loading them.
extension Session {
  /// The probes of this run, with the programs that carry them.
  func select(
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
    if probes.isEmpty { throw isMissing ? .nothingAttached(leftOut) : .noProbes }
    return probes
  }

  /// Goes on without a probe, if the script wants that.
  func skip(_ probe: String, _ error: AttachError) throws(SessionError) {
    if error.concernsEveryProbe { throw .attach(probe: probe, error) }
    switch manifest.configuration.missingProbes {
    case .error: throw .attach(probe: probe, error)
    case .warn:
      outlet.emit(
        .message(.warning, "Unable to attach probe: \(probe). \(error.reason). Skipping."))
    case .ignore: leaveOut(probe, error)
    }
  }

  /// Remembers why there is a probe less, for the case that none is left.
  func leaveOut(_ probe: String, _ reason: AttachError) {
    let left = SessionError.LeftOut(probe: probe, reason: reason)
    if !leftOut.contains(left) { leftOut.append(left) }
  }

  /// Loads the programs that carry the probes. Where the kernel accepts one only that is not the first
  /// choice, that one carries the probe.
  func load(
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
    if supported.isEmpty { throw .nothingAttached(leftOut) }
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
    if found.isEmpty { throw .nothingAttached(leftOut) }
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

  /// How the program of a probe is loaded: as one that may wait, if it does and the kernel lets it.
  private func kind(of probe: SelectedProbe, _ constants: LoadTimeConstants) -> ProgramKind {
    var kind = attachedKind(of: probe)
    let feature = LoadTimeConstant.Source.feature(KernelFeature.sleepableUprobe.name)
    if probe.program.awaitsPages,
      let index = manifest.constants.firstIndex(where: { $0.source == feature }),
      constants.integers[index] != 0
    {
      kind.flags |= ProgramKind.sleepable
    }
    return kind
  }

  /// How the program of a probe is attached.
  ///
  /// A uprobe is an event of perf, for which the kernel may want more rights (CAP_SYS_ADMIN) than for a link of many
  /// uprobes. Where this process has not got them it is such a link, with one place.
  private func attachedKind(of probe: SelectedProbe) -> ProgramKind {
    let kind = probe.program.kind
    guard kind.type == .kprobe, kind.attachType == nil, probe.points.allSatisfy(\.isUprobe),
      !hasFeature(.perfUprobe), hasFeature(.uprobeMulti)
    else { return kind }
    return ProgramKind(.kprobe, attachType: .uprobeMulti)
  }

  func load(
    _ probes: [SelectedProbe], _ constants: LoadTimeConstants, _ eventBufferSize: Int
  ) throws(SessionError) -> any HostedObject {
    var programs: [String: LoadPlan.Program] = [:]
    for probe in probes {
      programs[probe.program.symbol] = LoadPlan.Program(
        kind(of: probe, constants), targetID: probe.targetID)
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
    plan.maxEntries = manifest.elementLimits(conditions)
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
}
