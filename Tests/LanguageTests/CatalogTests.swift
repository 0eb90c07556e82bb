import Diagnostics
import Language
import MachineView
import Semantics
import Syntax
import TestKit
import Testing
import TraceModel

/// The catalog as a table: complete, documented and without contradictions.
@Suite struct CatalogTests {
  @Test func everyFunctionIsDocumented() {
    for function in Function.all {
      #expect(function.summary.hasSuffix("."), "\(function.name) has no summary")
      #expect(!function.family.isEmpty, "\(function.name) stands under no heading")
    }
    for function in AggregationFunction.all {
      #expect(function.summary.hasSuffix("."), "\(function.name) has no summary")
    }
    for type in ProbeType.all {
      #expect(type.summary.hasSuffix("."), "\(type.name) has no summary")
    }
    for option in ConfigOption.all { #expect(!option.summary.isEmpty, "\(option.name)") }
  }

  @Test func noNameIsTakenTwice() {
    let functions = Function.all.map(\.name) + AggregationFunction.all.map(\.name)
    #expect(Set(functions).count == functions.count)
    let types = ProbeType.all.flatMap { [$0.name] + $0.otherNames }
    #expect(Set(types).count == types.count)
    let short = ProbeType.all.flatMap(\.shortNames)
    #expect(Set(short).count == short.count)
    let settings = ConfigOption.all.flatMap { [$0.name] + $0.formerNames }
    #expect(Set(settings).count == settings.count)
  }

  /// The manual tells the default of a setting; nothing changes when it is set to it.
  @Test func defaultsOfSettingsAreWhatTheManualSays() {
    let options = ConfigOption.all.filter { $0.defaultText != nil }
    #expect(options.count > 10)
    for option in options {
      let read = ScriptConfiguration.read(
        nil, environment: ["BPFTRACE_\(option.name.uppercased())": option.defaultText ?? ""])
      #expect(read.diagnostics.isEmpty, "\(option.name)")
      #expect(read.configuration == ScriptConfiguration(), "\(option.name)")
    }
  }

  @Test(arguments: [
    ("BEGIN", "begin"), ("Kprobe", "kprobe"), ("k", "kprobe"), ("t", "tracepoint"),
    ("rt", "rawtracepoint"),
    ("kfunc", "fentry"), ("w", "watchpoint"), ("aw", "watchpoint"),
    ("AsyncWatchpoint", "watchpoint"),
  ])
  func findsProbeTypesByEveryName(_ written: String, _ name: String) {
    #expect(Catalog.probeType(written)?.name == name)
  }

  @Test func shortNamesOfProbeTypesKeepTheirCase() {
    #expect(Catalog.probeType("K") == nil)
    #expect(Catalog.probeType("U")?.name == "usdt")
  }

  @Test func whatNeedsNoProbeWorksInFunctionsAndTheRestSaysSo() {
    let machine = DirectoryMachine(root: Fixtures.kernel())
    for function in Function.all where function.isBuiltin {
      let script = ScriptUnderTest(
        "fn f(): void { _ = \(function.name); } begin { f(); }", on: .test(machine))
      let ids = script.diagnostics.errors.map(\.id)
      #expect(ids == (function.needsProbe ? ["outside-probe"] : []), "\(function.name)")
    }
  }

  @Test func everyBuiltinCanBeWrittenWithAndWithoutParentheses() {
    let machine = DirectoryMachine(root: Fixtures.kernel())
    for function in Function.all
    where function.isBuiltin && function.invocation == .synchronous {
      for call in [function.name, "\(function.name)()"] {
        let messages = [
          "begin { _ = \(call); }", "kprobe:vfs_read { _ = \(call); }",
          "kretprobe:vfs_read { _ = \(call); }", "tracepoint:sched:sched_switch { _ = \(call); }",
        ].map { ScriptUnderTest($0, on: .test(machine)) }
        #expect(messages.contains { !$0.diagnostics.hasErrors }, "\(call) is possible nowhere")
      }
    }
  }

  @Test func environmentOverridesTheBlock() {
    let file = tree("config = { max_strlen = 10; stack_mode = perf } begin { }")
    let read = ScriptConfiguration.read(
      file.config, environment: ["BPFTRACE_MAX_STRLEN": "20", "BPFTRACE_NO_CPP_DEMANGLE": "1"])
    #expect(read.configuration.maxStringLength == 20)
    #expect(read.configuration.stackMode == .perf)
    #expect(read.configuration.runtime.demangle == false)
    #expect(read.diagnostics.isEmpty)
  }

  @Test func readsWhatAToolSaysOfItself() {
    let file = tree(
      "config = { subject = network; aliases = \" one; two -t x  -v\"; aliases = \"three\" } begin { }"
    )
    let read = ScriptConfiguration.read(file.config, environment: [:])
    #expect(read.configuration.subject == .network)
    #expect(
      read.configuration.aliases == [
        ToolAlias(name: "one"), ToolAlias(name: "two", words: ["-t", "x", "-v"]),
        ToolAlias(name: "three"),
      ])
    #expect(read.diagnostics.isEmpty)
  }

  @Test(arguments: ["a/b", "one; one -v", "-t xfs", "one.bt"])
  func refusesAliasesThatCannotBeTyped(_ text: String) {
    let file = tree("config = { aliases = \"\(text)\" } begin { }")
    let read = ScriptConfiguration.read(file.config, environment: [:])
    #expect(read.configuration.aliases.isEmpty)
    #expect(
      read.diagnostics.map(\.message) == [
        "aliases: expecting names between semicolons, each once, with options behind them, "
          + "got \(text)"
      ])
  }

  private func tree(_ text: String) -> ScriptTree {
    parse(.init(name: "script", text: text), parameters: []).tree
  }
}
