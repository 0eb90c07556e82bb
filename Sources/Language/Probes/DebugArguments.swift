import BTF
import MachineView
import ObjectFiles
import TraceIR
import TraceModel

/// The parameters of functions of a binary, as its debug information has them.
struct DebugArguments {
  private let path: String
  private let types: TypeTable
  private let architecture: Architecture
  private let functions: DebugFunctions

  /// Reads what a binary says of the functions that are entered at `addresses`.
  ///
  /// - Returns: nil if it has no debug information.
  init?(
    of path: String, at addresses: [UInt64], user: any UserView, types: TypeTable,
    architecture: Architecture
  ) throws(MachineError) {
    guard let information = try user.debugInformation(of: path) else { return nil }
    self.path = path
    self.types = types
    self.architecture = architecture
    let origin = TypeOrigin.binary(path)
    do throws(BTFError) {
      functions = try information.functions(at: addresses)
      try types.add(functions.types, from: origin)
    } catch { throw .badBTF(error, module: origin.text) }
  }

  /// Gives probes at entries of functions the parameters of these as `args`, if the script uses them, those at
  /// returns the type of `retval`, if the script asks for its fields, and has types of their binaries be found by name.
  static func describe(
    _ result: inout ResolvedProbes, _ resolution: ProbeResolution
  ) throws(MachineError) {
    var addresses: [String: [(probe: Int, address: UInt64?)]] = [:]
    for (index, probe) in result.probes.enumerated() {
      guard case .uprobe(let path, let symbol, let offset, let isReturn)? = probe.points.first
      else {
        continue
      }
      if result.pattern == nil || result.probes.count == 1 {
        let user = resolution.user
        resolution.types.use(binary: path) { name throws(MachineError) in
          try types(named: name, in: path, user)
        }
      }
      guard isReturn ? resolution.followsReturnValue : resolution.readsArguments else { continue }
      var address: UInt64?
      if let symbol {
        let found = try resolution.user.functions(in: path, matching: NamePattern(symbol))
        address = offset == 0 ? found.first { $0.name == symbol }?.address : nil
      } else {
        address = try resolution.user.object(at: path).address(ofFileOffset: offset)
      }
      addresses[path, default: []].append((index, address))
    }
    for (path, places) in addresses {
      // What is known of a function holds for its own address only.
      result.pattern = nil
      let arguments = try DebugArguments(
        of: path, at: places.compactMap(\.address), user: resolution.user, types: resolution.types,
        architecture: resolution.architecture)
      for (index, address) in places {
        for program in result.probes[index].programs.indices {
          if result.probes[index].programs[program].context.returnValue != nil {
            if let address, let type = try arguments?.returnedPointer(ofFunctionAt: address) {
              result.probes[index].programs[program].context.returnValue?.type = type
            }
            continue
          }
          let obstacle =
            arguments?.obstacle(at: address) ?? "\(path) has no debug information (DWARF)"
          if let arguments, let address, arguments.obstacle(at: address) == nil {
            result.probes[index].programs[program].context.arguments = try arguments.fields(
              ofFunctionAt: address)
          } else {
            result.probes[index].programs[program].context.argumentsObstacle = obstacle
          }
        }
      }
    }
  }

  private static func types(
    named name: String, in path: String, _ user: any UserView
  ) throws(MachineError) -> BTFTypes? {
    let information: DebugInformation?
    do throws(MachineError) { information = try user.debugInformation(of: path) } catch {
      // Not even an ELF file; that is said where it is attached to.
      if case .badObject = error { return nil }
      throw error
    }
    do throws(BTFError) { return try information?.types(named: name) } catch {
      throw .badBTF(error, module: path)
    }
  }

  /// Why the function at `address` has no parameters that could be read; nil if it has.
  private func obstacle(at address: UInt64?) -> String? {
    guard let address else { return "they are known where a function is entered only" }
    guard let function = functions.functions[address] else {
      return "the debug information of \(path) does not describe the function"
    }
    return function.parameters.isEmpty ? "\(function.name) has none" : nil
  }

  /// What the function at `address` takes, as C declares it.
  func declarations(ofFunctionAt address: UInt64) -> [String] {
    functions.functions[address]?.parameters.enumerated().map { declaration($1, $0) } ?? []
  }

  private func name(_ parameter: DebugParameter, _ index: Int) -> String {
    parameter.name.isEmpty ? "arg\(index)" : parameter.name
  }

  private func declaration(_ parameter: DebugParameter, _ index: Int) -> String {
    let name = name(parameter, index)
    return
      (try? functions.types.declaration(of: parameter.type, named: name, style: .stars)) ?? name
  }

  /// What the function at `address` takes, as fields of `args`.
  func fields(ofFunctionAt address: UInt64) throws(MachineError) -> [ContextField] {
    var fields: [ContextField] = []
    for (index, parameter) in (functions.functions[address]?.parameters ?? []).enumerated() {
      let type = try types.type(of: parameter.type, in: .binary(path), space: .user)
      let isFloat = try isFloat(parameter.type)
      fields.append(
        ContextField(
          name: name(parameter, index), type: type == .void ? .uint64 : type,
          access: isFloat
            ? .nowhere("it has a floating-point type") : access(parameter.place, type),
          declaration: declaration(parameter, index),
          provenance: .machine("the place of an argument is taken from \(path) on this machine")))
    }
    return fields
  }

  /// What the function at `address` returns, if that is a pointer to a structure; else nil.
  private func returnedPointer(
    ofFunctionAt address: UInt64
  ) throws(MachineError) -> ScriptType? {
    guard let function = functions.functions[address] else { return nil }
    let type = try types.type(of: function.returns, in: .binary(path), space: .user)
    guard case .pointer(.structure, _) = type else { return nil }
    return type
  }

  private func isFloat(_ id: BTFTypeID) throws(MachineError) -> Bool {
    do throws(BTFError) {
      guard case .float = try functions.types.type(functions.types.resolve(id)) else {
        return false
      }
      return true
    } catch { throw .badBTF(error, module: path) }
  }

  private func access(_ place: ArgumentPlace, _ type: ScriptType) -> ContextField.Access {
    func offset(_ register: Int) -> Int? {
      guard architecture.callFrameRegisters.indices.contains(register) else { return nil }
      return architecture.offset(ofRegister: architecture.callFrameRegisters[register])
    }
    let unknown = ContextField.Access.nowhere("it is in a register that probes cannot read")
    switch place {
    case .registers(let registers):
      let offsets = registers.compactMap(offset)
      guard offsets.count == registers.count else { return unknown }
      if offsets.isEmpty { return .nowhere("it is empty") }
      return type.isScalar && offsets.count == 1 ? .load(offset: offsets[0]) : .words(offsets)
    case .stack(let distance):
      guard let base = architecture.offset(ofRegister: architecture.stackPointer) else {
        return unknown
      }
      return .userMemory(base: base, distance: distance)
    case .memory(let register, let distance):
      return offset(register).map { .userMemory(base: $0, distance: distance) } ?? unknown
    case .constant(let value): return type.isScalar ? .constant(value) : unknown
    case .nowhere(let reason): return .nowhere(reason)
    }
  }
}
