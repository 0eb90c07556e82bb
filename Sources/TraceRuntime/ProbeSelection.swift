internal import BPF
internal import TraceModel

/// A probe of a run: the program that carries it, and where that goes.
struct SelectedProbe {
  let spec: ProbeSpec
  let program: ProgramSpec
  /// Which of the probe's alternatives this is.
  let alternative: Int
  /// The number of what the program is loaded for, in the running kernel's types.
  let targetID: UInt32?
  /// Exact points or patterns; never empty.
  let points: [AttachPoint]
  /// The binary that it goes to, if whoever began the run has named it.
  let givenBinary: String?
  /// Where that is on this machine; nil until it is looked for.
  var places: ProbePlaces?
  /// Where the program looks up by which of the places it was called.
  var sites: ProbeSpec.SiteTable? { spec.alternatives[alternative].sites }

  var name: String { spec.name }

  /// What the kernel must have for its program, and for attaching that.
  var requires: [KernelFeature] { program.kind.requires + points.flatMap(\.requires) }

  /// Whether something has to happen in the system for its program to run.
  var observes: Bool { spec.points.contains(where: \.observes) }

  /// Whether the program carries another probe too.
  var isPart: Bool { spec.alternatives[alternative].part != nil }

  /// Whether the program goes elsewhere than to the probe's own points.
  var isSubstituted: Bool { !spec.alternatives[alternative].points.isEmpty }
}

/// Which of its programs carries each probe, on this machine and in this run.
final class ProbeSelection {
  private let manifest: Manifest
  private let arguments: ScriptArguments
  private let constants: LoadTimeConstants
  private let hasFeature: (KernelFeature) -> Bool
  /// What may not be used, whether the kernel has it or not.
  private let absentFeatures: Set<KernelFeature>
  private let resolver: any AttachResolver
  /// Answers that were given before, because asking the kernel takes a while.
  private var features: [String: Bool] = [:]
  private var attachPoints: [AttachPoint: Bool] = [:]

  init(
    _ manifest: Manifest, _ arguments: ScriptArguments, _ constants: LoadTimeConstants,
    absentFeatures: Set<KernelFeature>, hasFeature: @escaping (KernelFeature) -> Bool,
    resolver: any AttachResolver
  ) {
    self.manifest = manifest
    self.arguments = arguments
    self.constants = constants
    self.hasFeature = hasFeature
    self.absentFeatures = absentFeatures
    self.resolver = resolver
  }

  /// Returns the probe with the first of its programs whose conditions hold and whose target the kernel
  /// has; nil if the script has switched the probe off.
  ///
  /// - Parameter first: The first alternative to look at.
  /// - Throws: What the first of the programs lacks, if there is none.
  func select(_ probe: ProbeSpec, from first: Int = 0) throws(AttachError) -> SelectedProbe? {
    var missing: AttachError?
    for (index, alternative) in probe.alternatives.enumerated().dropFirst(first) {
      switch try answer(to: alternative.conditions) {
      case .no: continue
      case .lacks(let feature): missing = missing ?? .unsupported(feature)
      case .yes:
        let program = manifest.programs[alternative.program]
        // What programs need for being loaded shows when they are; what attaching them needs is asked for here.
        let isLast = index == probe.alternatives.count - 1
        let needed = probe.points(of: alternative).flatMap(\.requires)
        if let absent = program.kind.requires.first(where: absentFeatures.contains)
          ?? needed.first(where: { absentFeatures.contains($0) || !isLast && !has($0) })
        {
          missing = missing ?? .unsupported(absent)
          continue
        }
        do {
          return SelectedProbe(
            spec: probe, program: program, alternative: index,
            targetID: try program.kind.target.map { target throws(AttachError) in
              try resolver.typeID(of: target)
            },
            points: probe.points(of: alternative).map { point in
              point.settled(number: number(ofOption:), text: text(ofOption:))
            },
            givenBinary: probe.points.lazy.compactMap(\.binaryOption).compactMap { [arguments] in
              arguments.given(text: $0)
            }.first)
        } catch {
          guard case .noSuchTarget = error else { throw error }
          missing = missing ?? error
        }
      }
    }
    if let missing { throw missing }
    return nil
  }

  /// Whether other options could have it that one of the programs carries a probe which none carries.
  func isSwitchedOffByOptions(_ probe: ProbeSpec) -> Bool {
    probe.alternatives.contains { alternative in
      alternative.conditions.contains { condition in
        guard case .constant(let index, let value) = condition, constants.integers[index] != value
        else { return false }
        return manifest.constants[index].isAboutOptions
      }
    }
  }

  /// The value of an option that says how often something fires.
  private func number(ofOption name: String) -> UInt64 {
    let index = manifest.constants.firstIndex { $0.source == .option(name) }
    return index.map { UInt64(bitPattern: constants.integers[$0]) } ?? 1
  }

  /// The value of an option that names a binary.
  private func text(ofOption name: String) -> String {
    arguments.text(of: name, from: manifest.options) ?? ""
  }

  private enum Answer {
    case yes
    case no
    case lacks(KernelFeature)
  }

  /// Whether all conditions hold. The script's own come first: a probe that is switched off lacks no
  /// feature.
  private func answer(
    to conditions: [ProbeSpec.Condition]
  ) throws(AttachError) -> Answer {
    for case .constant(let index, let value) in conditions where constants.integers[index] != value
    {
      return .no
    }
    for condition in conditions {
      switch condition {
      case .constant: break
      case .attachPoint(let point, let exists):
        if try isThere(point) != exists { return .no }
      case .feature(let name, let isPresent):
        // A feature that this release does not know can neither be asked for nor used.
        let feature = KernelFeature.named(name)
        if (feature.map(has) ?? false) == isPresent { continue }
        guard isPresent, let feature else { return .no }
        return .lacks(feature)
      }
    }
    return .yes
  }

  private func has(_ feature: KernelFeature) -> Bool {
    if let known = features[feature.name] { return known }
    let answer = hasFeature(feature)
    features[feature.name] = answer
    return answer
  }

  private func isThere(_ point: AttachPoint) throws(AttachError) -> Bool {
    if let known = attachPoints[point] { return known }
    let answer = try point.exists(resolver)
    attachPoints[point] = answer
    return answer
  }
}

extension LoadTimeConstant {
  /// Whether the options of a run say what its value is.
  fileprivate var isAboutOptions: Bool {
    switch source {
    case .option, .optionCount, .optionValue, .optionIs, .condition: true
    default: false
    }
  }
}
