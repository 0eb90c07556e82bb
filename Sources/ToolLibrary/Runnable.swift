internal import Diagnostics
internal import LinuxSystem
internal import SystemText
internal import TraceModel

/// What a word on a command line stands for, when it may be a tool as well as any other program.
package enum Runnable: Hashable, Sendable {
  case tool(Tool)
  /// The path of a program to execute.
  case program(String)
}

extension ToolCollection {
  /// Finds what `word` stands for: a tool by its name, `bpftrace`, a file, or a command.
  ///
  /// - Parameters:
  ///   - compiler: The path of `bpftrace`, or nil if there is none.
  ///   - path: Folders between colons, for commands; PATH of the environment unless given.
  /// - Throws: `nothingToRun`, with the nearest name of a tool; `noBpftrace`.
  package func runnable(
    _ word: String, compiler: String?, path: String? = nil
  ) throws(ToolError) -> Runnable {
    let isPath = word.contains("/")
    if !isPath, let tool = try? find(word) { return .tool(tool) }
    if word == Self.compilerName {
      guard let compiler else { throw .noBpftrace }
      return .program(compiler)
    }
    if FileSystem.isRegularFile(word) { return try file(isPath ? word : "./\(word)") }
    if isPath, !FileSystem.exists(word), let tool = try? at(path: word) {
      // The endings of tools may be left out; one that is spelled out and not there is no tool.
      if [tool.script, tool.artifact].contains(where: { $0.map(FileSystem.exists) == true }) {
        return .tool(tool)
      }
    }
    if !isPath, let program = ExecutableSearch.first(word, path: path) { return .program(program) }
    let names = all().map(\.name) + [Self.compilerName]
    throw .nothingToRun(
      word, similar: isPath ? nil : NearestName.of(Tool.name(of: word), among: names))
  }

  private static let compilerName = "bpftrace"

  /// Tells scripts and artifacts from programs, some of which are scripts for other interpreters.
  private func file(_ path: String) throws(ToolError) -> Runnable {
    if path.hasSuffix(Tool.scriptEnding) || path.hasSuffix(Tool.artifactEnding) {
      return .tool(try at(path: path))
    }
    let start: [UInt8]
    do throws(SystemError) { start = Array(try FileSystem.read(path).prefix(256)) } catch {
      // A program may be executed without being readable.
      if error.isPermission, FileSystem.isExecutable(path) { return .program(path) }
      throw .unreadable(error)
    }
    let isOurs: Bool
    let hasInterpreter = start.starts(with: Array("#!".utf8))
    if !hasInterpreter, Artifact.looksLikeArtifact(start) {
      isOurs = start.count >= 20 && Array(start[18..<20]) == Self.machineBPF
    } else if hasInterpreter {
      let line = start.prefix { $0 != UInt8(ascii: "\n") }
      let words = String(systemBytes: Array(line.dropFirst(2))).split {
        $0 == " " || $0 == "/"
      }
      isOurs = words.contains { $0 == Self.compilerName || $0 == "bt-tool" }
    } else {
      isOurs = !FileSystem.isExecutable(path)
    }
    return isOurs ? .tool(try at(path: path)) : .program(path)
  }

  /// `e_machine` of an ELF file for the kernel's BPF.
  private static let machineBPF: [UInt8] = [247, 0]
}
