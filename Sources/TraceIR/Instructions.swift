package import TraceModel

/// Two operands of one type, a result of the same type.
///
/// The divisions are total in the IR: the divisor is known not to be zero, because the lowering has
/// guarded it. Shift counts are below the width.
package enum IRBinary: String, Hashable, Sendable {
  case add, sub, mul, and, or, xor
  case shiftLeft = "shl"
  case shiftRight = "lshr"
  case shiftRightSigned = "ashr"
  case divide = "udiv"
  case remainder = "urem"
  case divideSigned = "sdiv"
  case remainderSigned = "srem"
}

/// Two operands of one type, a truth value as result.
package enum IRComparison: String, Hashable, Sendable {
  case equal = "eq"
  case notEqual = "ne"
  case less = "ult"
  case lessOrEqual = "ule"
  case greater = "ugt"
  case greaterOrEqual = "uge"
  case lessSigned = "slt"
  case lessOrEqualSigned = "sle"
  case greaterSigned = "sgt"
  case greaterOrEqualSigned = "sge"
}

/// A change of an integer's width, or between a pointer and its address.
package enum IRCast: String, Hashable, Sendable {
  case zeroExtend = "zext"
  case signExtend = "sext"
  case truncate = "trunc"
  /// A pointer's address as `i64`.
  case address = "ptrtoint"
}

/// A question about a field, a type or an enumerator that the loader answers for the running kernel.
package enum IRFieldQuestion: String, Hashable, Sendable {
  /// One if the kernel has the field, else zero.
  case exists
  /// The size of the field in bytes.
  case size
  /// The offset of the field (for a bit-field, of its load unit) in bytes.
  case offset
  /// For a bit-field: how far its load unit is to be shifted left, and then right.
  case leftShift
  case rightShift
  /// One if the kernel has the structure, else zero; the path has no steps.
  case typeExists = "type_exists"
  /// The size of the structure in bytes; the path has no steps.
  case typeSize = "type_size"
  /// One if the kernel has the enumerator, else zero.
  case enumeratorExists = "enumerator_exists"
  /// The value of the enumerator.
  case enumeratorValue = "enumerator_value"
}

/// Something that a function counts about its own run.
package enum IRCount: Hashable, Sendable {
  /// That the program runs in a process that the run is about.
  case run
  /// An event that did not go through the ring buffer and found no room.
  case dropped(EventUrgency)
  /// An element that a map of the script, by its index, had no room for.
  case refused(map: Int)
}

/// What one instruction does. Results are noted; everything else has none.
package enum IROperation: Hashable, Sendable {
  // MARK: Constants

  /// The 8-byte load-time constant of that index: `i64`.
  case constant(Int)
  /// The address of the text of a load-time constant: pointer.
  case constantAddress(Int)
  /// The address of read-only bytes: pointer.
  case literal([UInt8])

  // MARK: Arithmetic

  case binary(IRBinary, IRValue, IRValue)
  /// Result `i1`; pointers may be compared for equality with `integer(0, .pointer)`.
  case compare(IRComparison, IRValue, IRValue)
  case cast(IRCast, IRValue, IRType)
  /// The second operand where the first (`i1`) holds, else the third.
  case select(IRValue, IRValue, IRValue)

  // MARK: Memory of the program

  /// The address of a slot: pointer.
  case slot(IRSlotID)
  /// A pointer moved by a number of bytes (`i64`): pointer.
  case offset(IRValue, by: IRValue)
  /// A value of that type read through a pointer.
  case load(IRType, from: IRValue)
  case store(IRValue, to: IRValue)
  /// Copies bytes between two pieces of the program's memory that do not overlap.
  case copy(to: IRValue, from: IRValue, bytes: Int)
  /// Makes bytes zero.
  case zero(IRValue, bytes: Int)
  /// Makes bytes this one.
  case fill(IRValue, bytes: Int, with: UInt8)
  /// Adds to the 64-bit word at a pointer; the word belongs to this CPU alone.
  case increment(IRValue, by: IRValue)
  /// Adds to the number (`i32` or `i64`) at a pointer, which other CPUs may be changing; what the function
  /// reads and writes before and after, it does before and after.
  case atomicAdd(IRValue, by: IRValue)

  // MARK: Context and foreign memory

  /// The context a program was started with: pointer.
  case context
  /// A value of that type at a fixed offset of the context.
  case contextLoad(IRType, offset: Int)
  /// A field of the context that is found by name in the running kernel.
  case contextField(FieldPath, IRType)
  /// The address of a field of the kernel structure at an address (`i64`): `i64`.
  case fieldAddress(IRValue, FieldPath)
  /// A value at an address (`i64`) in a kernel object whose type the verifier knows; zero if there is
  /// no such object.
  case typedLoad(IRType, from: IRValue)
  /// The number that a pointer to such an object is (`i64`), of which the verifier knows nothing any
  /// more, so that anything may be done with it: `i64`.
  case number(IRValue)
  /// `i64`.
  case fieldInfo(IRFieldQuestion, FieldPath)
  /// Reads `size` (`i64`) bytes from an address (`i64`) into program memory: `i64`, negative on failure.
  case probeRead(AddressSpace, to: IRValue, size: IRValue, from: IRValue)
  /// Reads NUL-terminated text of at most `size` bytes, its NUL included: `i64`, the number of bytes
  /// read with the NUL, or negative.
  case probeReadString(AddressSpace, to: IRValue, size: IRValue, from: IRValue)

  // MARK: The script's maps, by their index among the module's script maps
  //
  // Keys are pointers; null for maps without explicit keys. `realize-maps` writes what these mean for
  // the maps of the kernel that it chooses.

  /// The address of an element's value, or null if there is no such element: pointer.
  case element(map: Int, key: IRValue)
  /// The same for the slot that a CPU (`i64`) has in an element of an aggregating map.
  case elementOfCPU(map: Int, key: IRValue, cpu: IRValue)
  /// The address of an element's value (of an aggregating map: of this CPU's slot), made of zeros if
  /// there was no such element: pointer.
  ///
  /// Null if there is no room; then a negative number is at `status`, a pointer to 8 bytes.
  case makeElement(map: Int, key: IRValue, status: IRValue)
  /// Makes `value`, a pointer, the value of an element: `i64`, negative on failure.
  case put(map: Int, key: IRValue, value: IRValue)
  /// Adds `amount` (`i32` or `i64`) to an element that is one such number, or makes one of it; loses
  /// nothing that other CPUs add. Result: the number before, 0 if there was no element.
  ///
  /// At `status`, a pointer to 8 bytes, is 0, or a negative number on failure.
  case add(map: Int, key: IRValue, amount: IRValue, status: IRValue)
  /// Takes an element out: `i64`, 0 if it was there, else negative.
  case remove(map: Int, key: IRValue)
  /// Whether there is such an element: `i1`.
  case contains(map: Int, key: IRValue)
  /// The number of elements: `i64`.
  case length(map: Int)
  /// The address of the kernel's map that keeps the elements: `i64`.
  case object(map: Int)
  /// Calls a `.forEach` function for each element. `frame` as of `forEach`.
  case iterate(map: Int, callback: Int, frame: IRValue = .null)

  // MARK: Maps of the kernel, by their index in the module

  /// The address of the value of a key, or a null pointer: pointer.
  case mapLookup(map: Int, key: IRValue)
  /// The same for one CPU (`i64`).
  case mapLookupPerCPU(map: Int, key: IRValue, cpu: IRValue)
  /// `i64`, negative on failure. Flags: 0 any, 1 only if new, 2 only if there.
  case mapUpdate(map: Int, key: IRValue, value: IRValue, flags: Int)
  /// `i64`, negative on failure.
  case mapDelete(map: Int, key: IRValue)
  /// The address of the map itself: `i64`.
  case mapObject(map: Int)
  /// Calls a `.forEach` function for each element: `i64`, the number of calls.
  ///
  /// `frame` is what the callback is given beside key and value; the outlining pass fills it in.
  case forEach(map: Int, callback: Int, frame: IRValue = .null)
  /// Calls a `.loop` function `count` (`i64`) times: `i64`, the number of calls. `frame` as above.
  case loop(count: IRValue, callback: Int, frame: IRValue = .null)

  // MARK: Kernel

  /// Whether the current process is in the cgroup that is the map's first element, or below it: `i64`,
  /// 1 if it is, 0 if not, negative if there is no such element.
  case isUnderCgroup(map: Int)
  /// `i64`, or for `getCurrentTask` and the like an address as `i64`.
  case helper(KernelHelper, [IRValue])
  /// Copies the frames of a stack to program memory of that many bytes: `i64`, the number of bytes
  /// written, or negative.
  case stack(IRStackFrames, to: IRValue, bytes: Int)

  // MARK: Functions

  /// Calls a subprogram, which comes before the caller in the module: `i64`.
  case call(function: Int, arguments: [IRValue])
  /// Calls an external function of the module, by its index; each argument is an `i64`, whose upper bits say
  /// again what those that the function looks at say: `i64`, of which as many bits count as its type has.
  case callExternal(function: Int, arguments: [IRValue])
  /// The program's scratch memory, for a subprogram that is called: pointer. The placement pass
  /// replaces it; what is left of it is null.
  case scratch

  // MARK: Events

  /// Sends the event of `size` (`i64`) bytes at a pointer to the runtime; counts it as lost if the
  /// ring buffer has no room for events of that urgency.
  case emit(event: IRValue, size: IRValue, urgency: EventUrgency)
  /// Adds one to a counter of this CPU (`RunCounters`); runs only where the load-time constant `countsRuns`
  /// asks for that.
  case count(IRCount)
}

/// One instruction, with the place in the script it is for.
package struct IRInstruction: Hashable, Sendable {
  /// The temporary it assigns, if it has a result.
  package var result: Int?
  package var operation: IROperation
  /// The line of the script, counted from 1, or 0.
  package var line: Int

  package init(result: Int? = nil, operation: IROperation, line: Int = 0) {
    self.result = result
    self.operation = operation
    self.line = line
  }
}

/// How a block ends.
package enum IRTerminator: Hashable, Sendable {
  case branch(IRBlockID)
  case conditional(IRValue, then: IRBlockID, else: IRBlockID)
  /// Ends the function with an `i64`; programs return its low 32 bits.
  case `return`(IRValue)
}

extension IROperation {
  /// The type of the result, or nil when there is none.
  package var resultType: IRType? {
    switch self {
    case .constant, .fieldAddress, .number, .fieldInfo, .probeRead, .probeReadString, .put, .remove,
      .length, .object, .iterate, .mapUpdate, .mapDelete, .mapObject, .forEach, .loop,
      .isUnderCgroup, .helper, .stack,
      .call, .callExternal:
      .i64
    case .constantAddress, .literal, .slot, .offset, .context, .element, .elementOfCPU,
      .makeElement, .mapLookup, .mapLookupPerCPU, .scratch:
      .pointer
    case .binary(_, let left, _): left.type
    case .add(_, _, let amount, _): amount.type
    case .compare, .contains: .i1
    case .cast(_, _, let type): type
    case .select(_, let value, _): value.type
    case .load(let type, _), .contextLoad(let type, _), .contextField(_, let type),
      .typedLoad(let type, _):
      type
    case .store, .copy, .zero, .fill, .increment, .atomicAdd, .emit, .count: nil
    }
  }
}

/// Whose frames are captured, and as what.
package enum IRStackFrames: Hashable, Sendable {
  case kernelAddresses
  case userAddresses
  /// The places of user frames in their binaries: `struct bpf_stack_build_id`.
  case userLocations

  /// Bytes of a frame.
  package var size: Int { self == .userLocations ? 32 : 8 }
}
