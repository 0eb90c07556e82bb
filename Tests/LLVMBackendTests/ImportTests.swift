import Foundation
import LLVMBackend
import Testing
import TraceIR
import TraceModel

/// Calls of functions that are in other objects.
@Suite struct ImportTests {
  private let object: [UInt8]

  init() throws {
    let fixtures = URL(filePath: #filePath).deletingLastPathComponent()
      .appending(path: "../Fixtures")
    object = Array(try Data(contentsOf: fixtures.appending(path: "Imports/functions.bpf.o")))
  }

  /// A program that keeps so many words across a call of a function.
  private static func module(calling name: String, keeping count: Int) -> IRModule {
    var module = Workbench.module("import")
    let int = IRForeignType.integer(bytes: 4, signed: true)
    module.externals = [
      IRExternalFunction(name: name, parameters: [.init(name: "seed", type: int)], result: int)
    ]
    module = Workbench.program(in: module) { ir in
      let slots = (0..<count).map { ir.newSlot("v\($0)", size: 8) }
      for slot in slots {
        ir.store(ir.emit(.helper(.getPrandomU32, [])), to: ir.address(of: slot))
      }
      var sum = ir.emit(.callExternal(function: 0, arguments: [.word(3)]))
      for slot in slots {
        let value = ir.load(.i64, from: ir.address(of: slot))
        sum = ir.emit(.binary(.xor, ir.add(sum, sum), value))
      }
      ir.record(0, sum)
    }
    module.runPasses()
    return module
  }

  private func compile(_ module: IRModule) throws -> [UInt8] {
    var options = BackendOptions()
    options.linked = [object]
    return try LLVMBackend.compile(
      module: module, manifest: Manifest(script: "x", producer: "x", architecture: "x"),
      options: options)
  }

  @Test func leavesTheFunctionToTheLinker() throws {
    let bytes = try compile(Self.module(calling: "add_one", keeping: 24))
    #expect(String(decoding: bytes, as: UTF8.self).contains("\0add_one\0"))
  }

  @Test func countsTheStackOfTheFunction() {
    #expect {
      try compile(Self.module(calling: "deep", keeping: 24))
    } throws: { error in
      guard case .outOfStack(let text) = error as? BackendError else { return false }
      return text.hasPrefix("a program and what it calls need ")
    }
  }

  @Test func printsAndChecksTheCall() {
    var module = Self.module(calling: "add_one", keeping: 1)
    #expect(IRPrinter.text(of: module).contains("call extern add_one 3"))
    #expect(IRChecker.faults(in: module).isEmpty)
    module.externals[0].parameters = []
    #expect(IRChecker.faults(in: module).contains { $0.contains("is called with 1 arguments") })
  }
}
