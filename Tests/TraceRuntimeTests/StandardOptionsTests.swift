import Testing
import TraceModel
import TraceRuntime

/// What options of the runner do to a run.
@Suite struct StandardOptionsTests {
  private func parameter(
    _ standard: StandardOption, _ value: ScriptOption.Value? = nil
  ) -> ScriptOption {
    ScriptOption(
      name: standard.name, defaultValue: value ?? standard.kind.absentValue, description: "",
      declaration: OptionDeclaration(kind: standard.kind))
  }

  private func session(
    _ options: [ScriptOption], isTerminal: Bool = false,
    given: (inout ScriptArguments) -> Void = { _ in }
  ) -> SessionOptions {
    var session = SessionOptions()
    given(&session.arguments)
    session.takeStandardOptions(among: options, isTerminal: isTerminal)
    return session
  }

  @Test func changesNothingThatNobodyAskedFor() {
    #expect(session(StandardOption.all.map { parameter($0) }).reports == ReportOptions())
  }

  @Test func takesWhatIsGiven() {
    let interval = parameter(.interval)
    let session = session(StandardOption.all.map { parameter($0) }) {
      $0.take(.value(.unsigned(500_000_000)), of: interval)
      $0.take(.value(.unsigned(3)), of: parameter(.count))
      $0.take(.value(.unsigned(0)), of: parameter(.top))
      $0.take(.value(.string("bytes")), of: parameter(.sort))
      $0.take(.value(.boolean(true)), of: parameter(.time))
      $0.take(.value(.unsigned(2_000_000_000)), of: parameter(.duration))
    }
    #expect(session.reports.interval == 500_000_000)
    #expect(session.arguments.options["interval"] == .unsigned(500_000_000))
    #expect(session.reports.count == 3)
    #expect(session.reports.top == 0)
    #expect(session.reports.sortColumn == "bytes")
    #expect(session.reports.showsTime)
    #expect(session.duration == .seconds(2))
  }

  @Test func takesDefaultsOfTheScript() {
    let session = session([
      parameter(.interval, .unsigned(5_000_000_000)), parameter(.top, .unsigned(20)),
    ])
    #expect(session.reports.interval == 5_000_000_000)
    #expect(session.reports.top == 20)
    #expect(session.arguments.options.isEmpty)
  }

  @Test func leavesParametersByDescriptionAlone() {
    let option = ScriptOption(name: "interval", defaultValue: .unsigned(5), description: "")
    #expect(session([option]).reports == ReportOptions())
  }

  @Test func clearsScreensUnlessToldNotTo() {
    let option = parameter(.noclear)
    #expect(session([option], isTerminal: true).reports.clearsScreen)
    #expect(!session([option]).reports.clearsScreen)
    #expect(!session([], isTerminal: true).reports.clearsScreen)
    let told = session([option], isTerminal: true) { $0.take(.value(.boolean(true)), of: option) }
    #expect(!told.reports.clearsScreen)
  }
}
