// swift-tools-version: 6.2
import Foundation
import PackageDescription

// MARK: System libraries

/// What the archives of LLVM, BFD and libelf refer to, named after each of them: some linkers look
/// only once, from left to right.
let compressionLibraries = ["-l:libzstd.a", "-l:libz.a"]

// MARK: LLVM

/// An LLVM that Debian installed. Debian ships no llvm.pc, so the fixed prefixes are looked at.
struct LLVMInstall {
  let prefix: String
  let sharedLibrary: String

  /// The tested releases first; `LLVM_PREFIX` overrides.
  static func find() -> LLVMInstall? {
    let files = FileManager.default
    for major in [19, 21, 20, 22, 18, 17] {
      let prefix = Context.environment["LLVM_PREFIX"] ?? "/usr/lib/llvm-\(major)"
      guard files.fileExists(atPath: "\(prefix)/include/llvm-c/Core.h") else { continue }
      for library in ["LLVM-\(major)", "LLVM"]
      where files.fileExists(atPath: "\(prefix)/lib/lib\(library).so") {
        return LLVMInstall(prefix: prefix, sharedLibrary: library)
      }
    }
    return nil
  }

  /// What `llvm-config` prints for the BPF code generator and the passes, as static archives.
  func staticLibraries() -> [String] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "\(prefix)/bin/llvm-config")
    process.arguments = ["--link-static", "--libs", "bpfcodegen", "passes"]
    let output = Pipe()
    process.standardOutput = output
    guard (try? process.run()) != nil else { return [] }
    // Not waiting for its end: now and then Foundation misses that, and waits for ever.
    let data = output.fileHandleForReading.readDataToEndOfFile()
    return String(decoding: data, as: UTF8.self).split(whereSeparator: \.isWhitespace).map(
      String.init)
  }
}

guard let llvm = LLVMInstall.find() else {
  fatalError(
    "No LLVM 17 or newer: apt-get install llvm-19-dev (Debian 12) or llvm-dev (Debian 13 and later)"
  )
}

let llvmHeaders: [SwiftSetting] = [.unsafeFlags(["-Xcc", "-I\(llvm.prefix)/include"])]
let llvmLibraries: [LinkerSetting] = [
  .unsafeFlags(["-L\(llvm.prefix)/lib"]),
  .linkedLibrary(llvm.sharedLibrary, .when(configuration: .debug)),
  .unsafeFlags(
    llvm.staticLibraries()
      + ["-lrt", "-ldl", "-lm", "-lstdc++"] + compressionLibraries
      + ["-Xlinker", "--gc-sections", "-Xlinker", "--exclude-libs=ALL"],
    .when(configuration: .release)),
]

/// BFD carries its release in the name of its shared library, so only the archives can be shipped.
let bfdLibraries: [LinkerSetting] = [
  .unsafeFlags(
    ["-l:libopcodes.a", "-l:libbfd.a", "-l:libsframe.a", "-l:libiberty.a", "-ldl"]
      + compressionLibraries)
]

/// As archives too, so that the commands start on machines that never heard of libbpf, and load
/// programs everywhere in the way that was tested.
let bpfLibraries: [LinkerSetting] = [
  .unsafeFlags(["-l:libbpf.a", elfLibrary()] + compressionLibraries)
]

/// The archive of libelf; where it refers to a file that was left out of it, as in elfutils 0.192 of
/// Debian 13, the shared library has to do.
func elfLibrary() -> String {
  let folders = (try? FileManager.default.contentsOfDirectory(atPath: "/usr/lib")) ?? []
  for folder in folders where folder.hasSuffix("-linux-gnu") {
    let path = URL(fileURLWithPath: "/usr/lib/\(folder)/libelf.a")
    guard let archive = try? Data(contentsOf: path) else { continue }
    let isComplete =
      archive.range(of: Data("eu_search_tree_init".utf8)) == nil
      || archive.range(of: Data("eu-search.o".utf8)) != nil
    return isComplete ? "-l:libelf.a" : "-lelf"
  }
  return "-l:libelf.a"
}

/// What makes the shipped commands small: one copy of equal code, relocations packed, no names kept
/// for libraries that are loaded later. Debian's LLVM archives went through objcopy, and the linker
/// would say of each of their files that it keeps all copies of that one.
let commandLinking: [LinkerSetting] = [
  .unsafeFlags(
    [
      "-use-ld=lld", "-Xlinker", "--icf=safe", "-Xlinker", "-zpack-relative-relocs", "-Xlinker",
      "-O2", "-Xlinker", "--as-needed", "-Xlinker", "--no-export-dynamic", "-Xlinker",
      "--no-warnings",
    ], .when(configuration: .release))
]

// MARK: Settings

/// Warnings are errors with the compilers that the sources are written for; an older one warns of other
/// things.
#if compiler(>=6.3)
  let warnings: [SwiftSetting] = [.treatAllWarnings(as: .error)]
#else
  let warnings: [SwiftSetting] = []
#endif

let strict: [SwiftSetting] =
  warnings + [
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .strictMemorySafety(),
  ]

/// Modules of the standard library that nothing here uses are not imported, so that no command
/// carries them; nor what of our own modules nobody calls, which takes a section for each function.
let common: [SwiftSetting] =
  strict + [
    .unsafeFlags([
      "-Xfrontend", "-disable-implicit-string-processing-module-import",
      "-Xfrontend", "-disable-implicit-concurrency-module-import",
    ]),
    .unsafeFlags(
      ["-Xfrontend", "-function-sections", "-Xfrontend", "-internalize-at-link"],
      .when(configuration: .release)),
  ]

/// Modules in which the time for an event, a line or a type is spent. All others are compiled for size,
/// which keeps the commands small and quick to start.
let hotModules: Set<String> = ["BTF", "MachineView", "Output", "Syntax", "TraceRuntime"]

func library(
  _ name: String, _ dependencies: [Target.Dependency] = [], resources: [Resource]? = nil,
  settings: [SwiftSetting] = [], linker: [LinkerSetting]? = nil
) -> Target {
  .target(
    name: name, dependencies: dependencies, resources: resources,
    swiftSettings: common + settings
      + (hotModules.contains(name)
        ? [] : [.unsafeFlags(["-Osize"], .when(configuration: .release))]),
    linkerSettings: linker)
}

func tests(
  _ name: String, _ dependencies: [Target.Dependency], settings: [SwiftSetting] = [],
  linker: [LinkerSetting]? = nil
) -> Target {
  .testTarget(
    name: name, dependencies: dependencies, swiftSettings: strict + settings, linkerSettings: linker
  )
}

let compilerHalf: [Target.Dependency] = [
  "Diagnostics", "BTF", "CDeclarations", "ObjectFiles", "Syntax", "TraceIR", "Language",
  "Semantics", "Lowering", "LLVMBackend",
]
/// What both halves share.
let shared: [Target.Dependency] = ["TraceModel", "LinuxSystem", "MachineView", "SystemText"]
let runtimeHalf: [Target.Dependency] = ["BPF", "Symbolization", "Output", "TraceRuntime"]

// MARK: Targets, in the order of their dependencies

let targets: [Target] = [
  // C borders
  .target(name: "CLinux"),
  .target(name: "CLibBPF", linkerSettings: bpfLibraries),
  .target(name: "CLLVM", cSettings: [.unsafeFlags(["-I\(llvm.prefix)/include"])]),
  .target(name: "CBFD", linkerSettings: bfdLibraries),
  .systemLibrary(name: "CLZMA"),
  .systemLibrary(name: "CZlib"),

  // Ground
  library("SystemText"),
  library("Diagnostics", ["SystemText"]),
  library("BTF"),
  library("TraceModel"),
  library("CDeclarations", ["Diagnostics", "BTF"]),

  // Knowledge of the machine
  library("LinuxSystem", ["CLinux", "SystemText"]),
  library(
    "ObjectFiles", ["BTF", "CBFD", "CLZMA", "CZlib", "LinuxSystem"],
    linker: [.unsafeFlags(["-l:liblzma.a"])]),
  library(
    "MachineView",
    ["BTF", "CDeclarations", "ObjectFiles", "TraceModel", "LinuxSystem", "SystemText"]),

  // Compiler
  library("Syntax", ["Diagnostics", "SystemText"]),
  library("TraceIR", ["TraceModel", "BTF"]),
  library(
    "Language",
    [
      "Syntax", "TraceIR", "MachineView", "Diagnostics", "BTF", "TraceModel", "LinuxSystem",
      "SystemText",
    ],
    resources: [
      .embedInCode("Stdlib/assertions.bt"), .embedInCode("Stdlib/maps.bt"),
      .embedInCode("Stdlib/sockets.bt"),
      .embedInCode("Stdlib/tasks.bt"),
    ]),
  library(
    "Semantics",
    [
      "CDeclarations", "Language", "Syntax", "TraceIR", "MachineView", "Diagnostics", "BTF",
      "TraceModel", "LinuxSystem", "SystemText",
    ]),
  library(
    "Lowering",
    [
      "Semantics", "Language", "Syntax", "TraceIR", "MachineView", "Diagnostics", "BTF",
      "TraceModel", "SystemText",
    ]),
  library(
    "LLVMBackend", ["TraceIR", "BTF", "TraceModel", "CLLVM"], settings: llvmHeaders,
    linker: llvmLibraries),
  library("Compiler", shared + compilerHalf, settings: llvmHeaders),

  // Runtime
  library("BPF", ["BTF", "CLibBPF", "CLinux", "LinuxSystem", "TraceModel"]),
  library("Symbolization", ["ObjectFiles", "MachineView", "LinuxSystem", "SystemText"]),
  library("Output", ["TraceModel", "SystemText"]),
  library(
    "TraceRuntime",
    [
      "BPF", "Symbolization", "Output", "ObjectFiles", "MachineView", "TraceModel", "LinuxSystem",
      "BTF", "SystemText",
    ]),

  // Tools and commands
  library("CommandLineKit", ["Diagnostics"]),
  library(
    "CommandSession",
    ["TraceRuntime", "BPF", "Output", "MachineView", "TraceModel", "LinuxSystem", "SystemText"]),
  library(
    "ToolLibrary", ["TraceModel", "MachineView", "Diagnostics", "LinuxSystem", "SystemText"]),
  library(
    "CommandLines",
    [
      "CommandLineKit", "ToolLibrary", "Output", "MachineView", "TraceModel", "LinuxSystem",
      "Diagnostics", "SystemText",
    ]),
  .executableTarget(
    name: "bpftrace",
    dependencies: shared + compilerHalf + runtimeHalf
      + ["Compiler", "CommandLineKit", "CommandLines", "CommandSession", "ToolLibrary"],
    swiftSettings: common + llvmHeaders, linkerSettings: commandLinking),
  library(
    "ToolCommands",
    shared + runtimeHalf
      + ["ToolLibrary", "CommandLineKit", "CommandLines", "CommandSession", "Diagnostics"]),
  .executableTarget(
    name: "bt-tool", dependencies: ["ToolCommands", "CommandSession", "LinuxSystem"],
    swiftSettings: common, linkerSettings: commandLinking),

  // For developers
  .executableTarget(
    name: "record-kernel",
    dependencies: ["BPF", "MachineView", "ObjectFiles", "LinuxSystem", "TraceModel", "BTF"],
    path: "Dev/record-kernel", swiftSettings: strict),
  .target(
    name: "Manuals",
    dependencies: shared + compilerHalf + runtimeHalf
      + [
        "Compiler", "CommandLineKit", "CommandLines", "CommandSession", "ToolCommands",
        "ToolLibrary",
      ],
    path: "Dev/Manuals", swiftSettings: strict + llvmHeaders),
  .executableTarget(
    name: "generate", dependencies: ["Manuals", "LinuxSystem"], path: "Dev/generate",
    swiftSettings: strict + llvmHeaders),

  // Tests
  .target(
    name: "TestKit",
    dependencies: shared + compilerHalf + runtimeHalf
      + ["Compiler", "ToolLibrary", "CommandLineKit"],
    path: "Tests/TestKit", swiftSettings: strict + llvmHeaders),
  tests("ArchitectureTests", []),
  tests("SystemTextTests", ["SystemText"]),
  tests("DiagnosticsTests", ["Diagnostics"]),
  tests("BTFTests", ["BTF", "LinuxSystem"]),
  tests(
    "CDeclarationsTests",
    ["CDeclarations", "BTF", "Diagnostics", "LinuxSystem", "MachineView", "SystemText"]),
  .target(
    name: "WireTestKit", dependencies: ["TraceModel"], path: "Tests/WireTestKit",
    swiftSettings: strict),
  tests("TraceModelTests", ["TraceModel", "WireTestKit"]),
  tests("LinuxSystemTests", ["LinuxSystem", "SystemText"]),
  tests("ObjectFilesTests", ["ObjectFiles", "BTF", "LinuxSystem"]),
  tests("MachineViewTests", ["MachineView", "ObjectFiles", "BTF", "TraceModel", "LinuxSystem"]),
  tests("SyntaxTests", ["Syntax", "Diagnostics"]),
  .executableTarget(
    name: "Fuzz",
    dependencies: [
      "Syntax", "Diagnostics", "BTF", "CDeclarations", "TraceModel", "ObjectFiles", "Output",
      "Language", "CommandTestKit", "WireTestKit", "BPF",
    ],
    path: "Tests/Fuzz/Fuzz", swiftSettings: strict),
  tests("TraceIRTests", ["TraceIR", "TraceModel", "BTF"]),
  tests(
    "LLVMBackendTests", ["LLVMBackend", "TraceIR", "TraceModel", "BTF", "BPF", "LinuxSystem"],
    settings: llvmHeaders),
  tests("LanguageTests", ["Language", "TestKit"], settings: llvmHeaders),
  tests("SemanticsTests", ["Semantics", "TestKit"], settings: llvmHeaders),
  tests("LoweringTests", ["Lowering", "TestKit"], settings: llvmHeaders),
  tests(
    "CompilerTests", ["Compiler", "Language", "TestKit", "ToolLibrary"], settings: llvmHeaders),
  tests("BPFTests", ["BPF", "TraceModel", "LinuxSystem"]),
  tests("SymbolizationTests", ["Symbolization", "ObjectFiles", "MachineView", "LinuxSystem"]),
  tests("OutputTests", ["Output", "TraceModel", "WireTestKit"]),
  tests("TraceRuntimeTests", ["TraceRuntime", "TestKit"], settings: llvmHeaders),
  tests("CommandLineKitTests", ["CommandLineKit", "Diagnostics"]),
  tests("CommandLinesTests", ["CommandLines", "ToolLibrary", "MachineView", "TraceModel"]),
  tests(
    "ToolCommandsTests",
    [
      "ToolCommands", "CommandLineKit", "CommandSession", "TraceRuntime", "Output", "LinuxSystem",
      "TraceModel",
    ]),
  tests("ToolLibraryTests", ["ToolLibrary", "TraceModel", "LinuxSystem"]),
  .target(
    name: "CommandTestKit", dependencies: ["TraceModel", "LinuxSystem"],
    path: "Tests/CommandTestKit",
    swiftSettings: strict),
  tests("CommandTests", ["CommandTestKit", "TraceModel"]),
  tests("KernelTests", ["CommandTestKit"]),
  tests("ManualsTests", ["Manuals", "CommandTestKit", "LinuxSystem"], settings: llvmHeaders),
]

let package = Package(name: "bt-suite", targets: targets)
