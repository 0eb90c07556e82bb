import Output
import Testing

@Suite struct ValueColumnTests {
  /// Numbers of one sign are kept in another form than values of any kind.
  @Test(arguments: [
    (Value.integer(-7), [Value.integer(-7), .integer(2)]),
    (.unsigned(9), [.unsigned(9), .integer(2)]),
    (.string([65], truncated: false), [.string([65], truncated: false), .integer(2)]),
  ])
  func takesAnotherValueInThePlaceOfOne(_ value: Value, _ expected: [Value]) {
    var column = ValueColumn()
    column.append(.integer(1))
    column.append(.integer(2))
    column[0] = value
    #expect((0..<column.count).map { column[$0] } == expected)
  }
}
