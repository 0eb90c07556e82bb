package import Diagnostics
package import MachineView
package import TraceIR
package import TraceModel

/// What an entry of the catalog may ask and say while a call of it is checked.
///
/// The number and kinds of the arguments have been checked against the signature before.
package protocol CallCheck: AnyObject {
  /// The name that was called.
  var name: String { get }
  /// From the name to the closing parenthesis.
  var range: SourceRange { get }
  var argumentCount: Int { get }
  /// Whether the call is a statement: nobody looks at its result.
  var isDiscarded: Bool { get }
  /// The type of an argument; castable aggregations are seen as such.
  func type(_ argument: Int) -> ScriptType
  /// The value of an argument that is known, else nil.
  func constant(_ argument: Int) -> Constant?
  func range(_ argument: Int) -> SourceRange
  /// The word of a `.word` argument, or nil if it is left out.
  func word(_ argument: Int) -> String?
  /// The positional parameter that an argument is, with its value if that is known.
  func parameter(_ argument: Int) -> PositionalParameter?
  /// The map that an argument is as a whole, for `.map` and `.anyOrMap`; else nil.
  func map(_ argument: Int) -> MapFacts?
  /// The type that a `.type` argument names or has.
  func typeArgument(_ argument: Int) -> ScriptType
  /// The clock that an argument was read from.
  func clock(_ argument: Int) -> ClockReading

  /// Gives an argument of the kind `.variable` the values of a map.
  func assign(valuesOfMap map: Int, to argument: Int)
  /// Notes that an argument is used as a key of the map that another argument is.
  func noteKey(_ argument: Int, ofMap map: Int)
  /// Notes that the call wants to know what is in the map that an argument is.
  func looks(intoMap map: Int)
  /// Notes that the map an argument is has no explicit keys.
  func noteScalarUse(ofMap map: Int)
  /// Notes that the call reads a clock.
  func note(_ clock: ScriptClock)
  /// Makes the call a known value.
  func fold(to constant: Constant)
  /// Makes the call a record whose fields have known values.
  func fold(toFields constants: [Constant])
  /// Notes that the call is the truth of a load-time constant: a predicate that asks nothing else
  /// decides whether a probe is attached.
  func isAnswered(by source: LoadTimeConstant.Source, default answer: Bool)

  /// Where the probe is attached and what it may use; for entries that need the probe only.
  var probe: ResolvedAttachPoint { get }
  /// What the call can write to instead of sending events, in an iterator that is pinned; else nil.
  var pinnedIteration: ContextShape.Iteration? { get }
  var configuration: ScriptConfiguration { get }
  /// A type of C by its name (`named` of `TypeTable`), or nil, after telling the author why not.
  func namedType(_ name: String, keyword: String?, space: AddressSpace) -> ScriptType?
  /// The type of a variable of the kernel that each CPU has of its own, or nil if the kernel has none of that
  /// name.
  func variableOfCPUs(_ name: String) -> ScriptType?
  /// Whether the kernel, or a module, has a function of that name by its types; nil if it does not tell.
  func hasKernelFunction(_ name: String) -> Bool?
  /// The size of a value of this type in memory, in bytes, which the script is bound by.
  func size(of type: ScriptType) -> Int
  /// The kernel that the script will run on, or nil if it is compiled for later.
  var kernel: (any KernelView)? { get }
  /// The bytes of what a symbol of a binary names, 0 if the binary does not say; nil if there is no such
  /// symbol, or no such binary.
  func size(ofSymbol name: String, inBinary path: String) -> Int?
  /// Whether `--unsafe` was given.
  var allowsUnsafe: Bool { get }

  /// The option of that name, if the script declares or has mentioned it.
  func option(_ name: String) -> ScriptOption?
  /// Whether the script has an `options` block.
  var declaresOptions: Bool { get }
  /// The names of the options that there are.
  var optionNames: [String] { get }
  /// Declares a named parameter of the script, reports a contradiction to an earlier use, and returns
  /// its value if the command line is known at compile time.
  func declareOption(_ option: ScriptOption)

  /// Whether the script may use an unstable feature; reports it, unless the script says that it may.
  ///
  /// - Parameters:
  ///   - feature: As people know it.
  ///   - key: Of the configuration: `unstable_dw_ustack`.
  func allowsUnstable(_ feature: String, key: String) -> Bool

  /// Reports an error about the whole call, or an argument.
  func error(_ id: String, _ message: String, argument: Int?, hints: [String])
  func warning(_ id: String, _ message: String, argument: Int?, hints: [String])
}

extension CallCheck {
  package func error(_ id: String, _ message: String) {
    error(id, message, argument: nil, hints: [])
  }

  package func error(_ id: String, _ message: String, argument: Int) {
    error(id, message, argument: argument, hints: [])
  }

  package func warning(_ id: String, _ message: String) {
    warning(id, message, argument: nil, hints: [])
  }
}

/// A question that is answered when a program is loaded.
package struct LoadTimeQuestion: Hashable, Sendable {
  /// The constant whose truth the answer is.
  package var source: LoadTimeConstant.Source
  /// The answer when nothing gives another.
  package var defaultAnswer: Bool

  package init(source: LoadTimeConstant.Source, defaultAnswer: Bool) {
    self.source = source
    self.defaultAnswer = defaultAnswer
  }
}

/// A positional parameter as it is used.
package struct PositionalParameter: Hashable, Sendable {
  package var source: LoadTimeConstant.Source
  /// The word on the command line; empty if there is none.
  package var text: String
  /// Whether `text` is what the script will run with.
  package var isFinal: Bool

  package init(source: LoadTimeConstant.Source, text: String, isFinal: Bool) {
    self.source = source
    self.text = text
    self.isFinal = isFinal
  }
}

/// What is known of a map while a script is checked.
package struct MapFacts: Hashable, Sendable {
  package var name: String
  /// Nil while no use has told whether it has keys.
  package var isScalar: Bool?
  /// Nil while unknown.
  package var key: ScriptType?
  package var value: ScriptType?

  package init(
    name: String, isScalar: Bool? = nil, key: ScriptType? = nil, value: ScriptType? = nil
  ) {
    self.name = name
    self.isScalar = isScalar
    self.key = key
    self.value = value
  }
}
