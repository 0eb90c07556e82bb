/// Everything the runtime has to know of an object that the object itself does not say.
package struct Manifest: Hashable, Sendable {
  /// The name of the script, as messages show it.
  package var script: String
  /// Who made it: `bpftrace v0.27.1-bt...`.
  package var producer: String
  /// The machine it was made for: `x86_64`.
  package var architecture: String
  package var programs: [ProgramSpec]
  package var probes: [ProbeSpec]
  package var maps: [MapSpec]
  package var events: [EventSpec]
  package var constants: [LoadTimeConstant]
  package var options: [ScriptOption]
  /// What `row()` shows; nil if the script has no `columns`.
  package var row: RowSpec?
  /// What is reported, in this order.
  package var tables: [TableSpec]
  /// Texts that values refer to by index: strftime formats, cgroup filters.
  package var strings: [String]
  package var positions: [ScriptPosition]
  /// The fields that the loader has to find in the running kernel.
  package var fields: [FieldPath]
  /// The arguments that the running kernel must have in the same places; checked before programs are
  /// loaded.
  package var rawArguments: [RawArgument]
  /// Names of kernel features without which it cannot run.
  package var requires: [String]
  /// Nil if it runs on any kernel that has what `requires` says, else why not.
  package var bound: String?
  package var configuration: RuntimeConfiguration
  /// Comments at the top of the script, for `bt-tool help`: the first line is the summary.
  package var manual: String
  /// The fingerprint of the script's text, or empty: tells whether an artifact is of this script.
  package var sourceDigest: String
  /// The files that the script has parts of its text from.
  package var imports: [ImportedSource]
  /// What `bt-tool list` shows the tool under.
  package var subject: ToolSubject?
  /// Other names that `bt-tool` knows it by.
  package var aliases: [ToolAlias]
  /// What has to be installed or loaded for it, as people are told where it finds nothing to attach to; may be empty.
  package var needs: String

  package init(script: String, producer: String, architecture: String) {
    self.script = script
    self.producer = producer
    self.architecture = architecture
    programs = []
    probes = []
    maps = []
    events = []
    constants = []
    options = []
    row = nil
    tables = []
    strings = []
    positions = []
    fields = []
    rawArguments = []
    requires = []
    bound = nil
    configuration = RuntimeConfiguration()
    manual = ""
    sourceDigest = ""
    imports = []
    subject = nil
    aliases = []
    needs = ""
  }

  /// Gives the constants their places: first those that decide what programs do, which each event reads, so
  /// that they are in few lines of the processor's cache; then those that are read where they have
  /// decided so.
  package mutating func layOutConstants() {
    var offset = 0
    for isFirst in [true, false] {
      for index in constants.indices where constants[index].isReadAlways == isFirst {
        constants[index].offset = offset
        offset += (constants[index].shape.size + 7) / 8 * 8
      }
    }
  }

  /// The size of the constants section in bytes.
  package var constantsSize: Int {
    constants.map { $0.offset + ($0.shape.size + 7) / 8 * 8 }.max() ?? 0
  }
}
