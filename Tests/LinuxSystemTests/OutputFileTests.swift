import Glibc
import LinuxSystem
import Testing

import class Foundation.Thread

@Suite struct OutputFileTests {
  /// Writes through a pipe and tells what has arrived so far.
  private final class Line {
    let output: OutputFile
    let reader: FileDescriptor

    init(_ buffering: OutputFile.Buffering) throws {
      let pipe = try Pipe()
      output = OutputFile(try pipe.writeEnd.duplicate(), buffering: buffering)
      reader = try pipe.readEnd.duplicate()
      try reader.setNonBlocking(true)
    }

    func arrived() throws -> String {
      guard reader.waitUntilReadable(timeout: .zero) else { return "" }
      return String(decoding: try reader.read(upTo: 1 << 20), as: UTF8.self)
    }
  }

  @Test func writesAtOnceWithoutBuffer() throws {
    let line = try Line(.none)
    try line.output.write("ab")
    #expect(try line.arrived() == "ab")
  }

  @Test func keepsTheUnfinishedLineBack() throws {
    let line = try Line(.line)
    try line.output.write("one\ntwo\nthr")
    #expect(try line.arrived() == "one\ntwo\n")
    try line.output.write("e")
    #expect(try line.arrived().isEmpty)
    #expect(line.output.pendingByteCount == 4)
    try line.output.write("e\n")
    #expect(try line.arrived() == "three\n")
  }

  @Test func keepsEverythingBackUntilFlushed() throws {
    let line = try Line(.full)
    try line.output.write("one\n")
    #expect(try line.arrived().isEmpty)
    try line.output.flush()
    #expect(try line.arrived() == "one\n")
    #expect(line.output.pendingByteCount == 0)
  }

  private final class Source: Sendable {
    let descriptor: FileDescriptor
    init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }
  }

  @Test func waitsWhileANonblockingPipeIsFull() throws {
    let pipe = try Pipe()
    try pipe.writeEnd.setNonBlocking(true)
    let size = 1 << 20
    let source = Source(try pipe.readEnd.duplicate())
    let thread = Thread {
      var left = size
      while left > 0, let chunk = try? source.descriptor.read(upTo: 8192) { left -= chunk.count }
    }
    thread.start()
    let output = OutputFile(try pipe.writeEnd.duplicate(), buffering: .full)
    try output.write([UInt8](repeating: 7, count: size))
    try output.flush()
    while !thread.isFinished { sched_yield() }
  }

  @Test func reportsABrokenPipe() throws {
    CurrentProcess.ignore(.pipe)
    let output: OutputFile
    do {
      let pipe = try Pipe()
      output = OutputFile(try pipe.writeEnd.duplicate(), buffering: .none)
    }
    let error = #expect(throws: SystemError.self) { try output.write("x") }
    #expect(error?.isBrokenPipe == true)
  }

  @Test func reportsAFullDevice() throws {
    let output = OutputFile(try FileDescriptor(opening: "/dev/full", .create), buffering: .full)
    try output.write("x")
    let error = #expect(throws: SystemError.self) { try output.flush() }
    #expect(error?.errno == ENOSPC)
    #expect(output.pendingByteCount == 0)
  }
}
