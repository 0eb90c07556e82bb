import Testing
import TraceModel

@Suite struct CompatibilityTests {
  @Test(arguments: [
    ("0.17", [true, true, true, true, true, true]),
    ("0.21", [true, true, true, true, true, true]),
    ("v0.22", [false, false, true, true, true, true]),
    ("0.23.5", [false, false, false, true, true, true]),
    ("0.24", [false, false, false, false, false, true]),
    ("0.25", [false, false, false, false, false, false]),
    ("0.27.1", [false, false, false, false, false, false]),
  ])
  func knowsWhatAReleaseMeant(_ release: String, _ expected: [Bool]) throws {
    let compatibility = try #require(Compatibility(release: release))
    #expect(LanguageChange.allCases.map(compatibility.precedes) == expected)
  }

  @Test(arguments: ["", "0", "0.", "1.0", "0.x", "0.21.1.2", "-0.21", "0.+2", " 0.21"])
  func refusesWhatIsNoRelease(_ text: String) { #expect(Compatibility(release: text) == nil) }

  @Test func meansTodayByNothing() {
    #expect(!LanguageChange.allCases.contains(where: Compatibility.current.precedes))
  }
}
