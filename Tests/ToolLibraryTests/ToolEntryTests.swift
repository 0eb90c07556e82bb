import Foundation
import Testing
import ToolLibrary
import TraceModel

/// What listings tell of tools.
@Suite struct ToolEntryTests {
  private let folder: Folder

  init() throws { folder = try Folder() }

  private func manifest() -> Manifest {
    var manifest = Manifest(script: "snoop.bt", producer: "a test", architecture: "x86_64")
    manifest.manual = "Shows what is done.\n\nMore of it."
    manifest.subject = .network
    manifest.aliases = [
      ToolAlias(name: "spy"), ToolAlias(name: "loudspy", words: ["-l", "9"]),
    ]
    return manifest
  }

  private func addSnoop(script: String? = "// Shows nothing.\nbegin { }") throws -> Tool {
    if let script { try folder.write(script, to: "snoop.bt") }
    try folder.write(artifact(manifest()), to: "snoop.btobj")
    return try ToolCollection(ToolFolders(user: [folder.path])).find("snoop")
  }

  private func setDate(of name: String, _ date: Date) throws {
    try FileManager.default.setAttributes(
      [.modificationDate: date], ofItemAtPath: "\(folder.path)/\(name)")
  }

  @Test func readsTheManifest() throws {
    let tool = try addSnoop()
    try setDate(of: "snoop.bt", Date(timeIntervalSinceNow: -60))
    let entry = ToolEntry(of: tool)
    #expect(entry.summary == "Shows what is done")
    #expect(entry.subject == .network)
    #expect(entry.aliases.map(\.name) == ["spy", "loudspy"])
    #expect(entry.manifest == manifest())
  }

  @Test func readsTheManifestBehindALineForAnInterpreter() throws {
    try folder.write(Artifact.interpreterLine + artifact(manifest()), to: "snoop.btobj")
    let tool = try ToolCollection(ToolFolders(user: [folder.path])).find("snoop")
    #expect(ToolEntry(of: tool).manifest == manifest())
  }

  @Test func prefersWhatAScriptSaysThatWasChangedSince() throws {
    let tool = try addSnoop()
    try setDate(of: "snoop.btobj", Date(timeIntervalSinceNow: -60))
    #expect(ToolEntry(of: tool).summary == "Shows nothing")
  }

  @Test func knowsTheSummaryOfAScriptThatIsNotCompiled() throws {
    let script = try folder.write("// Does it.\nbegin { }", to: "new.bt")
    let entry = ToolEntry(of: Tool(name: "new", script: script, artifact: nil))
    #expect(entry.summary == "Does it")
    #expect(entry.manifest == nil)
    #expect(entry.subject == nil)
  }

  @Test(arguments: [0, 3, 64, 100, 200])
  func makesNothingOfADamagedArtifact(_ length: Int) throws {
    let path = try folder.write(Array(artifact(manifest()).prefix(length)), to: "x.btobj")
    #expect(ToolEntry(of: Tool(name: "x", script: nil, artifact: path)).manifest == nil)
  }

  @Test func findsAToolByItsOtherNames() throws {
    let snoop = try addSnoop()
    let tools = ToolCollection(ToolFolders(user: [folder.path]))
    #expect(
      try tools.find("loudspy")
        == Tool(name: "loudspy", script: snoop.script, artifact: snoop.artifact))
    #expect(try tools.find("spy.bt").artifact == snoop.artifact)
  }

  @Test func aToolHidesAnAlias() throws {
    _ = try addSnoop()
    let script = try folder.write("begin { }", to: "spy.bt")
    let tools = ToolCollection(ToolFolders(user: [folder.path]))
    #expect(try tools.find("spy").script == script)
  }

  @Test func suggestsOtherNamesToo() throws {
    _ = try addSnoop()
    let tools = ToolCollection(ToolFolders(user: [folder.path]))
    #expect {
      try tools.find("loudpsy")
    } throws: { error in
      error as? ToolError
        == .notFound("loudpsy", similar: "loudspy", searched: [folder.path])
    }
  }

  @Test(arguments: [
    (#"config = { subject = "memory" }"#, ToolSubject?.some(.memory)),
    (#"config={missing_probes="warn";subject=files;aliases="a b"}"#, .files),
    ("// config = { subject = \"memory\" }\nbegin { }", nil),
    ("/* config = { subject = memory } */ config = { /* } */ subject = cpu }", .cpu),
    (#"config = { subject = "nothing" }"#, nil), ("config = { subject =", nil),
    (#"config = { } begin { $subject = "memory"; }"#, nil), ("", nil), (#"""#, nil), ("/*", nil),
  ])
  func readsTheSubjectOfAScriptThatIsNotCompiled(_ text: String, _ subject: ToolSubject?) throws {
    try folder.write(text, to: "own.bt")
    let tool = try ToolCollection(ToolFolders(user: [folder.path])).find("own")
    #expect(ToolEntry(of: tool).subject == subject)
  }
}
