import LinuxSystem
import Testing

/// In a page that the program's file has, and that is written to.
nonisolated(unsafe) private var written = 1

@Suite struct MemoryTests {
  /// Kilobytes of a file that are mapped in this process.
  private func mapped(_ path: String) throws -> Int {
    let lines = try FileSystem.readText("/proc/self/smaps").split(separator: "\n")
    let start = try #require(lines.firstIndex { $0.hasSuffix(path) })
    let line = try #require(lines[start...].first { $0.hasPrefix("Rss:") })
    return try #require(Int(line.split(separator: " ")[1]))
  }

  @Test func unmapsWhatIsInFilesButNotWhatWasWritten() throws {
    let folder = try FileSystem.makeTemporaryDirectory(prefix: "memory-")
    defer { try? FileSystem.removeTree(folder) }
    let content = (0..<(1 << 18)).map { UInt8(truncatingIfNeeded: $0 / 100) }
    try FileSystem.write(content, to: "\(folder)/file")
    let file = try MappedFile("\(folder)/file")
    #expect(file.copy(0..<content.count) == content)
    #expect(try mapped("\(folder)/file") == 256)
    unsafe written = 2

    try CurrentProcess.unmapCleanPages()

    #expect(try mapped("\(folder)/file") == 0)
    #expect(file.copy(0..<content.count) == content)
    #expect(unsafe written == 2)
  }
}
