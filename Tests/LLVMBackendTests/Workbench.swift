import BPF
import Glibc
import LLVMBackend
import Testing
import TraceIR
import TraceModel

/// Makes objects out of hand-written IR, and runs them in the kernel.
enum Workbench {
  static var isRoot: Bool { geteuid() == 0 }

  /// A module with an array of 64-bit results, which `record` writes.
  static func module(_ name: String, lines: [String] = []) -> IRModule {
    var module = IRModule(name: name)
    module.lines = lines
    module.maps = [
      IRMap(symbol: "AT_result", kind: .array, keySize: 4, valueSize: 8, maxEntries: 64)
    ]
    return module
  }

  /// One raw tracepoint program that the test-run command can start.
  static func program(
    _ name: String = "probe", in module: IRModule, section: String = "raw_tp/sys_enter",
    _ write: (IRBuilder) -> Void
  ) -> IRModule {
    let ir = IRBuilder(module: module)
    ir.beginFunction(name: name, role: .program(label: section))
    write(ir)
    ir.endFunction()
    return ir.module
  }

  /// The object of a module, after all passes.
  static func compile(_ module: IRModule) throws -> [UInt8] {
    var manifest = Manifest(script: module.name, producer: "test", architecture: "x86_64")
    manifest.constants = module.constants
    manifest.fields = module.fields
    return try LLVMBackend.build(module, manifest: manifest).object
  }

  /// - Parameter kinds: How programs are loaded; all others as raw tracepoints.
  static func load(
    _ module: IRModule, constants: [UInt8] = [], kinds: [String: ProgramKind] = [:]
  ) throws -> any HostedObject {
    let object = try compile(module)
    // A pattern behind `catch` is beyond the compiler of Swift 6.2.3.
    do { return try LibBPFHost().load(object, as: plan(constants, kinds)) } catch {
      guard case .rejected(let rejection) = error else { throw error }
      Issue.record("\(rejection.log)")
      throw rejection
    }
  }

  private static func plan(_ constants: [UInt8], _ kinds: [String: ProgramKind]) -> LoadPlan {
    var plan = LoadPlan(name: "test", constants: constants)
    for (symbol, kind) in kinds { plan.programs[symbol] = LoadPlan.Program(kind) }
    return plan
  }

  /// Loads a module, runs its program once, and returns the results.
  static func run(
    _ module: IRModule, program: String = "probe", context: [UInt64] = [], constants: [UInt8] = []
  ) throws -> [Int64] {
    let object = try load(module, constants: constants)
    try object.run(program, context: context)
    let entries = try object.entries(of: "AT_result")
    var results = Array(repeating: Int64(0), count: 64)
    for index in 0..<entries.count {
      results[Int(number(entries.key(index)))] = number(entries.value(index))
    }
    return results
  }

  static func number(_ bytes: some Collection<UInt8>) -> Int64 {
    bytes.reversed().reduce(0) { $0 << 8 | Int64($1) }
  }
}

extension IRBuilder {
  /// Notes a result under a number.
  func record(_ index: Int, _ value: IRValue) {
    let key = address(of: newSlot("result.key", size: 4, alignment: 4))
    store(.integer(Int64(index), .i32), to: key)
    let slot = address(of: newSlot("result", size: 8))
    store(resize(value, to: .i64, signed: true), to: slot)
    perform(.mapUpdate(map: 0, key: key, value: slot, flags: 0))
  }
}
