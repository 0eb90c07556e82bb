package import Diagnostics
package import Language
package import Semantics
package import TraceIR
package import TraceModel

/// What a typed script became.
package struct LoweredScript: Sendable {
  /// The programs, before any pass.
  package var module: IRModule
  /// Complete except for what the passes find out: the fields and constants.
  package var manifest: Manifest
  /// What fits the machine only that was looked at; the manifest tells the first.
  package var bindings: [Binding]
  /// Errors about what cannot be lowered; then `module` must not be used.
  package var diagnostics: DiagnosticList

  package init(
    module: IRModule, manifest: Manifest, bindings: [Binding], diagnostics: DiagnosticList
  ) {
    self.module = module
    self.manifest = manifest
    self.bindings = bindings
    self.diagnostics = diagnostics
  }

  /// Notes in the manifest what the passes left in the module.
  package mutating func finish() {
    let fields = module.fields
    manifest.fields = fields + module.externalFields.filter { !fields.contains($0) }
    manifest.constants = module.constants
    assert(manifest.programSymbols == module.programs.map { module.functions[$0].name })
    // Whether events say when they were sent is nothing that a script can ask for.
    if !manifest.events.isEmpty, !manifest.constants.contains(where: { $0.source == .eventTime }) {
      manifest.constants.append(
        LoadTimeConstant(source: .eventTime, shape: .integer, offset: manifest.constantsSize))
    }
    // Nor whether programs count how often they run.
    if !manifest.programs.isEmpty {
      manifest.constants.append(
        LoadTimeConstant(source: .countsRuns, shape: .integer, offset: manifest.constantsSize))
    }
    awaitPages()
    manifest.layOutConstants()
    module.constants = manifest.constants
    let longKeys = zip(manifest.maps, module.scriptMaps).contains { map, kept in
      !kept.isKeptByTracer && map.keySize > MapSpec.longestKeyEverywhere
    }
    if longKeys,
      !manifest.requires.contains(KernelFeature.longMapKeys.name)
    {
      manifest.requires.append(KernelFeature.longMapKeys.name)
    }
    if !manifest.fields.isEmpty, !manifest.requires.contains(KernelFeature.btf.name) {
      manifest.requires.append(KernelFeature.btf.name)
    }
  }
}

extension LoweredScript {
  /// Has programs on code of user space wait for the memory that they read, where the kernel lets them.
  private mutating func awaitPages() {
    let constant = manifest.constants.count
    for index in manifest.programs.indices {
      let points = manifest.probes.flatMap { probe in
        probe.alternatives.filter { $0.program == index }.flatMap(probe.points)
      }
      guard points.allSatisfy(\.isInUserCode),
        let function = module.functions.firstIndex(where: {
          $0.name == manifest.programs[index].symbol
        })
      else { continue }
      manifest.programs[index].awaitsPages = module.awaitPages(in: function, if: constant)
    }
    guard manifest.programs.contains(where: \.awaitsPages) else { return }
    manifest.constants.append(
      LoadTimeConstant(
        source: .feature(KernelFeature.sleepableUprobe.name), shape: .integer,
        offset: manifest.constantsSize))
  }
}

/// Writes a typed script as programs of the intermediate representation, and the manifest that goes
/// with them.
///
/// - Parameters:
///   - name: The name of the script, as messages show it.
///   - producer: The command and its version: `bpftrace v0.27.1`.
package func lower(
  _ script: TypedScript, for target: AnalysisTarget, name: String, producer: String
) -> LoweredScript {
  let lowering = ScriptLowering(script, target, name: name, producer: producer)
  lowering.lowerFunctions()
  lowering.lowerProbes()
  return lowering.finish()
}
