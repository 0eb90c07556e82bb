package import Diagnostics

/// What a script declares about itself as a tool: its options, what its rows and its tables look like.
package struct ToolSyntax: Hashable, Sendable {
  package var options: OptionsSyntax?
  package var columns: ColumnsSyntax?
  package var tables: [ColumnsSyntax] = []

  package init() {}

  /// Whether nothing is declared.
  package var isEmpty: Bool { self == ToolSyntax() }

  /// Where the blocks stand.
  package var ranges: [SourceRange] {
    [options?.range, columns?.range].compactMap { $0 } + tables.map(\.range)
  }
}

/// `options = { name -x kind = default "text"; ... }`
package struct OptionsSyntax: Hashable, Sendable {
  package var entries: [OptionSyntax]
  package var range: SourceRange

  package init(entries: [OptionSyntax], range: SourceRange) {
    self.entries = entries
    self.range = range
  }
}

/// One option.
package struct OptionSyntax: Hashable, Sendable {
  package var name: String
  package var nameRange: SourceRange
  package var spellings: [Spelling]
  package var kind: Kind?
  package var defaultValue: Value?
  /// The options behind `excludes`.
  package var excluded: [FieldName] = []
  /// One phrase for the usage.
  package var summary: [UInt8]?
  package var range: SourceRange

  package init(name: String, nameRange: SourceRange) {
    self.name = name
    self.nameRange = nameRange
    spellings = []
    range = nameRange
  }

  /// A way to write it on the command line.
  package struct Spelling: Hashable, Sendable {
    package enum Form: Hashable, Sendable {
      /// `-x`
      case letter(String)
      /// `--word`
      case word(String)
      /// `[WORD]`: in the order of the declarations.
      case position(String)
    }

    package var form: Form
    package var range: SourceRange

    package init(_ form: Form, range: SourceRange) {
      self.form = form
      self.range = range
    }
  }

  /// `number(1..10)`, `choice("a", "b")`, `list(port)`, `microseconds(least..)`.
  package struct Kind: Hashable, Sendable {
    package var name: String
    package var range: SourceRange
    /// The limits of `number`, each nil if left out.
    package var limits: Limits?
    /// The option whose value is the least, in `microseconds(least..)`.
    package var minimum: FieldName?
    /// The words of `choice`.
    package var words: [String] = []
    /// The name of the kind in `list(...)`.
    package var element: String?

    package init(name: String, range: SourceRange) {
      self.name = name
      self.range = range
    }
  }

  package struct Limits: Hashable, Sendable {
    package var lowest: Int64?
    package var highest: Int64?

    package init(lowest: Int64?, highest: Int64?) {
      self.lowest = lowest
      self.highest = highest
    }
  }

  package struct Value: Hashable, Sendable {
    package enum Form: Hashable, Sendable {
      case integer(Int64)
      case string([UInt8])
      case boolean(Bool)
    }

    package var form: Form
    package var range: SourceRange

    package init(_ form: Form, range: SourceRange) {
      self.form = form
      self.range = range
    }
  }
}

/// `columns = { ... }` and `table = { ... }`
package struct ColumnsSyntax: Hashable, Sendable {
  package var entries: [ColumnSyntax]
  /// `heading "format";` of a table.
  package var heading: [UInt8]?
  package var headingCondition: ExprID?
  package var range: SourceRange

  package init(entries: [ColumnSyntax], range: SourceRange) {
    self.entries = entries
    self.range = range
  }
}

/// `name "HEADING" "%-6d" in ms if option;`, of which format and unit may be chosen: `in milliseconds ? ms : us`.
package struct ColumnSyntax: Hashable, Sendable {
  /// A word, or a map with its `@`.
  package var name: String
  package var nameRange: SourceRange
  /// The word after `@map.`
  package var part: String?
  package var heading: [UInt8]?
  package var format: Format?
  package var unit: Unit?
  package var condition: ExprID?
  package var range: SourceRange

  package init(name: String, nameRange: SourceRange) {
    self.name = name
    self.nameRange = nameRange
    range = nameRange
  }

  /// Whether its values are those of a map.
  package var isMap: Bool { name.hasPrefix("@") }

  package struct Format: Hashable, Sendable {
    package enum Form: Hashable, Sendable {
      /// `"%-6d"`
      case text([UInt8])
      /// `wide ? "%-39s" : "%-15s"`
      case choice(ExprID)
    }

    package var form: Form
    package var range: SourceRange

    package init(_ form: Form, range: SourceRange) {
      self.form = form
      self.range = range
    }
  }

  package struct Unit: Hashable, Sendable {
    package enum Form: Hashable, Sendable {
      /// `in ms`
      case word(String)
      /// `in milliseconds ? ms : us`
      case choice(ExprID)
      /// `/ 512`
      case divisor(UInt64)
    }

    package var form: Form
    package var range: SourceRange

    package init(_ form: Form, range: SourceRange) {
      self.form = form
      self.range = range
    }
  }
}
