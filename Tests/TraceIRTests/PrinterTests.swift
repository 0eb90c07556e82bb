import Testing
import TraceIR
import TraceModel

/// How modules look as text.
@Suite struct PrinterTests {
  @Test func printsOneInstructionALineUnderTheScriptsLines() {
    var module = IRModule(name: "reads.bt")
    module.lines = ["kprobe:vfs_read", "{ @[pid] = count() }"]
    module.maps = [
      IRMap(symbol: "AT_", kind: .perCPUHash, keySize: 8, valueSize: 8, maxEntries: 4096)
    ]
    module.constants = [LoadTimeConstant(source: .targetPID, shape: .integer, offset: 0)]
    let ir = IRBuilder(module: module)
    ir.beginFunction(name: "kprobe_vfs_read", role: .program(label: "kprobe/vfs_read"))
    ir.line = 1
    ir.if(ir.isNonzero(ir.emit(.constant(0))), "filter") {
      ir.line = 2
      let key = ir.address(of: ir.newSlot("key", size: 8))
      ir.store(ir.emit(.helper(.getCurrentPIDTGID, [])), to: key)
      ir.store(.integer(3, .i32), to: key, at: 4)
      let found = ir.emit(.mapLookup(map: 0, key: key))
      ir.if(ir.isNonzero(found), "found") { ir.perform(.increment(found, by: .word(1))) }
      ir.copy(to: key, from: ir.emit(.literal([97, 34, 0])), bytes: 3)
    }
    ir.endFunction()
    #expect(
      IRPrinter.text(of: ir.module) == """
        module reads.bt, license GPL
        map 0 AT_: perCPUHash, key 8, value 8, 4096 entries
        constant 0 at 0: targetPID = 0

        program 0 kprobe_vfs_read in kprobe/vfs_read
          slot key.0: 8 bytes
        entry.0:
          ; 1: kprobe:vfs_read
          %0 = constant 0
          %1 = ne %0, 0
          if %1 filter.1 else filter.end.2
        filter.1:
          ; 2: { @[pid] = count() }
          %2 = slot key.0
          %3 = helper get_current_pid_tgid
          store %3 to %2
          %4 = offset %2 by 4
          store.i32 3 to %4
          %5 = map_lookup AT_ key %2
          %6 = ne.ptr %5, null
          if %6 found.3 else found.end.4
        filter.end.2:
          return 0
        found.3:
          increment %5 by 1
          goto found.end.4
        found.end.4:
          %7 = literal "a\\"\\x00"
          copy 3 bytes to %2 from %7
          goto filter.end.2

        """)
  }
}
