import Diagnostics
import Language
import MachineView
import Semantics
import Syntax
import TraceIR
import TraceModel

/// The lowering of one script: what its programs share.
final class ScriptLowering {
  let script: TypedScript
  let target: AnalysisTarget
  let types: TypeTable
  let builder: IRBuilder
  private(set) var manifest: Manifest
  private(set) var diagnostics = DiagnosticList()
  private var bindings: [Binding]

  private struct ConstantKey: Hashable {
    var source: LoadTimeConstant.Source
    var shape: LoadTimeConstant.Shape
  }

  private var constantIndices: [ConstantKey: Int] = [:]
  private var nextConstantOffset = 0
  private var eventIndices: [EventSpec: Int] = [:]
  private var urgencies: Set<EventUrgency> = []
  private var positionIndices: [ScriptPosition: Int] = [:]
  private var stringIndices: [String: Int] = [:]
  /// How values lie in program memory; what is asked for a second time binds no second time.
  var layouts: [ScriptType: ValueLayout] = [:]
  private var reported: Set<Diagnostic> = []

  init(_ script: TypedScript, _ target: AnalysisTarget, name: String, producer: String) {
    self.script = script
    self.target = target
    types = script.types
    bindings = script.bindings
    manifest = Manifest(
      script: name, producer: producer, architecture: target.architecture.name)
    manifest.options = script.options
    manifest.configuration = script.configuration.runtime
    manifest.manual = script.manual
    manifest.subject = script.configuration.subject
    manifest.aliases = script.configuration.aliases
    manifest.needs = script.configuration.needs

    var module = IRModule(name: name)
    module.license = script.configuration.license
    module.poison = target.poison
    module.storesAreOrdered = target.architecture.storesInOrder
    module.stackBudget.largestSlot = script.configuration.onStackLimit
    if let file = script.sources[.script] {
      manifest.sourceDigest = SourceDigest(of: file.bytes).description
      manifest.imports =
        script.sources.imports(of: file)
        + script.importedFolders.map { $0.beside(file.name) }
      module.lines = file.lineStarts.indices.map {
        String(decoding: file.line($0 + 1), as: UTF8.self)
      }
    }
    builder = IRBuilder(module: module)
    addMaps()
  }

  /// The functions of the script that are written, by their index in it.
  private(set) var functions: [Int: LoweredFunction] = [:]

  /// Writes the functions that are called, each before those that call it.
  func lowerFunctions() {
    let called = script.calledFunctions
    for index in script.functionOrder where called.contains(index) {
      functions[index] = FunctionLowering(self, script.functions[index]).lower()
    }
  }

  private var sharedFunctions: [SharedFunction: Int] = [:]

  /// The index of a shared function in the module, which has it from the first call on.
  func index(of function: SharedFunction) -> Int {
    if let known = sharedFunctions[function] { return known }
    let index = SharedFunctionLowering(self).lower(function)
    sharedFunctions[function] = index
    return index
  }

  /// The index of a function of an imported object or of the kernel in the module, which has it from the first
  /// call on.
  func external(_ function: IRExternalFunction) -> Int {
    builder.withModule { module in
      if let known = module.externals.firstIndex(of: function) { return known }
      if function.owner == .object, !module.isLinked {
        module.license = script.imports.lazy.compactMap(\.license).first ?? module.license
        for field in script.imports.flatMap(\.fields) where !module.externalFields.contains(field) {
          module.externalFields.append(field)
        }
      }
      module.externals.append(function)
      return module.externals.count - 1
    }
  }

  /// Writes every program.
  func lowerProbes() {
    for (index, probe) in script.probes.enumerated() { lower(probe, index: index) }
  }

  /// Writes the programs of a probe, and its entry in the manifest.
  private func lower(_ probe: TypedProbe, index: Int) {
    let group = probe.group
    for feature in probe.attachPoint.requires { require(feature) }
    for option in group.members.flatMap(\.points).compactMap(\.rateOption) {
      guard
        case .unsigned(let rate)? = script.options.first(where: { $0.name == option })?.defaultValue
      else { continue }
      _ = constant(.option(option), .integer, integer: Int64(bitPattern: rate))
    }
    let alternatives = part(index).map { [$0] } ?? lowerPrograms(of: probe, index)
    manifest.probes.append(
      ProbeSpec(
        name: group.name, points: group.points,
        expansion: group.pattern == nil ? .whenCompiled : .whenLoaded, alternatives: alternatives))
  }

  /// Writes the programs of which each can carry a probe.
  private func lowerPrograms(of probe: TypedProbe, _ index: Int) -> [ProbeSpec.Alternative] {
    var alternatives: [ProbeSpec.Alternative] = []
    var written: [(form: ProbeProgram, symbol: String)] = []
    for form in forms(of: probe) {
      let table = probe.siteTable(for: form, named: "bt_sites_\(index)")
      let conditions = conditions(of: form, for: probe, table)
      // The same code may do, loaded in another way.
      let known = written.first { probe.isSameCode(in: form, as: $0.form) }
      if known == nil {
        let suffix = written.isEmpty ? "\(index)" : "\(index)_\(written.count)"
        let lowering = ProbeLowering(self, probe, as: form, table: table, suffix: suffix)
        lowering.lower()
        written.append((form, lowering.symbol))
      }
      let symbol = known?.symbol ?? written[written.count - 1].symbol
      alternatives.append(
        ProbeSpec.Alternative(
          program: add(ProgramSpec(symbol: symbol, kind: form.kind)), conditions: conditions,
          points: form.points, sites: table))
    }
    return alternatives
  }

  /// The parts of programs that are written, by the index of the probe.
  var parts: [Int: ProbeSpec.Alternative] = [:]
  private(set) lazy var sessions = script.sessions(isServed: isServed)

  /// When a program can carry a probe.
  func conditions(
    of form: ProbeProgram, for probe: TypedProbe, _ table: ProbeSpec.SiteTable?
  ) -> [ProbeSpec.Condition] {
    var conditions = form.conditions
    for condition in probe.attachConditions {
      let question = constant(
        condition.question.source.asked(by: form.kind), .integer,
        integer: condition.question.defaultAnswer ? 1 : 0)
      conditions.append(.constant(question, equals: condition.expected ? 1 : 0))
    }
    if table != nil, form.context.site == .cookie, let feature = form.cookieFeature {
      conditions.append(.feature(feature.name, isPresent: true))
    }
    return conditions
  }

  /// The programs that can carry a probe, best first.
  private func forms(of probe: TypedProbe) -> [ProbeProgram] {
    if let pattern = probe.group.pattern {
      return pattern.programs.filter { probe.isServed(by: $0) }
    }
    let cheaper = together(probe).map { [$0] } ?? substitutes(for: probe)
    return cheaper.isEmpty
      ? programs(probe.attachPoint.programs, for: probe) + fallbacks(of: probe) : cheaper
  }

  /// The programs for kernels that cannot carry the probe's own, as far as they give the script the same.
  private func fallbacks(of probe: TypedProbe) -> [ProbeProgram] {
    guard script.configuration.substitutesProbes, probe.group.members.count == 1,
      !probe.body.asksForKernelCalls
    else { return [] }
    return programs(
      probe.attachPoint.fallbacks.filter { isServed(probe, by: $0) }, for: probe)
  }

  /// Whether raw tracepoints may carry a probe on others. Their programs may call less of the kernel.
  private func maySubstitute(_ probe: TypedProbe) -> Bool {
    script.configuration.substitutesProbes && !target.absentFeatures.contains(.rawTracepoint)
      && !probe.body.asksForKernelCalls
  }

  /// The program that carries all attach points of a probe at once and gives the script the same as its
  /// own.
  private func together(_ probe: TypedProbe) -> ProbeProgram? {
    guard maySubstitute(probe), probe.group.members.count > 1,
      let type = Catalog.probeType(probe.attachPoint.probeType)
    else { return nil }
    return type.together(probe.group.members, target.architecture).first { isServed(probe, by: $0) }
  }

  /// The programs that can reach what the script asks for, without those that gain nothing by it.
  private func programs(_ all: [ProbeProgram], for probe: TypedProbe) -> [ProbeProgram] {
    var programs = all.filter { probe.isServed(by: $0) }
    if probe.body.takesKnownObjects {
      let areTyped = programs.contains { $0.isForTypedPointers }
      programs.removeAll { $0.kind.type != .tracing || areTyped && !$0.isForTypedPointers }
    } else if programs.count > 1 {
      programs.removeAll { $0.isForTypedPointers && !probe.usesPointers(of: $0) }
      // A pointer that leads nowhere must not end the kernel, as on 5.10 in a program of several functions:
      // the kernels without the feature get the program that asks a helper for each value.
      if let typed = programs.first, typed.isForTypedPointers, isHere(.btf),
        isHere(.currentTaskPointer), typed.conditions.allSatisfy(isMetHere)
      {
        programs.removeSubrange(1...)
      }
      for index in programs.indices where programs[index].isForTypedPointers && programs.count > 1 {
        programs[index].conditions.append(
          .feature(KernelFeature.currentTaskPointer.name, isPresent: true))
      }
    }
    return programs
  }

  private func isMetHere(_ condition: ProbeSpec.Condition) -> Bool {
    guard case .feature(let name, isPresent: true) = condition else { return false }
    return KernelFeature.named(name).map(isHere) == true
  }

  /// Whether the programs are for one kernel, which has the feature.
  func isHere(_ feature: KernelFeature) -> Bool {
    target.isForThisKernel && !target.absentFeatures.contains(feature)
      && target.kernel.supports(feature).isYes
  }

  /// The programs that cost less than the probe's own and give the script the same, at all attach points.
  private func substitutes(for probe: TypedProbe) -> [ProbeProgram] {
    let members = probe.group.members
    // Raw tracepoints have no cookies by which to tell several apart.
    guard maySubstitute(probe), members.count == 1 || !probe.body.tellsSite
    else { return [] }
    var found: [ProbeProgram] = []
    for (index, substitute) in probe.attachPoint.substitutes.enumerated() {
      let all = members.compactMap { index < $0.substitutes.count ? $0.substitutes[index] : nil }
      guard all.count == members.count, isServed(probe, by: substitute),
        all.allSatisfy({ probe.isSameCode(in: $0, as: substitute) && $0.kind == substitute.kind })
      else { continue }
      found.append(substitute)
      found[found.count - 1].points = all.flatMap(\.points)
    }
    return programs(found, for: probe)
  }

  /// Whether a program of another kind gives the script all that it asks for.
  private func isServed(_ probe: TypedProbe, by program: ProbeProgram) -> Bool {
    // A function does not know which probes call it, so it counts for all.
    probe.isServed(by: program)
      && script.functions.allSatisfy { $0.body.isServed(by: program.context) }
  }

  /// Whether programs leave it to the script which processes they are about: it asks for them by itself, or
  /// is about none.
  private(set) lazy var choosesTasks: Bool = {
    if !script.configuration.runtime.filtersProcesses { return true }
    let called = script.calledFunctions
    return script.probes.contains { $0.body.choosesTasks }
      || called.contains { script.functions[$0].body.choosesTasks }
  }()

  /// The index of a table of places.
  func map(of table: ProbeSpec.SiteTable) -> Int {
    if let index = builder.module.map(table.map) { return index }
    add(
      IRMap(
        symbol: table.map, kind: .array, keySize: 4, valueSize: table.elementSize, maxEntries: 1))
    return builder.module.maps.count - 1
  }

  /// The index of the map of perf events through which packets come; the loader makes it as large as there are
  /// CPUs.
  func mapOfPackets() -> Int {
    if let index = builder.module.map(ObjectSymbol.packets) { return index }
    add(
      IRMap(
        symbol: ObjectSymbol.packets, kind: .perfEventArray, keySize: 4, valueSize: 4,
        maxEntries: 0))
    return builder.module.maps.count - 1
  }

  func finish() -> LoweredScript {
    if manifest.events.contains(where: { !$0.kind.isPacket }) { require(.ringBuffer) }
    for urgency in EventUrgency.allCases where urgency.leavesRoom && urgencies.contains(urgency) {
      _ = constant(.eventRoom(urgency), .integer, integer: .max)
    }
    manifest.constants = builder.module.constants
    manifest.fields = builder.module.fields
    manifest.bound = bindings.first.map(text)
    describeTool(in: &manifest)
    return LoweredScript(
      module: builder.module, manifest: manifest, bindings: bindings, diagnostics: diagnostics)
  }

  // MARK: Maps

  private func addMaps() {
    let names = MapNames(in: script)
    for map in script.maps {
      let value: MapValue =
        if case .aggregation(let aggregation) = map.value {
          .aggregation(aggregation)
        } else {
          .value(layout(of: map.value, at: nil))
        }
      var spec = MapSpec(
        name: map.name, kind: map.kind,
        key: map.key.map { layout(of: $0, at: nil).unwound } ?? .none, value: value,
        maxEntries: map.key == nil ? 1 : map.maxEntries)
      spec.keyNames = names.keys[map.name] ?? []
      spec.valueName = names.values[map.name]
      spec.valueUnit = names.units[map.name]
      manifest.maps.append(spec)
      builder.withModule {
        $0.scriptMaps.append(
          IRScriptMap(
            symbol: spec.symbol, kind: spec.kind, keySize: spec.key.size,
            valueSize: spec.value.size, maxEntries: spec.maxEntries,
            keyCount: map.keyCount, isWord: map.value.isScalar, isDeclared: map.isDeclared,
            threadKeys: map.key == nil ? nil : [], isKeyedByCPU: map.key != nil,
            isKeptByTracer: map.isKeptByTracer))
      }
    }
  }

  /// Notes what an element of a map has as its key.
  ///
  /// - Parameters:
  ///   - thread: By what the program knows the thread whose id it is; nil if it may be something else.
  ///   - isCPU: Whether it is the number of the CPU that runs the program.
  func noteKey(of map: Int, thread: ThreadKey?, isCPU: Bool) {
    builder.withModule {
      if let thread {
        $0.scriptMaps[map].threadKeys?.insert(thread)
      } else {
        $0.scriptMaps[map].threadKeys = nil
      }
      if !isCPU { $0.scriptMaps[map].isKeyedByCPU = false }
    }
  }

  private func add(_ map: IRMap) { builder.withModule { $0.maps.append(map) } }

  /// The index of the map that a filter looks into; the runtime has another stand in for it, or fills
  /// it.
  func map(of filter: TaskFilter) -> Int {
    guard let symbol = filter.mapSymbol else { preconditionFailure("\(filter) has no map") }
    if let index = builder.module.map(symbol) { return index }
    add(
      IRMap(
        symbol: symbol, kind: filter == .cgroup ? .cgroupArray : .hash,
        keySize: filter.keySize, valueSize: 4, maxEntries: 1))
    return builder.module.maps.count - 1
  }

  /// The index of the map in whose first element the tracer notes that the run is over.
  func mapOfEnd() -> Int {
    if let index = builder.module.map(ObjectSymbol.runState) { return index }
    add(.runState)
    return builder.module.maps.count - 1
  }

  // MARK: Tables of the manifest

  /// The index of a program.
  func add(_ program: ProgramSpec) -> Int {
    manifest.programs.append(program)
    return manifest.programs.count - 1
  }

  /// The index of an event; equal events share one.
  func event(_ event: EventSpec) -> Int {
    if let index = eventIndices[event] { return index }
    manifest.events.append(event)
    eventIndices[event] = manifest.events.count - 1
    return manifest.events.count - 1
  }

  /// Notes that programs send events of that urgency.
  func noteEvent(of urgency: EventUrgency) { urgencies.insert(urgency) }

  /// The index of a place in the script.
  ///
  /// - Parameter expansion: The expansion of a macro that what stands there comes from.
  func position(of range: SourceRange, _ expansion: ExpansionID?) -> Int? {
    let (range, uses) = script.sources.written(
      range, expandedFrom: script.tree.expandedFrom(expansion))
    guard let place = place(of: range) else { return nil }
    let position = ScriptPosition(
      file: place.file, line: place.line, columns: place.columns, text: place.text,
      expandedFrom: uses.compactMap { self.place(of: $0) })
    if let index = positionIndices[position] { return index }
    manifest.positions.append(position)
    positionIndices[position] = manifest.positions.count - 1
    return manifest.positions.count - 1
  }

  private func place(of range: SourceRange) -> ScriptPosition.Use? {
    guard let file = script.sources[range.file] else { return nil }
    let start = file.position(of: range.start)
    let end = file.position(of: max(range.start, range.end - 1))
    let last = end.line == start.line ? end.column + 1 : file.line(start.line).count + 1
    let origin = file.origin(ofLine: start.line)
    return ScriptPosition.Use(
      file: origin.name, line: origin.line,
      columns: start.column..<max(start.column, range.isEmpty ? start.column : last),
      text: String(decoding: file.line(start.line), as: UTF8.self))
  }

  /// The index of a text that values refer to.
  func string(_ text: String) -> Int {
    if let index = stringIndices[text] { return index }
    manifest.strings.append(text)
    stringIndices[text] = manifest.strings.count - 1
    return manifest.strings.count - 1
  }

  /// The index of a load-time constant; one source and shape have one.
  func constant(
    _ source: LoadTimeConstant.Source, _ shape: LoadTimeConstant.Shape, integer: Int64 = 0,
    text: String = ""
  ) -> Int {
    let key = ConstantKey(source: source, shape: shape)
    if let index = constantIndices[key] { return index }
    let constant = LoadTimeConstant(
      source: source, shape: shape, offset: nextConstantOffset, defaultInteger: integer,
      defaultString: text)
    nextConstantOffset += (shape.size + 7) / 8 * 8
    builder.withModule { $0.constants.append(constant) }
    constantIndices[key] = builder.module.constants.count - 1
    return builder.module.constants.count - 1
  }

  /// The value of a load-time constant: `i64`.
  func loadTimeInteger(_ source: LoadTimeConstant.Source, default value: Int64) -> IRValue {
    builder.emit(.constant(constant(source, .integer, integer: value)))
  }

  /// The address of the text of a load-time constant.
  func loadTimeString(
    _ source: LoadTimeConstant.Source, capacity: Int, default value: String
  ) -> IRValue {
    builder.emit(.constantAddress(constant(source, .string(capacity: capacity), text: value)))
  }

  /// Notes that the script cannot run without a feature.
  func require(_ feature: KernelFeature) {
    if !manifest.requires.contains(feature.name) { manifest.requires.append(feature.name) }
  }

  /// Notes that an argument must be where it is in this kernel.
  func require(_ argument: RawArgument) {
    if !manifest.rawArguments.contains(argument) { manifest.rawArguments.append(argument) }
  }

  /// Notes why the programs fit this machine only.
  func bind(_ reason: String, at range: SourceRange?) {
    let binding = Binding(reason, at: range)
    if !bindings.contains(binding) { bindings.append(binding) }
  }

  /// A reason with its place in the script: `stdin:1:9: a structure is copied whole`.
  private func text(_ binding: Binding) -> String {
    guard let range = binding.range, let file = script.sources[range.file] else {
      return binding.reason
    }
    let place = file.position(of: range.start)
    return "\(file.name):\(place.line):\(place.column): \(binding.reason)"
  }

  // MARK: Diagnostics

  func report(_ diagnostic: Diagnostic) {
    let diagnostic = diagnostic.written(in: script.sources)
    if reported.insert(diagnostic).inserted { diagnostics.append(diagnostic) }
  }

  // MARK: Lines

  /// The line of the script itself that something stands on or was expanded from, or 0.
  func line(of range: SourceRange, expansion: ExpansionID?) -> Int {
    var found = range
    if range.file != .script {
      guard let use = script.tree.expandedFrom(expansion).first(where: { $0.file == .script })
      else { return 0 }
      found = use
    }
    return script.sources[.script]?.position(of: found.start).line ?? 0
  }
}

extension SourceMap {
  /// The files that people have written, beside the script.
  fileprivate func imports(of script: SourceFile) -> [ImportedSource] {
    files.filter { $0.id != .script && !$0.isBuiltIn && !$0.hasLineMarkers }.map { file in
      ImportedSource(path: file.name, digest: SourceDigest(of: file.bytes).description)
        .beside(script.name)
    }
  }
}

extension TypedProbe {
  /// Whether the script uses a pointer of the context that the verifier lets this program follow.
  fileprivate func usesPointers(of program: ProbeProgram) -> Bool {
    body.facts.values.contains { fact in
      guard case .context(let field) = fact.meaning,
        let access = program.context.field(likeThat: field)?.access
      else { return false }
      switch access {
      case .pointed(_, let pointed): return pointed.isTyped
      case .typed:
        if case .pointer(.structure, _) = field.type { return true }
        return false
      default: return false
      }
    }
  }

  /// Whether a program reaches all that the script asks the context for. The one that the script was
  /// checked against does.
  fileprivate func isServed(by program: ProbeProgram) -> Bool {
    body.isServed(by: program.context)
  }

  /// Whether the code of one program is that of the other.
  fileprivate func isSameCode(in program: ProbeProgram, as other: ProbeProgram) -> Bool {
    program.defaultResult == other.defaultResult && program.targetFilter == other.targetFilter
      && program.context.site == other.context.site && program.siteNumbers == other.siteNumbers
      && program.context.iteration == other.context.iteration
      && body.means(theSameIn: program.context, as: other.context)
      && (program.kind == other.kind || !body.asksForKernelCalls)
  }
}

extension TypedProbe {
  /// The table of places that a program looks into; nil for one that does not ask by which it was called.
  func siteTable(for form: ProbeProgram, named name: String) -> ProbeSpec.SiteTable? {
    let capacity = body.tellsSite ? attachPoint.nameCapacity : nil
    let arguments = form.context.registers == .sites ? body.argumentNumbers : []
    let isForSystemCalls = if case .systemCall = form.context.site { true } else { false }
    guard capacity != nil || !arguments.isEmpty || isForSystemCalls else { return nil }
    let usesAddresses = if case .cookieOrAddress = form.context.site { true } else { false }
    return ProbeSpec.SiteTable(
      map: name, nameCapacity: capacity ?? 0, numbers: form.siteNumbers, arguments: arguments,
      usesAddresses: usesAddresses)
  }
}

extension ProbeGroup {
  /// As messages name the probe.
  fileprivate var name: String {
    if let pattern { return pattern.name }
    return members.count == 1 ? members[0].name : "\(members[0].name) and \(members.count - 1) more"
  }

  fileprivate var points: [AttachPoint] { pattern?.points ?? members.flatMap(\.points) }
}

extension TypedBody {
  /// Whether the body asks which functions of the kernel its program may call.
  fileprivate var asksForKernelCalls: Bool {
    facts.values.contains { fact in
      if case .kernelCallAllowed = fact.loadTimeQuestion?.source { true } else { false }
    }
  }

  /// Whether the body hands an object of the kernel to a function that wants one whose type the verifier
  /// knows.
  fileprivate var takesKnownObjects: Bool {
    facts.values.contains { fact in
      if case .function(let function) = fact.meaning { function.takesKnownObject } else { false }
    }
  }

  /// Whether the body asks whether a task is one of those that the run is about.
  fileprivate var choosesTasks: Bool {
    facts.values.contains { fact in
      if case .function(let function) = fact.meaning { function.choosesTasks } else { false }
    }
  }

  fileprivate func isServed(by context: ContextShape) -> Bool {
    facts.values.allSatisfy { fact in
      switch fact.meaning {
      case .context(let field): context.field(likeThat: field) != nil
      case .function(let function):
        function.isServed(context) && (context.hasUsualStack || !function.showsKernelStack)
      default: true
      }
    }
  }
}
