import Testing
import TraceModel

@Suite struct RunCounterTests {
  @Test func eachCounterHasAPlaceOfItsOwn() {
    let places = RunCounters(programCount: 3, mapCount: 2)
    var counters: [RunCounter] = [.lostEvents]
    for program in 0..<3 { counters.append(.runs(program: program)) }
    for program in [0, 1, 2, nil] as [Int?] {
      counters += EventUrgency.allCases.map { .dropped(program: program, $0) }
    }
    for map in 0..<2 { counters.append(.refused(map: map)) }
    #expect(counters.map { places.index(of: $0) } == Array(0..<places.count))
  }

  /// What all releases look up.
  @Test func theCounterOfLostEventsIsTheFirst() {
    #expect(RunCounters(programCount: 0, mapCount: 0).index(of: .lostEvents) == 0)
  }

  @Test func programsThatAreLoadedInSeveralWaysCountOnce() {
    var manifest = Manifest(script: "s", producer: "p", architecture: "x86_64")
    manifest.programs = ["a", "b", "a", "c"].map { ProgramSpec(symbol: $0, kind: .rawTracepoint) }
    #expect(manifest.programSymbols == ["a", "b", "c"])
  }
}
