import Output
import Testing

@Suite struct PortionTests {
  private let map: MapSnapshot = {
    var map = MapSnapshot.values(
      "@m", (1...10).map { (.integer($0), .integer(100 - $0)) })
    map.sort()
    return map
  }()

  @Test(arguments: [1, 3, 5, 9, 10, 11])
  func looksLikeTheWhole(_ size: Int) {
    let portions = map.portions(of: size)
    #expect(portions.count == (10 + size - 1) / size)
    #expect(portions.flatMap { Array($0.entries) } == Array(map.entries))
    for format in RendererSpec.all where !format.name.hasPrefix("record") {
      let whole = Rendered([.map(map)], as: format).output
      #expect(Rendered(portions.map { .map($0) }, as: format).output == whole)
    }
  }

  @Test func marksWhatIsBeforeAndBehind() {
    let portions = map.portions(of: 4)
    #expect(portions.map(\.isContinuation) == [false, true, true])
    #expect(portions.map(\.isContinued) == [true, true, false])
    #expect(map.portions(of: 10) == [map])
  }

  @Test func keepsAndChangesOnlyWhatIsMeant() {
    var top = map
    top.keepTop(3)
    #expect(top.entries.map(\.key) == [.integer(3), .integer(2), .integer(1)])
    top.entries.mapValues { $0.divided(by: 10) }
    #expect(top.entries.map(\.value) == [.integer(9), .integer(9), .integer(9)])
  }
}
