import Diagnostics
import Syntax
import Testing

@Suite struct LoneExpressionTests {
  @Test func joinsAnExistingTree() throws {
    var tree = parsed("begin { print(1); }").tree
    let count = tree.expressions.count
    let file = SourceFile(id: FileID(1), name: "definitions.h", text: " 1 + PAGE_SIZE ")
    let (id, diagnostics) = parseExpression(file, into: &tree)
    let expression = try #require(id)
    #expect(diagnostics.isEmpty)
    #expect(expression.index >= count)
    #expect(tree[expression].range.file == FileID(1))
    guard case .binary(.add, _, let right) = tree[expression].kind else {
      Issue.record("not a sum")
      return
    }
    #expect(tree[right].kind == .identifier("PAGE_SIZE"))
  }

  @Test(arguments: ["", "1 +", "1 2", "do { } while (0)", "1;", "\"a"])
  func refusesWhatIsNoExpression(text: String) {
    var tree = ScriptTree()
    let (id, diagnostics) = parseExpression(SourceFile(name: "x", text: text), into: &tree)
    #expect(id == nil)
    #expect(diagnostics.hasErrors)
  }
}
