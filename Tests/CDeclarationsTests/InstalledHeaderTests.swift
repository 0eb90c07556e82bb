import BTF
import CDeclarations
import Diagnostics
import Foundation
import LinuxSystem
import MachineView
import Testing

/// The kernel's headers for programs, through the system's preprocessor and our parser: everything must
/// lie in memory as gcc says.
@Suite(
  .enabled(if: Compiler.path != nil, "gcc is not installed"),
  .enabled(if: InstalledHeaders.names.count > 100, "the kernel's headers are not installed"))
struct InstalledHeaderTests {
  @Test func areReadAsGccDoes() throws {
    let (names, types) = try #require(try InstalledHeaders.compiled.get())
    let headers = names.map { "#include <\($0)>\n" }.joined()
    let read = try ReadC(
      "#include <all-of-them.h>\n",
      in: CEnvironment(headers: OneHeader(text: headers)))
    #expect(read.messages == [])

    var compared = 0
    var members = 0
    for id in types.ownIDs {
      guard case .composite(let composite) = try types.type(id), !composite.name.isEmpty else {
        continue
      }
      let kind: BTFKind = composite.isUnion ? .union : .structure
      guard let own = try read.types.findAll(composite.name, [kind]).first else {
        Issue.record("\(composite.name) is missing")
        continue
      }
      let expected = try layout(of: id, in: types)
      let found = try layout(of: own, in: read.types)
      if found != expected {
        Issue.record("\(composite.name): \(found.difference(from: expected))")
      }
      compared += 1
      members += expected.count - 1
    }
    for id in types.ownIDs {
      guard case .typedef(let name, _) = try types.type(id) else { continue }
      let own = try #require(try read.types.findAll(name, [.typedef]).first, "\(name)")
      // What has no size (functions, what is only declared) has none in either.
      #expect((try? read.types.size(of: own)) == (try? types.size(of: id)), "\(name)")
    }
    print("\(names.count) headers, \(compared) types with \(members) members compared")
    #expect(compared > names.count)
    #expect(members > 5 * compared)
  }

  @Test func enumeratorsHaveTheirValues() throws {
    let (names, types) = try #require(try InstalledHeaders.compiled.get())
    let headers = names.map { "#include <\($0)>\n" }.joined()
    let read = try ReadC(
      "#include <all-of-them.h>\n",
      in: CEnvironment(headers: OneHeader(text: headers)))
    func values(in types: BTFTypes) throws -> [String: Int64] {
      var values: [String: Int64] = [:]
      for id in types.ownIDs {
        guard case .enumeration(let enumeration) = try types.type(id) else { continue }
        for value in enumeration.values {
          // gcc's BTF of this age keeps 32 bits.
          values[value.name] = Int64(Int32(truncatingIfNeeded: value.value))
        }
      }
      return values
    }
    let (expected, found) = (try values(in: types), try values(in: read.types))
    for (name, value) in expected where found[name] != value {
      Issue.record("\(name) is \(found[name].map(String.init) ?? "missing"), not \(value)")
    }
    #expect(expected.count > 5000)
  }
}

/// A header that consists of others.
private struct OneHeader: CHeaderSource {
  let text: String

  func find(_ name: String, isQuoted: Bool, from includer: String?) -> CHeaderFile? { nil }

  func preprocess(_ text: [UInt8], for name: String) throws(CHeaderProblem) -> [UInt8] {
    try MachineHeaders(script: nil, folders: []).preprocess(Array(self.text.utf8), for: name)
  }
}

private enum InstalledHeaders {
  /// All of the kernel's headers for programs, by the names to include them by.
  static let names: [String] = {
    let folders = [
      "drm", "linux", "misc", "mtd", "rdma", "scsi", "sound", "video", "xen",
    ]
    return folders.flatMap { folder in
      let files = FileManager.default.enumerator(atPath: "/usr/include/\(folder)")
      return (files?.compactMap { $0 as? String } ?? []).filter { $0.hasSuffix(".h") }
        .map { "\(folder)/\($0)" }
    }.sorted()
  }()

  /// What gcc says of as many headers as can be included together; some exclude each other.
  static let compiled = Result { try compile() }

  private static func compile() throws -> (names: [String], types: BTFTypes)? {
    var names = Self.names
    for _ in 0..<40 {
      let text = names.map { "#include <\($0)>\n" }.joined()
      let (types, errors) = try Compiler.compile(
        text, options: ["-fno-eliminate-unused-debug-types", "-fmax-errors=0"])
      if let types { return (names, types) }
      // Each error says in which line of the text the header was included.
      var line: Int?
      var bad: Set<Int> = []
      for message in errors.split(separator: "\n") {
        if let match = message.firstMatch(of: /(?:from |^)\S*a\.c:([0-9]+)/) {
          line = Int(match.1)
        }
        if message.contains(" error: "), let line { bad.insert(line) }
      }
      if bad.isEmpty {
        Issue.record("\(errors.prefix(2000))")
        return nil
      }
      names = names.enumerated().filter { !bad.contains($0.offset + 1) }.map(\.element)
    }
    return nil
  }
}
