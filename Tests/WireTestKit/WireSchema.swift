package import TraceModel

/// The types that the encoding of a type is made of, found by following the declarations.
package struct WireSchema {
  package private(set) var structures: [any WireStruct.Type] = []
  package private(set) var enums: [any WireEnum.Type] = []
  package private(set) var numbered: [any WireNumbered.Type] = []
  private var seen: Set<ObjectIdentifier> = []

  package init(of root: any WireElement.Type) { visit(root) }

  private mutating func visit(_ type: any WireElement.Type) {
    guard seen.insert(ObjectIdentifier(type)).inserted else { return }
    if let structure = type as? any WireStruct.Type {
      structures.append(structure)
      for field in Self.fields(of: structure) { visit(field.type) }
    } else if let choice = type as? any WireEnum.Type {
      enums.append(choice)
      for one in Self.cases(of: choice) { for part in one.parts { visit(part.type) } }
    } else if let numbers = type as? any WireNumbered.Type {
      numbered.append(numbers)
    }
  }

  /// A numbered part of a structure or of a case.
  package typealias Part = (
    number: Int, name: String, type: any WireElement.Type, value: any WireValue.Type
  )

  /// The fields of a structure.
  package static func fields(of type: any WireStruct.Type) -> [Part] {
    func fields<T: WireStruct>(_: T.Type) -> [Part] {
      T.wireFields.map { ($0.number, $0.name, $0.type.wireElement, $0.type) }
    }
    return fields(type)
  }

  /// The cases of an enum.
  package static func cases(
    of type: any WireEnum.Type
  ) -> [(tag: Int, name: String, parts: [Part])] {
    func cases<T: WireEnum>(_: T.Type) -> [(tag: Int, name: String, parts: [Part])] {
      T.wireCases.map { one in
        (one.tag, one.name, one.parts.map { ($0.number, $0.name, $0.type.wireElement, $0.type) })
      }
    }
    return cases(type)
  }

  // MARK: What is wrong

  /// Writes and reads every case of every enum and every field of every structure with many values.
  ///
  /// - Returns: What was not read as it was written, with the seed.
  package func mistakesOfRoundTrips(seed: UInt64) -> [String] {
    var sampler = WireSampler(seed: seed)
    var mistakes: [String] = []
    func check<T: WireElement>(_ value: T, _ what: String) {
      var out = WireWriter()
      value.write(WireKey(1), to: &out)
      do {
        if try T.read(1, of: WireMessage(out.bytes[...])) != value {
          mistakes.append("\(what) is read as another value, seed \(seed)")
        }
      } catch { mistakes.append("\(what) is refused (\(error)), seed \(seed)") }
    }
    func checkCases<T: WireEnum>(_: T.Type) {
      for index in T.wireCases.indices {
        for _ in 0..<20 {
          check(sampler.value(T.self, ofCase: index), "\(T.self).\(T.wireCases[index].name)")
        }
      }
    }
    func checkNumbers<T: WireNumbered>(_: T.Type) {
      for value in T.allCases { check(value, "\(T.self).\(value)") }
    }
    func checkFields<T: WireStruct>(_: T.Type) {
      for _ in 0..<50 { check(sampler.value(T.self), "\(T.self)") }
    }
    for type in enums { checkCases(type) }
    for type in numbered { checkNumbers(type) }
    for type in structures { checkFields(type) }
    return mistakes
  }

  /// Numbers and tags that are used twice or belong to nobody.
  package var mistakesOfNumbers: [String] {
    func mistakes(_ owner: String, _ numbers: [Int], from first: Int) -> [String] {
      (Set(numbers).count == numbers.count ? [] : ["\(owner) has a number twice"])
        + (numbers.allSatisfy { $0 >= first } ? [] : ["\(owner) has a number below \(first)"])
    }
    return structures.flatMap { type in
      mistakes("\(type)", Self.fields(of: type).map(\.number), from: 1)
    }
      + enums.flatMap { type in
        let cases = Self.cases(of: type)
        return mistakes("\(type)", cases.map(\.tag), from: 0)
          + cases.flatMap { mistakes("\(type).\($0.name)", $0.parts.map(\.number), from: 1) }
      }
  }

  /// Enums some of whose cases have no entry, or the reverse.
  ///
  /// - Parameter files: The sources in which they are declared.
  package func mistakesOfDeclarations(in files: [String]) -> [String] {
    enums.compactMap { type in
      // The cases of an aggregation are the types that it lists, each with its entry.
      if type == Aggregation.self { return nil }
      let name = "\(type)".split(separator: ".").last ?? ""
      guard let declared = SourceText.cases(of: name, in: files) else {
        return "enum \(name) is declared nowhere"
      }
      let entries = Self.cases(of: type).map(\.name)
      let odd = Set(declared).symmetricDifference(entries)
      return odd.isEmpty ? nil : "\(name) declares or writes only: \(odd.sorted())"
    }
  }
}
