import Foundation
import Testing
import ToolLibrary

/// Where tools are looked for, and what is found.
@Suite struct ToolCollectionTests {
  @Test func looksIntoTheUsersFoldersFirst() {
    let variables = ["BT_TOOL_PATH": "/a:/b", "XDG_DATA_HOME": "/data", "HOME": "/home/me"]
    let folders = ToolFolders(variable: { variables[$0] }, executable: "/usr/bin/bt-tool")
    #expect(folders.user == ["/a", "/b", "/data/bpftrace/tools"])
    #expect(folders.system == ["/usr/share/bpftrace/tools"])
  }

  @Test func fallsBackToTheHomeFolder() {
    let variables = ["HOME": "/home/me", "XDG_DATA_HOME": ""]
    let folders = ToolFolders(variable: { variables[$0] }, executable: nil)
    #expect(folders.all == ["/home/me/.local/share/bpftrace/tools"])
  }

  @Test func findsTheLibraryOfABuildFolder() {
    let folders = ToolFolders(
      variable: { _ in nil }, executable: "/src/.build/x86_64-unknown-linux-gnu/debug/bt-tool")
    #expect(folders.all == ["/src/build/share/bpftrace/tools", "/src/tools"])
  }

  @Test func findsAToolByItsName() throws {
    let folder = try Folder()
    let script = try folder.write("begin { }", to: "snoop.bt")
    let artifact = try folder.write("artifact", to: "snoop.btobj")
    let tools = ToolCollection(ToolFolders(user: [folder.path]))
    let tool = Tool(name: "snoop", script: script, artifact: artifact)
    #expect(try tools.find("snoop") == tool)
    #expect(try tools.find("snoop.bt") == tool)
    #expect(try tools.find("\(folder.path)/snoop.bt") == tool)
    #expect(try tools.find("\(folder.path)/snoop") == tool)
  }

  @Test func findsTheArtifactBesideTheFileThatALinkLeadsTo() throws {
    let folder = try Folder()
    try folder.write("begin { }", to: "tools/snoop.bt")
    let artifact = try folder.write("artifact", to: "tools/snoop.btobj")
    let link = try folder.link("sbin/snoop.bt", to: "../tools/snoop.bt")
    let tools = ToolCollection(ToolFolders(user: ["\(folder.path)/sbin"]))
    let tool = Tool(name: "snoop", script: link, artifact: try real(artifact))
    #expect(try tools.find(link) == tool)
    #expect(try tools.find("snoop") == tool)
  }

  private func real(_ path: String) throws -> String {
    URL(fileURLWithPath: path).resolvingSymlinksInPath().path
  }

  @Test func takesTheFirstFolderThatHasIt() throws {
    let folder = try Folder()
    let mine = try folder.write("begin { }", to: "mine/snoop.bt")
    try folder.write("begin { }", to: "system/snoop.bt")
    try folder.write("artifact", to: "system/snoop.btobj")
    let tools = ToolCollection(
      ToolFolders(user: ["\(folder.path)/mine"], system: ["\(folder.path)/system"]))
    // The artifact in the other folder is not of this script.
    #expect(try tools.find("snoop") == Tool(name: "snoop", script: mine, artifact: nil))
    #expect(tools.all().map(\.script) == [mine])
  }

  @Test func findsAnArtifactWithoutAScript() throws {
    let folder = try Folder()
    let artifact = try folder.write("artifact", to: "snoop.btobj")
    let tools = ToolCollection(ToolFolders(user: [folder.path]))
    #expect(try tools.find("snoop") == Tool(name: "snoop", script: nil, artifact: artifact))
  }

  @Test func takesAnArtifactThatIsNamedWithoutItsScript() throws {
    let folder = try Folder()
    try folder.write("begin { }", to: "snoop.bt")
    let artifact = try folder.write("artifact", to: "snoop.btobj")
    let tools = ToolCollection(ToolFolders())
    #expect(try tools.find(artifact) == Tool(name: "snoop", script: nil, artifact: artifact))
  }

  @Test func tellsFilesOfOtherEndingsApartByTheirContents() throws {
    let folder = try Folder()
    let script = try folder.write("begin { }", to: "one")
    let artifact = try folder.write([0x7f, 0x45, 0x4c, 0x46, 2], to: "two")
    let tools = ToolCollection(ToolFolders())
    #expect(try tools.find(script) == Tool(name: "one", script: script, artifact: nil))
    #expect(try tools.find(artifact) == Tool(name: "two", script: nil, artifact: artifact))
  }

  @Test func listsEachToolOnce() throws {
    let folder = try Folder()
    for name in ["b.bt", "b.btobj", "a.bt", "c.btobj", "README", "d.bt.orig"] {
      try folder.write("", to: "tools/\(name)")
    }
    try folder.write("", to: "more/a.bt")
    let tools = ToolCollection(
      ToolFolders(user: ["\(folder.path)/tools", "\(folder.path)/more", "/does/not/exist"]))
    #expect(tools.all().map(\.name) == ["a", "b", "c"])
  }

  @Test func suggestsTheToolThatWasMeant() throws {
    let folder = try Folder()
    for name in ["opensnoop", "execsnoop", "runqlat"] { try folder.write("", to: "\(name).bt") }
    let tools = ToolCollection(ToolFolders(user: [folder.path]))
    #expect(
      throws: ToolError.notFound("opensnop", similar: "opensnoop", searched: [folder.path])
    ) { try tools.find("opensnop") }
    #expect(throws: ToolError.notFound("zzz", similar: nil, searched: [folder.path])) {
      try tools.find("zzz")
    }
  }

  @Test func saysWhatCannotBeRead() {
    let tools = ToolCollection(ToolFolders())
    do {
      _ = try tools.find("/does/not/exist")
      Issue.record("found what does not exist")
    } catch {
      #expect(
        error.message == "failed to open file '/does/not/exist': No such file or directory")
    }
  }
}
