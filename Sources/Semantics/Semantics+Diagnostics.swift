package import Diagnostics
import Language
import LinuxSystem
package import MachineView
import TraceModel

/// The wording of what the checker says; that about imports and macros is in files beside this one.
extension Diagnostic {
  static func repeatedName(
    _ name: String, type: String, at range: SourceRange, first: SourceRange
  ) -> Diagnostic {
    .error(
      "repeated-name",
      "\"\(name)\" was used as the name for more than one \(type.uppercased()) probe", at: range,
      notes: [Note("this is the other instance", at: first)])
  }

  // MARK: What is known while compiling

  static func unknownWhileCompiling(at range: SourceRange) -> Diagnostic {
    .error("not-constant", "Unable to resolve comptime expression", at: range)
  }

  static func lonelyTypeof(at range: SourceRange) -> Diagnostic {
    .error(
      "typeof-argument",
      "When used as a call argument, `typeof` builtin only valid for macro calls that are "
        + "expecting a type parameter", at: range)
  }

  // MARK: Names

  static func undefinedVariable(
    _ name: String, similar: String?, hint: String?, at range: SourceRange
  ) -> Diagnostic {
    var diagnostic = Diagnostic.error(
      "undefined-variable", "Undefined or undeclared variable: \(name)", at: range)
    if let hint { diagnostic.hints = [hint] }
    if let similar {
      diagnostic.fixIts = [FixIt(title: "use \(similar)", range: range, replacement: similar)]
      diagnostic.hints.append("Did you mean \(similar)?")
    }
    return diagnostic
  }

  static func undefinedMap(_ name: String, at range: SourceRange) -> Diagnostic {
    .error("undefined-map", "Undefined map: \(name)", at: range)
  }

  static func unresolvedVariable(at range: SourceRange) -> Diagnostic {
    .error(
      "unresolved-variable", "Could not resolve the type of this variable", at: range)
  }

  static func unsettledType(_ name: String, at range: SourceRange) -> Diagnostic {
    .error(
      "unsettled-type",
      "The type of \(name) does not settle: what is assigned to it grows with it", at: range,
      hints: ["Give it a type: let \(name): ..."])
  }

  static func unknownIdentifier(_ name: String, similar: String?, at range: SourceRange)
    -> Diagnostic
  {
    .error(
      "unknown-identifier", "Unknown identifier: '\(name)'", at: range,
      hints: similar.map { ["Did you mean '\($0)'?"] } ?? [])
  }

  static func unknownFunction(_ name: String, similar: String?, at range: SourceRange) -> Diagnostic
  {
    .error(
      "unknown-function", "Unknown function: '\(name)'", at: range,
      hints: similar.map { ["Did you mean '\($0)'?"] } ?? [])
  }

  /// The machine does not tell its types, or something else that a script asks for.
  package static func machine(_ error: MachineError, at range: SourceRange?) -> Diagnostic {
    .error("machine", "\(error)", at: range)
  }

  static func unknownType(_ name: String, at range: SourceRange) -> Diagnostic {
    .error("unknown-type", "Cannot resolve unknown type \"\(name)\"", at: range)
  }

  static func redeclared(
    _ name: String, at range: SourceRange, first: VariableTable.Entry
  ) -> Diagnostic {
    .error(
      "redeclared-variable",
      "Variable \(name) was already declared. Variable shadowing is not allowed.", at: range,
      notes: [first.note])
  }

  static func loopShadows(
    _ name: String, at range: SourceRange, first: VariableTable.Entry
  ) -> Diagnostic {
    .error(
      "loop-shadows", "Loop declaration shadows existing variable: \(name)", at: range,
      notes: [first.note])
  }

  // MARK: Types

  static func variableMismatch(
    _ name: String, value: ScriptType, slot: ScriptType, at range: SourceRange
  ) -> Diagnostic {
    .error(
      "type-mismatch",
      "Type mismatch for \(name): trying to assign value of type '\(value.text)' when variable "
        + "already has a type '\(slot.text)'", at: range)
  }

  static func mapMismatch(
    _ name: String, value: ScriptType, slot: ScriptType, at range: SourceRange
  ) -> Diagnostic {
    .error(
      "type-mismatch",
      "Type mismatch for \(name): trying to assign value of type '\(value.text)' when map "
        + "already has a type '\(slot.text)'", at: range)
  }

  static func keyMismatch(
    _ name: String, key: ScriptType, slot: ScriptType, at range: SourceRange
  ) -> Diagnostic {
    .error(
      "key-mismatch",
      "Argument mismatch for \(name): trying to access with arguments: '\(key.text)' when map "
        + "expects arguments: '\(slot.text)'", at: range)
  }

  static func usedWithKey(_ name: String, at range: SourceRange) -> Diagnostic {
    .error(
      "scalar-map",
      "\(name) used as a map with an explicit key (non-scalar map), previously used without an "
        + "explicit key (scalar map)", at: range)
  }

  static func usedWithoutKey(_ name: String, at range: SourceRange) -> Diagnostic {
    .error(
      "keyed-map",
      "\(name) used as a map without an explicit key (scalar map), previously used with an "
        + "explicit key (non-scalar map)", at: range)
  }

  static func operatorTypes(_ sign: String, _ a: ScriptType, _ b: ScriptType, at range: SourceRange)
    -> Diagnostic
  {
    .error(
      "operator-types",
      "The \(sign) operator can not be used on expressions of types \(a.text), \(b.text)",
      at: range)
  }

  static func operatorType(_ sign: String, _ a: ScriptType, at range: SourceRange) -> Diagnostic {
    .error(
      "operator-types",
      "The \(sign) operator can not be used on expressions of type '\(a.text)'", at: range)
  }

  static func arrayOperator(_ sign: String, at range: SourceRange) -> Diagnostic {
    .error("operator-types", "The \(sign) operator cannot be used on arrays.", at: range)
  }

  static func arraySizes(at range: SourceRange) -> Diagnostic {
    .error(
      "operator-types", "Only arrays of same size support comparison operators.", at: range)
  }

  static func comparisonMismatch(
    _ sign: String, _ a: (ScriptType, SourceRange), _ b: (ScriptType, SourceRange),
    at range: SourceRange
  ) -> Diagnostic {
    .error(
      "type-mismatch",
      "Type mismatch for '\(sign)': comparing \(a.0.text) with \(b.0.text)", at: range,
      notes: [Note("left (\(a.0.text))", at: a.1), Note("right (\(b.0.text))", at: b.1)])
  }

  static func distinctPointers(
    _ a: (ScriptType, SourceRange), _ b: (ScriptType, SourceRange), at range: SourceRange
  ) -> Diagnostic {
    .warning(
      "distinct-pointers", "comparison of distinct pointer types: \(a.0.text), \(b.0.text)",
      at: range,
      notes: [Note("left (\(a.0.text))", at: a.1), Note("right (\(b.0.text))", at: b.1)])
  }

  static func losesUnsigned(_ type: ScriptType, to target: ScriptType, at range: SourceRange)
    -> Diagnostic
  {
    .warning(
      "implicit-cast",
      "Expression of type: \(type.text) being cast to type: \(target.text). This may cause "
        + "unexpected results. Use an explicit cast to suppress this warning.", at: range)
  }

  static func invalidCondition(_ type: ScriptType, at range: SourceRange) -> Diagnostic {
    .error("invalid-condition", "Invalid condition: \(type.kindName)", at: range)
  }

  static func cannotCast(_ from: ScriptType, to target: ScriptType, at range: SourceRange)
    -> Diagnostic
  {
    if case .structure = from {
      return .error("cannot-cast", "Cannot cast from C type \"\(from.text)\"", at: range)
    }
    return .error(
      "cannot-cast", "Cannot cast from \"\(from.text)\" to \"\(target.text)\"", at: range)
  }

  static func noEnumerator(_ value: Int64, in name: String, at range: SourceRange) -> Diagnostic {
    .error(
      "enum-value", "Enum: \(name) doesn't contain a variant value of \(value)", at: range)
  }

  static func branchTypes(_ a: ScriptType, _ b: ScriptType, at range: SourceRange) -> Diagnostic {
    .error(
      "branch-types",
      "Branches must return the same type or compatible types: have '\(a.text)' and '\(b.text)'",
      at: range)
  }

  static func noValue(at range: SourceRange) -> Diagnostic {
    .error("no-value", "A value is needed here, but this expression has none", at: range)
  }

  // MARK: Calls

  /// - Parameter most: Nil if there is no limit.
  static func argumentCount(
    _ name: String, least: Int, most: Int?, given: Int, at range: SourceRange
  ) -> Diagnostic {
    func arguments(_ count: Int) -> String {
      switch count {
      case 0: "no arguments"
      case 1: "one argument"
      default: "\(count) arguments"
      }
    }
    let text: String
    if most == least {
      text = "requires \(arguments(least))"
    } else if given < least {
      text = "requires at least \(arguments(least))"
    } else {
      text = "takes up to \(arguments(most ?? 0))"
    }
    return .error("argument-count", "\(name)() \(text) (\(given) provided)", at: range)
  }

  static func argumentType(
    _ function: String, _ parameter: String, _ type: ScriptType, given: ScriptType,
    at range: SourceRange
  ) -> Diagnostic {
    .error(
      "argument-type",
      "\(function)() expects a value of type '\(type.text)' for \(parameter), not "
        + "'\(given.text)'", at: range)
  }

  static func mixedSpaces(at range: SourceRange) -> Diagnostic {
    .warning(
      "address-space", "Addrspace mismatch: functions take their pointers for the kernel's",
      at: range)
  }

  // MARK: Functions

  static func functionResult(
    _ name: String, _ type: ScriptType, returned: ScriptType, at range: SourceRange
  ) -> Diagnostic {
    let declared = type == .none ? ScriptType.void : type
    return .error(
      "function-result",
      "Function \(name) is of type \(declared.text), cannot return \(returned.text)", at: range)
  }

  static func redefinedFunction(
    _ name: String, at range: SourceRange, first: SourceRange
  ) -> Diagnostic {
    .error(
      "redefined-function", "Redefinition of function: \(name)", at: range,
      notes: [Note("This is the original definition.", at: first)])
  }

  static func hiddenFunction(_ name: String, at range: SourceRange) -> Diagnostic {
    .warning(
      "hidden-function", "'\(name)' is a function of the language too; calls mean this one",
      at: range)
  }

  static func repeatedParameter(_ name: String, at range: SourceRange) -> Diagnostic {
    .error(
      "repeated-parameter", "Variable for function argument has already been used: \(name)",
      at: range)
  }

  static func signatureType(_ type: ScriptType, at range: SourceRange) -> Diagnostic {
    .error(
      "signature-type", "Functions can not take or return values of type '\(type.text)'",
      at: range)
  }

  static func outsideProbe(_ name: String, at range: SourceRange) -> Diagnostic {
    .error("outside-probe", "Builtin \(name) not supported outside probe", at: range)
  }

  static func recursion(_ chain: [String], at range: SourceRange) -> Diagnostic {
    .error(
      "recursion",
      "Recursive function call detected. Call chain: \(chain.joined(separator: " > "))", at: range)
  }

  static func callDepth(_ name: String, limit: Int, at range: SourceRange) -> Diagnostic {
    .error(
      "call-depth",
      "Calls of \(name) are nested too deeply: more than \(limit) functions inside one another",
      at: range)
  }

  // MARK: Folding

  static func cannotFold(at range: SourceRange) -> Diagnostic {
    .error(
      "fold-overflow", "unable to fold literals due to overflow or underflow", at: range)
  }

  static func divisionByZero(at range: SourceRange) -> Diagnostic {
    .error("division-by-zero", "division by zero", at: range)
  }

  static func negativeUnderflow(at range: SourceRange) -> Diagnostic {
    .error("fold-overflow", "negative value will underflow", at: range)
  }

  /// A literal that does not fit where text is kept, its NUL included.
  static func literalTooLong(_ text: [UInt8], limit: Int, at range: SourceRange) -> Diagnostic {
    .error(
      "string-too-long",
      "String is too long (over \(limit) bytes): \(String(decoding: text, as: UTF8.self))",
      at: range)
  }

  static func emptyLiteral(at range: SourceRange) -> Diagnostic {
    .warning("empty-literal", "literal string will always be empty", at: range)
  }

  // MARK: Fields and elements

  /// A probe's `args` have no such field.
  static func noArgument(_ name: String, of probe: String, at range: SourceRange) -> Diagnostic {
    .error(
      "no-field",
      "Struct/union of type 'struct \(probe)_args' does not contain a field named '\(name)'",
      at: range)
  }

  static func noParameter(_ name: String, at range: SourceRange) -> Diagnostic {
    .error("no-field", "Can't find function parameter \(name)", at: range)
  }

  static func commonField(at range: SourceRange) -> Diagnostic {
    .error(
      "common-field", "BPF does not support accessing common tracepoint fields", at: range)
  }

  static func noElement(_ index: UInt64, in type: ScriptType, at range: SourceRange) -> Diagnostic {
    .error(
      "no-field", "Can not access index '\(index)' on expression of type '\(type.text)'",
      at: range)
  }

  static func noField(_ name: String, in type: ScriptType, at range: SourceRange) -> Diagnostic {
    switch type {
    case .record:
      .error(
        "no-field", "Record does not contain a field named '\(name)'", at: range)
    case .structure, .arguments:
      .error(
        "no-field",
        "Struct/union of type '\(type.text)' does not contain a field named '\(name)'", at: range)
    default:
      .error(
        "no-field", "Can not access field '\(name)' on expression of type '\(type.text)'",
        at: range)
    }
  }

  static func unknownStructure(_ name: String, at range: SourceRange) -> Diagnostic {
    .error("unknown-structure", "Unknown struct/union: '\(name)'", at: range)
  }

  static func tupleIndex(_ index: UInt64, count: Int, at range: SourceRange) -> Diagnostic {
    .error(
      "tuple-index", "Invalid tuple index: \(index). Found \(count) elements in tuple.", at: range)
  }

  static func tupleIndexLiteral(at range: SourceRange) -> Diagnostic {
    .error(
      "tuple-index", "Array-style access for tuples only valid for integer literals", at: range)
  }

  static func outOfBounds(_ index: Int64, count: Int, at range: SourceRange) -> Diagnostic {
    .error(
      "index-bounds", "the index \(index) is out of bounds for array of size \(count)", at: range)
  }

  static func indexType(_ type: ScriptType, at range: SourceRange) -> Diagnostic {
    .error(
      "index-type",
      "The array index operator [] only accepts non-negative integer indices. Got: \(type.text)",
      at: range)
  }

  static func notIndexable(_ type: ScriptType, at range: SourceRange) -> Diagnostic {
    .error(
      "not-indexable",
      "The array index operator [] can only be used on arrays, pointers, and tuples, found \(type.text).",
      at: range)
  }

  // MARK: Statements

  static func outsideLoop(
    _ word: String, in environment: TypedBody.Environment, at range: SourceRange
  ) -> Diagnostic {
    let place = if case .function = environment { "function" } else { "probe" }
    return .error(
      "outside-loop", "'\(word)' statement is not allowed in a \(place)", at: range)
  }

  static func unreachable(at range: SourceRange) -> Diagnostic {
    .warning("unreachable", "Unreachable statement.", at: range)
  }

  static func discardedValue(at range: SourceRange) -> Diagnostic {
    .warning("discarded-value", "Return value discarded.", at: range)
  }

  static func returnType(_ type: ScriptType, at range: SourceRange) -> Diagnostic {
    .error(
      "return-type",
      "Probe return values can only be integers. Found \(type.text)", at: range)
  }

  /// A feature that a key of the configuration has to allow.
  static func unstableFeature(_ name: String, key: String, at range: SourceRange) -> Diagnostic {
    .error(
      "unstable-feature",
      "\(name) feature is not enabled by default. To enable this unstable feature, set the config "
        + "flag to enable. \(key)=enable", at: range)
  }

  static func usesUnstableFeature(_ name: String, key: String) -> Diagnostic {
    .warning(
      "unstable-feature",
      "Script is using an unstable feature: \(name). To prevent this warning you must explicitly "
        + "enable it in the config e.g. \(key)=enable", at: nil)
  }

  static func unheardOutput(_ name: String, at range: SourceRange) -> Diagnostic {
    .warning(
      "pinned-output",
      "\(name)() reaches nobody: a pinned iterator runs when somebody reads its file, who gets what printf() "
        + "writes", at: range)
  }

  static func textOutsideIterator(
    _ name: String, in function: String, at range: SourceRange, calledAt call: SourceRange
  ) -> Diagnostic {
    Diagnostic(
      id: "pinned-output", severity: .error,
      message:
        "\(name)() in the function '\(function)' cannot write to the file of a pinned iterator; "
        + "in the body of the probe it can", range: range,
      notes: [Diagnostic.Note("The iterator calls it here.", at: call)])
  }

  static func aggregationPlace(_ name: String, at range: SourceRange) -> Diagnostic {
    .error("aggregation-place", "\(name)() must be assigned directly to a map", at: range)
  }

  static func unwoundMap(_ name: String, at range: SourceRange) -> Diagnostic {
    .error(
      "unwound-map",
      "\(name) cannot be looked at here: stacks in its keys are unwound outside the kernel, so the map is "
        + "kept there, too", at: range,
      hints: [
        "Programs can write it and take elements out; print(), clear() and zero() work as ever."
      ])
  }

  static func copiedAggregation(
    _ target: String, _ source: String, _ type: ScriptType, at range: SourceRange
  ) -> Diagnostic {
    let function =
      if case .aggregation(let aggregation) = type {
        Catalog.function(of: aggregation).example
      } else {
        "count()"
      }
    return .error(
      "copied-aggregation",
      "Map value '\(type.text)' cannot be assigned from one map to another. The function that "
        + "returns this type must be called directly e.g. `\(target) = \(function);`.", at: range,
      hints: [
        "Add a cast to integer if you want the value of the aggregate, e.g. `\(target) = "
          + "(int64)\(source);`."
      ])
  }

  static func aggregationInVariable(_ type: ScriptType, at range: SourceRange) -> Diagnostic {
    .error(
      "aggregation-variable",
      "Value '\(type.text)' cannot be assigned to a scratch variable.", at: range)
  }
}

extension VariableTable.Entry {
  /// Where the variable comes from.
  fileprivate var note: Diagnostic.Note {
    switch origin {
    case .assignment: Diagnostic.Note("This is the initial assignment.", at: declaration)
    case .declaration: Diagnostic.Note("This is the initial declaration.", at: declaration)
    case .loop: Diagnostic.Note("This is the loop variable.", at: declaration)
    }
  }
}

extension ScriptType {
  /// The kind of type, as messages about arguments name it: `int`, `string`.
  package var kindName: String {
    switch self {
    case .none, .unresolved, .poison: "none"
    case .void: "void"
    case .integer: "int"
    case .boolean: "bool"
    case .enumeration: "enum"
    case .string: "string"
    case .buffer: "buffer"
    case .pointer: "pointer"
    case .array: "array"
    case .tuple: "tuple"
    case .record: "record"
    case .structure, .arguments: "c_type"
    case .presented(let presentation): presentation.kindName
    case .aggregation: text
    case .word(let word): word
    }
  }
}
