import BPF
import Foundation
import LinuxSystem
import Synchronization
import TraceModel

/// BPF objects that tests compile from C with the toolchain's clang.
enum TestObject {
  /// What the tests need of C.
  static let prelude = """
    #include <linux/types.h>
    #include <linux/bpf.h>
    #include <bpf/bpf_helpers.h>
    #define MAP(kind, name, entries, K, V) struct { __uint(type, BPF_MAP_TYPE_##kind); \\
      __uint(max_entries, entries); __type(key, K); __type(value, V); } name SEC(".maps")
    char _license[] SEC("license") = "GPL";

    """

  /// What was compiled before, by source.
  private static let compiled = Mutex<[String: [UInt8]]>([:])

  /// Compiles C for the BPF target and returns the ELF image.
  static func compile(_ source: String) throws -> [UInt8] {
    try compiled.withLock { known in
      if let bytes = known[source] { return bytes }
      let bytes = try compileAnew(source)
      known[source] = bytes
      return bytes
    }
  }

  private static func compileAnew(_ source: String) throws -> [UInt8] {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let (input, output) = (folder.appending(path: "test.c"), folder.appending(path: "test.o"))
    try (prelude + source).write(to: input, atomically: true, encoding: .utf8)
    try run(
      "clang",
      ["-target", "bpf", "-mcpu=v2", "-O2", "-g", "-Wall", "-Werror"]
        + ["-I/usr/include/\(KernelIdentity.current().machine)-linux-gnu"]
        + ["-c", input.path, "-o", output.path])
    return [UInt8](try Data(contentsOf: output))
  }

  /// Compiles and loads.
  static func load(_ source: String, as plan: LoadPlan = LoadPlan(name: "test")) throws
    -> any HostedObject
  {
    try LibBPFHost().load(try compile(source), as: plan)
  }

  struct CommandFailed: Error {
    let command: String
    let output: String
  }

  /// Runs a program found in PATH, which has to succeed.
  static func run(_ command: String, _ arguments: [String]) throws {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = [command] + arguments
    let output = Foundation.Pipe()
    process.standardOutput = output
    process.standardError = output
    try process.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw CommandFailed(command: command, output: text)
    }
  }
}

/// What this process and this kernel can do.
enum Ability {
  /// Loading programs; the tests that need it say so.
  static let canLoad: Bool = {
    guard let held = try? CurrentProcess.capabilities else { return false }
    return held.contains(.systemAdmin) || held.isSuperset(of: [.bpf, .performanceMonitoring])
  }()

  static func has(_ feature: KernelFeature) -> Bool { LibBPFHost().probe(feature).isYes }
}

extension [UInt8] {
  /// The bytes of numbers, as the machine stores them.
  init(words: UInt64...) {
    self = words.flatMap { word in (0..<8).map { UInt8(truncatingIfNeeded: word >> (8 * $0)) } }
  }

  init(half: UInt32) {
    self = (0..<4).map { UInt8(truncatingIfNeeded: half >> (8 * $0)) }
  }
}

extension Collection where Element == UInt8 {
  /// A number of the machine's byte order.
  var number: UInt64 { reversed().reduce(0) { $0 << 8 | UInt64($1) } }
}

extension RawSpan {
  var copy: [UInt8] {
    (0..<byteCount).map { unsafe unsafeLoadUnaligned(fromByteOffset: $0, as: UInt8.self) }
  }
}

extension HostedObject {
  /// All records that wait in the ring buffer.
  func records(limit: Int = .max, next: NextWakeup = .anyRecord) throws -> [[UInt8]] {
    var records: [[UInt8]] = []
    try consumeEvents(limit: limit, next: next) { record in
      records.append(record.copy)
      return .next
    }
    return records
  }

  /// The single number that a map holds for the key 0 of 4 bytes.
  func counter(_ map: String) throws -> UInt64 {
    try value(of: [0, 0, 0, 0], in: map)?.number ?? 0
  }
}
