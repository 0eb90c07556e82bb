internal import TraceModel

/// Writes a module as text, one instruction a line, for golden files and `-d ir`.
///
/// The text is made to be read and compared, not to be parsed again. Types of 64 bits are left out;
/// `%3` is a temporary, `arg0` a parameter, `label.2` a block. A line that begins with `;`
/// names the script's line that the instructions below it are for.
package struct IRPrinter {
  private let module: IRModule
  private var out = ""

  private init(_ module: IRModule) { self.module = module }

  /// The text of a whole module.
  package static func text(of module: IRModule) -> String {
    var printer = IRPrinter(module)
    printer.printHeader()
    for index in module.functions.indices {
      printer.out += "\n"
      printer.printFunction(index)
    }
    return printer.out
  }

  /// The text of one function.
  package static func text(of function: Int, in module: IRModule) -> String {
    var printer = IRPrinter(module)
    printer.printFunction(function)
    return printer.out
  }

  // MARK: Module

  private mutating func printHeader() {
    out += "module \(module.name), license \(module.license)\n"
    for (index, map) in module.scriptMaps.enumerated() {
      out += "script map \(index) \(map.symbol): \(map.kind), "
      if map.keySize > 0 { out += "key \(map.keySize), " }
      out += "value \(map.valueSize), \(map.maxEntries) entries\n"
    }
    for (index, map) in module.maps.enumerated() {
      out += "map \(index) \(map.symbol): \(map.kind), "
      if map.keySize > 0 { out += "key \(map.keySize), " }
      if map.valueSize > 0 { out += "value \(map.valueSize), " }
      out += "\(map.maxEntries) entries\n"
    }
    for (index, constant) in module.constants.enumerated() {
      out += "constant \(index) at \(constant.offset): \(constant.source) = "
      switch constant.shape {
      case .integer: out += "\(constant.defaultInteger)\n"
      case .string(let capacity):
        out += "\(Self.quoted(Array(constant.defaultString.utf8))) in \(capacity) bytes\n"
      }
    }
    if module.scratchSize > 0 { out += "scratch \(module.scratchSize)\n" }
  }

  // MARK: Functions

  private mutating func printFunction(_ index: Int) {
    let function = module.functions[index]
    switch function.role {
    case .program(let label): out += "program \(index) \(function.name) in \(label)\n"
    case .subprogram(let parameters):
      let types = parameters.map(\.name).joined(separator: ", ")
      let word = function.isPart ? "part" : "subprogram"
      out += "\(word) \(index) \(function.name)(\(types))\n"
    case .loop(let parent): out += "loop \(index) \(function.name) of \(parent)\n"
    case .forEach(let parent): out += "for_each \(index) \(function.name) of \(parent)\n"
    }
    if let capture = function.contextCapture { out += "  context in frame[\(capture)]\n" }
    if let parameter = function.contextParameter { out += "  context in arg\(parameter)\n" }
    for (number, slot) in function.slots.enumerated() {
      out += "  slot \(slot.name).\(number): \(slot.size) bytes"
      if slot.alignment != 8 { out += ", aligned \(slot.alignment)" }
      switch slot.placement {
      case .undecided: break
      case .stack: out += ", on the stack"
      case .scratch(let offset): out += ", scratch at \(offset)"
      }
      out += "\n"
    }
    var line = 0
    for (number, block) in function.blocks.enumerated() {
      out += "\(block.label).\(number):\n"
      for instruction in block.instructions {
        if instruction.line != line {
          line = instruction.line
          out += "  ; \(line)"
          if line > 0, line <= module.lines.count { out += ": \(module.lines[line - 1])" }
          out += "\n"
        }
        out += "  "
        if let result = instruction.result { out += "%\(result) = " }
        out += text(instruction.operation, in: index) + "\n"
      }
      out += "  " + text(block.terminator, in: function) + "\n"
    }
  }

  private func text(_ terminator: IRTerminator?, in function: IRFunction) -> String {
    func name(_ block: IRBlockID) -> String {
      guard function.blocks.indices.contains(block.index) else { return "block#\(block.index)" }
      return "\(function.blocks[block.index].label).\(block.index)"
    }
    return switch terminator {
    case .branch(let block): "goto \(name(block))"
    case .conditional(let condition, let then, let other):
      "if \(bare(condition)) \(name(then)) else \(name(other))"
    case .return(let value): "return \(bare(value))"
    case nil: "(not ended)"
    }
  }

  // MARK: Operations

  private func text(_ operation: IROperation, in function: Int) -> String {
    switch operation {
    case .constant(let index): "constant \(index)"
    case .constantAddress(let index): "constant_address \(index)"
    case .literal(let bytes): "literal \(Self.quoted(bytes))"
    case .binary(let operation, let left, let right):
      "\(operation.rawValue)\(suffix(left.type)) \(bare(left)), \(bare(right))"
    case .compare(let comparison, let left, let right):
      "\(comparison.rawValue)\(suffix(left.type)) \(bare(left)), \(bare(right))"
    case .cast(let cast, let value, let type): "\(cast.rawValue) \(typed(value)) to \(type.name)"
    case .select(let condition, let then, let other):
      "select\(suffix(then.type)) \(bare(condition)), \(bare(then)), \(bare(other))"
    case .slot(let slot): "slot \(text(slot, in: function))"
    case .offset(let pointer, let bytes): "offset \(bare(pointer)) by \(bare(bytes))"
    case .load(let type, let pointer): "load\(suffix(type)) from \(bare(pointer))"
    case .store(let value, let pointer):
      "store\(suffix(value.type)) \(bare(value)) to \(bare(pointer))"
    case .copy(let target, let source, let bytes):
      "copy \(bytes) bytes to \(bare(target)) from \(bare(source))"
    case .zero(let pointer, let bytes): "zero \(bytes) bytes at \(bare(pointer))"
    case .fill(let pointer, let bytes, let byte):
      "fill \(bytes) bytes at \(bare(pointer)) with \(byte)"
    case .increment(let pointer, let amount): "increment \(bare(pointer)) by \(bare(amount))"
    case .atomicAdd(let pointer, let amount):
      "atomic_add\(suffix(amount.type)) \(bare(pointer)) by \(bare(amount))"
    case .context: "context"
    case .contextLoad(let type, let offset): "context_load\(suffix(type)) at \(offset)"
    case .contextField(let path, let type): "context_field\(suffix(type)) \(path.text)"
    case .fieldAddress(let base, let path): "field_address \(path.text) of \(bare(base))"
    case .typedLoad(let type, let address): "typed_load\(suffix(type)) \(bare(address))"
    case .number(let pointer): "number of \(bare(pointer))"
    case .fieldInfo(let question, let path): "\(question.text) \(path.text)"
    case .probeRead(let space, let target, let size, let source):
      "probe_read_\(space) \(bare(size)) bytes to \(bare(target)) from \(bare(source))"
    case .probeReadString(let space, let target, let size, let source):
      "probe_read_\(space)_str \(bare(size)) bytes to \(bare(target)) from \(bare(source))"
    case .element(let map, let key): "element \(text(map, key))"
    case .elementOfCPU(let map, let key, let cpu): "element \(text(map, key)) cpu \(bare(cpu))"
    case .makeElement(let map, let key, let status):
      "make_element \(text(map, key)) status \(bare(status))"
    case .put(let map, let key, let value): "put \(text(map, key)) value \(bare(value))"
    case .add(let map, let key, let amount, let status):
      "add\(suffix(amount.type)) \(text(map, key)) amount \(bare(amount)) status \(bare(status))"
    case .remove(let map, let key): "remove \(text(map, key))"
    case .contains(let map, let key): "contains \(text(map, key))"
    case .length(let map): "length \(scriptName(map))"
    case .object(let map): "object \(scriptName(map))"
    case .iterate(let map, let callback, let frame):
      "iterate \(scriptName(map)) call \(callback)\(text(frame: frame))"
    case .mapLookup(let map, let key): "map_lookup \(name(map)) key \(bare(key))"
    case .mapLookupPerCPU(let map, let key, let cpu):
      "map_lookup_percpu \(name(map)) key \(bare(key)) cpu \(bare(cpu))"
    case .mapUpdate(let map, let key, let value, let flags):
      "map_update \(name(map)) key \(bare(key)) value \(bare(value)) flags \(flags)"
    case .mapObject(let map): "map_object \(name(map))"
    case .mapDelete(let map, let key): "map_delete \(name(map)) key \(bare(key))"
    case .forEach(let map, let callback, let frame):
      "for_each \(name(map)) call \(callback)\(text(frame: frame))"
    case .loop(let count, let callback, let frame):
      "loop \(bare(count)) times call \(callback)\(text(frame: frame))"
    case .isUnderCgroup(let map): "is_under_cgroup \(name(map))"
    case .helper(let helper, let arguments):
      (["helper", helper.name] + arguments.map(typed)).joined(separator: " ")
    case .call(let callee, let arguments):
      (["call", name(function: callee)] + arguments.map(typed)).joined(separator: " ")
    case .callExternal(let callee, let arguments):
      (["call", "extern", name(external: callee)] + arguments.map(typed)).joined(separator: " ")
    case .scratch: "scratch"
    case .stack(let frames, let target, let bytes):
      "\(frames.name) \(bytes) bytes to \(bare(target))"
    case .emit(let pointer, let size, let urgency):
      "emit \(urgency.name) of \(bare(size)) bytes at \(bare(pointer))"
    case .count(.run): "count run"
    case .count(.dropped(let urgency)): "count dropped \(urgency.name)"
    case .count(.refused(let map)): "count refused by \(scriptName(map))"
    }
  }

  private func text(frame: IRValue) -> String {
    frame == .null ? "" : " frame \(bare(frame))"
  }

  private func text(_ slot: IRSlotID, in function: Int) -> String {
    guard module.functions.indices.contains(slot.function),
      module.functions[slot.function].slots.indices.contains(slot.index)
    else { return "slot#\(slot.function)/\(slot.index)" }
    let name = "\(module.functions[slot.function].slots[slot.index].name).\(slot.index)"
    return slot.function == function ? name : "\(name) of \(slot.function)"
  }

  private func text(_ scriptMap: Int, _ key: IRValue) -> String {
    scriptName(scriptMap) + (key == .null ? "" : " key \(bare(key))")
  }

  private func scriptName(_ map: Int) -> String {
    module.scriptMaps.indices.contains(map) ? module.scriptMaps[map].symbol : "script_map#\(map)"
  }

  private func name(_ map: Int) -> String {
    module.maps.indices.contains(map) ? module.maps[map].symbol : "map#\(map)"
  }

  private func name(function: Int) -> String {
    module.functions.indices.contains(function)
      ? module.functions[function].name : "function#\(function)"
  }

  private func name(external: Int) -> String {
    module.externals.indices.contains(external)
      ? module.externals[external].name : "external#\(external)"
  }

  // MARK: Values

  /// The operand without its type.
  private func bare(_ value: IRValue) -> String {
    switch value {
    case .temporary(let number, _): "%\(number)"
    case .parameter(let number, _): "arg\(number)"
    case .integer(let value, .i1): value == 0 ? "false" : "true"
    case .integer(0, .pointer): "null"
    case .integer(let value, _): "\(value)"
    }
  }

  /// The operand with its type, unless it is a 64-bit integer.
  private func typed(_ value: IRValue) -> String {
    value.type == .i64 ? bare(value) : "\(bare(value)):\(value.type.name)"
  }

  private func suffix(_ type: IRType) -> String { type == .i64 ? "" : ".\(type.name)" }

  private static func quoted(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef")
    return bytes.reduce(into: "\"") { text, byte in
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"):
        text += "\\" + String(Unicode.Scalar(byte))
      case 0x20..<0x7f: text += String(Unicode.Scalar(byte))
      case UInt8(ascii: "\n"): text += "\\n"
      default: text += "\\x" + String([digits[Int(byte >> 4)], digits[Int(byte & 15)]])
      }
    } + "\""
  }
}

extension IRType {
  /// As the printed IR writes it.
  package var name: String {
    switch self {
    case .i1: "i1"
    case .i8: "i8"
    case .i16: "i16"
    case .i32: "i32"
    case .i64: "i64"
    case .pointer: "ptr"
    }
  }
}

extension IRFieldQuestion {
  /// The name of the instruction that asks it: `field_offset`, `type_size`.
  fileprivate var text: String {
    switch self {
    case .exists, .size, .offset, .leftShift, .rightShift: "field_\(rawValue)"
    case .typeExists, .typeSize, .enumeratorExists, .enumeratorValue: rawValue
    }
  }
}

extension IRStackFrames {
  fileprivate var name: String {
    switch self {
    case .kernelAddresses: "kernel_stack"
    case .userAddresses: "user_stack"
    case .userLocations: "user_stack_locations"
    }
  }
}
