package import Diagnostics
package import MachineView
package import Syntax
package import TraceIR
package import TraceModel

/// A kind of attach point: its grammar, what it finds on a machine, and what its probes may use.
package struct ProbeType: Sendable {
  package typealias Resolve =
    @Sendable (AttachPointSyntax, ProbeResolution) throws(MachineError) -> ResolvedProbes
  /// The attach point that is written with these words behind the probe type, whether it exists or not;
  /// nil for one that makes no sense.
  package typealias Point = @Sendable ([String]) -> AttachPoint?
  package typealias List = @Sendable (ListingQuery) throws(MachineError) -> ProbeListing
  package typealias Together = @Sendable ([ResolvedAttachPoint], Architecture) -> [ProbeProgram]

  /// As full names begin: `tracepoint`.
  package var name: String
  /// Case-sensitive short names: `t`.
  package var shortNames: [String]
  /// Other full names, in any case: `kfunc`.
  package var otherNames: [String]
  package var summary: String
  package var details: String
  /// What `probetype` gives.
  package var kindName: String
  /// Whether `-l` without a pattern shows it.
  package var isListedByDefault: Bool
  /// Whether `-l` shows it where it looks at a process or a path.
  package var isListedInProcesses: Bool
  package var requires: [KernelFeature]
  /// Finds what an attach point means on a machine, one result for each program to be made.
  package var resolve: Resolve
  /// What `attach_point_exists` looks for; nil where it cannot look.
  package var point: Point?
  /// The attach points that a machine has, for `-l`.
  package var list: List
  /// The programs that carry many of its attach points at once and cost less than one by one, best
  /// first; they may give a script less.
  package var together: Together

  package init(
    name: String, shortNames: [String] = [], otherNames: [String] = [], summary: String,
    details: String = "", kindName: String? = nil, isListedByDefault: Bool,
    isListedInProcesses: Bool = false, requires: [KernelFeature] = [], point: Point? = nil,
    resolve: @escaping Resolve, list: @escaping List,
    together: @escaping Together = { _, _ in [] }
  ) {
    self.name = name
    self.shortNames = shortNames
    self.otherNames = otherNames
    self.summary = summary
    self.details = details
    self.kindName = kindName ?? name
    self.point = point
    self.isListedByDefault = isListedByDefault
    self.isListedInProcesses = isListedInProcesses
    self.requires = requires
    self.resolve = resolve
    self.list = list
    self.together = together
  }
}

extension ProbeType {
  /// The types that a name with `*` stands for, sorted by name: of the kernel, or of user space
  /// where attach points say a path or a process is looked at.
  ///
  /// - Parameter targets: What stands behind the name.
  package static func matching(
    _ name: String, _ targets: [String], targetPID: Int?
  ) -> [ProbeType] {
    let pattern = NamePattern(name.isEmpty ? "*" : name.lowercased())
    let isOfProcesses = targetPID != nil || targets.first?.contains("/") == true
    return all.filter {
      pattern.matches($0.name) && (isOfProcesses ? $0.isListedInProcesses : $0.isListedByDefault)
    }.sorted { $0.name < $1.name }
  }
}

/// What the resolution of attach points may look at.
package struct ProbeResolution: Sendable {
  package var kernel: any KernelView
  package var user: any UserView
  package var types: TypeTable
  package var architecture: Architecture
  /// The process of `-p`, if there is one.
  package var targetPID: Int?
  package var allowsUnsafe: Bool
  /// Whether the script is compiled for the machine that is looked at, and not for any.
  package var isForThisMachine: Bool
  package var missingProbes: MissingProbes
  /// The capacity of texts whose length is not known, in bytes.
  package var maxStringLength: Int
  /// The options that the script declares.
  package var options: [ScriptOption] = []
  /// Whether the probe's body uses `args`, so that they are worth a search.
  package var readsArguments = false
  /// Whether the probe's body asks for a field of what its function returns.
  package var followsReturnValue = false
  /// Whether to tell what few want to know and takes a while to find out (`-v`).
  package var isVerbose = false

  package init(
    kernel: any KernelView, user: any UserView, types: TypeTable, architecture: Architecture,
    targetPID: Int?, allowsUnsafe: Bool, isForThisMachine: Bool, missingProbes: MissingProbes,
    maxStringLength: Int
  ) {
    self.kernel = kernel
    self.user = user
    self.types = types
    self.architecture = architecture
    self.targetPID = targetPID
    self.allowsUnsafe = allowsUnsafe
    self.isForThisMachine = isForThisMachine
    self.missingProbes = missingProbes
    self.maxStringLength = maxStringLength
  }
}

/// What an attach point turned out to mean.
package struct ResolvedProbes: Sendable {
  /// Empty if there was an error, or a wildcard that matched nothing.
  package var probes: [ResolvedAttachPoint]
  /// How all of them are carried at once, if they can be; the runtime looks for them again then.
  package var pattern: ProbePattern?
  package var diagnostics: [Diagnostic]
  /// Set when an exact name does not exist: the text after `No matches for`, subject to
  /// `missing_probes`; for a wildcard that matches nothing `probes` is just empty.
  package var missing: String?
  /// What was probably meant instead of what is missing, as the attach point would be written.
  package var suggestion: String?
  /// Why what is missing is not there, as a sentence without its full stop; nil if that is not known.
  package var explanation: String?
  /// Why what was found holds on this machine only, as a clause; nil if the attach point means the same
  /// on all.
  package var binding: String?

  package init(
    probes: [ResolvedAttachPoint] = [], pattern: ProbePattern? = nil,
    diagnostics: [Diagnostic] = [], missing: String? = nil, suggestion: String? = nil,
    binding: String? = nil
  ) {
    self.probes = probes
    self.pattern = pattern
    self.suggestion = suggestion
    self.diagnostics = diagnostics
    self.missing = missing
    self.binding = binding
  }
}

/// An attach point that stands for as many places as the machine has on which the program is loaded.
package struct ProbePattern: Sendable {
  /// As the script writes it, with the full name of the probe type.
  package var name: String
  /// Patterns.
  package var points: [AttachPoint]
  /// Best first; never empty. Their contexts are those of the probes for which the pattern stands.
  package var programs: [ProbeProgram]
  /// How a program carries the pattern together with one for the other end of the same functions; nil where
  /// none does.
  package var session: ProbeSession?

  package init(
    name: String, points: [AttachPoint], programs: [ProbeProgram], session: ProbeSession? = nil
  ) {
    precondition(!programs.isEmpty, "a probe is carried by a program")
    self.name = name
    self.points = points
    self.programs = programs
    self.session = session
  }
}

/// One of two patterns, for the entry and for the return of the same functions, that one program carries: the
/// kernel calls it for both, and it asks for which (a kprobe session).
package struct ProbeSession: Sendable {
  /// Both patterns have the same.
  package var functions: AttachPoint
  package var isReturn: Bool
  /// What the pattern's part of the program is started with, and where the whole goes.
  package var program: ProbeProgram

  package init(functions: AttachPoint, isReturn: Bool, program: ProbeProgram) {
    self.functions = functions
    self.isReturn = isReturn
    self.program = program
  }
}

/// A probe to be made: where it is, and the programs that could carry it there.
///
/// Several programs are alternatives, best first: the runtime takes the first whose conditions hold. They
/// differ in how they reach what the script asks for, never in what that is: the script is checked
/// against the first, and names and types of `args` are the same in all. A program that lacks a field
/// which the script uses is left out when it comes to lowering.
package struct ResolvedAttachPoint: Sendable {
  /// The name of its `ProbeType`.
  package var probeType: String
  /// What `probetype` gives: `special` for begin and end.
  package var kindName: String
  /// As `probe` shows it: `tracepoint:sched:sched_switch`.
  package var name: String
  /// Where it is.
  package var points: [AttachPoint]
  /// Best first; never empty.
  package var programs: [ProbeProgram]
  /// Programs that cost each event less, best first. Those of them that give the script all that it asks
  /// for are used instead of `programs`; names and types of `args` are those of `programs`.
  package var substitutes: [ProbeProgram]
  /// Programs for kernels that have no way to carry the others, best first. Each of them that gives the
  /// script all that it asks for stands behind `programs`, if the probe is this attach point alone.
  package var fallbacks: [ProbeProgram]
  package var requires: [KernelFeature]
  /// Attach points of one family may share a program.
  package var family: String
  /// The bytes that `probe` takes, its NUL included, where one program carries several probes and has to
  /// look the name up; nil where the name is known.
  package var nameCapacity: Int?

  /// What the script is checked against.
  package var context: ContextShape { programs[0].context }

  package init(
    probeType: String, kindName: String? = nil, name: String, points: [AttachPoint],
    programs: [ProbeProgram], substitutes: [ProbeProgram] = [], fallbacks: [ProbeProgram] = [],
    requires: [KernelFeature] = [], family: String = ""
  ) {
    precondition(!programs.isEmpty, "a probe is carried by a program")
    self.probeType = probeType
    self.kindName = kindName ?? probeType
    self.name = name
    self.points = points
    self.programs = programs
    self.substitutes = substitutes
    self.fallbacks = fallbacks
    self.requires = requires
    self.family = family
  }
}

/// One program that can carry a probe.
package struct ProbeProgram: Sendable {
  /// How `-p` and the like restrict a program.
  package enum TargetFilter: Sendable {
    /// It is attached to the process alone, or to a command and what that starts.
    case attachment
    /// It is attached to the process alone; whether a process comes from a command the program finds out.
    case processAttachment
    /// The program begins by comparing process ids.
    case predicate
    case none
  }

  package var kind: ProgramKind
  /// For people who look into the object: `tracepoint/sched/sched_switch`.
  package var label: String
  package var context: ContextShape
  package var targetFilter: TargetFilter
  /// What the program returns if the script does not say: 1 keeps a tracepoint's event.
  package var defaultResult: Int64
  /// When it can be taken.
  package var conditions: [ProbeSpec.Condition]
  /// Where it is attached instead of at the probe's own points.
  package var points: [AttachPoint]
  /// The numbers by which it tells the places of the probe apart, in the order of the probe's points; empty
  /// if that is done by attach cookies.
  package var siteNumbers: [Int] = []
  /// What the kernel must have for attach cookies of such a program; nil for nothing more.
  package var cookieFeature: KernelFeature? = .perfLink
  /// Whether it is worth having only if the script uses pointers of the context that it can follow.
  package var isForTypedPointers = false

  package init(
    _ kind: ProgramKind, label: String, context: ContextShape, targetFilter: TargetFilter,
    defaultResult: Int64 = 0, conditions: [ProbeSpec.Condition] = [], points: [AttachPoint] = []
  ) {
    self.kind = kind
    self.label = label
    self.context = context
    self.targetFilter = targetFilter
    self.defaultResult = defaultResult
    self.conditions = conditions
    self.points = points
  }
}

/// What a program is started with.
package struct ContextShape: Hashable, Sendable {
  /// How `arg0`, `arg1`, ... are reached.
  package enum Registers: Hashable, Sendable {
    case none
    /// The context is `struct pt_regs`; offsets of the argument registers in bytes.
    case registers(arguments: [Int], architecture: String)
    /// The context is an array of 64-bit words.
    case words(count: Int)
    /// Each place has its arguments elsewhere; a table says where.
    case sites
  }

  /// The fields of `args`, or nil when the probe has no `args`.
  package var arguments: [ContextField]?
  /// Why `args` are not known here, where other probes of the type have them: a clause.
  package var argumentsObstacle: String?
  /// Whether `args` can be printed as a whole, as bpftrace does.
  package var argumentsArePrintable = true
  package var registers: Registers
  /// Whose `struct pt_regs` the context begins with, or nil if it has no registers.
  package var savedRegisters: Architecture?
  /// How `retval` is reached, or nil when the probe has none: offset in the context, and its type.
  package var returnValue: ContextField?
  /// What `ctx` points to, or nil when `ctx` may not be used.
  package var contextType: ScriptType?
  /// The space of addresses that come out of the context.
  package var space: AddressSpace
  /// How `func` is known, or nil.
  package var function: FunctionSource?
  /// Whether the kernel's stack has the frames that users of this probe know.
  package var hasUsualStack: Bool
  /// How a program that carries several probes knows which of them it was called for.
  package var site = SiteSource.cookie

  package enum SiteSource: Hashable, Sendable {
    /// By the attach cookie.
    case cookie
    /// By the number of the system call, which is an argument of a raw tracepoint, or is in the saved
    /// registers that its first argument points to. Calls of 32-bit programs have other numbers.
    case systemCall(SystemCallNumber)
    /// By the attach cookie, or where the kernel has none by the low bits of the instruction pointer, which
    /// is at this offset of `struct pt_regs`.
    case cookieOrAddress(instructionPointer: Int)
  }

  /// Where a raw tracepoint of system calls has the number.
  package enum SystemCallNumber: Hashable, Sendable {
    case word(Int)
    case register(offset: Int)
  }

  /// Set for the context of an iterator.
  package var iteration: Iteration?

  /// Where in the context of an iterator its parts are; bytes.
  package struct Iteration: Hashable, Sendable {
    package var metadata = 0
    /// The object; null in the last call, which tells of the end.
    package var object = 8
    /// Whether it is others who have it run, and read what it writes.
    package var isPinned: Bool

    package init(isPinned: Bool = false) { self.isPinned = isPinned }
  }
  /// Whether a process has the program run on purpose, so that it was in user space before.
  package var isCalledByUser: Bool

  /// How a program knows the function it is in.
  package enum FunctionSource: Hashable, Sendable {
    /// From the instruction pointer at this offset of `struct pt_regs`.
    case instructionPointer(offset: Int, isUser: Bool)
    /// From the `get_func_ip` helper.
    case helper(isUser: Bool)
  }

  package init(
    arguments: [ContextField]? = nil, registers: Registers = .none,
    savedRegisters: Architecture? = nil, returnValue: ContextField? = nil,
    contextType: ScriptType? = nil,
    space: AddressSpace = .kernel, function: FunctionSource? = nil, hasUsualStack: Bool = true,
    isCalledByUser: Bool = false
  ) {
    self.arguments = arguments
    self.registers = registers
    self.savedRegisters = savedRegisters
    self.returnValue = returnValue
    self.contextType = contextType
    self.space = space
    self.function = function
    self.hasUsualStack = hasUsualStack
    self.isCalledByUser = isCalledByUser
  }
}

extension ContextShape {
  /// This without the fields of `args`.
  package var withoutArguments: ContextShape {
    var shape = self
    shape.arguments = shape.arguments.map { _ in [] }
    return shape
  }

  /// The same with pointers that only helpers follow.
  package var withPlainPointers: ContextShape {
    func plain(_ field: ContextField) -> ContextField {
      guard case .typed(let offset) = field.access else { return field }
      var field = field
      field.access = .bytes(offset: offset)
      return field
    }
    var context = self
    context.arguments = arguments?.map(plain)
    context.returnValue = returnValue.map(plain)
    return context
  }

  /// The field that is to this context what `field` is to the one that the script was checked against.
  package func field(likeThat field: ContextField) -> ContextField? {
    let all = (arguments ?? []) + (returnValue.map { [$0] } ?? [])
    return all.first { $0.name == field.name && $0.type == field.type }
  }
}

/// One field of `args`, or `retval`.
package struct ContextField: Hashable, Sendable {
  package enum Access: Hashable, Sendable {
    /// An integer or pointer at a fixed offset of the context; its width is the type's.
    case load(offset: Int)
    /// A field of the context's structure that the loader finds by name; an integer or pointer.
    case field(FieldPath)
    /// A field of the kernel's structure that a word of the context points to.
    case pointed(word: Int, PointedField)
    /// A pointer at a fixed offset of the context to an object of the kernel whose type the verifier
    /// knows, so that it can be followed without a helper.
    case typed(offset: Int)
    /// Bytes (an array, a string) at a fixed offset of the context, or a scalar that the verifier lets
    /// nobody load from there.
    case bytes(offset: Int)
    /// Bytes whose place the loader finds by name.
    case fieldBytes(FieldPath)
    /// Text or an array whose offset (low 16 bits) and length (high 16) are in the 32-bit word that
    /// `location` reaches. `isRelative`: the offset counts from behind that word.
    case dynamic(location: DynamicLocation, isRelative: Bool)
    /// Eight bytes each at several offsets of the context.
    case words([Int])
    /// In memory of user space, at a distance from the address at `base` in the context.
    case userMemory(base: Int, distance: Int)
    case constant(Int64)
    /// What the traced function returns, as the kernel's `get_func_ret` helper tells it; a word.
    case functionResult
    /// Nowhere that a program could look; why, as a clause.
    case nowhere(String)
  }

  /// How a field of a kernel structure becomes a field of the context.
  package struct PointedField: Hashable, Sendable {
    /// The same field in different kernels; the loader takes the first that there is.
    package var paths: [FieldPath]
    /// The type of what is read, which is converted to that of the context's field as C would.
    package var type: ScriptType
    /// Whether the verifier knows the structure, so that reading needs no helper.
    package var isTyped: Bool

    package init(_ paths: [FieldPath], _ type: ScriptType, isTyped: Bool) {
      self.paths = paths
      self.type = type
      self.isTyped = isTyped
    }
  }

  /// Where the word with offset and length of dynamic data is.
  package enum DynamicLocation: Hashable, Sendable {
    case offset(Int)
    case field(FieldPath)
  }

  package var name: String
  package var type: ScriptType
  package var access: Access
  /// As C would declare it, for `-lv`: `const char * filename`.
  package var declaration: String
  /// Whether `access` is the same on every machine or the loader finds it; else why it fits this one.
  package var provenance: Provenance
  /// The thread that it names, where that is one whose events the kernel tells of one after the other.
  package var thread: ThreadField?

  package init(
    name: String, type: ScriptType, access: Access, declaration: String,
    provenance: Provenance = .everywhere
  ) {
    self.name = name
    self.type = type
    self.access = access
    self.declaration = declaration
    self.provenance = provenance
  }
}

/// What `-l` looks for.
package struct ListingQuery: Sendable {
  /// What stands behind the probe type, split at `:`; empty to list everything.
  package var parts: [String]
  package var kernel: any KernelView
  package var user: any UserView
  package var types: TypeTable
  package var architecture: Architecture
  package var targetPID: Int?
  /// Whether arguments are wanted too (`-lv`).
  package var wantsArguments: Bool

  package init(
    parts: [String], kernel: any KernelView, user: any UserView, types: TypeTable,
    architecture: Architecture, targetPID: Int?, wantsArguments: Bool
  ) {
    self.parts = parts
    self.kernel = kernel
    self.user = user
    self.types = types
    self.architecture = architecture
    self.targetPID = targetPID
    self.wantsArguments = wantsArguments
  }
}

/// What a probe type lists.
package enum ProbeListing: Sendable {
  case probes([ListedProbe], warnings: [String] = [])
  /// Functions of the kernel, each behind a text such as `kprobe:`, and behind its module or once whatever
  /// module has it.
  case functions(KernelFunctionNames, after: String, showsModules: Bool)
}

/// One line of `-l`, and with `-v` its arguments.
package struct ListedProbe: Hashable, Sendable {
  package var name: String
  /// C declarations without `;`, in order.
  package var arguments: [String]

  package init(name: String, arguments: [String] = []) {
    self.name = name
    self.arguments = arguments
  }
}
