import LinuxSystem
import Testing

@Suite struct RegularExpressionTests {
  @Test(arguments: [
    ("ms:9", "interval:ms:9", true), ("^kprobe", "interval:ms:9", false), ("", "anything", true),
    ("a|b$", "xb", true), ("^(a|b)$", "ab", false), ("x{2}", "axxb", true), (".", "", false),
  ])
  func findsAPart(_ pattern: String, of text: String, _ matches: Bool) throws {
    let expression = try #require(RegularExpression(pattern))
    #expect(expression.matches(text) == matches)
  }

  @Test(arguments: ["(", "[", "a{2", "*(", "["])
  func refusesWhatIsNone(_ pattern: String) { #expect(RegularExpression(pattern) == nil) }
}
