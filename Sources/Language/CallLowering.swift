package import MachineView
package import TraceIR
package import TraceModel

/// A pointer to the slot of an aggregation.
package typealias SlotPointer = IRValue

/// A value in the IR.
package enum LoweredValue: Hashable, Sendable {
  case none
  /// Numbers, truth values, enumerations and addresses: an integer of the type's own width.
  case scalar(IRValue)
  /// Everything else: a pointer to its bytes in the program's memory, laid out as the type says.
  case memory(IRValue)
  /// A structure or array that is still in foreign memory: its address (`i64`).
  case remote(IRValue, AddressSpace)
}

/// What code may use wherever it is written in a program.
package protocol CodeLowering: AnyObject {
  var builder: IRBuilder { get }
  /// A new memory object of that size: pointer.
  func temporary(_ name: String, bytes: Int) -> IRValue
  /// A new memory object of that size, for code that uses it in many places.
  func temporarySlot(bytes: Int) -> IRSlotID
  /// The value of a load-time constant: `i64`.
  func loadTimeInteger(_ source: LoadTimeConstant.Source, default value: Int64) -> IRValue
  /// The address of the text of a load-time constant: pointer to `capacity` bytes.
  func loadTimeString(
    _ source: LoadTimeConstant.Source, capacity: Int, default value: String
  ) -> IRValue
  /// The index of the map that a filter looks into.
  func map(of filter: TaskFilter) -> Int
  /// The index of the map in whose first element the tracer notes that the run is over (`ObjectSymbol.runState`).
  func mapOfEnd() -> Int
  /// Whether programs know the filters that a run may use; else only its target and command.
  var knowsTaskFilters: Bool { get }
  /// Whether a run may be about a command that it starts.
  var startsCommand: Bool { get }
}

/// What an entry of the catalog may use to write the code of a call.
package protocol CallLowering: CodeLowering {
  /// Where the probe is attached; for entries that need the probe only.
  var probe: ResolvedAttachPoint { get }
  /// What the call can write to instead of sending events, in an iterator that is pinned; else nil.
  var pinnedIteration: ContextShape.Iteration? { get }
  /// The space of addresses of which nothing else is known.
  var addressSpace: AddressSpace { get }
  var configuration: ScriptConfiguration { get }
  /// Memory for the result, of the size of its type: where whoever asked for it will keep it, if that is
  /// known. All its bytes have to be written.
  func memoryForResult() -> IRValue
  /// Whether whoever asked for the result, a text, keeps no more bytes of it than `noteLengthOfResult` is told:
  /// those behind need not be written. Only functions that measure texts (`Function.measuresText`) are asked.
  var measuresResult: Bool { get }
  /// Tells how many bytes there are in the result, `i64`: up to the NUL, or all; negative if there is no text.
  func noteLengthOfResult(_ length: IRValue)
  /// What the programs are for.
  var architecture: Architecture { get }
  /// The size of a value of this type in memory, in bytes, which the script is bound by.
  func size(of type: ScriptType) -> Int

  var argumentCount: Int { get }
  /// The type of the call, as the check gave it.
  var resultType: ScriptType { get }
  /// Whether the call is a statement: nobody looks at its result.
  var isDiscarded: Bool { get }
  func type(_ argument: Int) -> ScriptType
  func constant(_ argument: Int) -> Constant?
  func word(_ argument: Int) -> String?
  func typeArgument(_ argument: Int) -> ScriptType
  /// The value of an argument; evaluated where this is called, once for each call of it.
  func value(_ argument: Int) -> LoweredValue
  /// The value of a number, pointer or castable aggregation, extended to `i64` by its sign.
  func integer(_ argument: Int) -> IRValue
  /// A pointer to the bytes of an argument in program memory, `size(of: type)` of them.
  func memory(_ argument: Int) -> IRValue
  /// The positional parameter that an argument is.
  func parameter(_ argument: Int) -> PositionalParameter?
  /// The index (in the manifest) of the map that an argument is as a whole, and its facts; nil if the
  /// argument is a value.
  func map(_ argument: Int) -> (index: Int, spec: MapSpec)?
  /// Writes a key for a map from an argument: pointer to its bytes; null for a map without explicit
  /// keys.
  func key(_ argument: Int, for map: Int) -> IRValue

  /// Takes the element out whose key an argument is: `i64`, 0 if it was there, else negative.
  func remove(_ argument: Int, from map: Int) -> IRValue
  /// Gives the variable that an argument is the value of an element, if there is one: whether there is.
  func assign(elementOfMap map: Int, key: IRValue, to argument: Int) -> IRValue
  /// Writes code that is given the address of an object of the kernel that the verifier knows the type of:
  /// what an argument points to, or a structure within such an object. It is skipped where there is no
  /// object.
  ///
  /// - Returns: Whether the verifier knows the object.
  func withKnownObject(_ argument: Int, _ write: (IRValue) -> Void) -> Bool

  /// The value of a field of the probe's context.
  func contextField(_ field: ContextField) -> LoweredValue
  /// The full name of the probe that a program of several was called for: pointer to as many bytes as
  /// the probe's `nameCapacity` says.
  func nameOfSite() -> IRValue
  /// An argument of the place that the program was called for, extended by its sign; 0 where that has not so
  /// many: `i64`.
  func argumentOfSite(_ number: Int) -> IRValue
  /// Whether two pieces of memory hold the same bytes, found out by a loop where they are many.
  func equalBytes(_ a: IRValue, _ b: IRValue, count: Int) -> IRValue
  /// The option of that name.
  func option(_ name: String) -> ScriptOption?
  /// The index of a text in the manifest.
  func string(_ text: String) -> Int

  /// Sends an event with all arguments from `first` on as its fields.
  func emit(_ kind: EventKind, argumentsFrom first: Int)
  /// Sends an event with these fields.
  func emit(_ kind: EventKind, fields: [(LoweredValue, ScriptType)])
  /// Sends an event whose fields `write` puts at the pointers it is given, all bytes of each.
  func emit(_ kind: EventKind, types: [ScriptType], write: ([IRValue]) -> Void)
  /// Sends the first `length` (`i64`) bytes of a packet, at an address that the verifier knows, behind an
  /// event with these fields: the helper's result, `i64`.
  func emitPacket(
    _ packet: IRValue, length: IRValue, _ kind: EventKind, fields: [(LoweredValue, ScriptType)]
  ) -> IRValue
  /// Reports a failed helper: emits a runtime error where `result` (`i64`) is negative, if the kind of
  /// failure is one that is reported by default (or all are, by option).
  func check(_ result: IRValue, helper: KernelHelper, isReportedByDefault: Bool)
  /// Ends the probe here, from whatever loop.
  func leaveProbe()
  /// Writes a record with these values in its fields: pointer.
  func record(of values: [(LoweredValue, ScriptType)], as type: ScriptType) -> IRValue
  /// Writes a record, the type of the call, with known values: pointer.
  func record(_ constants: [Constant]) -> IRValue
  /// Reports an error about an argument that only the lowering can find.
  func error(_ id: String, _ message: String, argument: Int)
  /// Notes that the script cannot run without a feature.
  func require(_ feature: KernelFeature)
}

extension CallLowering {
  /// Reads bytes from where an argument points to, in its address space, or else that of the probe.
  func read(_ size: IRValue, from argument: Int, to target: IRValue) {
    let space = type(argument).pointerSpace ?? addressSpace
    let result = builder.emit(
      .probeRead(space, to: target, size: size, from: integer(argument)))
    check(result, helper: .probeRead(space, isText: false), isReportedByDefault: false)
  }
}

extension IRBuilder {
  /// The address of a member of the structure of the kernel that is at an address: `i64`.
  func field(
    _ address: IRValue, _ structure: String, _ member: String, _ target: FieldPath.Target
  ) -> IRValue {
    emit(.fieldAddress(address, FieldPath(root: structure, steps: [.member(member, target)])))
  }

  /// How many bytes a text takes, its NUL included, of which at most `capacity` were read: `i64`. What cannot
  /// be read is an empty text.
  ///
  /// - Parameter result: Of reading it.
  func size(ofText result: IRValue, in capacity: Int) -> IRValue {
    add(bounded(binary(.sub, result, .word(1)), to: capacity - 1), .word(1))
  }
}
