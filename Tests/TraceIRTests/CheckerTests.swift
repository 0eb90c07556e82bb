import Testing
import TraceIR
import TraceModel

/// What the checker finds wrong, and what it lets pass.
@Suite struct CheckerTests {
  private func module(_ write: (IRBuilder) -> Void) -> IRModule {
    let ir = IRBuilder(module: IRModule(name: "m"))
    ir.beginFunction(name: "f", role: .program(label: "raw_tp/x"))
    write(ir)
    ir.endFunction()
    return ir.module
  }

  @Test func acceptsAValueUsedWhereEveryWayPassesItsAssignment() {
    let module = module { ir in
      let x = ir.emit(.contextLoad(.i64, offset: 0))
      ir.if(ir.compare(.equal, x, .word(1))) {
        ir.record(ir.add(x, .word(1)))
      }
      ir.record(x)
    }
    #expect(IRChecker.faults(in: module) == [])
  }

  @Test func complainsOfAValueFromABranchThatNeedNotBeTaken() {
    let module = module { ir in
      let x = ir.emit(.contextLoad(.i64, offset: 0))
      var inner = IRValue.word(0)
      ir.if(ir.compare(.equal, x, .word(1))) { inner = ir.add(x, .word(1)) }
      ir.record(inner)
    }
    #expect(
      IRChecker.faults(in: module) == [
        "f then.end.2 #1: %2 is used where it need not have been assigned"
      ])
  }

  @Test func complainsOfTypesThatDoNotMatch() {
    let module = module { ir in
      let slot = ir.address(of: ir.newSlot("s", size: 8))
      _ = ir.emit(.binary(.add, .word(1), .integer(1, .i32)))
      _ = ir.emit(.compare(.less, slot, .null))
      _ = ir.emit(.cast(.zeroExtend, .word(1), .i32))
      ir.return(.integer(0, .i32))
    }
    #expect(
      IRChecker.faults(in: module) == [
        "f entry.0 #1: operands are i64 and i32", "f entry.0 #2: pointers have no order",
        "f entry.0 #3: zext from i64 to i32", "f entry.0 end: what is returned is no i64",
      ])
  }

  @Test func complainsOfMapsConstantsAndSlotsThatAreNot() {
    let module = module { ir in
      let slot = ir.address(of: ir.newSlot("s", size: 8))
      ir.perform(.mapDelete(map: 0, key: slot))
      _ = ir.emit(.constant(3))
      _ = ir.emit(.slot(IRSlotID(function: 0, index: 9)))
    }
    #expect(
      IRChecker.faults(in: module) == [
        "f entry.0 #1: there is no map 0", "f entry.0 #2: there is no constant 3",
        "f entry.0 #3: there is no such slot",
      ])
  }

  @Test func complainsOfAnotherFunctionsCallback() {
    let ir = IRBuilder(module: IRModule(name: "m"))
    ir.beginFunction(name: "f", role: .program(label: "raw_tp/x"))
    let callback = ir.beginFunction(name: "each", role: .loop(parent: 0))
    ir.endFunction()
    ir.endFunction()
    ir.beginFunction(name: "g", role: .program(label: "raw_tp/y"))
    ir.perform(.loop(count: .word(1), callback: callback))
    ir.endFunction()
    #expect(IRChecker.faults(in: ir.module) == ["g entry.0 #0: function 1 is another's callback"])
  }
}

extension IRBuilder {
  /// Uses a value.
  fileprivate func record(_ value: IRValue) {
    store(value, to: address(of: newSlot("use", size: value.type.bytes)))
  }
}
