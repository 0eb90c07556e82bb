import Compiler
import Diagnostics
import Foundation
import MachineView
import Semantics
import TestKit
import Testing
import ToolLibrary
import TraceModel

/// The tools as the build compiles them: against the recorded kernel.
@Suite struct ToolTests {
  private static let folder = URL(fileURLWithPath: Fixtures.path)
    .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("tools").path

  private static let names = Result {
    try FileManager.default.contentsOfDirectory(atPath: folder).filter { $0.hasSuffix(".bt") }
      .sorted()
  }

  private func compiled(_ name: String) throws -> (Artifact, DiagnosticList) {
    let bytes = try Array(Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/\(name)")))
    var target = AnalysisTarget.test(DirectoryMachine(root: Fixtures.kernel()))
    target.parametersAreFinal = false
    let result = compile(
      SourceFile(name: name, bytes: bytes), for: target,
      options: CompilationOptions(producer: "test"))
    return (
      try #require(
        result.artifact, "\(DiagnosticRenderer(result.sources).text(result.diagnostics))"),
      result.diagnostics
    )
  }

  /// Without names, the tests of each tool would hold for want of tools.
  @Test func thereAreTools() throws { #expect(try !Self.names.get().isEmpty) }

  @Test(arguments: try names.get())
  func compilesWithoutAWordToAPortableArtifact(_ name: String) throws {
    let (artifact, diagnostics) = try compiled(name)
    #expect(diagnostics.isEmpty)
    #expect(artifact.manifest.bound == nil)
  }

  /// `bt-tool list` would show it among those of nobody knows what.
  @Test(arguments: try names.get())
  func saysWhatItIsAbout(_ name: String) throws {
    let manifest = try compiled(name).0.manifest
    #expect(manifest.subject != nil)
    let aliases = manifest.aliases.map(\.name)
    let tools = try Self.names.get().map { Tool.name(of: $0) }
    #expect(Set(aliases).isDisjoint(with: tools), "a tool hides an alias")
  }

  /// 5.10 has neither loops by helper nor reads of other processors' values; tables of stacks need what came with
  /// 5.11.
  @Test(arguments: try names.get())
  func needsNothingThatOldKernelsLack(_ name: String) throws {
    let old: Set = [
      KernelFeature.btf.name, KernelFeature.ringBuffer.name, KernelFeature.kprobe.name,
      KernelFeature.uprobe.name, KernelFeature.fentry.name, KernelFeature.longMapKeys.name,
    ]
    let requires = Set(try compiled(name).0.manifest.requires)
    #expect(requires.isSubset(of: old), "\(requires)")
  }

  @Test(arguments: try names.get())
  func hasAManualAndHelpForEachOption(_ name: String) throws {
    let manifest = try compiled(name).0.manifest
    let manual = ToolManual(manifest.manual)
    #expect(!manual.summary.isEmpty)
    let options = ToolOption.all(of: manifest)
    for option in options {
      #expect(!option.help.isEmpty, "\(option.name)")
      #expect(
        option.parameter.declaration != nil || option.help != option.parameter.description,
        "\(option.name) has no form")
    }
    let letters = options.compactMap(\.short)
    #expect(Set(letters).count == letters.count, "two options have one letter")
    // The library reads the same manual from the script itself.
    let script = try Data(contentsOf: URL(fileURLWithPath: "\(Self.folder)/\(name)"))
    #expect(ToolManual(script: Array(script)).summary == manual.summary)
  }

  /// Probes that the recorded kernel lacks would be left out of the artifact without a word.
  @Test(arguments: [
    (
      "opensnoop.bt",
      ["open", "openat", "openat2"].flatMap {
        ["tracepoint:syscalls:sys_enter_\($0)", "tracepoint:syscalls:sys_exit_\($0)"]
      }
    ),
    ("capable.bt", ["tracepoint:capability:cap_capable", "kprobe:cap_capable"]),
    ("bashreadline.bt", ["uretprobe:bash:readline", "uretprobe:libreadline:readline"]),
  ])
  func keepsEveryAttachPoint(_ name: String, _ points: [String]) throws {
    let probes = try compiled(name).0.manifest.probes
    let found = Set(probes.flatMap(\.points).compactMap(\.probeName))
    #expect(found.isSuperset(of: points), "\(found)")
  }

  @Test func attachesOneOfTheProbesOfCapableOnly() throws {
    let probes = try compiled("capable.bt").0.manifest.probes.filter { $0.name != "begin" }
    let conditions = probes.map { $0.alternatives.map(\.conditions) }
    guard case .constant(let index, 1)? = conditions.first?.first?.first else {
      Issue.record("\(conditions)")
      return
    }
    #expect(conditions == [[[.constant(index, equals: 1)]], [[.constant(index, equals: 0)]]])
  }
}
