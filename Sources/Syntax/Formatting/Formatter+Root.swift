import Diagnostics

extension Formatter {
  /// Everything: head, C definitions, configuration, imports and items, in the order of the source.
  mutating func scriptLayout() -> Layout {
    let head = lexer.headEnd
    var entries = tree.cDefinitions.map { entry(for: $0) }
    if let config = tree.config {
      entries.append(Entry(range: config.range.offsets) { $0.layout(config) })
    }
    // Their authors lay them out as tables.
    for range in tree.tool.ranges {
      entries.append(Entry(range: range.offsets) { $0.unchanged(range.offsets) })
    }
    for syntax in tree.imports {
      entries.append(Entry(range: syntax.range.offsets) { $0.layout(syntax) })
    }
    entries += tree.items.map { entry(for: $0) }
    entries.sort { $0.range.lowerBound < $1.range.lowerBound }
    let bounds = head..<file.bytes.count
    var parts: [Layout] = []
    if head > 0 { parts.append(source(0..<head)) }
    parts.append(lines(entries, in: bounds, after: head > 0 ? .line : .nothing))
    // What the preprocessor reads to the end may be a comment that is still open.
    let isOpen = tree.cDefinitions.contains {
      $0.kind == .preprocessor && $0.range.end == file.bytes.count
    }
    if !isOpen, head > 0 || !entries.isEmpty || hasComment(in: bounds) {
      parts.append(.lineEnds(1))
    }
    return .sequence(parts)
  }

  private func entry(for definition: CDefinitionSyntax) -> Entry {
    Entry(range: definition.range.offsets) { formatter in
      formatter.passComments(before: definition.range.end)
      return .verbatim(definition.text)
    }
  }

  private func entry(for item: RootItem) -> Entry {
    switch item {
    case .probe(let probe):
      Entry(range: probe.range.start..<tree[probe.body].range.end) { $0.layout(probe) }
    case .macro(let macro):
      Entry(range: macro.range.start..<tree[macro.body].range.end) { $0.layout(macro) }
    case .function(let function):
      Entry(range: function.range.start..<tree[function.body].range.end) { $0.layout(function) }
    case .map(let map): Entry(range: map.range.offsets) { $0.layout(map) }
    }
  }

  // MARK: Configuration, imports, maps

  private mutating func layout(_ config: ConfigSyntax) -> Layout {
    var brace = config.range.start
    while brace < config.range.end, file.bytes[brace] != UInt8(ascii: "{") {
      brace = lexer.token(from: brace).end
      let next = lexer.token(from: brace)
      if next.kind == .leftBrace { brace = next.start }
    }
    let whole = config.range.offsets
    let isOpen = config.entries.allSatisfy {
      !hasComment(in: $0.range.offsets)
    }
    guard isOpen, !hasComment(in: whole.lowerBound..<brace) else { return unchanged(whole) }
    let entries = config.entries.map { entry in
      Entry(range: entry.range.offsets) { formatter in
        .sequence([
          .text("\(entry.key) = "), formatter.source(entry.valueRange), .text(";"),
        ])
      }
    }
    let inner = brace + 1..<max(brace + 1, whole.upperBound - 1)
    if entries.isEmpty, !hasComment(in: inner) { return .text("config = {}") }
    return .sequence([
      .text("config = {"), .indented(lines(entries, in: inner, after: .brace)), .lineEnds(1),
      .text("}"),
    ])
  }

  mutating func layout(_ syntax: ImportSyntax) -> Layout {
    if hasComment(in: syntax.range.offsets) { return ended(unchanged(syntax.range.offsets)) }
    return ended(.sequence([.text("import "), source(syntax.pathRange)]))
  }

  private mutating func layout(_ map: MapDeclarationSyntax) -> Layout {
    if hasComment(in: map.range.offsets) { return unchanged(map.range.offsets) }
    return ended(
      .sequence([
        .text("let \(map.name) = \(map.kind)("), source(map.maximumEntriesRange), .text(")"),
      ]))
  }

  // MARK: Probes, macros, functions

  private mutating func layout(_ probe: ProbeSyntax) -> Layout {
    let head = probe.range.start..<tree[probe.body].range.start
    if hasComment(in: head) { return .sequence([unchanged(head), body(probe.body)]) }
    var parts: [Layout] = []
    for (index, point) in probe.attachPoints.enumerated() {
      // Those that differ by names in braces are written once.
      if index > 0, point.range == probe.attachPoints[index - 1].range { continue }
      let isFurther = point.choice.map { !$0.isFirst } ?? false
      if index > 0 { parts += isFurther ? [.text(" | ")] : [.text(","), .lineEnds(1)] }
      parts.append(source(point.range))
    }
    if let predicate = probe.predicate {
      let condition = layout(predicate.condition, .predicate)
      parts += [.lineEnds(1), .text("/"), .group(.aligned(condition)), .text("/")]
    }
    return .sequence(parts + [body(probe.body)])
  }

  private mutating func layout(_ macro: MacroSyntax) -> Layout {
    let head = macro.range.start..<tree[macro.body].range.start
    if hasComment(in: head) { return .sequence([unchanged(head), body(macro.body)]) }
    let parameters = macro.parameters.map { Layout.text($0.name) }
    return .sequence([
      .text("macro \(macro.name)"), list("(", parameters, ")"), body(macro.body),
    ])
  }

  private mutating func layout(_ function: FunctionSyntax) -> Layout {
    let head = function.range.start..<tree[function.body].range.start
    if hasComment(in: head) { return .sequence([unchanged(head), body(function.body)]) }
    var parameters: [Layout] = []
    for parameter in function.parameters {
      parameters.append(.sequence([.text("\(parameter.name) : "), layout(parameter.type)]))
    }
    return .sequence([
      .text("fn \(function.name)"), list("(", parameters, ")"), .text(" : "),
      layout(function.result), body(function.body),
    ])
  }

  /// A block on lines of its own.
  private mutating func body(_ block: BlockID) -> Layout {
    .sequence([.lineEnds(1), layout(block)])
  }

  // MARK: As it is

  /// The source as it is, with the comments in it, without white space at its end.
  mutating func unchanged(_ range: Range<Int>) -> Layout {
    passComments(before: range.upperBound)
    var end = range.upperBound
    while end > range.lowerBound, file.bytes[end - 1].isWhiteSpace { end -= 1 }
    return source(range.lowerBound..<end)
  }

  func ended(_ layout: Layout) -> Layout { .sequence([layout, .text(";")]) }
}

extension SourceRange {
  var offsets: Range<Int> { start..<end }
}
