/// No elements in the kernel: programs send events about them, and do nothing else with the map.
struct TracerStorage: ScriptMapStorage {
  var object: Int {
    preconditionFailure("the address of a map was taken that the kernel does not have")
  }
}
