package import TraceModel

/// A map as the kernel sees it.
package struct IRMap: Hashable, Sendable {
  /// Its symbol in the object.
  package var symbol: String
  package var kind: MapKind
  /// Bytes; 0 for ring buffers.
  package var keySize: Int
  /// Bytes; 0 for ring buffers.
  package var valueSize: Int
  /// Elements; bytes for ring buffers.
  package var maxEntries: Int

  package init(symbol: String, kind: MapKind, keySize: Int, valueSize: Int, maxEntries: Int) {
    self.symbol = symbol
    self.kind = kind
    self.keySize = keySize
    self.valueSize = valueSize
    self.maxEntries = maxEntries
  }

  /// That of the run itself (`ObjectSymbol.runState`), without the numbers of maps.
  package static let runState = IRMap(
    symbol: ObjectSymbol.runState, kind: .array, keySize: 4, valueSize: 8, maxEntries: 1)
}

/// A map as the script sees it: what it keeps, not how.
package struct IRScriptMap: Hashable, Sendable {
  /// Its symbol in the object.
  package var symbol: String
  /// The kind of hash that keeps it if nothing else does.
  package var kind: MapKind
  /// Bytes; 0 for a map without explicit keys.
  package var keySize: Int
  /// Bytes of a value, or of a slot for one CPU.
  package var valueSize: Int
  package var maxEntries: Int
  /// How many keys there can be, if these are the numbers below that and few; 1 for a map without
  /// explicit keys.
  package var keyCount: Int?
  /// Whether a value is one number, which is written at once.
  package var isWord: Bool
  /// Whether the script asks for that kind of map.
  package var isDeclared: Bool
  /// By what programs know the threads whose ids are the keys; nil if a key may be something else.
  package var threadKeys: Set<ThreadKey>?
  /// Whether every key is the number of the CPU that runs the program.
  package var isKeyedByCPU: Bool
  /// Whether programs tell the tracer what to do with elements, and have no map.
  package var isKeptByTracer: Bool
  /// Where the elements are; `realize-maps` decides.
  package var storage = MapStorage.hash

  package init(
    symbol: String, kind: MapKind, keySize: Int, valueSize: Int, maxEntries: Int,
    keyCount: Int? = nil, isWord: Bool = false, isDeclared: Bool = false,
    threadKeys: Set<ThreadKey>? = nil, isKeyedByCPU: Bool = false, isKeptByTracer: Bool = false
  ) {
    self.symbol = symbol
    self.kind = kind
    self.keySize = keySize
    self.valueSize = valueSize
    self.maxEntries = maxEntries
    self.keyCount = keyCount
    self.isWord = isWord
    self.isDeclared = isDeclared
    self.threadKeys = threadKeys
    self.isKeyedByCPU = isKeyedByCPU
    self.isKeptByTracer = isKeptByTracer
  }
}

/// One stretch of instructions that is entered at its start only.
package struct IRBlock: Hashable, Sendable {
  /// For people reading the IR.
  package var label: String
  package var instructions: [IRInstruction]
  /// Nil only while the block is being built.
  package var terminator: IRTerminator?

  package init(label: String) {
    self.label = label
    instructions = []
    terminator = nil
  }
}

/// One function: a program, a subprogram that others call, or a callback that one of them hands to the
/// kernel.
package struct IRFunction: Hashable, Sendable {
  package enum Role: Hashable, Sendable {
    /// Attached to something. The label is for people: `tracepoint/sched/sched_switch`.
    case program(label: String)
    /// Called by `call`; returns what the script's function does.
    case subprogram(parameters: [IRType])
    /// Called by `loop`. Parameter 0 is the iteration's number (`i64`). Returns 1 to stop, else 0.
    /// `parent` is the function whose slots and context it may use too.
    case loop(parent: Int)
    /// Called by `forEach`. Parameters 0 and 1 point to key and value. Returns as `loop` does.
    case forEach(parent: Int)
  }

  package var name: String
  package var role: Role
  /// Whether it is one of the probes of a program that carries two: a subprogram that returns what a program
  /// does, and counts for itself.
  package var isPart = false
  package var slots: [IRSlot]
  /// The first one is the entry.
  package var blocks: [IRBlock]
  /// How many temporaries there are; their numbers are below it.
  package var temporaryCount: Int
  /// Which element of a callback's frame holds the context of its program; set by the outlining
  /// pass where the callback uses the context.
  package var contextCapture: Int?
  /// Which parameter of a subprogram is the context of the program that runs; set by the pass that
  /// extends subprograms where one uses the context.
  package var contextParameter: Int?
  /// A pointer to the program's scratch memory, where a function need not look it up: in subprograms
  /// and their callbacks; set by the pass that extends subprograms.
  package var scratchBase: IRValue?

  package init(name: String, role: Role) {
    self.name = name
    self.role = role
    slots = []
    blocks = [IRBlock(label: "entry")]
    temporaryCount = 0
  }

  /// The function that encloses a callback.
  package var parent: Int? {
    switch role {
    case .program, .subprogram: nil
    case .loop(let parent), .forEach(let parent): parent
    }
  }
}

/// Everything that goes into one object.
package struct IRModule: Hashable, Sendable {
  /// The name of the script.
  package var name: String
  /// The licence of the programs: `GPL`.
  package var license: String
  /// In the order of the manifest's.
  package var scriptMaps: [IRScriptMap]
  /// Those that something else than a script's map is for; `realize-maps` adds the others.
  package var maps: [IRMap]
  package var constants: [LoadTimeConstant]
  /// Callbacks come after the function that encloses them.
  package var functions: [IRFunction]
  /// The functions of other objects and of the kernel that some function calls.
  package var externals: [IRExternalFunction] = []
  /// The fields that those objects ask the loader for.
  package var externalFields: [FieldPath] = []
  /// The lines of the script, for the object's line information.
  package var lines: [String]

  package init(name: String) {
    self.name = name
    license = "GPL"
    scriptMaps = []
    maps = []
    constants = []
    functions = []
    lines = []
  }

  /// Whether the object is to be linked to others.
  package var isLinked: Bool { externals.contains { $0.owner == .object } }

  /// Whether processors see the stores of another one in the order in which it made them.
  package var storesAreOrdered = false

  /// What is in slots before anything is written to them; nil: anything.
  package var poison: UInt8?

  /// How much stack the placement pass may give to slots.
  package var stackBudget = StackBudget()

  /// The bytes of scratch memory that each element of the scratch map has; set by the placement
  /// pass, which also adds the map.
  package var scratchSize = 0

  /// The index of the map of that symbol.
  package func map(_ symbol: String) -> Int? { maps.firstIndex { $0.symbol == symbol } }

  /// All fields that any function asks the loader for, each once, in order of use.
  package var fields: [FieldPath] {
    var seen: Set<FieldPath> = []
    var result: [FieldPath] = []
    for function in functions {
      for block in function.blocks {
        for instruction in block.instructions {
          switch instruction.operation {
          case .contextField(let path, _), .fieldAddress(_, let path), .fieldInfo(_, let path):
            if seen.insert(path).inserted { result.append(path) }
          default: break
          }
        }
      }
    }
    return result
  }
}

extension IRModule {
  /// The function whose callbacks a function is among, or itself.
  package func root(of function: Int) -> Int {
    var root = function
    while let parent = functions[root].parent { root = parent }
    return root
  }

  /// The functions, by their indices: each after the subprograms that it calls, and callbacks right after
  /// the function that encloses them.
  package var calleesFirst: [Int] {
    var families: [Int: [Int]] = [:]
    for index in functions.indices { families[root(of: index), default: []].append(index) }
    var order: [Int] = []
    var entered: Set<Int> = []
    func visit(_ root: Int) {
      guard entered.insert(root).inserted, let family = families[root] else { return }
      for member in family { functions[member].callees.sorted().forEach(visit) }
      order += family
    }
    for index in functions.indices where functions[index].parent == nil { visit(index) }
    return order
  }
}

extension IRFunction {
  /// The subprograms that it calls, by their indices.
  package var callees: Set<Int> {
    var result: Set<Int> = []
    for instruction in blocks.lazy.flatMap(\.instructions) {
      if case .call(let callee, _) = instruction.operation { result.insert(callee) }
    }
    return result
  }
}

extension Manifest {
  /// Returns the manifest with each map of the script kept as the passes over `module` decided.
  package func keepingMaps(of module: IRModule) -> Manifest {
    var manifest = self
    for (index, map) in zip(maps.indices, module.scriptMaps) {
      manifest.maps[index].storage = map.storage
    }
    return manifest
  }
}
