package import BPF
package import TraceModel

/// What a run of an artifact would find on this machine, found out without loading its programs.
package struct RunPreview: Sendable {
  /// A probe of the script.
  package struct Probe: Sendable {
    package let name: String
    package let carrier: Carrier
    /// Whether something has to happen in the system for it to fire.
    package let observes: Bool
    /// Whether the program goes elsewhere than to the probe's own points.
    package let isSubstituted: Bool

    fileprivate var isCarried: Bool { !carriers.isEmpty }

    /// Where the program goes that carries it.
    fileprivate var carriers: [AttachPoint] {
      if case .program(_, let points) = carrier { points } else { [] }
    }
  }

  /// What would carry a probe.
  package enum Carrier: Sendable {
    /// A program of that kind, at these points.
    case program(ProgramKind, at: [AttachPoint])
    /// Nothing, because the script wants none, by what decides that.
    case nothing(Decision)
    /// Nothing, because this is missing.
    case missing(AttachError)
  }

  /// What decides that a probe is switched off.
  package enum Decision: Sendable {
    case options
    /// What this kernel has.
    case machine
  }

  package internal(set) var probes: [Probe] = []
  /// What would end the run before it begins; nil if it would go on.
  package internal(set) var failure: SessionError?

  /// Whether a run would show something.
  package var works: Bool { failure == nil }

  /// The probes that the run would do without.
  package var missing: [(name: String, reason: AttachError)] {
    probes.compactMap { probe in
      if case .missing(let reason) = probe.carrier { (probe.name, reason) } else { nil }
    }
  }
}

extension Session {
  /// What a run would find here. Asking the kernel for features may load programs of a few instructions, but
  /// none of the artifact's.
  package func preview() -> RunPreview {
    var preview = RunPreview()
    do throws(SessionError) {
      let selection = try prepareSelection()
      for spec in try options.work.chosen(from: manifest.probes) {
        let (carrier, isSubstituted) = carrier(of: spec, from: selection)
        preview.probes.append(
          RunPreview.Probe(
            name: spec.name, carrier: carrier,
            observes: spec.points.contains(where: \.observes), isSubstituted: isSubstituted))
      }
      if let failure = failure(of: preview) { throw failure }
      try environment.kernel.checkTypes(of: manifest.fields)
      let points = Set(preview.probes.flatMap(\.carriers))
      try environment.kernel.check(
        manifest.rawArguments.filter { points.contains(.rawTracepoint(event: $0.event)) })
    } catch { preview.failure = error }
    return preview
  }

  /// Looks for the program that would carry a probe, its places included, and whether that goes elsewhere.
  private func carrier(
    of spec: ProbeSpec, from selection: ProbeSelection
  ) -> (RunPreview.Carrier, isSubstituted: Bool) {
    var first = 0
    var missing: AttachError?
    do throws(AttachError) {
      while let probe = try selection.select(spec, from: first) {
        if probe.requires.allSatisfy(hasFeature) {
          var places = ProbePlaces()
          for point in probe.points where !point.isRun {
            try places.add(
              point, of: probe, environment.resolver, process: options.targetPID,
              isCommand: false)
          }
          return (.program(probe.program.kind, at: probe.points), probe.isSubstituted)
        }
        // The kernel would not take this program, so the next would be tried.
        missing = lack(of: spec)
        first = probe.alternative + 1
      }
      let decision: RunPreview.Decision =
        selection.isSwitchedOffByOptions(spec) ? .options : .machine
      return (missing.map { .missing($0) } ?? .nothing(decision), false)
    } catch { return (.missing(missing ?? error), false) }
  }

  private func failure(of preview: RunPreview) -> SessionError? {
    for (name, reason) in preview.missing
    where reason.concernsEveryProbe || manifest.configuration.missingProbes == .error {
      return .attach(probe: name, reason)
    }
    // What one of several ways to carry a probe needs has been seen to.
    let lacking = missingFeatures().filter { !manifest.featuresOfProbes.contains($0) }
    if !lacking.isEmpty { return .lacking(lacking) }
    // With clocks alone, a tool that looks at events would show none.
    let observers = preview.probes.filter(\.observes)
    if (observers.isEmpty ? preview.probes : observers).contains(where: \.isCarried) { return nil }
    // The first of several reasons is as good as any.
    guard let (name, reason) = preview.missing.first else { return .noProbes }
    return .attach(probe: name, reason)
  }
}

extension Manifest {
  /// The features that programs need for being attached where probes are.
  fileprivate var featuresOfProbes: Set<KernelFeature> {
    var features: Set<KernelFeature> = []
    for probe in probes {
      for alternative in probe.alternatives {
        features.formUnion(programs[alternative.program].kind.requires)
        features.formUnion(probe.points(of: alternative).flatMap(\.requires))
      }
    }
    return features
  }
}
