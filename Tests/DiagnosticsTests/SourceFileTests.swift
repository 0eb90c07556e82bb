import Diagnostics
import Testing

@Suite struct SourceFileTests {
  @Test(arguments: [
    (0, 1, 1), (2, 1, 3), (3, 2, 1), (4, 3, 1), (5, 3, 2), (6, 3, 3),
  ])
  func countsLinesAndColumnsFromOne(offset: Int, line: Int, column: Int) {
    let file = SourceFile(name: "a.bt", text: "ab\n\ncd")
    #expect(file.position(of: offset) == SourcePosition(line: line, column: column))
  }

  @Test func hasAnEmptyLineAfterTheLastLineEnd() {
    let file = SourceFile(name: "a.bt", text: "ab\n")
    #expect(file.position(of: 3) == SourcePosition(line: 2, column: 1))
    #expect(file.line(2).isEmpty)
    #expect(file.line(3).isEmpty)
    #expect(file.line(0).isEmpty)
  }

  @Test func leavesCarriageReturnsOutOfLines() {
    let file = SourceFile(name: "a.bt", bytes: [0x61, 0x62, 13, 10, 0x63, 0x64, 13])
    #expect(Array(file.line(1)) == Array("ab".utf8))
    #expect(Array(file.line(2)) == Array("cd".utf8))
  }

  @Test func anEmptyFileHasOneLine() {
    let file = SourceFile(name: "a.bt", text: "")
    #expect(file.lineStarts == [0])
    #expect(file.position(of: 0) == SourcePosition(line: 1, column: 1))
  }

  @Test func cutsRangesToTheFile() {
    let file = SourceFile(name: "a.bt", text: "abc")
    #expect(file.text(in: SourceRange(file: .script, 1..<9)) == "bc")
    #expect(file.text(in: SourceRange(file: .script, 7..<9)) == "")
  }

  @Test func aMapNumbersItsFiles() {
    var map = SourceMap()
    let first = map.add(name: "a", text: "1")
    let second = map.add(name: "b", text: "2")
    #expect(first.id == .script)
    #expect(map[second.id]?.name == "b")
    #expect(map[FileID(2)] == nil)
  }

  @Test func rangesJoinWithinAFileOnly() {
    let a = SourceRange(file: .script, 2..<4)
    let b = SourceRange(file: .script, 7..<9)
    #expect(a.union(b) == SourceRange(file: .script, 2..<9))
    #expect(b.union(a) == a.union(b))
    #expect(a.through(b) == a.union(b))
    #expect(a.union(SourceRange(file: FileID(1), 0..<99)) == a)
    #expect(b.prefix(1) == SourceRange(file: .script, 7..<8))
  }
}
