/// A read-only value of a program that the runtime sets between opening and loading the object.
///
/// The verifier knows its value, so code that it rules out is not even verified.
package struct LoadTimeConstant: Hashable, Sendable {
  /// Where the value comes from.
  package enum Source: Hashable, Sendable {
    /// A named parameter of the script, given as an option.
    case option(String)
    /// The `n`-th positional parameter, counted from 1.
    case positional(Int)
    /// The number of positional parameters.
    case positionalCount
    /// The process of `-p`, as the command's own pid namespace numbers it, or 0.
    case targetPID
    /// The child of `-c`, or 0.
    case childPID
    /// Device number of the command's own pid namespace, as `stat` gives it.
    case pidNamespaceDevice
    /// Inode number of the command's own pid namespace; 0 when it is the initial one.
    case pidNamespaceInode
    /// The address of a kernel symbol, or 0.
    case kernelSymbol(String)
    /// The id of the cgroup at a path, or 0.
    case cgroupID(String)
    /// The number of CPUs the machine could have.
    case possibleCPUs
    /// Boot clock at the start of the session, in nanoseconds.
    case startTime
    /// TAI minus boot clock, in nanoseconds.
    case taiOffset
    /// One if events are to say when they were sent, else zero.
    case eventTime
    /// One if programs are to count how often they run, else zero.
    case countsRuns
    /// One if the kernel has the feature, else zero.
    case feature(String)
    /// One if the attach point exists on this machine, else zero.
    case attachPointExists(AttachPoint)
    /// One if the run uses the filter, else zero.
    case usesTaskFilter(TaskFilter)
    /// One if the run uses any filter that has such a constant, else zero.
    case usesTaskFilters
    /// What the filter compares with, a number or a text; zero or empty if the run does not use it.
    case operand(of: TaskFilter)
    /// The number of our own process in the initial pid namespace if the run leaves it out; else zero.
    case skippedProcess
    /// The address of our own task in the kernel if the run chooses tasks by numbers and the initial
    /// pid namespace is not ours; else zero.
    case namespaceTask
    /// Where a field of a kernel structure is, in bytes, if the run uses the filter that asks for it;
    /// else zero, and nobody looks for it. The field is written as in `FieldPath.text`.
    case fieldOffset(String, for: TaskFilter)
    /// The address of our own task in the kernel if the run is about a command of `-c` and what that
    /// starts, as far as the scope reaches; else zero.
    case tracerTask(CommandScope)
    /// Where a task has its parent, in bytes, if the run is about such a command; else zero.
    case parentOffset
    /// Where a task counts the programs that it has executed, in bytes, if the run is about such a command; else zero.
    case executionOffset
    /// The value of an enumerator of the kernel, or of a module, whose enumeration has no name.
    case enumerator(String, module: String?)
    /// Where the current task has a field, in bytes, if the kernel lets programs read it there without
    /// a helper; else zero. The field is written as in `FieldPath.text`.
    case currentTaskField(String)
    /// The address of a symbol of a binary before the binary is loaded anywhere.
    case userSymbol(String, path: String)
    /// One if the kernel lets programs of that kind call a function of its own (a kfunc), else zero.
    case kernelCallAllowed(String, from: ProgramKind)
    /// How many values of a list option are given, or 1 for a given option that is no list.
    case optionCount(String)
    /// A value of a list option, counted from 0, or the value of an option that is no list; 0 if there is none.
    case optionValue(String, index: Int)
    /// One if the text of an option is that text, else zero.
    case optionIs(String, String)
    /// One if a condition about options holds, else zero.
    case condition(OptionCondition)
    /// How many bytes of the ring buffer may be in use once an event of that urgency is in it.
    case eventRoom(EventUrgency)
  }

  /// What of a run is about the command of `-c` and what that starts.
  package enum CommandScope: Int, CaseIterable, Hashable, Sendable {
    /// Probes that are attached to processes: user-space probes and samples.
    case processProbes = 0
    /// Every probe that happens in a process.
    case everything = 1
  }

  /// The shape of the value.
  package enum Shape: Hashable, Sendable {
    /// 8 bytes.
    case integer
    /// NUL-terminated text in `capacity` bytes.
    case string(capacity: Int)

    package var size: Int {
      switch self {
      case .integer: 8
      case .string(let capacity): capacity
      }
    }
  }

  /// Whether it is read to decide what a program does, rather than once that is decided.
  package var isReadAlways: Bool {
    switch source {
    case .option, .optionCount, .condition, .targetPID, .usesTaskFilter, .skippedProcess,
      .namespaceTask, .tracerTask, .feature, .attachPointExists, .kernelCallAllowed, .countsRuns,
      .currentTaskField, .pidNamespaceInode:
      shape == .integer
    default: false
    }
  }

  package var source: Source
  package var shape: Shape
  /// From the start of the constants section, in bytes; a multiple of 8.
  package var offset: Int
  /// The value for `.integer` when nothing sets another.
  package var defaultInteger: Int64
  /// The value for `.string` when nothing sets another.
  package var defaultString: String

  package init(
    source: Source, shape: Shape, offset: Int, defaultInteger: Int64 = 0, defaultString: String = ""
  ) {
    self.source = source
    self.shape = shape
    self.offset = offset
    self.defaultInteger = defaultInteger
    self.defaultString = defaultString
  }
}

/// A named parameter of a script: `getopt(name, default, description)`.
///
/// The description may begin with what the option looks like on a tool's command line, then a colon:
/// `"-p PID: trace this process only"`, `"-x: failed calls only"`, or for a positional argument
/// `"[INTERVAL]: seconds between summaries"`. Upstream shows the whole text as the description.
package struct ScriptOption: Hashable, Sendable {
  package enum Value: Hashable, Sendable {
    case boolean(Bool)
    case unsigned(UInt64)
    case signed(Int64)
    case string(String)
  }

  package var name: String
  package var defaultValue: Value
  package var description: String
  /// How it is spelled and what it accepts, of options that are declared; nil where the description
  /// tells.
  package var declaration: OptionDeclaration?

  package init(
    name: String, defaultValue: Value, description: String,
    declaration: OptionDeclaration? = nil
  ) {
    self.name = name
    self.defaultValue = defaultValue
    self.description = description
    self.declaration = declaration
  }
}

extension LoadTimeConstant {
  /// Whether the value says that, or where, programs may take a shortcut.
  package var isShortcut: Bool {
    switch source {
    case .feature(let name): KernelFeature.shortcuts.contains { $0.name == name }
    case .currentTaskField: true
    default: false
    }
  }
}

extension LoadTimeConstant.Source {
  /// The same question as a program of that kind asks it.
  package func asked(by kind: ProgramKind) -> LoadTimeConstant.Source {
    if case .kernelCallAllowed(let name, _) = self { return .kernelCallAllowed(name, from: kind) }
    return self
  }
}

// MARK: Encoding

extension LoadTimeConstant: WireStruct {
  package static let wireName = "load-time constant"

  package static let blank = LoadTimeConstant(source: .startTime, shape: .integer, offset: 0)

  package static let wireFields: [WireField<LoadTimeConstant>] = [
    WireField(1, "source", \.source, .required),
    WireField(2, "shape", \.shape, .required),
    WireField(3, "offset", \.offset, .required),
    WireField(4, "defaultInteger", \.defaultInteger),
    WireField(5, "defaultString", \.defaultString),
  ]
}

extension LoadTimeConstant.Source: WireEnum {
  package static let wireName = "source of a load-time constant"

  package static let wireCases: [WireCase<LoadTimeConstant.Source>] = [
    WireCase(0, "option", WirePart<String>(1, "name")) {
      .option($0)
    } take: {
      if case .option(let name) = $0 { name } else { nil }
    },
    WireCase(1, "positional", WirePart<Int>(1, "number")) {
      .positional($0)
    } take: {
      if case .positional(let number) = $0 { number } else { nil }
    },
    WireCase(2, "positionalCount", .positionalCount),
    WireCase(3, "targetPID", .targetPID),
    WireCase(4, "childPID", .childPID),
    WireCase(5, "pidNamespaceDevice", .pidNamespaceDevice),
    WireCase(6, "pidNamespaceInode", .pidNamespaceInode),
    WireCase(7, "kernelSymbol", WirePart<String>(1, "name")) {
      .kernelSymbol($0)
    } take: {
      if case .kernelSymbol(let name) = $0 { name } else { nil }
    },
    WireCase(8, "cgroupID", WirePart<String>(1, "path")) {
      .cgroupID($0)
    } take: {
      if case .cgroupID(let path) = $0 { path } else { nil }
    },
    WireCase(9, "possibleCPUs", .possibleCPUs),
    WireCase(10, "startTime", .startTime),
    WireCase(11, "taiOffset", .taiOffset),
    WireCase(12, "feature", WirePart<String>(1, "name")) {
      .feature($0)
    } take: {
      if case .feature(let name) = $0 { name } else { nil }
    },
    WireCase(13, "attachPointExists", WirePart<AttachPoint>(1, "attachPoint")) {
      .attachPointExists($0)
    } take: {
      if case .attachPointExists(let attachPoint) = $0 { attachPoint } else { nil }
    },
    WireCase(14, "usesTaskFilter", WirePart<TaskFilter>(1, "filter")) {
      .usesTaskFilter($0)
    } take: {
      if case .usesTaskFilter(let filter) = $0 { filter } else { nil }
    },
    WireCase(15, "fieldOffset", WirePart<String>(1, "field"), WirePart<TaskFilter>(2, "filter")) {
      .fieldOffset($0, for: $1)
    } take: {
      if case .fieldOffset(let field, let filter) = $0 { (field, filter) } else { nil }
    },
    WireCase(16, "enumerator", WirePart<String>(1, "name"), WirePart<String?>(2, "module")) {
      .enumerator($0, module: $1)
    } take: {
      if case .enumerator(let name, let module) = $0 { (name, module) } else { nil }
    },
    WireCase(17, "tracerTask", WirePart<LoadTimeConstant.CommandScope>(1, "scope")) {
      .tracerTask($0)
    } take: {
      if case .tracerTask(let scope) = $0 { scope } else { nil }
    },
    WireCase(18, "parentOffset", .parentOffset),
    WireCase(33, "executionOffset", .executionOffset),
    WireCase(19, "eventRoom", WirePart<EventUrgency>(1, "urgency")) {
      .eventRoom($0)
    } take: {
      if case .eventRoom(let urgency) = $0 { urgency } else { nil }
    },
    WireCase(20, "eventTime", .eventTime),
    WireCase(21, "currentTaskField", WirePart<String>(1, "field")) {
      .currentTaskField($0)
    } take: {
      if case .currentTaskField(let field) = $0 { field } else { nil }
    },
    WireCase(22, "userSymbol", WirePart<String>(1, "name"), WirePart<String>(2, "path")) {
      .userSymbol($0, path: $1)
    } take: {
      if case .userSymbol(let name, let path) = $0 { (name, path) } else { nil }
    },
    WireCase(
      23, "kernelCallAllowed", WirePart<String>(1, "name"), WirePart<ProgramKind>(2, "kind")
    ) {
      .kernelCallAllowed($0, from: $1)
    } take: {
      if case .kernelCallAllowed(let name, let kind) = $0 { (name, kind) } else { nil }
    },
    WireCase(24, "operand", WirePart<TaskFilter>(1, "filter")) {
      .operand(of: $0)
    } take: {
      if case .operand(let filter) = $0 { filter } else { nil }
    },
    WireCase(25, "skippedProcess", .skippedProcess),
    WireCase(26, "namespaceTask", .namespaceTask),
    WireCase(27, "optionCount", WirePart<String>(1, "name")) {
      .optionCount($0)
    } take: {
      if case .optionCount(let name) = $0 { name } else { nil }
    },
    WireCase(28, "optionValue", WirePart<String>(1, "name"), WirePart<Int>(2, "index")) {
      .optionValue($0, index: $1)
    } take: {
      if case .optionValue(let name, let index) = $0 { (name, index) } else { nil }
    },
    WireCase(30, "optionIs", WirePart<String>(1, "name"), WirePart<String>(2, "text")) {
      .optionIs($0, $1)
    } take: {
      if case .optionIs(let name, let text) = $0 { (name, text) } else { nil }
    },
    WireCase(31, "countsRuns", .countsRuns),
    WireCase(32, "usesTaskFilters", .usesTaskFilters),
    WireCase(29, "condition", WirePart<OptionCondition>(1, "condition")) {
      .condition($0)
    } take: {
      if case .condition(let condition) = $0 { condition } else { nil }
    },
  ]
}

extension LoadTimeConstant.CommandScope: WireNumbered {
  package static let wireName = "scope of a command"
}

extension LoadTimeConstant.Shape: WireEnum {
  package static let wireName = "shape of a load-time constant"

  package static let wireCases: [WireCase<LoadTimeConstant.Shape>] = [
    WireCase(0, "integer", .integer),
    WireCase(1, "string", WirePart<Int>(1, "capacity")) {
      .string(capacity: $0)
    } take: {
      if case .string(let capacity) = $0 { capacity } else { nil }
    },
  ]
}

extension ScriptOption {
  /// The name of a parameter by which a script chooses processes itself.
  package static let processName = "pid"

  /// Whether it is such a parameter. One that is declared among the script's options is the runner's, which
  /// restricts the programs by it.
  package var choosesProcesses: Bool { name == Self.processName && declaration == nil }
}

extension ScriptOption: WireStruct {
  package static let wireName = "option"

  package static let blank = ScriptOption(name: "", defaultValue: .boolean(false), description: "")

  package static let wireFields: [WireField<ScriptOption>] = [
    WireField(1, "name", \.name, .required),
    WireField(2, "defaultValue", \.defaultValue, .required),
    WireField(3, "description", \.description),
    WireField(4, "declaration", \.declaration),
  ]
}

extension ScriptOption.Value: WireEnum {
  package static let wireName = "value of an option"

  package static let wireCases: [WireCase<ScriptOption.Value>] = [
    WireCase(0, "boolean", WirePart<Bool>(1, "value")) {
      .boolean($0)
    } take: {
      if case .boolean(let value) = $0 { value } else { nil }
    },
    WireCase(1, "unsigned", WirePart<UInt64>(1, "value")) {
      .unsigned($0)
    } take: {
      if case .unsigned(let value) = $0 { value } else { nil }
    },
    WireCase(2, "signed", WirePart<Int64>(1, "value")) {
      .signed($0)
    } take: {
      if case .signed(let value) = $0 { value } else { nil }
    },
    WireCase(3, "string", WirePart<String>(1, "value")) {
      .string($0)
    } take: {
      if case .string(let value) = $0 { value } else { nil }
    },
  ]
}
