package import TraceModel

extension StandardOption {
  /// Those that a tool has though its script does not declare them, as far as their spelling is free.
  ///
  /// Filters of processes are offered by the runner's command line.
  static func offered(
    with manifest: Manifest, beside own: [ToolOption]
  ) -> [ToolOption] {
    let letters = Set(own.flatMap(\.letters))
    let words = Set(own.flatMap(\.words))
    let names = Set(own.map(\.name))
    // Two words without dashes could not be told apart if one of them were the script's own.
    let takesWords = own.contains { $0.isPositional && $0.standard != .interval }
    let hasReports = !manifest.tables.isEmpty || manifest.hasReportProbe
    let isSpelledInterval = own.contains { $0.standard == .interval && !$0.isPositional }
    func isMeaningful(_ option: StandardOption) -> Bool {
      switch option {
      case .time: manifest.asksForTime
      case .interval, .count:
        hasReports && !takesWords && !isSpelledInterval && !manifest.takesParameters
      case .top, .sort: manifest.tables.contains { $0.hasLines(in: manifest) }
      case .folded, .delimited: manifest.tables.contains { $0.hasStacks(in: manifest) }
      case .duration: true
      default: false
      }
    }
    return all.compactMap { option in
      guard !names.contains(option.name), isMeaningful(option) else { return nil }
      if let word = option.word, words.contains(word) { return nil }
      return ToolOption(option, sparing: letters)
    }
  }
}

extension ToolOption {
  /// One of the runner's that no script declares.
  ///
  /// - Parameter taken: Letters that mean something else.
  package init(_ standard: StandardOption, sparing taken: Set<Character> = []) {
    let letter = standard.letter.flatMap { taken.contains(Character($0)) ? nil : $0 }
    let declaration = OptionDeclaration(
      letters: letter.map { [$0] } ?? [], words: standard.word.map { [$0] } ?? [],
      position: standard.position, kind: standard.kind)
    parameter = ScriptOption(
      name: standard.name, defaultValue: standard.kind.absentValue,
      description: standard.summary, declaration: declaration)
    isOffered = true
    self.standard = standard
    isPositional = standard.position != nil
    letters = declaration.letters.compactMap(\.first)
    words = declaration.words
    kind = standard.kind
    isList = false
    isNegation = false
    valueName = standard.position ?? standard.valueName ?? standard.kind.valueName
    summary = standard.summary
  }
}

extension Manifest {
  /// Whether a probe runs before each report.
  fileprivate var hasReportProbe: Bool { probes.contains { $0.points.contains(.report) } }

  /// Whether the time of day is shown when somebody asks for it.
  fileprivate var asksForTime: Bool {
    let isTerm = { (term: OptionCondition.Term) in term.option == StandardOption.time.name }
    return tables.contains { $0.heading == nil }
      || (row?.columns ?? []).contains { column in
        column.condition.alternatives.contains { $0.terms.contains(where: isTerm) }
      }
  }

  /// Whether the script declares what it is like as a tool.
  package var isToolByForm: Bool {
    row != nil || !tables.isEmpty || options.contains { $0.declaration != nil }
  }

  /// Whether the script looks at words on the command line.
  package var takesParameters: Bool {
    constants.contains {
      switch $0.source {
      case .positional, .positionalCount: true
      default: false
      }
    }
  }
}

extension TableSpec {
  /// The maps whose values it shows.
  private func maps(of manifest: Manifest) -> [MapSpec] {
    columns.compactMap { column in
      guard case .map(let index, _) = column.source, manifest.maps.indices.contains(index) else {
        return nil
      }
      return manifest.maps[index]
    }
  }

  /// Whether its elements are lines, so that there are more and fewer of them to show.
  fileprivate func hasLines(in manifest: Manifest) -> Bool {
    maps(of: manifest).contains(where: \.value.shape.hasPrintableElements)
  }

  /// Whether stacks are among its keys.
  fileprivate func hasStacks(in manifest: Manifest) -> Bool {
    guard hasLines(in: manifest), let key = maps(of: manifest).first?.key else { return false }
    return columns.contains { column in
      if case .key(let index) = column.source { key.part(index)?.isStack == true } else { false }
    }
  }
}
