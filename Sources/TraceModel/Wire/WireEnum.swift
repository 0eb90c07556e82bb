/// An enum with associated values, written as a message by one declaration for each case.
package protocol WireEnum: WireElement {
  /// The cases: tag, name, parts, making and taking apart. A new case is one entry here.
  static var wireCases: [WireCase<Self>] { get }
}

/// One associated value of a case.
package struct WirePart<Value: WireValue>: Sendable {
  package let number: Int
  package let name: String
  /// What a file that does not mention it means; nil if it has to.
  package let absent: Value?
  package let isCritical: Bool

  /// - Parameters:
  ///   - number: Unique in the case, for ever; from 1.
  ///   - absent: What a file means that does not mention it: for parts that were added later.
  ///   - isCritical: Whether a reader that does not know it must refuse. Then it is written only if
  ///     it differs from `absent`.
  package init(
    _ number: Int, _ name: String, absent: Value? = nil, isCritical: Bool = false
  ) {
    self.number = number
    self.name = name
    self.absent = absent
    self.isCritical = isCritical
  }

  fileprivate func write(_ value: Value, to out: inout WireWriter) {
    if isCritical, value == absent { return }
    value.write(WireKey(number, isCritical: isCritical), to: &out)
  }

  fileprivate func read(_ message: WireMessage, of owner: String) throws(ManifestError) -> Value {
    if let value = try Value.read(number, of: message) ?? absent { return value }
    if let nothing = Value.absent { return nothing }
    throw .malformed("\(owner) without \(name)")
  }
}

/// One case of an enum: tag, name, associated values, making and taking apart in one declaration.
package struct WireCase<Value: Sendable>: Sendable {
  package let tag: Int
  package let name: String
  /// The associated values: number, name and type of each.
  package let parts: [(number: Int, name: String, type: any WireValue.Type)]
  fileprivate let write: @Sendable (Value, inout WireWriter) -> Bool
  fileprivate let read: @Sendable (WireMessage, String) throws(ManifestError) -> Value
  fileprivate let shown: @Sendable (Value) -> ShownValue?

  /// A case without associated values.
  ///
  /// - Parameters:
  ///   - tag: Unique in the enum, for ever.
  ///   - name: That of the case.
  ///   - step: The step of the format that brought it.
  package init(_ tag: Int, _ name: String, _ value: Value, since step: FormatStep? = nil)
  where Value: Equatable {
    self.tag = tag
    self.name = name
    parts = []
    write = { other, out in
      guard other == value else { return false }
      out.need(step)
      out.number(.tag, UInt64(tag))
      return true
    }
    read = { _, _ in value }
    shown = { $0 == value ? .group(name, []) : nil }
  }

  /// A case with associated values.
  ///
  /// - Parameters:
  ///   - make: The value; throws if nobody could use it.
  ///   - take: The associated values, or nil if it is another case.
  package init<each Part: WireValue>(
    _ tag: Int, _ name: String, _ part: repeat WirePart<each Part>, since step: FormatStep? = nil,
    make: @escaping @Sendable (repeat each Part) throws(ManifestError) -> Value,
    take: @escaping @Sendable (Value) -> (repeat each Part)?
  ) {
    self.tag = tag
    self.name = name
    var parts: [(number: Int, name: String, type: any WireValue.Type)] = []
    repeat parts.append(((each part).number, (each part).name, (each Part).self))
    self.parts = parts
    write = { value, out in
      guard let taken = take(value) else { return false }
      out.need(step)
      out.number(.tag, UInt64(tag))
      repeat (each part).write(each taken, to: &out)
      return true
    }
    read = { (message, owner) throws(ManifestError) in
      try make(repeat (each part).read(message, of: owner))
    }
    shown = { value in
      guard let taken = take(value) else { return nil }
      var parts: [ShownValue.Part] = []
      for (part, value) in repeat (each part, each taken) {
        if let value = value.shownField { parts.append(.init(part.name, value)) }
      }
      return .group(name, parts)
    }
  }
}

extension WireEnum {
  package func write(_ key: WireKey, to out: inout WireWriter) {
    out.message(key) { out in
      for one in Self.wireCases where one.write(self, &out) { return }
      preconditionFailure("\(Self.wireName) has no entry for \(self)")
    }
  }

  package init(wire payload: WirePayload) throws(ManifestError) {
    let message = try payload.message()
    guard let tag = try UInt64.read(WireKey.tag.number, of: message) else {
      throw .malformed("\(Self.wireName) of no kind")
    }
    guard let one = Self.wireCases.first(where: { UInt64($0.tag) == tag }) else {
      throw .needsNewer("\(Self.wireName) \(tag)")
    }
    try message.refuseCritical(
      except: { number in one.parts.contains { $0.number == number } },
      in: "\(Self.wireName) \(one.name)")
    self = try one.read(message, "\(Self.wireName) \(one.name)")
  }

  package var shown: ShownValue {
    for one in Self.wireCases { if let shown = one.shown(self) { return shown } }
    preconditionFailure("\(Self.wireName) has no entry for \(self)")
  }
}
