import BPF
import BTF
import Foundation
import LinuxSystem
import MachineView
import Output
import TestKit
import TraceModel
import TraceRuntime

extension [UInt8] {
  /// The bytes of an integer as the machine stores it.
  init<Number: FixedWidthInteger>(of number: Number) {
    self = (0..<(Number.bitWidth / 8)).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
  }

  /// Text in a field of `capacity` bytes.
  init(_ text: String, capacity: Int) {
    let bytes = Array(text.utf8.prefix(capacity))
    self = bytes + [UInt8](repeating: 0, count: capacity - bytes.count)
  }
}

/// Names for a few addresses.
final class SampleSymbols: SymbolSource {
  private(set) var primed: [Int32] = []
  var complaint: String?

  func kernelFrames(at addresses: [UInt64]) -> [Stack.Frame] {
    addresses.map { address in
      address >= 0x1000 && address < 0x2000
        ? .init(address: address, symbol: "vfs_read", offset: address - 0x1000)
        : .init(address: address)
    }
  }

  func userFrames(at addresses: [UInt64], in process: Int32) -> [Stack.Frame] {
    addresses.map { address in
      .init(
        address: address, symbol: "main_\(process)", offset: address & 0xf, object: "/bin/x",
        location: .init(buildID: [UInt8](repeating: 0xab, count: 20), offset: address))
    }
  }

  private var noted: [Int32?] = []
  /// The processes of stacks whose names were wanted ahead.
  private(set) var namedAhead: [Int32?] = []
  func note(_ addresses: [UInt64], in process: Int32?) { noted.append(process) }
  func nameNoted() {
    namedAhead += noted
    noted = []
  }
  /// Called each time with how often processes have been looked at.
  var afterPriming: (Int) -> Void = { _ in }
  func prime(_ process: Int32) {
    primed.append(process)
    afterPriming(primed.count)
  }
  func follow(_ records: any ProcessRecordSource) {}
  func stopFollowing() {}
  func catchUp() {}
  func primeSome() -> Bool { false }
  func unwind(
    _ registers: [String: UInt64], stack: [UInt8], in process: Int32, architecture: Architecture?,
    limit: Int
  ) -> [UInt64] {
    [registers["ip"] ?? 0, UInt64(stack.count)]
  }
}

/// A machine of a few files, gone with the value.
final class SampleMachine {
  let root: String
  let symbols = SampleSymbols()
  let kernel: DirectoryMachine

  /// - Parameter files: Contents by path below the root.
  init(_ files: [String: [UInt8]] = [:]) throws {
    root = try FileSystem.makeTemporaryDirectory(prefix: "runtime-tests-")
    kernel = DirectoryMachine(root: root)
    try add("/sys/devices/system/cpu/possible", Array("0-3\n".utf8))
    for (path, contents) in files { try add(path, contents) }
  }

  func add(_ path: String, _ contents: [UInt8]) throws {
    let full = root + path
    try FileSystem.createDirectory(String(full[..<full.lastIndex(of: "/")!]))
    try FileSystem.write(contents, to: full)
  }

  func presenter(strings: [String] = []) -> Presenter {
    Presenter(
      strings: strings, clocks: WallClock(bootToRealtime: 1000, taiToRealtime: -37_000_000_000),
      symbols: symbols, kernel: kernel, userFile: root + "/etc/passwd")
  }

  func decoder(strings: [String] = []) -> ValueDecoder {
    ValueDecoder(presenter: presenter(strings: strings), trailer: "..")
  }

  deinit { try? FileSystem.removeTree(root) }
}

/// Types of a kernel: `struct task { int pid; int tgid; struct other in; }` and another, `enum colour {
/// RED = 7 }`, an enum without a name that has `BLUE = 8`, and the raw tracepoint `tick(task, count)`.
enum SampleTypes {
  static let bytes: [UInt8] = {
    var writer = BTFWriter()
    let int = writer.add(.int)
    let other = writer.add(
      .composite(
        BTFComposite(
          isUnion: false, name: "other", sizeInBytes: 8,
          members: [
            .init(name: "w", type: int, bitOffset: 0), .init(name: "x", type: int, bitOffset: 32),
          ])))
    _ = writer.add(
      .composite(
        BTFComposite(
          isUnion: false, name: "task", sizeInBytes: 16,
          members: [
            .init(name: "pid", type: int, bitOffset: 0),
            .init(name: "tgid", type: int, bitOffset: 32),
            .init(name: "in", type: other, bitOffset: 64),
          ])))
    for (name, value) in [("colour", ("RED", 7)), ("", ("BLUE", 8))] {
      _ = writer.add(
        .enumeration(
          BTFEnumeration(
            name: name, sizeInBytes: 4, isSigned: false,
            values: [.init(name: value.0, value: Int64(value.1))])))
    }
    let prototype = writer.add(
      .functionPrototype(
        BTFPrototype(
          returns: .void,
          parameters: [
            .init(name: "", type: .void), .init(name: "task", type: int),
            .init(name: "count", type: int),
          ], isVariadic: false)))
    let pointer = writer.add(.pointer(to: prototype))
    _ = writer.add(.typedef(name: "btf_trace_tick", target: pointer))
    return writer.bytes
  }()
}
