import BTF
import CDeclarations
import Diagnostics
import Foundation

/// C that was read, and what came of it.
struct ReadC {
  private(set) var definitions: CDefinitions
  let types: BTFTypes

  init(_ text: String, in environment: CEnvironment = CEnvironment()) throws {
    let file = SourceFile(name: "script", text: text)
    definitions = CDefinitions([CText(file.bytes, at: file.range)], in: environment)
    types = try BTFTypes(definitions.types ?? BTFWriter().bytes, base: environment.kernel)
  }

  var messages: [String] { definitions.diagnostics.map(\.message) }

  mutating func macro(_ name: String) -> CMacro? { definitions.macro(name) }
  mutating func value(of macro: CMacro) -> CValue? { definitions.value(of: macro) }

  /// The structure, union or enumeration of that name.
  func composite(_ name: String) throws -> BTFComposite? {
    guard let id = try types.find(name, .structure, .union) else { return nil }
    return try types.compositeType(id)
  }

  func size(_ name: String) throws -> Int? {
    try types.find(name, .structure, .union, .typedef, .enumeration, .enumeration64).map {
      try types.size(of: $0)
    }
  }
}

/// Members with everything that is about layout, those of anonymous members included.
func layout(of id: BTFTypeID, in types: BTFTypes) throws -> [String] {
  let composite = try types.compositeType(id)
  return ["size \(composite?.sizeInBytes ?? -1)"]
    + (try types.fields(of: id)).map {
      "\($0.name) at \($0.bitOffset)\($0.bitWidth.map { ":\($0)" } ?? "")"
    }
}

/// The types of the running kernel.
let kernelTypes: BTFTypes? = {
  guard let data = FileManager.default.contents(atPath: "/sys/kernel/btf/vmlinux") else {
    return nil
  }
  return try? BTFTypes([UInt8](data))
}()

/// What a compiler makes of C.
enum Compiler {
  static let path = ["/usr/bin/gcc"].first { FileManager.default.isExecutableFile(atPath: $0) }

  /// The types of a text, as gcc describes them; nil where it cannot.
  static func types(of text: String) throws -> BTFTypes? { try compile(text).types }

  /// The types of a text, or what gcc complains of.
  static func compile(
    _ text: String, options: [String] = []
  ) throws -> (types: BTFTypes?, errors: String) {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    func file(_ name: String) -> String { folder.appending(path: name).path }
    try text.write(toFile: file("a.c"), atomically: true, encoding: .utf8)
    for (tool, arguments) in [
      ("/usr/bin/gcc", ["-gbtf", "-w"] + options + ["-c", "-o", file("a.o"), file("a.c")]),
      (
        "/usr/bin/objcopy",
        [
          "-O", "binary", "--only-section=.BTF", "--set-section-flags", ".BTF=alloc", file("a.o"),
          file("a.btf"),
        ]
      ),
    ] {
      let process = Process()
      process.executableURL = URL(filePath: tool)
      process.arguments = arguments
      let errors = Pipe()
      process.standardError = errors
      try process.run()
      let output = try errors.fileHandleForReading.readToEnd() ?? Data()
      process.waitUntilExit()
      guard process.terminationStatus == 0 else {
        return (nil, String(decoding: output, as: UTF8.self))
      }
    }
    guard let data = FileManager.default.contents(atPath: file("a.btf")) else {
      return (nil, "no types")
    }
    return (try BTFTypes([UInt8](data)), "")
  }
}
