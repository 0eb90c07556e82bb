import Foundation
import Testing
import ToolLibrary
import TraceModel

/// What the first word of a container's command line stands for.
@Suite struct RunnableTests {
  private let folder: Folder
  private let tools: ToolCollection
  private let bin: String
  private let snoop: Tool

  init() throws {
    folder = try Folder()
    try folder.write("begin { }", to: "tools/snoop.bt")
    try folder.write("artifact", to: "tools/snoop.btobj")
    try folder.write("#!/bin/sh\n", to: "bin/ls", executable: true)
    tools = ToolCollection(ToolFolders(user: ["\(folder.path)/tools"]))
    bin = "\(folder.path)/bin"
    snoop = try tools.find("snoop")
  }

  private func runnable(_ word: String, compiler: String? = nil) throws(ToolError) -> Runnable {
    try tools.runnable(word, compiler: compiler, path: bin)
  }

  @Test func aToolsNameComesFirst() throws {
    try folder.write("#!/bin/sh\n", to: "bin/snoop", executable: true)
    #expect(try runnable("snoop") == .tool(snoop))
    #expect(try runnable("snoop.bt") == .tool(snoop))
  }

  @Test func bpftraceIsTheCompilerThatIsInstalled() throws {
    #expect(
      try runnable("bpftrace", compiler: "/usr/bin/bpftrace") == .program("/usr/bin/bpftrace"))
    #expect(throws: ToolError.noBpftrace) { try runnable("bpftrace") }
  }

  @Test func commandsAreLookedForInThePath() throws {
    #expect(try runnable("ls") == .program("\(bin)/ls"))
  }

  @Test func scriptsAndArtifactsAreToldFromPrograms() throws {
    for (name, text, executable, isTool) in [
      ("a.bt", "begin { }", false, true), ("b", "begin { }", false, true),
      ("c", "#!/usr/bin/env bpftrace\nbegin { }", true, true),
      ("d", "#!/usr/bin/bt-tool\nbegin { }", true, true),
      ("e", "#!/bin/sh\necho bpftrace\n", true, false), ("f", "#!/bin/sh\n", false, false),
    ] {
      let path = try folder.write(text, to: "mine/\(name)", executable: executable)
      let found = try runnable(path)
      #expect(found == (isTool ? .tool(try tools.at(path: path)) : .program(path)), "\(name)")
    }
    let object = try folder.write(artifact(manifest(of: "")), to: "mine/object", executable: true)
    #expect(
      try runnable(object) == .tool(Tool(name: "object", script: nil, artifact: object)))
    // The same file for another machine.
    var program = artifact(manifest(of: ""))
    program[18] = 62
    let native = try folder.write(program, to: "mine/program", executable: true)
    #expect(try runnable(native) == .program(native))
  }

  @Test func theEndingOfAPathMayBeLeftOut() throws {
    let found = try runnable("\(folder.path)/tools/snoop")
    #expect(found == .tool(snoop))
  }

  @Test func aSlipIsCorrected() throws {
    let error = ToolError.nothingToRun("snop.bt", similar: "snoop")
    #expect(throws: error) { try runnable("snop.bt") }
    #expect(
      error.message == "there is no tool, file or command 'snop.bt', did you mean snoop?")
    #expect(throws: ToolError.nothingToRun("bpftrce", similar: "bpftrace")) {
      try runnable("bpftrce")
    }
  }

  @Test(arguments: ["/nothing/my.bt", "/nothing/my", "./my.btobj", "qqqqqqqq"])
  func nothingIsRunForAWordThatStandsForNothing(_ word: String) {
    #expect(throws: ToolError.nothingToRun(word, similar: nil)) { try runnable(word) }
  }
}
