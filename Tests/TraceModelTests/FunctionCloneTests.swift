import Testing
import TraceModel

/// Which functions are copies of another one that the compiler made.
@Suite struct FunctionCloneTests {
  @Test(arguments: [
    ("tcp_drop.isra.0", FunctionClone.Kind.whole), ("tcp_drop.constprop.0.isra.0", .whole),
    ("tcp_drop.part.0", .part), ("tcp_drop.part.0.isra.1", .part),
    ("tcp_drop.isra.0.part.0", .part),
    ("tcp_drop.cold", nil), ("tcp_drop.isra.0.cold", nil), ("tcp_drop", nil), ("tcp_drop.0", nil),
    ("tcp_drop_reason.isra.0", nil), ("other.isra.0", nil),
  ])
  func knowsCopiesByTheirSuffixes(_ name: String, _ kind: FunctionClone.Kind?) {
    #expect(FunctionClone.kind(of: name, as: "tcp_drop") == kind)
  }

  @Test func takesPartsOnlyWhereThereIsNothingElse() {
    let all = ["f", "f.isra.0", "f.part.0", "f.cold", "f_other"]
    #expect(FunctionClone.sites(of: "f", among: all) == ["f", "f.isra.0"])
    #expect(FunctionClone.sites(of: "f", among: ["f.part.0", "f.cold"]) == ["f.part.0"])
    #expect(FunctionClone.sites(of: "f", among: ["f_other"]) == [])
  }
}
