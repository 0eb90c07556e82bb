import MachineView
import Testing

@Suite struct NamePatternTests {
  @Test(arguments: [
    ("sched_switch", "sched_switch", true), ("sched_switch", "sched_switch2", false),
    ("sched*", "sched", true), ("*switch", "sched_switch", true), ("*", "", true),
    ("a*a", "a", false), ("a*a", "aa", true), ("*a*b*", "xxaxxbxx", true),
    ("*a*b*", "xxbxxaxx", false), ("a**b", "ab", true), ("", "", true), ("", "x", false),
    ("vfs_[rw]*", "vfs_read", false), ("vfs_rea?", "vfs_read", false),
    ("*ab*ab", "abab", true), ("*ab*ab", "ab", false),
  ])
  func matchesRunsOfCharacters(_ pattern: String, _ name: String, _ fits: Bool) {
    #expect(NamePattern(pattern).matches(name) == fits)
  }

  @Test func knowsWhatItIs() {
    #expect(NamePattern("x").isExact)
    #expect(!NamePattern("x*").isExact)
    #expect(NamePattern("**").matchesAll)
    #expect(!NamePattern("").matchesAll)
  }
}
