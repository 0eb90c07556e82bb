/// One module and what stands above it that it may import.
struct Module {
  let name: String
  /// The modules of ours that its sources may import, C borders included.
  let imports: Set<String>
}

extension Module {
  /// The order of dependencies: a module imports only what stands before it.
  ///
  /// `below` of a module is what it may import itself, C borders excepted.
  static let all: [Module] = {
    var modules: [Module] = []
    func below(_ names: String...) -> Set<String> {
      names.reduce(into: []) { result, name in
        let imports = modules.first { $0.name == name }?.imports ?? []
        result.formUnion([name] + imports.filter { !cBorders.contains($0) })
      }
    }
    func add(_ name: String, _ imports: Set<String> = []) {
      modules.append(Module(name: name, imports: imports))
    }

    for border in cBorders { add(border) }
    // Ground
    add("SystemText")
    add("Diagnostics", ["SystemText"])
    add("BTF")
    add("TraceModel")
    add("CDeclarations", below("Diagnostics", "BTF"))
    // Knowledge of the machine
    add("LinuxSystem", ["CLinux", "SystemText"])
    add("ObjectFiles", ["BTF", "CBFD", "CLZMA", "CZlib", "LinuxSystem"])
    add(
      "MachineView",
      ["BTF", "CDeclarations", "ObjectFiles", "TraceModel", "LinuxSystem", "SystemText"])
    // Compiler
    add("Syntax", below("Diagnostics"))
    add("TraceIR", ["TraceModel", "BTF"])
    add("Language", below("Syntax", "TraceIR", "MachineView"))
    add("Semantics", below("Language", "CDeclarations"))
    add("Lowering", below("Semantics"))
    add("LLVMBackend", ["TraceIR", "BTF", "TraceModel", "CLLVM"])
    add("Compiler", below("Lowering", "LLVMBackend"))
    // Runtime
    add("BPF", ["BTF", "CLibBPF", "CLinux", "LinuxSystem", "TraceModel"])
    add("Symbolization", ["ObjectFiles", "MachineView", "LinuxSystem", "SystemText"])
    add("Output", ["TraceModel", "SystemText"])
    add(
      "TraceRuntime",
      [
        "BPF", "Symbolization", "Output", "MachineView", "TraceModel", "LinuxSystem", "BTF",
        "ObjectFiles", "SystemText",
      ])
    // Tools and commands
    add("CommandLineKit", below("Diagnostics"))
    add("ToolLibrary", below("TraceModel", "MachineView", "Diagnostics"))
    add("CommandLines", below("ToolLibrary", "CommandLineKit", "Output"))
    add("CommandSession", below("TraceRuntime"))
    add("bpftrace", below("Compiler", "CommandSession", "CommandLines"))
    add("ToolCommands", below("CommandSession", "CommandLines"))
    add("bt-tool", below("ToolCommands"))
    return modules
  }()

  /// The targets that wrap C and contain no Swift.
  static let cBorders: [String] = ["CLinux", "CLibBPF", "CLLVM", "CBFD", "CLZMA", "CZlib"]

  /// The commands, which alone print and exit.
  static let commands: Set<String> = ["bpftrace", "ToolCommands", "bt-tool"]

  /// What of the toolchain's own each module may import besides `Synchronization`.
  static func systemImports(of module: String) -> Set<String> {
    switch module {
    case "LinuxSystem", "BPF", "ObjectFiles", "LLVMBackend", "bpftrace", "bt-tool":
      ["Glibc", "Synchronization"]
    default: ["Synchronization"]
    }
  }

  /// The folders below which the keyword `unsafe` may occur.
  static let unsafeFolders = [
    "LinuxSystem/", "BPF/", "ObjectFiles/Handles/", "LLVMBackend/Handles/",
  ]

  /// The modules that must take functions and probe types from the catalog of `Language`.
  static let nameless: Set<String> = [
    "TraceIR", "Semantics", "Lowering", "LLVMBackend", "Compiler", "BPF", "Symbolization",
    "Output", "TraceRuntime", "ToolLibrary",
  ]
}
