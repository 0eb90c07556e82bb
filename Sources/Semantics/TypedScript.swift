package import Diagnostics
package import Language
package import Syntax
package import TraceModel

/// A script with what is known of its names and types; without errors, what the lowering starts from.
package struct TypedScript: Sendable {
  package var tree: ScriptTree
  package var sources: SourceMap
  /// The types of C that it names.
  package var types: TypeTable
  /// The comment at the top of the script, without comment signs.
  package var manual: String
  package var configuration: ScriptConfiguration
  /// One for each body of its own: a probe whose attach points give it several meanings is there several
  /// times.
  package var probes: [TypedProbe] = []
  /// In the order in which the script has them.
  package var functions: [TypedFunction] = []
  /// The functions, by index, each after those that it calls; without those that call themselves.
  package var functionOrder: [Int] = []
  /// The objects that it imports.
  package var imports: [ImportedObject] = []
  /// Their functions, which can be called.
  package var importedFunctions: [ImportedFunction] { imports.flatMap(\.functions) }
  /// The folders whose files it imports.
  package var importedFolders: [ImportedSource] = []
  /// In order of first mention.
  package var maps: [TypedMap] = []
  /// What it declares of its options, rows and tables.
  package var tool = ToolShape()
  /// The named parameters: those that are declared, then the others in order of first mention.
  package var options: [ScriptOption] = []
  /// What fits the machine only that was looked at, in order of discovery.
  package var bindings: [Binding] = []

  package init(
    tree: ScriptTree, sources: SourceMap, types: TypeTable, manual: String = "",
    configuration: ScriptConfiguration = ScriptConfiguration()
  ) {
    self.tree = tree
    self.sources = sources
    self.types = types
    self.manual = manual
    self.configuration = configuration
  }
}

/// A map with its final types.
package struct TypedMap: Hashable, Sendable {
  /// With its `@`.
  package var name: String
  package var kind: MapKind
  /// Nil for a map without explicit keys. Several keys are a tuple.
  package var key: ScriptType?
  /// `.aggregation` for aggregating maps.
  package var value: ScriptType
  package var maxEntries: Int
  /// Whether a declaration says kind and size.
  package var isDeclared: Bool

  package init(
    name: String, kind: MapKind, key: ScriptType?, value: ScriptType, maxEntries: Int,
    isDeclared: Bool = false
  ) {
    self.name = name
    self.kind = kind
    self.key = key
    self.value = value
    self.maxEntries = maxEntries
    self.isDeclared = isDeclared
  }

  /// Whether the tracer keeps it, because what makes keys equal is known outside the kernel only.
  package var isKeptByTracer: Bool { key?.isToBeUnwound == true }

  /// How many keys there can be, if these are the numbers below that and few; 1 for a map without
  /// explicit keys. Signed numbers count as their bits.
  package var keyCount: Int? {
    guard let key else { return 1 }
    return key.isScalar && key.scalarBytes == 1 ? 256 : nil
  }
}

/// A probe's predicate and body, as they are at attach points where they mean the same.
package struct TypedProbe: Sendable {
  package var group: ProbeGroup
  /// The first member, as the body was checked against it.
  package var attachPoint: ResolvedAttachPoint
  /// What the predicate and the action block say.
  package var body: TypedBody
  /// The conditions among those that the predicate joins by `&&` which only the loader can answer: the program
  /// is not attached where one does not hold.
  package var attachConditions: [AttachCondition] = []
  /// Whether the predicate asks nothing else, so that programs need none.
  package var predicateIsDecided = false

  package init(group: ProbeGroup, attachPoint: ResolvedAttachPoint, body: TypedBody) {
    self.group = group
    self.attachPoint = attachPoint
    self.body = body
  }

  package var syntax: ProbeSyntax { group.syntax }
  /// Whether it comes from wildcards alone.
  package var isOfWildcard: Bool { group.isOfWildcards }
}

/// What decides when a program is loaded whether it is attached.
package struct AttachCondition: Hashable, Sendable {
  package var question: LoadTimeQuestion
  package var expected: Bool

  package init(question: LoadTimeQuestion, expected: Bool) {
    self.question = question
    self.expected = expected
  }
}

/// What is known of a block of statements with variables of its own.
package struct TypedBody: Sendable {
  /// Where a body stands, which decides what it may use.
  package enum Environment: Sendable {
    case probe(ResolvedAttachPoint)
    /// A function of that name, which any probe may call.
    case function(String)
  }

  package var environment: Environment
  /// The types of the first variables, which have values from the beginning.
  package var parameters: [ScriptType]
  /// What the body returns; `.none` for nothing. Probes may return a number.
  package var result: ScriptType
  /// What is known of each expression, by its id.
  package var facts: [ExprID: ExpressionFacts]
  /// The scratch variables, each once.
  package var variables: [TypedVariable]
  /// Which variable a `let` or a `for` statement declares.
  package var declarations: [StmtID: Int]

  package init(
    environment: Environment, parameters: [ScriptType] = [], result: ScriptType = .none,
    facts: [ExprID: ExpressionFacts], variables: [TypedVariable], declarations: [StmtID: Int]
  ) {
    self.environment = environment
    self.parameters = parameters
    self.result = result
    self.facts = facts
    self.variables = variables
    self.declarations = declarations
  }
}

/// A function of the script.
package struct TypedFunction: Sendable {
  package var syntax: FunctionSyntax
  package var body: TypedBody

  package init(syntax: FunctionSyntax, body: TypedBody) {
    self.syntax = syntax
    self.body = body
  }
}

/// A scratch variable.
package struct TypedVariable: Hashable, Sendable {
  /// With its `$`.
  package var name: String
  package var type: ScriptType
  /// The value that it is declared with and always has; nil for a variable that something changes.
  package var definition: ExprID?

  package init(name: String, type: ScriptType, definition: ExprID? = nil) {
    self.name = name
    self.type = type
    self.definition = definition
  }
}

/// What the checker found out about an expression.
package struct ExpressionFacts: Sendable {
  package var type: ScriptType
  /// The value, if it is known when the script is compiled; nothing else needs lowering then.
  package var constant: Constant?
  package var meaning: Meaning
  /// The question whose answer a truth value is, if the loader answers it.
  package var loadTimeQuestion: LoadTimeQuestion?
  /// Whether the value is a non-negative number that takes on the sign of what it meets, as literals
  /// do.
  package var isFlexible: Bool
  /// Which clock it was read from.
  package var clock: ClockReading
  /// Whether it comes from a register, which may have anything above the bits that are meant.
  package var isFromRegister = false
  /// Whether a cast gave it its type, so that it is no mere literal even if its value is known.
  package var isCast = false
  /// The values of a record's fields, if they are known when the script is compiled.
  package var fieldConstants: [Constant]?

  package init(
    type: ScriptType, constant: Constant? = nil, meaning: Meaning = .plain,
    isFlexible: Bool = false, clock: ClockReading = .unknown
  ) {
    self.type = type
    self.constant = constant
    self.meaning = meaning
    self.isFlexible = isFlexible
    self.clock = clock
  }
}

/// What a name, call or access stands for.
package enum Meaning: Sendable {
  /// What its syntax says.
  case plain
  /// A scratch variable, by its index among the body's.
  case variable(Int)
  /// A map, by its index among the script's: the whole map, its only element, or (for `mapElement`)
  /// one element.
  case map(Int)
  /// A call of a function, or a builtin.
  case function(Function)
  /// A call of a function of the script, by its index.
  case scriptFunction(Int)
  /// A call of a function of an imported object, by its index among all of them.
  case importedFunction(Int)
  /// A call of an aggregation; only as the value of an assignment to a map.
  case aggregation(AggregationFunction, Aggregation)
  /// `$n` or `$#`; its value is a load-time constant. Type `int64` or `uint64`, or string for a
  /// parameter that is no number.
  case parameter(PositionalParameter, default: Constant)
  /// `args.x`, or `retval`.
  case context(ContextField)
  /// `args` as a whole.
  case arguments
  /// A field of a structure of C; the base is the structure, or a pointer to it (through any number
  /// of pointers, which are followed first).
  case structureField(StructureField, StructureReference)
  /// An element of a tuple or a field of a record, by its index.
  case element(Int)
  /// A size, an offset or an enumerator that the loader will find out, and the factor it is multiplied
  /// by.
  case typeNumber(TypeNumber, times: Int = 1)
  /// An index into text, an array, or what a pointer points to.
  case index
}
