import Diagnostics
import Language
import MachineView
import Semantics
import TraceIR
import TraceModel

/// Sizes, offsets and enumerators in code: as constants where they are the same everywhere, else as
/// the loader or the runtime finds them.
extension BodyLowering {
  /// A number about types: `i64`.
  func word(_ number: TypeNumber) -> IRValue {
    if let fixed = number.fixed { return .word(fixed) }
    switch number.provenance {
    case .relocation(let question, let path): return builder.emit(.fieldInfo(question, path))
    case .loadTime(let source): return loadTimeInteger(source, default: 0)
    case .everywhere, .checked, .machine: return .word(Int64(assumed(number)))
    }
  }

  /// A number about types that has to be known now.
  func assumed(_ number: TypeNumber) -> Int {
    Int(number.assumed { script.bind($0, at: currentRange) })
  }

  /// A multiple of a number about types: `i64`.
  func word(_ count: IRValue, times number: TypeNumber) -> IRValue {
    guard let fixed = number.fixed else {
      return count.constant == 1 ? word(number) : builder.binary(.mul, count, word(number))
    }
    if let count = count.constant { return .word(count * fixed) }
    return fixed == 1 ? count : builder.binary(.mul, count, .word(fixed))
  }

  /// How far apart the elements are that a pointer to `target` steps over, in bytes.
  func stride(of target: ScriptType) -> TypeNumber {
    if target == .void { return TypeNumber(1, .everywhere) }
    let size = script.typeSize(of: target, at: currentRange)
    return size.fixed == 0 ? TypeNumber(1, .everywhere) : size
  }

  /// The size of a value in program memory, in bytes.
  func size(_ type: ScriptType) -> Int { script.size(of: type, at: currentRange) }
}

extension ScriptLowering {
  /// How large a value of C is in foreign memory, and where that holds.
  func typeSize(of type: ScriptType, at range: SourceRange?) -> TypeNumber {
    do throws(MachineError) { return try types.size(of: type) } catch {
      report(.machine(error, at: range))
      return TypeNumber(0, .everywhere)
    }
  }

  /// How values of a type lie in program memory, which is settled when the script is compiled.
  func layout(of type: ScriptType, at range: SourceRange?) -> ValueLayout {
    if let known = layouts[type] { return known }
    var layout = ValueLayout.none
    do throws(MachineError) {
      layout = try types.layout(of: type).assumed { bind($0, at: range) }
    } catch { report(.machine(error, at: range)) }
    layouts[type] = layout
    return layout
  }

  /// The size of a value in program memory, in bytes.
  func size(of type: ScriptType, at range: SourceRange?) -> Int {
    switch type {
    case .integer, .boolean, .enumeration, .pointer: type.scalarBytes
    case .string(let capacity): capacity
    default: layout(of: type, at: range).size
    }
  }
}
