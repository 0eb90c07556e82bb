import SystemText
import Testing

@Suite struct PathTests {
  @Test(arguments: [
    ("a", "."), ("./a", "."), ("/a", "/"), ("/", "/"), ("x/a", "x"), ("/x/y/a", "/x/y"), ("", "."),
  ])
  func theFolderOfAFileIsBeforeItsName(_ path: String, _ folder: String) {
    #expect(path.folderOfFile == folder)
  }

  @Test(arguments: [
    ("a", "b", "./b"), ("/a", "b", "/b"), ("x/a", "b", "x/b"), ("x/a", "/b", "/b"),
    ("/x/a", "../b", "/x/../b"),
  ])
  func anotherFileIsNamedFromTheSameFolder(_ path: String, _ name: String, _ result: String) {
    #expect(path.fileBeside(name) == result)
  }
}
