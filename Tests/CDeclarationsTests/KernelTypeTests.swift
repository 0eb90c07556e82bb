import BTF
import CDeclarations
import Foundation
import Testing

/// The kernel's types, printed as C and read again: they must lie in memory as before.
///
/// Every sixteenth is enough for a run of all tests; `ALL_KERNEL_TYPES=1` takes them all.
@Suite(.enabled(if: kernelTypes != nil, "this kernel has no BTF")) struct KernelTypeTests {
  @Test func areReadAsTheyAre() throws {
    let types = try #require(kernelTypes)
    let step = ProcessInfo.processInfo.environment["ALL_KERNEL_TYPES"] == nil ? 16 : 1
    var compared = 0
    var skipped = 0
    for id in types.ownIDs where Int(id.rawValue) % step == 0 {
      guard case .composite(let composite) = try types.type(id), !composite.name.isEmpty,
        try Self.isSpelled(composite, in: types)
      else { continue }
      let kinds: [BTFKind] = composite.isUnion ? [.union] : [.structure]
      guard try types.findAll(composite.name, kinds).count == 1,
        try composite.members.allSatisfy({ try Self.isUnique($0.type, in: types) })
      else {
        skipped += 1
        continue
      }
      let text = try types.definition(of: id)
      let read = try ReadC(text, in: CEnvironment(kernel: types))
      let own = try read.types.findAll(composite.name, kinds).first
      guard read.messages.isEmpty, let own, own >= read.types.firstOwnID else {
        Issue.record("\(read.messages) in\n\(text)")
        continue
      }
      let expected = try layout(of: id, in: types)
      if try layout(of: own, in: read.types) != expected {
        Issue.record("\(try layout(of: own, in: read.types)), not \(expected), of\n\(text)")
      }
      compared += 1
    }
    print("\(compared) types compared, \(skipped) names are of several")
    #expect(compared > 6000 / step)
  }

  @Test func enumerationsHaveTheirValues() throws {
    let types = try #require(kernelTypes)
    var compared = 0
    for id in types.ownIDs where Int(id.rawValue) % 4 == 0 {
      guard case .enumeration(let enumeration) = try types.type(id), !enumeration.name.isEmpty,
        !enumeration.values.isEmpty
      else { continue }
      let read = try ReadC(try types.definition(of: id))
      #expect(read.messages == [])
      let own = try #require(
        try read.types.findAll(enumeration.name, [.enumeration, .enumeration64]).first)
      guard case .enumeration(let found) = try read.types.type(own) else { continue }
      #expect(found.values == enumeration.values)
      // Packed ones are smaller, which cannot be seen in what is printed.
      #expect(found.sizeInBytes == max(4, enumeration.sizeInBytes))
      compared += 1
    }
    #expect(compared > 100)
  }

  /// Whether the name of a member's type means one type only: several files of the kernel may each have
  /// theirs.
  private static func isUnique(_ id: BTFTypeID, in types: BTFTypes) throws -> Bool {
    if case .typedef(let name, _) = try types.type(id) {
      return try types.findAll(name, [.typedef]).count == 1
    }
    let resolved = try types.resolve(id)
    switch try types.type(resolved) {
    case .array(let array): return try isUnique(array.element, in: types)
    case .composite(let composite) where composite.name.isEmpty:
      return try composite.members.allSatisfy { try isUnique($0.type, in: types) }
    case .composite(let composite):
      return try types.findAll(composite.name, [composite.isUnion ? .union : .structure]).count == 1
    default: return true
    }
  }

  /// Whether C can say where the members are.
  private static func isSpelled(_ composite: BTFComposite, in types: BTFTypes) throws -> Bool {
    // What other languages define has names that C has not.
    composite.name.utf8.allSatisfy { $0 == 95 || (48...57).contains($0) || $0 >= 65 }
      && !composite.name.contains("<")
  }
}
