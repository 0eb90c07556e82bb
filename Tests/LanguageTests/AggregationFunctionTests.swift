import Language
import Testing
import TraceModel

@Suite struct AggregationFunctionTests {
  @Test func everyKindHasOneFunction() {
    let made = AggregationFunction.all.map { $0.kind.tag }
    #expect(made.sorted() == Aggregation.kinds.map { $0.tag }.sorted())
    for aggregation in Aggregation.declarable {
      #expect(Catalog.function(of: aggregation).kind.tag == aggregation.tag)
    }
  }

  @Test func programsReadWhatIsANumber() {
    for aggregation in Aggregation.declarable where aggregation.isCastable {
      #expect(Catalog.function(of: aggregation).reading != nil)
      #expect(aggregation.layout == .integer(bytes: 8, signed: aggregation.isSigned))
    }
  }

  @Test(arguments: AggregationFunction.all.map(\.name))
  func hasAManualAndAnExample(_ name: String) throws {
    let function = try #require(Catalog.aggregations[name])
    #expect(function.summary.hasSuffix("."))
    #expect(function.example.hasPrefix("\(name)("))
  }
}
