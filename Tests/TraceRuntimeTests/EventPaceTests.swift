import BPF
import LinuxSystem
import Testing

@testable import TraceRuntime

@Suite struct EventPaceTests {
  private let rest = UInt64(EventPace.rest.nanosecondCount)

  @Test func rareEventsWakeTheRuntimeEachTime() {
    var pace = EventPace()
    #expect(pace.pause == nil)
    for index in 0..<5 {
      let now = UInt64(index) * rest
      #expect(pace.next(at: now) == .anyRecord)
      pace.took(1, hasMore: false, wakesForNext: true, at: now)
      #expect(pace.pause == nil)
    }
  }

  @Test func eventsInQuickSuccessionAreLookedForUntilThereAreNone() {
    var pace = EventPace()
    #expect(pace.next(at: 0) == .anyRecord)
    pace.took(1, hasMore: false, wakesForNext: true, at: 0)
    for index in 0..<5 {
      let now = rest / 2 + UInt64(index) * rest
      #expect(pace.next(at: now) == .urgentRecord)
      pace.took(100, hasMore: false, wakesForNext: false, at: now)
      #expect(pace.pause == EventPace.rest)
    }
    pace.took(0, hasMore: false, wakesForNext: true, at: 6 * rest)
    #expect(pace.pause == nil)
    #expect(pace.next(at: 6 * rest) == .anyRecord)
  }

  @Test func looksAgainAtOnceWhenThereIsMore() {
    var pace = EventPace()
    _ = pace.next(at: 0)
    pace.took(4096, hasMore: true, wakesForNext: true, at: 0)
    #expect(pace.pause == .zero)
    #expect(pace.next(at: 1) == .urgentRecord)
    pace.took(10, hasMore: false, wakesForNext: false, at: 1)
    #expect(pace.pause == EventPace.rest)
  }

  /// What a script shows has to be seen within 50 ms.
  @Test func noEventWaitsLong() { #expect(EventPace.rest <= .milliseconds(20)) }
}
