/// A column of rows or of a table: what its heading says, how its values are written, and when it is there.
package struct ColumnSpec: Hashable, Sendable {
  /// As the script and JSON call it.
  package var name: String
  /// What stands above it.
  package var heading: String
  /// One conversion of printf, as `%-16s`. Empty for stacks, which follow the row, and for
  /// distributions. The letter `f` is for numbers that `divisor` makes fractions of.
  package var format: String
  /// What a number is divided by.
  package var divisor: UInt64
  /// The unit that its numbers are shown in, as the script names it: `ms`; nil if it names none.
  package var unit: String?
  /// When it is shown and computed.
  package var condition: OptionCondition
  package var source: Contents

  /// Where its values come from.
  package enum Contents: Hashable, Sendable {
    /// A field of the event of a row, by index.
    case field(Int)
    /// The wall clock, when the row is shown.
    case time
    /// The time since the session began, in nanoseconds.
    case elapsed
    /// A part of the table's keys, by index.
    case key(Int)
    /// A map, by its index in the manifest, with or without the table's keys.
    case map(Int, part: Part?)
  }

  /// A part of statistics.
  package enum Part: UInt8, CaseIterable, Hashable, Sendable {
    case count = 0
    case total = 1
    case average = 2
  }

  package init(
    name: String, heading: String, format: String, divisor: UInt64 = 1, unit: String? = nil,
    condition: OptionCondition = .always, source: Contents
  ) {
    self.name = name
    self.heading = heading
    self.format = format
    self.divisor = divisor
    self.unit = unit
    self.condition = condition
    self.source = source
  }
}

/// The rows of a script: every event of kind `row` is one.
package struct RowSpec: Hashable, Sendable {
  package var columns: [ColumnSpec]

  package init(columns: [ColumnSpec]) { self.columns = columns }
}

/// Maps that are shown together, each element of their keys as one line, distribution or stack.
package struct TableSpec: Hashable, Sendable {
  /// The keys, then the values.
  package var columns: [ColumnSpec]
  /// What strftime makes the line above each report of; nil if only the option `time` asks for one.
  package var heading: String?
  /// When there is such a line.
  package var headingCondition: OptionCondition

  package init(
    columns: [ColumnSpec], heading: String? = nil, headingCondition: OptionCondition = .always
  ) {
    self.columns = columns
    self.heading = heading
    self.headingCondition = headingCondition
  }
}

/// A condition about options: one of the alternatives holds, all terms of it.
package struct OptionCondition: Hashable, Sendable {
  /// Empty if it always holds.
  package var alternatives: [Conjunction]

  package init(alternatives: [Conjunction]) { self.alternatives = alternatives }

  /// Terms that hold together.
  package struct Conjunction: Hashable, Sendable {
    package var terms: [Term]

    package init(terms: [Term]) { self.terms = terms }
  }

  /// An option that is on, or that is not.
  package struct Term: Hashable, Sendable {
    package var option: String
    package var isNegated: Bool

    package init(option: String, isNegated: Bool = false) {
      self.option = option
      self.isNegated = isNegated
    }
  }

  package static let always = OptionCondition(alternatives: [])

  /// No option has an empty name.
  package static let never = OptionCondition(alternatives: [.init(terms: [.init(option: "")])])

  /// Whether it holds, if `isOn` says which options are on.
  package func holds(_ isOn: (String) -> Bool) -> Bool {
    alternatives.isEmpty
      || alternatives.contains { $0.terms.allSatisfy { isOn($0.option) != $0.isNegated } }
  }
}

// MARK: Encoding

extension ColumnSpec: WireStruct {
  package static let wireName = "column"

  package static let blank = ColumnSpec(name: "", heading: "", format: "", source: .time)

  package static let wireFields: [WireField<ColumnSpec>] = [
    WireField(1, "name", \.name, .required),
    WireField(2, "heading", \.heading),
    WireField(3, "format", \.format),
    WireField(4, "divisor", \.divisor),
    WireField(5, "condition", \.condition),
    WireField(6, "source", \.source, .required),
    WireField(7, "unit", \.unit),
  ]

  package func check() throws(ManifestError) {
    guard divisor > 0 else { throw .malformed("a column divided by zero") }
  }
}

extension ColumnSpec.Contents: WireEnum {
  package static let wireName = "source of a column"

  package static let wireCases: [WireCase<ColumnSpec.Contents>] = [
    WireCase(0, "field", WirePart<Int>(1, "index")) {
      .field($0)
    } take: {
      if case .field(let index) = $0 { index } else { nil }
    },
    WireCase(1, "time", .time),
    WireCase(2, "elapsed", .elapsed),
    WireCase(3, "key", WirePart<Int>(1, "index")) {
      .key($0)
    } take: {
      if case .key(let index) = $0 { index } else { nil }
    },
    WireCase(4, "map", WirePart<Int>(1, "index"), WirePart<ColumnSpec.Part?>(2, "part")) {
      .map($0, part: $1)
    } take: {
      if case .map(let index, let part) = $0 { (index, part) } else { nil }
    },
  ]
}

extension ColumnSpec.Part: WireNumbered {
  package static let wireName = "part of statistics"
}

extension RowSpec: WireStruct {
  package static let wireName = "row"

  package static let blank = RowSpec(columns: [])

  package static let wireFields: [WireField<RowSpec>] = [WireField(1, "columns", \.columns)]
}

extension TableSpec: WireStruct {
  package static let wireName = "table"

  package static let blank = TableSpec(columns: [])

  package static let wireFields: [WireField<TableSpec>] = [
    WireField(1, "columns", \.columns),
    WireField(2, "heading", \.heading),
    WireField(3, "headingCondition", \.headingCondition),
  ]
}

extension OptionCondition: WireStruct {
  package static let wireName = "condition about options"

  package static let blank = OptionCondition.always

  package static let wireFields: [WireField<OptionCondition>] = [
    WireField(1, "alternatives", \.alternatives)
  ]
}

extension OptionCondition.Conjunction: WireStruct {
  package static let wireName = "conditions that hold together"

  package static let blank = OptionCondition.Conjunction(terms: [])

  package static let wireFields: [WireField<OptionCondition.Conjunction>] = [
    WireField(1, "terms", \.terms)
  ]
}

extension OptionCondition.Term: WireStruct {
  package static let wireName = "option of a condition"

  package static let blank = OptionCondition.Term(option: "")

  package static let wireFields: [WireField<OptionCondition.Term>] = [
    WireField(1, "option", \.option, .required),
    WireField(2, "isNegated", \.isNegated),
  ]
}
