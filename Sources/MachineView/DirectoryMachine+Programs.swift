package import BTF
internal import LinuxSystem
internal import TraceModel

/// A function of a BPF program that is loaded in the kernel.
package struct ProgramFunction: Sendable {
  /// The kernel's number of the program.
  package var program: UInt64
  package var function: BTFFunction
  /// The types of the program.
  package var types: BTFTypes
}

extension DirectoryMachine {
  package func programFunctions(
    program: UInt64?, name: NamePattern
  ) throws(MachineError) -> [ProgramFunction] {
    guard let programs = settings.programs else { return [] }
    let loaded: [LoadedProgram]
    do throws(SystemError) { loaded = try programs() } catch { throw .system(error) }
    var found: [ProgramFunction] = []
    for one in loaded where program == nil || program == one.id {
      do throws(BTFError) {
        let types = try BTFTypes(one.types)
        for number in one.functions {
          let function = try types.function(BTFTypeID(number))
          if name.matches(function.name) {
            found.append(ProgramFunction(program: one.id, function: function, types: types))
          }
        }
      } catch { throw .badBTF(error, module: "BPF program \(one.id)") }
    }
    return found
  }
}
