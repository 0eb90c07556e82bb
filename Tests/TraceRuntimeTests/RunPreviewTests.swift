import BPF
import TestKit
import Testing
import TraceModel

@testable import TraceRuntime

/// What is told of a run before there is one.
@Suite(.serialized) struct RunPreviewTests {
  let session: SampleSession

  init() throws { session = try SampleSession() }

  private func carrier(_ preview: RunPreview, _ name: String) -> String? {
    guard let probe = preview.probes.first(where: { $0.name == name }) else { return nil }
    return switch probe.carrier {
    case .program(_, let points): points.map(\.hookName).joined(separator: ", ")
    case .nothing: "nothing"
    case .missing(let reason): "missing: \(reason)"
    }
  }

  private func addTracepoint(_ event: String, conditions: [ProbeSpec.Condition] = []) {
    session.probe(.tracepoint(category: "c", event: event), "tracepoint:c:\(event)")
    session.manifest.probes[session.manifest.probes.count - 1].alternatives[0].conditions =
      conditions
  }

  @Test func tellsWhereProbesGoAndLoadsNothing() throws {
    session.probe(.begin, "begin")
    addTracepoint("e")
    let preview = session.preview()
    #expect(preview.works)
    #expect(carrier(preview, "tracepoint:c:e") == "tracepoint:c:e")
    #expect(session.host.calls.isEmpty)
  }

  @Test func tellsWhatAToolThatMindsWouldFailFor() {
    addTracepoint("nothing")
    let preview = session.preview()
    #expect(
      preview.failure
        == .attach(probe: "tracepoint:c:nothing", .noSuchTracepoint("c:nothing")))
    #expect(preview.failure?.obstacle == .attachment)
  }

  @Test func doesWithoutProbesThatAToolDoesNotMind() {
    session.manifest.configuration.missingProbes = .ignore
    addTracepoint("nothing")
    addTracepoint("e")
    let preview = session.preview()
    #expect(preview.works)
    #expect(preview.missing.map(\.name) == ["tracepoint:c:nothing"])
  }

  @Test func aClockAloneIsNotEnough() {
    session.manifest.configuration.missingProbes = .ignore
    addTracepoint("nothing")
    session.probe(.interval(.hertz(1)), "interval:s:1")
    #expect(!session.preview().works)
  }

  @Test func aClockIsEnoughForAToolOfClocks() {
    session.probe(.interval(.hertz(1)), "interval:s:1")
    #expect(session.preview().works)
  }

  @Test func leavesOutWhatTheScriptSwitchesOff() {
    session.manifest.constants = [
      LoadTimeConstant(source: .option("a"), shape: .integer, offset: 0, defaultInteger: 0)
    ]
    addTracepoint("e")
    addTracepoint("f", conditions: [.constant(0, equals: 1)])
    let preview = session.preview()
    #expect(preview.works)
    #expect(carrier(preview, "tracepoint:c:f") == "nothing")
  }

  @Test func goesOnToTheProgramThatTheKernelCanAttach() {
    session.manifest.programs = [
      ProgramSpec(
        symbol: "p",
        kind: ProgramKind(
          .tracing, attachType: .functionEntry, target: ProgramTarget(.function, "f"))),
      ProgramSpec(symbol: "q", kind: .kprobe),
    ]
    let entry = AttachPoint.trampoline(module: nil, function: "f", isReturn: false)
    let kprobe = AttachPoint.kprobe(module: nil, function: "f", offset: 0, isReturn: false)
    session.manifest.probes = [
      ProbeSpec(
        name: "kprobe:f", points: [kprobe],
        alternatives: [.init(program: 0, points: [entry]), .init(program: 1)])
    ]
    #expect(carrier(session.preview(), "kprobe:f") == "fentry:f")
    session.host.features[.fentry] = .no(reason: "")
    let preview = session.preview()
    #expect(carrier(preview, "kprobe:f") == "kprobe:f")
    #expect(preview.probes[0].isSubstituted == false)
    session.host.features[.kprobe] = .no(reason: "")
    #expect(session.preview().failure == .attach(probe: "kprobe:f", .unsupported(.kprobe)))
    #expect(session.preview().failure?.obstacle == .kernel)
  }

  @Test func namesFeaturesThatTheToolNeeds() {
    addTracepoint("e")
    session.manifest.requires = [KernelFeature.loop.name]
    session.host.features[.loop] = .no(reason: "")
    #expect(session.preview().failure == .lacking([.loop]))
  }

  /// What only one of several ways needs is no need of the tool.
  @Test func doesNotMindFeaturesOfOtherWays() {
    session.manifest.constants = [
      LoadTimeConstant(source: .option("a"), shape: .integer, offset: 0, defaultInteger: 0)
    ]
    addTracepoint("e")
    session.probe(
      .kprobe(module: nil, function: "f", offset: 0, isReturn: false), "kprobe:f")
    session.manifest.probes[1].alternatives[0].conditions = [.constant(0, equals: 1)]
    session.manifest.requires = [KernelFeature.kprobe.name]
    session.host.features[.kprobe] = .no(reason: "")
    #expect(session.preview().works)
  }

  @Test func aScriptWithoutProbesDoesNothing() {
    #expect(session.preview().failure == .noProbes)
  }
}
