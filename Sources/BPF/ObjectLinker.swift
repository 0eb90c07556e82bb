internal import CLibBPF
package import LinuxSystem

/// Why objects could not be made into one.
package enum LinkError: Error, Equatable, Sendable {
  /// A system call failed.
  case system(SystemError)
  /// libbpf refused the object of that index; its words, or those of the system.
  case refused(object: Int, String)
  /// libbpf could not write what it had put together.
  case unfinished(String)
}

/// Makes one object of several.
package enum ObjectLinker {
  /// Returns the objects linked to each other.
  ///
  /// What the functions of the second and later ones are is not checked when the kernel loads the object, as
  /// it is for functions that others may see, but with each program that calls them: they may be
  /// given whatever the program has, and need not return a number.
  ///
  /// - Parameter objects: ELF images, each with BTF.
  package static func link(_ objects: [[UInt8]]) throws(LinkError) -> [UInt8] {
    let output: LinkedFile
    var inputs: [LinkedFile] = []
    do throws(SystemError) {
      output = try LinkedFile([])
      for (index, object) in objects.enumerated() {
        inputs.append(try LinkedFile(index == 0 ? object : prepared(object)))
      }
    } catch { throw .system(error) }
    let capture = MessageCapture(isVerbose: false)
    let failure = join(inputs, into: output)
    let messages = capture.end()
    if let (object, error) = failure {
      let reason = reason(messages, error)
      throw object.map { .refused(object: $0, reason) } ?? .unfinished(reason)
    }
    do throws(SystemError) {
      return try FileSystem.read(output.path)
    } catch { throw .system(error) }
  }

  /// Has libbpf write one object of several; what fails, and at which object.
  private static func join(
    _ inputs: [LinkedFile], into output: LinkedFile
  ) -> (object: Int?, error: SystemError)? {
    guard let linker = LinkerHandle(path: output.path) else {
      return (nil, .current("bpf_linker__new", "object"))
    }
    for (index, input) in inputs.enumerated() {
      if let error = linker.add(input.path) { return (index, error) }
    }
    return linker.finish().map { (nil, $0) }
  }

  /// What libbpf said last, or what the system did.
  private static func reason(_ messages: [LoaderMessage], _ error: SystemError) -> String {
    let warnings = messages.filter { $0.level == .warning }.map(\.text)
    guard let text = warnings.last else { return error.reason }
    return text.hasPrefix("libbpf: ") ? String(text.dropFirst("libbpf: ".count)) : text
  }

  /// An object whose functions none but the objects that it is linked to see, and whose licence is in a
  /// section as the first object's is, which the linker insists on.
  private static func prepared(_ object: [UInt8]) -> [UInt8] {
    var bytes = object
    func number(_ offset: Int, _ size: Int) -> Int? {
      guard offset >= 0, offset <= object.count - size else { return nil }
      return Int(
        exactly: (0..<size).reversed().reduce(UInt64(0)) { $0 << 8 | UInt64(object[offset + $1]) })
    }
    guard let headers = number(0x28, 8), let count = number(0x3c, 2), headers <= object.count,
      let names = number(0x3e, 2), let texts = number(headers + names * 64 + 24, 8)
    else { return object }
    for header in stride(from: headers, to: headers + count * 64, by: 64) {
      guard let type = number(header + 4, 4), let offset = number(header + 24, 8),
        let size = number(header + 32, 8), let name = number(header, 4)
      else { continue }
      if type == 2, offset <= object.count, size <= object.count - offset {  // SHT_SYMTAB
        for symbol in stride(from: offset, to: offset + size / 24 * 24, by: 24)
        where object[symbol + 4] == 0x12 {  // STB_GLOBAL, STT_FUNC
          bytes[symbol + 5] = 2  // STV_HIDDEN
        }
      }
      let text = Array("license\0".utf8)
      if texts <= object.count, object.dropFirst(texts + name).starts(with: text) {
        let flags: [UInt8] = [2, 0, 0, 0, 0, 0, 0, 0]  // SHF_ALLOC
        bytes.replaceSubrange(header + 8..<header + 16, with: flags)
      }
    }
    return bytes
  }
}

/// An object as a file, which is how libbpf takes it.
private final class LinkedFile {
  private let memory: FileDescriptor
  var path: String { "/proc/self/fd/\(memory.rawValue)" }

  init(_ bytes: [UInt8]) throws(SystemError) {
    memory = try .memory(named: "object")
    try memory.write(bytes)
  }
}
