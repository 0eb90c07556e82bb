package import Diagnostics

/// A preprocessor line or a C definition at the top of a script, uninterpreted.
package struct CDefinitionSyntax: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    /// `#include <x.h>`, `#define N 3`, with continued lines.
    case preprocessor
    /// `struct s {...} __attribute__((packed));`, also `union` and `enum`; the `;` is optional.
    case definition
  }

  package var kind: Kind
  /// The bytes of `range`.
  package var text: [UInt8]
  package var range: SourceRange

  package init(kind: Kind, text: [UInt8], range: SourceRange) {
    self.kind = kind
    self.text = text
    self.range = range
  }
}

/// `config = { key = value; ... }`
package struct ConfigSyntax: Hashable, Sendable {
  package enum Value: Hashable, Sendable {
    case integer(IntegerLiteral)
    case string([UInt8])
    case boolean(Bool)
    /// A bare word, as `per_pid`.
    case word(String)
  }

  package struct Entry: Hashable, Sendable {
    /// The key as written, in any case and perhaps with a `BPFTRACE_` prefix.
    package var key: String
    package var keyRange: SourceRange
    package var value: Value
    package var valueRange: SourceRange
    /// From the key through the value.
    package var range: SourceRange

    package init(
      key: String, keyRange: SourceRange, value: Value, valueRange: SourceRange, range: SourceRange
    ) {
      self.key = key
      self.keyRange = keyRange
      self.value = value
      self.valueRange = valueRange
      self.range = range
    }
  }

  package var entries: [Entry]
  package var range: SourceRange

  package init(entries: [Entry], range: SourceRange) {
    self.entries = entries
    self.range = range
  }
}

/// What follows the head of a script, in any order.
package enum RootItem: Hashable, Sendable {
  case probe(ProbeSyntax)
  case macro(MacroSyntax)
  case function(FunctionSyntax)
  case map(MapDeclarationSyntax)
}

/// `let @m = kind(entries);`
package struct MapDeclarationSyntax: Hashable, Sendable {
  /// The map, with its `@`.
  package var name: String
  package var nameRange: SourceRange
  /// `hash`, `lruhash`, ... as written.
  package var kind: String
  package var kindRange: SourceRange
  package var maximumEntries: IntegerLiteral
  package var maximumEntriesRange: SourceRange
  /// Through the `;`.
  package var range: SourceRange

  package init(
    name: String, nameRange: SourceRange, kind: String, kindRange: SourceRange,
    maximumEntries: IntegerLiteral, maximumEntriesRange: SourceRange, range: SourceRange
  ) {
    self.name = name
    self.nameRange = nameRange
    self.kind = kind
    self.kindRange = kindRange
    self.maximumEntries = maximumEntries
    self.maximumEntriesRange = maximumEntriesRange
    self.range = range
  }
}

/// `macro name(parameters) {...}`
package struct MacroSyntax: Hashable, Sendable {
  package struct Parameter: Hashable, Sendable {
    package enum Kind: Hashable, Sendable {
      /// `$p`: must be given a scratch variable.
      case variable
      /// `@p`: must be given a map.
      case map
      /// `p`: takes any expression, or a type.
      case expression
    }

    package var kind: Kind
    /// With its `$` or `@`.
    package var name: String
    package var range: SourceRange

    package init(kind: Kind, name: String, range: SourceRange) {
      self.kind = kind
      self.name = name
      self.range = range
    }
  }

  package var name: String
  package var nameRange: SourceRange
  package var parameters: [Parameter]
  package var body: BlockID
  /// From `macro` through the name.
  package var range: SourceRange

  package init(
    name: String, nameRange: SourceRange, parameters: [Parameter], body: BlockID,
    range: SourceRange
  ) {
    self.name = name
    self.nameRange = nameRange
    self.parameters = parameters
    self.body = body
    self.range = range
  }
}

/// `fn name($a: type): type {...}`
package struct FunctionSyntax: Hashable, Sendable {
  package struct Parameter: Hashable, Sendable {
    /// With its `$`.
    package var name: String
    package var nameRange: SourceRange
    package var type: TypeID

    package init(name: String, nameRange: SourceRange, type: TypeID) {
      self.name = name
      self.nameRange = nameRange
      self.type = type
    }
  }

  package var name: String
  package var nameRange: SourceRange
  package var parameters: [Parameter]
  package var result: TypeID
  package var body: BlockID
  /// From `fn` through the result type.
  package var range: SourceRange

  package init(
    name: String, nameRange: SourceRange, parameters: [Parameter], result: TypeID, body: BlockID,
    range: SourceRange
  ) {
    self.name = name
    self.nameRange = nameRange
    self.parameters = parameters
    self.result = result
    self.body = body
    self.range = range
  }
}

/// Attach points, predicate and action block.
package struct ProbeSyntax: Hashable, Sendable {
  /// At least one.
  package var attachPoints: [AttachPointSyntax]
  package var predicate: PredicateSyntax?
  package var body: BlockID
  /// From the first attach point through the last.
  package var range: SourceRange

  package init(
    attachPoints: [AttachPointSyntax], predicate: PredicateSyntax?, body: BlockID,
    range: SourceRange
  ) {
    self.attachPoints = attachPoints
    self.predicate = predicate
    self.body = body
    self.range = range
  }
}

/// `/ condition /`
package struct PredicateSyntax: Hashable, Sendable {
  package var condition: ExprID
  /// What is between the slashes.
  package var range: SourceRange

  package init(condition: ExprID, range: SourceRange) {
    self.condition = condition
    self.range = range
  }
}

/// `name=provider:part:...`, with positional parameters filled in.
package struct AttachPointSyntax: Hashable, Sendable {
  package enum Part: Hashable, Sendable {
    /// What is between two separators. Quotes are removed and escapes decoded; `isQuoted` says
    /// that some of it stood in quotes.
    case text(String, isQuoted: Bool)
    /// The `@` between a path and a source file.
    case at
  }

  /// The reserved name before `=`, if any.
  package var name: String?
  /// The text after the name, quotes included, with `$N` replaced.
  package var text: String
  /// `text` split at `:` and `@`; the first is the probe type as written. Never empty.
  package var parts: [Part]
  /// Whether the text depends on a positional parameter.
  package var usesParameters: Bool
  /// Set where it is one of several with `|` between them.
  package var choice: Choice?
  /// The raw text in the source, name included.
  package var range: SourceRange

  package init(
    name: String?, text: String, parts: [Part], usesParameters: Bool, range: SourceRange
  ) {
    self.name = name
    self.text = text
    self.parts = parts
    self.usesParameters = usesParameters
    self.range = range
  }

  /// Its place among several of which the first is used that a machine has.
  package struct Choice: Hashable, Sendable {
    package var isFirst: Bool
    package var isLast: Bool

    package init(isFirst: Bool, isLast: Bool) {
      self.isFirst = isFirst
      self.isLast = isLast
    }
  }

  /// The probe type as written: what is before the first `:`.
  package var probeType: String {
    if case .text(let text, _) = parts.first { text } else { "" }
  }
}
