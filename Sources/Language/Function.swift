package import TraceModel

/// A function or builtin of the language: everything there is to know of it, in one value.
///
/// The checker, the lowering, the manual and the completion read this. A builtin is a function that
/// may be written without parentheses.
package struct Function: Sendable {
  /// Where and when it does its work.
  package enum Invocation: Sendable {
    /// In the kernel, at once.
    case synchronous
    /// In the runtime, when the event is read.
    case asynchronous
    /// While the script is compiled.
    case compileTime
  }

  /// What kinds of argument a parameter takes.
  package enum ParameterKind: Hashable, Sendable {
    /// A string literal (or what folds to one).
    case stringLiteral
    /// An integer literal (or what folds to one).
    case integerLiteral
    /// Any integer, truth value or enumeration.
    case integer
    /// Any integer or pointer.
    case address
    case string
    case buffer
    /// A whole map, `@m`.
    case map
    /// Any value, or a whole map, `@m`.
    case anyOrMap
    /// A scratch variable that the call sets; it is declared by that if it is not yet.
    case variable
    /// A type, or an expression whose type is meant.
    case type
    /// A member of the structure that another argument, of the kind `.type`, names: `a` or `a.b`. Its value
    /// is the offset in bytes.
    case member(of: Int)
    /// The same, but its value is one where the kernel has the member, else zero.
    case memberExistence(of: Int)
    /// A bare word such as `boot` in `nsecs(boot)`, or a literal; the entry's `check` looks closer.
    case word
    /// Any value; the entry's `check` looks closer.
    case any
  }

  package struct Parameter: Sendable {
    package var name: String
    package var kind: ParameterKind
    package var isOptional: Bool
    /// Whether a positional parameter of the script that is not given is empty text here, and worth
    /// no warning.
    package var takesMissingWord: Bool

    package init(
      _ name: String, _ kind: ParameterKind, optional: Bool = false, takesMissingWord: Bool = false
    ) {
      self.name = name
      self.kind = kind
      self.isOptional = optional
      self.takesMissingWord = takesMissingWord
    }
  }

  package struct Signature: Sendable {
    package var parameters: [Parameter]
    /// Whether any number of further arguments may follow.
    package var isVariadic: Bool

    package init(_ parameters: [Parameter] = [], variadic: Bool = false) {
      self.parameters = parameters
      self.isVariadic = variadic
    }

    /// The least number of arguments.
    package var least: Int { parameters.count { !$0.isOptional } }
    /// The greatest number of arguments, or nil when there is no limit.
    package var most: Int? { isVariadic ? nil : parameters.count }
  }

  /// A pointer to an object of the kernel that the verifier knows the type of.
  package struct TypedPointer: Hashable, Sendable {
    /// Gives the pointer; it takes no arguments, and in one run of a program the pointer is always the
    /// same.
    package var helper: KernelHelper
    /// What kernels have that have the helper.
    package var feature: KernelFeature

    package init(_ helper: KernelHelper, _ feature: KernelFeature) {
      self.helper = helper
      self.feature = feature
    }
  }

  /// What a call without `result` gives.
  package typealias Check = @Sendable (any CallCheck) -> ScriptType
  package typealias Lower = @Sendable (any CallLowering) -> LoweredValue

  package var name: String
  /// The heading of the manual it stands under.
  package var family: String
  package var signature: Signature
  /// Whether it may be written without parentheses.
  package var isBuiltin: Bool
  package var summary: String
  package var details: String
  package var examples: [CatalogExample]
  package var invocation: Invocation
  /// Whether it needs `--unsafe`.
  package var isUnsafe: Bool
  package var requires: [KernelFeature]
  /// Whether nothing that follows a call in its block is reached.
  package var endsProbe: Bool
  /// Whether it asks for the probe it stands in, and so has no meaning in functions of a script.
  package var needsProbe: Bool
  /// Whether nearly every script calls it for what it does, and looks away from what it returns.
  package var returnsInPassing = false
  /// Whether it is, without arguments, the id of the current thread.
  package var isThreadID = false
  /// Whether it is the number of the CPU that runs the program.
  package var isCPUNumber = false
  /// Whether it is the same as long as a program runs, when it is called without arguments, and takes time to
  /// find out.
  package var isSteady = false
  /// Whether it gives what a register holds, which may have anything above the bits that are meant.
  package var isRegister = false
  /// Whether it has a meaning in iterators that are pinned, where nobody waits for events.
  package var writesToPinnedIterators = false
  /// Which argument of the probe it is, if it is one that a register holds.
  package var argumentNumber: Int?
  /// Whether it is the value of an option.
  package var isOptionValue = false
  /// Whether it is the context that a program is started with.
  package var isContext = false
  /// Whether it is `args`, for which debug information has to be read.
  package var isArguments = false
  /// Whether it is what a function returns.
  package var isReturnValue = false
  /// Whether it wants a program that stands at one place only.
  package var needsOneSite = false
  /// Whether the kernel takes only objects from it that the verifier knows the type of.
  package var takesKnownObject = false
  /// Whether a script that calls it chooses by itself which processes it is about.
  package var choosesTasks = false
  /// The same pointer as one that programs can follow without a helper, where there is such a thing.
  package var typedPointer: TypedPointer?
  /// Whether it shows by which way the kernel came to the probe.
  package var showsKernelStack: Bool
  /// Whether a program that is started with such a context can tell what it asks for.
  package var isServed: @Sendable (ContextShape) -> Bool = { _ in true }
  /// Whether it tells by which of the places of a program the kernel came.
  package var tellsSite: Bool
  /// Whether it tells how long the text is that it gives, when it is called with arguments of these types.
  package var measuresText: @Sendable ([ScriptType]) -> Bool = { _ in false }
  /// Looks at the arguments beyond what the signature says, reports, and returns the type of the call.
  package var check: Check
  package var lower: Lower

  package init(
    name: String, family: String, signature: Signature = Signature(), isBuiltin: Bool = false,
    summary: String, details: String = "", examples: [CatalogExample] = [],
    invocation: Invocation = .synchronous,
    isUnsafe: Bool = false, requires: [KernelFeature] = [], endsProbe: Bool = false,
    needsProbe: Bool = false, showsKernelStack: Bool = false, tellsSite: Bool = false,
    returnsInPassing: Bool = false,
    check: @escaping Check,
    lower: @escaping Lower
  ) {
    self.name = name
    self.family = family
    self.signature = signature
    self.isBuiltin = isBuiltin
    self.summary = summary
    self.details = details
    self.examples = examples
    self.invocation = invocation
    self.isUnsafe = isUnsafe
    self.requires = requires
    self.endsProbe = endsProbe
    self.needsProbe = needsProbe
    self.showsKernelStack = showsKernelStack
    self.tellsSite = tellsSite
    self.returnsInPassing = returnsInPassing
    self.check = check
    self.lower = lower
  }
  /// The same, one that tells how long the text is that it gives, if its arguments have types for which
  /// `measures` says so.
  func measuringText(_ measures: @escaping @Sendable ([ScriptType]) -> Bool) -> Function {
    var function = self
    function.measuresText = measures
    return function
  }
}
